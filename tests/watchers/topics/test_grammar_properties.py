"""Properties of the parser that hold for any text."""

import contextlib
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watchers.topics.random_topics import random_query
from watchers import Item, parse_query
from watchers.topics import QuerySyntaxError

PIECES = (
    '( ) "a b" "A" OR AND NOT | & - ! , + ~ ~2 * NEAR NEAR/2 ONEAR/0 '
    "title: lang:en exact: =US a b oil* or 联合国 ß ½ and not w/5 pre/3 adj near5 /5 /p {BT} cs( hd= "
    "!US recycl! Tesla? site: http://a.org/ allintitle: NEAR3( near5: 1. 2. same & Oil what is x/N3/y"
)
typed = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=20).map(" ".join),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=20).map("".join),
)


@given(typed)
def test_any_text_is_parsed_or_refused_with_a_position_inside_it(text):
    try:
        query = parse_query(text)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert error.problem
        return
    assert parse_query(str(query)) == query
    assert str(parse_query(str(query))) == str(query)
    assert query.describe()


@given(st.integers(), st.randoms(use_true_random=False))
def test_the_order_of_parts_does_not_change_the_topic(seed, chance):
    spec = random_query(Random(seed))
    if spec.kind not in ("and", "or"):
        return
    operator = f" {spec.kind.upper()} "
    parts = [part.typed() for part in spec.parts]
    try:
        query = parse_query(operator.join(parts))
    except QuerySyntaxError:
        return
    chance.shuffle(parts)
    assert parse_query(operator.join([*parts, parts[0]])) == query


@given(st.integers(), st.text(max_size=80))
@settings(max_examples=50)
def test_the_canonical_form_matches_the_same_items(seed, text):
    try:
        query = parse_query(random_query(Random(seed)).typed())
    except QuerySyntaxError:
        return
    item = Item(key="k", title=text, text=text[::-1])
    assert parse_query(str(query)).match(item) == query.match(item)


@pytest.mark.parametrize(
    "shape",
    [
        '"a" ',
        "a-",
        "ab ",
        "~",
        "title:(",
        "-",
        "a, ",
        "a OR ",
        "(a OR b) ",
        "a NEAR b NEAR ",
        "'a",
        '"',
        "(a b ",
    ],
)
def test_the_work_to_parse_a_topic_grows_at_most_linearly(shape):
    short, long = _calls(shape * (200 // len(shape))), _calls(shape * (2_000 // len(shape)))
    # The second text is ten times as long.
    assert long <= 15 * short + 2_000


def _calls(text):
    """Return the number of calls: unlike the time, it is the same on every machine."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with contextlib.suppress(QuerySyntaxError):
            parse_query(text)
    finally:
        sys.setprofile(None)
    return calls
