"""How topics are filed: rows that move, pairs that grow many, alternatives that are met together."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from watchers.item import Item
from watchers.topics import TopicIndex, parse_query
from watchers.topics.normal import Condition
from watchers.topics.posting import MOST_PAIRS
from watchers.topics.rows import Rows, room_for
from watchers.topics.twins import twins_of

LEAVES = st.frozensets(st.integers(0, 6), max_size=3)
CONDITION = st.builds(Condition, LEAVES.filter(bool), LEAVES)


@given(
    st.lists(CONDITION, min_size=2, max_size=12, unique=True),
    st.sets(st.integers(0, 6)),
)
def test_where_two_alternatives_are_met_two_twins_are_found(alternatives, item):
    met = [one for one in alternatives if one.wanted <= item and one.unwanted.isdisjoint(item)]
    if len(met) > 1:
        assert any({leaf, other} <= item for leaf, other in twins_of(alternatives))


def test_twins_tell_of_no_item_with_one_alternative_where_leaves_differ():
    either = [Condition(frozenset({1, 9})), Condition(frozenset({2, 9}))]
    assert list(twins_of(either)) == [(2, 1)]


def test_many_alternatives_take_one_twin_a_leaf_not_one_for_each_two():
    many = [Condition(frozenset({leaf})) for leaf in range(64)]
    assert list(twins_of(many)) == [(leaf, leaf) for leaf in range(64)]


def _index(*topics):
    index = TopicIndex()
    for number, topic in enumerate(topics):
        index.add(number, parse_query(topic))
    return index


def _reported(index, text):
    return sorted(index.match(Item(key="k", title=text, language="en")).topic_ids)


def test_a_topic_is_reported_once_however_many_alternatives_are_met():
    words = [f"w{number}" for number in range(5)]
    topics = [" OR ".join(some) for size in (2, 3, 5) for some in combinations(words, size)]
    topics += ["(w0 OR w1) AND w2", "w0 OR (w1 AND w2)", "w0 OR (w1 AND w2) OR (w2 -w4)"]
    topics.append(" OR ".join(f"w{number}" for number in range(40)))
    index = _index(*topics)
    every = list(range(len(topics)))
    assert _reported(index, "w0 w1 w2 w3") == every
    assert _reported(index, "w4 w3 w2 w1 w0 w39 w38") == every
    for topic in every:
        index.discard(topic)
    assert not index._postings
    assert not index._vocabulary.numbers


def test_all_alternatives_that_are_met_are_shown():
    index = _index("oil OR gas OR (coal AND steel)", "oil", "gas OR wood")
    match = next(
        match
        for match in index.match(Item(key="k", title="Steel, gas, coal, oil"))
        if match.topic_id == 0
    )
    assert [(span.start, span.end) for span in match.spans] == [(0, 5), (7, 10), (12, 16), (18, 21)]


def test_more_pairs_than_a_row_holds_come_and_go():
    many = MOST_PAIRS + 8
    topics = [f"oil AND w{number}" for number in range(many)]
    topics += [f"oil OR w{number}" for number in range(many)]
    more = len(topics) + 1  # on each other word, so that the pairs are filed under oil
    first = more * many
    topics = [f"w{number} -x{other}" for number in range(many) for other in range(more)] + topics
    index = _index(*topics)
    assert index._postings._annexes
    expected = [*range(3 * more, 4 * more), first + 3, *range(first + many, first + 2 * many)]
    assert _reported(index, "oil w3") == expected
    for topic in range(0, len(topics), 2):
        index.discard(topic)
    assert _reported(index, "oil w3") == [topic for topic in expected if topic % 2]
    for topic in range(len(topics)):
        index.discard(topic)
    assert not index._postings


def test_a_place_that_is_given_back_is_used_again():
    rows = Rows()
    first, second = rows.place(7), rows.place(7)
    size = len(rows.numbers)
    rows.release(first, 7)
    rows.release(second, 7)
    assert {rows.place(7), rows.place(7)} == {first, second}
    assert len(rows.numbers) == size


@given(st.integers(4, 100_000))
def test_a_place_holds_its_row_and_a_quarter_more_at_most(size):
    assert size <= room_for(size) <= size * 1.25
    assert room_for(room_for(size)) == room_for(size)


def test_a_row_that_grows_takes_up_no_more_than_a_few_times_its_size():
    topics = ["oil"] + [f"oil OR w{number}" for number in range(2_000)]
    index = _index(*topics)
    assert len(index._postings._rows.numbers) < 20 * len(topics)
