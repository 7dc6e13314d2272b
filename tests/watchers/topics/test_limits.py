"""Topics near the limits are refused with a clear message, or parse back to an equal query."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers import QuerySyntaxError, parse_query
from watchers.topics.parser import MAX_TOPIC_CHARS

COMMA_LIST = ",".join(f"{number:02}" + "x" * 27 for number in range(64))
"""64 words of 29 characters: 1,919 as typed, 2,108 with each comma written as OR."""


def _parse_or_refuse(text):
    """Return the query of ``text`` or ``None``. Fail if it would be stored but not parse back."""
    try:
        query = parse_query(text)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert error.text == text
        assert error.problem
        return None
    assert len(str(query)) <= MAX_TOPIC_CHARS
    parsed_back = parse_query(str(query))
    assert parsed_back == query
    assert str(parsed_back) == str(query)
    assert query.describe()
    return query


def test_a_list_that_exceeds_the_limit_with_its_operators_is_refused():
    assert len(COMMA_LIST) == 1_919
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(COMMA_LIST)
    assert caught.value.position == 0
    assert caught.value.text == COMMA_LIST
    assert "2,108 characters with every operator written out" in caught.value.problem
    assert "2,000" in caught.value.problem
    assert caught.value.hint


def test_two_hyphenated_words_are_two_phrases_close_together():
    first = "-".join(f"a{n}" for n in range(20))
    second = "-".join(f"b{n}" for n in range(20))
    assert parse_query(f"{first} {second}") == parse_query(f"{first} NEAR/4 {second}")


def test_a_list_within_the_limits_is_accepted():
    words = COMMA_LIST.split(",")[:60]
    query = _parse_or_refuse(",".join(words))
    assert query is not None
    assert str(query) == " OR ".join(words)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        # Sorting words in descending order adds a pair of brackets per NEAR.
        (" NEAR ".join(f"w{n}" for n in range(63, 20, -1)), "too many NEARs inside one another"),
    ],
    ids=["nears"],
)
def test_a_limit_that_only_the_canonical_text_exceeds_is_named(typed, problem):
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(typed)
    assert problem in caught.value.problem
    assert caught.value.hint


_WORDS = st.one_of(
    st.text("abcxyz0123456789", min_size=1, max_size=40),
    st.sampled_from(
        ["and", "or", "not", "联合国", "한국", "ß", "½", "İ", "ﬁ", "l'iran", "north-korea"]
    ),
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=2, max_size=34).map("-".join),
)
_LEAVES = st.one_of(
    _WORDS,
    _WORDS.map(lambda word: f'"{word}"'),
    _WORDS.map(lambda word: f'="{word.upper()}"'),
    _WORDS.map(lambda word: f"{word}*"),
    st.lists(_WORDS, min_size=1, max_size=6).map(lambda words: '"' + " ".join(words) + '"'),
    st.lists(_WORDS, min_size=2, max_size=6).map(lambda words: '"' + " ".join(words) + '"~3'),
    st.lists(_WORDS, min_size=2, max_size=6).map(lambda words: f"({' '.join(words)})~9"),
    st.tuples(
        st.sampled_from(["title:", "body:", "source:", "author:", "tag:", "exact:"]), _WORDS
    ).map("".join),
    st.sampled_from(["lang:en", "country:kr", "exact:title:north", "United States", "dprk"]),
)
_SIGNS = st.sampled_from(
    [", ", " OR ", " AND ", " ", " NEAR ", " NEAR/9 ", " ONEAR/0 ", " -", " AND NOT ", "|", ",,"]
)


@st.composite
def _chains(draw, parts):
    """Return parts joined by one sign: as many as a limit allows, or a few more."""
    sign = draw(_SIGNS)
    count = draw(st.sampled_from([2, 3, 31, 32, 33, 62, 63, 64, 65]))
    pool = draw(st.lists(parts, min_size=1, max_size=4))
    chain = [pool[index % len(pool)] for index in range(count)]
    if draw(st.booleans()):
        # Descending order, which the canonical form reverses.
        chain = [f"w{count - index:02}" for index in range(count)]
    return sign.join(chain)


@st.composite
def _nested(draw, parts):
    depth = draw(st.sampled_from([1, 2, 30, 31, 32, 33]))
    opening = draw(st.sampled_from(["(", "-(", "NOT (", "title:(", "exact:("]))
    return opening * depth + draw(parts) + ")" * depth


_TOPICS = st.recursive(
    _LEAVES,
    lambda parts: st.one_of(
        _chains(parts),
        _nested(parts),
        st.tuples(parts, _SIGNS, parts).map("".join),
        parts.map(lambda part: f"({part})"),
    ),
    max_leaves=6,
)
_LONG = st.one_of(
    _TOPICS,
    # Lists of long words, near the limit of characters.
    st.tuples(_SIGNS, st.integers(2, 66), st.integers(1, 60)).map(
        lambda drawn: drawn[0].join(f"{n:02}" + "x" * drawn[2] for n in range(drawn[1]))
    ),
    # One word that fills the remaining characters.
    st.tuples(_TOPICS, st.integers(0, 3)).map(
        lambda drawn: drawn[0] + " " + "z" * max(1, MAX_TOPIC_CHARS - len(drawn[0]) - 2 + drawn[1])
    ),
)


@pytest.mark.slow
@given(_LONG)
@settings(max_examples=400, deadline=None)
def test_a_hostile_topic_is_refused_or_parses_back(text):
    _parse_or_refuse(text)
