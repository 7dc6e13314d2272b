"""The index, the single-query evaluator and the plain meaning of the language agree.

A quick size in every run; ``TOCSIN_FULL=1`` runs 10,000 queries against 1,000 items.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.watchers.topics.brute_force import Page, spans
from tests.watchers.topics.random_topics import asked, item
from watchers.topics import QuerySyntaxError, TopicIndex, parse_query
from watchers.topics.named import Named
from watchers.topics.nodes import leaves

FULL = bool(os.environ.get("TOCSIN_FULL"))
TOPICS, ITEMS = (10_000, 1_000) if FULL else (300, 60)


@pytest.mark.timeout(14_400 if FULL else 120)
def test_the_index_agrees_with_the_plain_meaning_while_topics_come_and_go():
    chance = Random(20_26)
    index = TopicIndex()
    pool = dict(enumerate(_topics(chance, TOPICS)))
    watched = set(chance.sample(sorted(pool), len(pool) * 2 // 3))
    for number in sorted(watched):
        index.add(number, pool[number][1])
    for count in range(ITEMS):
        news = item(chance, count)
        page = Page(news)
        expected = {}
        for number in sorted(watched):
            places = page.evaluate(pool[number][0])
            if places is not None:
                expected[number] = spans(news, places)
        matches = index.match(news)
        found = {match.topic_id: [tuple(span) for span in match.spans] for match in matches}
        assert len(matches) == len(found)
        assert found.keys() == expected.keys(), _difference(found, expected, pool, news)
        for number, where in expected.items():
            if _says_it_all(*pool[number]):
                assert found[number] == where, (str(pool[number][1]), news)
        _change(chance, index, pool, watched)
    assert len(index) == len(watched)
    for number in sorted(watched):
        index.discard(number)
    assert len(index) == 0
    assert not index._vocabulary.numbers
    assert not index._vocabulary.phrases
    assert not index._postings


def test_one_query_agrees_with_the_plain_meaning():
    chance = Random(7)
    topics = _topics(chance, 3 * 60)
    for count in range(40):
        news = item(chance, count)
        page = Page(news)
        for one, query in topics:
            places = page.evaluate(one)
            found = query.match(news)
            assert (found is None) == (places is None), (str(query), news)
            if places is not None and _says_it_all(one, query):
                assert [tuple(span) for span in found] == spans(news, places), (str(query), news)
            assert query.why(news).matches == (places is not None)


def _topics(chance, count):
    """Queries as asked and as parsed; those that contradict themselves are refused and left out."""
    found = []
    while len(found) < count:
        one = asked(chance)
        try:
            query = parse_query(one.typed())
        except QuerySyntaxError as error:
            if "wants a thing and leaves it out" not in error.problem:
                raise
            continue
        assert parse_query(str(query)) == query
        if isinstance(query.node, Named):
            continue  # a country means all its names: test_named.py has those
        found.append((one, query))
    return found


def _change(chance, index, pool, watched):
    """A few topics go, others come, some are replaced by the same."""
    for number in chance.sample(sorted(pool), max(3, len(pool) // 50)):
        if number in watched and chance.random() < 0.7:
            watched.discard(number)
            index.discard(number)
        else:
            watched.add(number)
            index.add(number, pool[number][1])


def _says_it_all(one, query):
    """Whether the canonical form kept every leaf: what is superfluous is not highlighted."""
    kept = {leaf.text for leaf in leaves(query.node)}
    return all(parse_query(leaf.typed()).node.text in kept for leaf in one.leaves())


def _difference(found, expected, pool, news):
    odd = found.keys() ^ expected.keys()
    return [(str(pool[number][1]), number in expected) for number in sorted(odd)][:5], news
