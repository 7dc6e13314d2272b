"""Topics near the limits: refused with a clear message, or read back as an equal query."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers import QuerySyntaxError, parse_query
from watchers.topics.grammar import LONGEST

COMMA_LIST = ",".join(f"{number:02}" + "x" * 27 for number in range(64))
"""64 words of 29 characters: 1,919 as typed, 2,108 once each comma is written as OR."""


def _read_or_refused(text):
    """The query of ``text``, or ``None``; fails where it would be stored and not read back."""
    try:
        query = parse_query(text)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert error.text == text
        assert error.problem
        return None
    assert len(str(query)) <= LONGEST
    again = parse_query(str(query))
    assert again == query
    assert str(again) == str(query)
    assert query.explain()
    return query


def test_a_list_that_is_too_long_with_its_operators_is_refused():
    assert len(COMMA_LIST) == 1_919
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(COMMA_LIST)
    assert str(caught.value) == (
        "column 1: the topic has 2,108 characters once every operator is written out, and the"
        " most is 2,000. Make two topics of it."
    )


def test_a_list_within_the_limits_is_read():
    words = COMMA_LIST.split(",")[:60]
    query = _read_or_refused(",".join(words))
    assert query is not None
    assert str(query) == " OR ".join(words)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        # Two hyphenated words are one phrase, and it has as many words as both.
        (
            "-".join(f"a{n}" for n in range(20)) + " " + "-".join(f"b{n}" for n in range(20)),
            "this phrase has more than 32 words",
        ),
        # Sorting words in falling order adds a pair of brackets per NEAR.
        (" NEAR ".join(f"w{n}" for n in range(63, 20, -1)), "too many NEARs inside one another"),
    ],
    ids=["phrase", "nears"],
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
    """Many parts joined by one sign: as long as a limit, or a little longer."""
    sign = draw(_SIGNS)
    many = draw(st.sampled_from([2, 3, 31, 32, 33, 62, 63, 64, 65]))
    few = draw(st.lists(parts, min_size=1, max_size=4))
    found = [few[place % len(few)] for place in range(many)]
    if draw(st.booleans()):  # falling order, which the canonical form reverses
        found = [f"w{many - place:02}" for place in range(many)]
    return sign.join(found)


@st.composite
def _nested(draw, parts):
    deep = draw(st.sampled_from([1, 2, 30, 31, 32, 33]))
    opening = draw(st.sampled_from(["(", "-(", "NOT (", "title:(", "exact:("]))
    return opening * deep + draw(parts) + ")" * deep


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
    # Lists of long words, around the limit of characters.
    st.tuples(_SIGNS, st.integers(2, 66), st.integers(1, 60)).map(
        lambda drawn: drawn[0].join(f"{n:02}" + "x" * drawn[2] for n in range(drawn[1]))
    ),
    # One word that fills what is left.
    st.tuples(_TOPICS, st.integers(0, 3)).map(
        lambda drawn: drawn[0] + " " + "z" * max(1, LONGEST - len(drawn[0]) - 2 + drawn[1])
    ),
)


@given(_LONG)
@settings(max_examples=400, deadline=None)
def test_a_hostile_topic_is_refused_or_parses_back(text):
    _read_or_refused(text)
