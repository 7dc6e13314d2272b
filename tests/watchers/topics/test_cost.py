"""NEAR stays within its cost limit, and finds exactly the occurrences of its definition."""

import sys
from random import Random

import pytest

from tests.watchers.topics.brute_force import Page, QuerySpec, to_spans
from watchers import Item, TopicIndex, parse_query
from watchers.topics import QuerySyntaxError
from watchers.topics.evaluate import count_steps
from watchers.topics.leaf_reader import MAX_NEAR_STEPS

WORDS = "aa bb cc dd".split()


def _leaf(chance):
    return QuerySpec("exact", tuple(chance.choices(WORDS, k=chance.choice((1, 1, 1, 2, 3)))))


def _near(chance, depth):
    def part():
        roll = chance.random()
        if depth and roll < 0.6:
            return _near(chance, depth - 1)
        if roll < 0.8:
            other = _near(chance, 0) if depth else _leaf(chance)
            return QuerySpec("or", parts=(_leaf(chance), other))
        return _leaf(chance)

    kind = chance.choice(("near", "near", "onear"))
    return QuerySpec(kind, parts=(part(), part()), gap=chance.choice((0, 0, 1, 2, 5)))


def _text(chance, max_words):
    return " ".join(chance.choices([*WORDS, "xx", "yy"], k=chance.randrange(max_words)))


@pytest.mark.slow
def test_nested_nears_find_every_pair_that_their_definition_allows():
    chance, match_count = Random(3), 0
    for _ in range(2_500):
        spec = _near(chance, chance.randrange(4))
        item = Item(key="k", title=_text(chance, 6), lead=_text(chance, 5), text=_text(chance, 16))
        intervals = Page(item).evaluate(spec)
        query = parse_query(spec.typed())
        index = TopicIndex()
        index.add(1, query)
        expected = None if intervals is None else to_spans(item, intervals)
        spans = query.match(item)
        assert (spans and [*map(tuple, spans)]) == expected, (str(query), item)
        assert [[*map(tuple, match.spans)] for match in index.match(item)] == (
            [] if expected is None else [expected]
        )
        match_count += expected is not None
    assert match_count > 300


@pytest.mark.parametrize(
    "typed",
    [
        " NEAR/99 ".join(f"({' OR '.join(WORDS)})" for _ in range(8)),
        " ONEAR/99 ".join(WORDS * 15),
        f"({' '.join(WORDS)})~99",
        " OR ".join(f'"{" ".join(["aa"] * count)}"' for count in range(2, 33)),
        " OR ".join(f"{field}aaaa{'b' * size}*" for field in ("", "body:") for size in range(30))
        + f' OR "aaaa{"b" * 30} aaaa{"b" * 30}"',
    ],
)
def test_calls_grow_at_most_linearly_with_the_text(typed):
    query, chance = parse_query(typed), Random(1)
    bodies = [" ".join(chance.choices([*WORDS, f"aaaa{'b' * 30}"], k=n)) for n in (400, 4_000)]
    short, long = (_match_calls(query, Item(key="k", title="T", text=body)) for body in bodies)
    # The second text is ten times as long.
    assert long <= 12 * short


def _match_calls(query, item):
    """Return how many calls a match and reading its spans take, with and without an index."""
    index = TopicIndex()
    index.add(1, query)
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        assert index.match(item).spans
        query.match(item)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.slow
def test_words_compared_to_explain_a_topic_are_bounded():
    query = parse_query(" AND ".join(f"zzz{number}" for number in range(60)))
    chance = Random(1)
    words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(20_000)]
    short, long = (
        _explain_calls(query, Item(key="k", title="T", text=" ".join(words[:size])))
        for size in (2_000, 20_000)
    )
    assert long <= 12 * short


def _explain_calls(query, item):
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        query.explain_match(item)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "typed",
    [
        " NEAR/99 ".join(f"w{number}" for number in range(64)),
        " NEAR ".join(f"w{number}" for number in range(9)),
        " AND ".join(
            f"({' NEAR '.join(f'w{group}x{number}' for number in range(8))})" for group in range(2)
        ),
    ],
)
def test_too_many_nested_nears_are_refused_with_a_hint(typed):
    with pytest.raises(QuerySyntaxError, match="too many NEARs") as caught:
        parse_query(typed)
    assert typed[caught.value.position :].startswith("NEAR")
    assert "ONEAR" in str(caught.value.hint)


@pytest.mark.parametrize("operator", ["NEAR/99", "ONEAR/99"])
def test_eight_groups_of_alternatives_near_one_another_are_accepted(operator):
    group = "(aa OR bb OR cc OR dd)"
    query = parse_query(f" {operator} ".join([group] * 8))
    assert count_steps(query.node) <= MAX_NEAR_STEPS
    assert parse_query(str(query)) == query
