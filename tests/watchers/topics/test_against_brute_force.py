"""The index, the evaluation of one query and the brute-force implementation agree.

Every run has a small size; ``TOCSIN_FULL=1`` runs 10,000 queries against 1,000 items.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.watchers.topics.brute_force import Page, to_spans
from tests.watchers.topics.random_topics import random_item, random_query
from watchers.topics import QuerySyntaxError, TopicIndex, parse_query
from watchers.topics.nodes import Form, iter_leaves

FULL = bool(os.environ.get("TOCSIN_FULL"))
TOPICS, ITEMS = (10_000, 1_000) if FULL else (300, 60)


@pytest.mark.slow
@pytest.mark.timeout(14_400 if FULL else 120)
def test_the_index_agrees_with_brute_force_while_topics_are_added_and_discarded():
    chance = Random(20_26)
    index = TopicIndex()
    pool = dict(enumerate(_topics(chance, TOPICS)))
    watched = set(chance.sample(sorted(pool), len(pool) * 2 // 3))
    for number in sorted(watched):
        index.add(number, pool[number][1])
    for count in range(ITEMS):
        news = random_item(chance, count)
        page = Page(news)
        expected = {}
        for number in sorted(watched):
            intervals = page.evaluate(pool[number][0])
            if intervals is not None:
                expected[number] = to_spans(news, intervals)
        matches = index.match(news)
        actual = {match.topic_id: [tuple(span) for span in match.spans] for match in matches}
        assert len(matches) == len(actual)
        assert actual.keys() == expected.keys(), _difference(actual, expected, pool, news)
        for number, spans in expected.items():
            if _keeps_every_leaf(*pool[number]):
                assert actual[number] == spans, (str(pool[number][1]), news)
        _change_topics(chance, index, pool, watched)
    assert len(index) == len(watched)
    for number in sorted(watched):
        index.discard(number)
    assert len(index) == 0
    assert not index._vocabulary.numbers
    assert not index._vocabulary.phrases
    assert not index._postings


@pytest.mark.slow
def test_one_query_agrees_with_brute_force():
    chance = Random(7)
    topics = _topics(chance, 3 * 60)
    for count in range(40):
        news = random_item(chance, count)
        page = Page(news)
        for spec, query in topics:
            intervals = page.evaluate(spec)
            spans = query.match(news)
            assert (spans is None) == (intervals is None), (str(query), news)
            if intervals is not None and _keeps_every_leaf(spec, query):
                expected = to_spans(news, intervals)
                assert [tuple(span) for span in spans] == expected, (str(query), news)
            assert query.explain_match(news).matches == (intervals is not None)


def _topics(chance, count):
    """Return random queries and their parsed form, without those that contradict themselves."""
    topics: list = []
    while len(topics) < count:
        spec = random_query(chance)
        try:
            query = parse_query(spec.typed())
        except QuerySyntaxError as error:
            if "both requires and excludes" not in error.problem:
                raise
            continue
        assert parse_query(str(query)) == query
        if any(leaf.form is Form.NAME for leaf in iter_leaves(query.node)):
            # A country stands for all of its names. test_names.py has tests for these.
            continue
        topics.append((spec, query))
    return topics


def _change_topics(chance, index, pool, watched):
    """Discard a few topics, add others, and replace some by themselves."""
    for number in chance.sample(sorted(pool), max(3, len(pool) // 50)):
        if number in watched and chance.random() < 0.7:
            watched.discard(number)
            index.discard(number)
        else:
            watched.add(number)
            index.add(number, pool[number][1])


def _keeps_every_leaf(spec, query):
    """Return True if the canonical form has every leaf: redundant leaves are not highlighted."""
    leaf_texts = {leaf.text for leaf in iter_leaves(query.node)}
    return all(parse_query(leaf.typed()).node.text in leaf_texts for leaf in spec.leaves())


def _difference(actual, expected, pool, news):
    numbers = actual.keys() ^ expected.keys()
    return [(str(pool[number][1]), number in expected) for number in sorted(numbers)][:5], news
