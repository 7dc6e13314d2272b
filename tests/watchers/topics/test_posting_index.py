"""How topics are registered: rows that move, long lists of pairs, several satisfied alternatives."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.item import Item
from watchers.topics import TopicIndex, parse_query
from watchers.topics.dnf import Conjunction
from watchers.topics.engine.posting import MAX_ROW_PAIRS
from watchers.topics.engine.posting_index import duplicate_guard_pairs

LEAVES = st.frozensets(st.integers(0, 6), max_size=3)
CONJUNCTION = st.builds(Conjunction, LEAVES.filter(bool), LEAVES)


@given(
    st.lists(CONJUNCTION, min_size=2, max_size=12, unique=True),
    st.sets(st.integers(0, 6)),
)
def test_an_item_that_satisfies_two_alternatives_has_a_duplicate_guard(alternatives, item):
    satisfied = [
        alternative
        for alternative in alternatives
        if alternative.wanted <= item and alternative.unwanted.isdisjoint(item)
    ]
    if len(satisfied) > 1:
        pairs = duplicate_guard_pairs(alternatives)
        assert any({leaf, other_leaf} <= item for leaf, other_leaf in pairs)


def test_a_guard_has_the_leaves_in_which_alternatives_differ():
    alternatives = [Conjunction(frozenset({1, 9})), Conjunction(frozenset({2, 9}))]
    assert list(duplicate_guard_pairs(alternatives)) == [(2, 1)]


def test_many_alternatives_have_one_guard_per_leaf_instead_of_one_per_pair():
    alternatives = [Conjunction(frozenset({leaf})) for leaf in range(64)]
    assert list(duplicate_guard_pairs(alternatives)) == [(leaf, leaf) for leaf in range(64)]


def _index(*topics):
    index = TopicIndex()
    for number, topic in enumerate(topics):
        index.add(number, parse_query(topic))
    return index


def _topic_ids(index, text):
    return sorted(index.match(Item(key="k", title=text, language="en")).topic_ids)


def test_a_topic_is_reported_once_however_many_alternatives_are_satisfied():
    words = [f"w{number}" for number in range(5)]
    topics = [" OR ".join(group) for size in (2, 3, 5) for group in combinations(words, size)]
    topics += ["(w0 OR w1) AND w2", "w0 OR (w1 AND w2)", "w0 OR (w1 AND w2) OR (w2 -w4)"]
    topics.append(" OR ".join(f"w{number}" for number in range(40)))
    index = _index(*topics)
    all_topics = list(range(len(topics)))
    assert _topic_ids(index, "w0 w1 w2 w3") == all_topics
    assert _topic_ids(index, "w4 w3 w2 w1 w0 w39 w38") == all_topics
    for topic in all_topics:
        index.discard(topic)
    assert not index._postings
    assert not index._vocabulary.numbers


def test_a_match_has_the_spans_of_all_satisfied_alternatives():
    index = _index("oil OR gas OR (coal AND steel)", "oil", "gas OR wood")
    match = next(
        match
        for match in index.match(Item(key="k", title="Steel, gas, coal, oil"))
        if match.topic_id == 0
    )
    assert [(span.start, span.end) for span in match.spans] == [(0, 5), (7, 10), (12, 16), (18, 21)]


@pytest.mark.slow
def test_more_pairs_than_fit_into_a_row_are_added_and_discarded():
    count = MAX_ROW_PAIRS + 8
    topics = [f"oil AND w{number}" for number in range(count)]
    topics += [f"oil OR w{number}" for number in range(count)]
    # The other words have more topics than oil, so that the pairs are registered under oil.
    uses = len(topics) + 1
    first = uses * count
    topics = [f"w{number} -x{other}" for number in range(count) for other in range(uses)] + topics
    index = _index(*topics)
    assert index._postings._overflows
    expected = [*range(3 * uses, 4 * uses), first + 3, *range(first + count, first + 2 * count)]
    assert _topic_ids(index, "oil w3") == expected
    for topic in range(0, len(topics), 2):
        index.discard(topic)
    assert _topic_ids(index, "oil w3") == [topic for topic in expected if topic % 2]
    for topic in range(len(topics)):
        index.discard(topic)
    assert not index._postings


def test_a_growing_row_takes_no_more_than_a_few_times_its_size():
    topics = ["oil"] + [f"oil OR w{number}" for number in range(2_000)]
    index = _index(*topics)
    assert len(index._postings._rows.numbers) < 20 * len(topics)
