"""NEAR costs no more than its bound, and finds exactly what its definition says."""

import sys
from random import Random

import pytest

from tests.watchers.topics.brute_force import Asked, Page, spans
from watchers import Item, TopicIndex, parse_query
from watchers.topics import QuerySyntaxError
from watchers.topics.evaluate import steps
from watchers.topics.parser import MAX_STEPS

WORDS = "aa bb cc dd".split()


def _leaf(chance):
    return Asked("exact", tuple(chance.choices(WORDS, k=chance.choice((1, 1, 1, 2, 3)))))


def _near(chance, depth):
    def part():
        roll = chance.random()
        if depth and roll < 0.6:
            return _near(chance, depth - 1)
        if roll < 0.8:
            other = _near(chance, 0) if depth else _leaf(chance)
            return Asked("or", parts=(_leaf(chance), other))
        return _leaf(chance)

    kind = chance.choice(("near", "near", "onear"))
    return Asked(kind, parts=(part(), part()), between=chance.choice((0, 0, 1, 2, 5)))


def _text(chance, most):
    return " ".join(chance.choices([*WORDS, "xx", "yy"], k=chance.randrange(most)))


def test_nested_nears_find_the_places_of_every_pair_that_their_definition_allows():
    chance, found = Random(3), 0
    for _ in range(2_500):
        asked = _near(chance, chance.randrange(4))
        item = Item(key="k", title=_text(chance, 6), lead=_text(chance, 5), text=_text(chance, 16))
        places = Page(item).evaluate(asked)
        query = parse_query(asked.typed())
        index = TopicIndex()
        index.add(1, query)
        expected = None if places is None else spans(item, places)
        got = query.match(item)
        assert (got and [*map(tuple, got)]) == expected, (str(query), item)
        assert [[*map(tuple, match.spans)] for match in index.match(item)] == (
            [] if expected is None else [expected]
        )
        found += expected is not None
    assert found > 300


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
def test_calls_do_not_grow_faster_than_the_text(typed):
    query, chance = parse_query(typed), Random(1)
    bodies = [" ".join(chance.choices([*WORDS, f"aaaa{'b' * 30}"], k=n)) for n in (400, 4_000)]
    short, long = (_calls(query, Item(key="k", title="T", text=body)) for body in bodies)
    assert long <= 12 * short  # ten times the text


def _calls(query, item):
    """How many calls a match and the reading of its spans take, by the index and alone."""
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


def test_words_compared_to_explain_a_topic_are_bounded():
    query = parse_query(" AND ".join(f"zzz{number}" for number in range(60)))
    chance = Random(1)
    words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(20_000)]
    short, long = (
        _why_calls(query, Item(key="k", title="T", text=" ".join(words[:size])))
        for size in (2_000, 20_000)
    )
    assert long <= 12 * short


def _why_calls(query, item):
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        query.why(item)
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
def test_too_many_nears_inside_one_another_are_refused_with_advice(typed):
    with pytest.raises(QuerySyntaxError, match="too many NEARs") as refused:
        parse_query(typed)
    assert typed[refused.value.position :].startswith("NEAR")
    assert "ONEAR" in str(refused.value.hint)


@pytest.mark.parametrize("operator", ["NEAR/99", "ONEAR/99"])
def test_eight_groups_of_alternatives_near_one_another_are_accepted(operator):
    group = "(aa OR bb OR cc OR dd)"
    query = parse_query(f" {operator} ".join([group] * 8))
    assert steps(query.node) <= MAX_STEPS
    assert parse_query(str(query)) == query
