"""The topic language: equal topics, refused input and its position, and what topics find."""

import pytest

from watchers import Item, parse_query
from watchers.topics import QuerySyntaxError


def _finds(topic, text):
    return parse_query(topic).match(Item(key="k", title="A title", text=text)) is not None


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("(b a)", "a AND b"),
        ("b AND a AND a", "a AND b"),
        ("b & a", "a AND b"),
        ("+b +a", "a AND b"),
        ("a | b || c OR a", "a OR b OR c"),
        ("NOT (a OR b) c", "c -a -b"),
        ("c AND NOT a !b", "c -a -b"),
        ("x OR (x AND b)", "x"),
        ("x (x OR b)", "x"),
        ("a OR b c", "a OR b AND c"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("“Sanctions”", '"sanctions"'),
        ("exact:(sanctions OR missile)", '"missile" OR "sanctions"'),
        ("b NEAR a", "a NEAR/4 b"),
        ("b ONEAR/2 a", "b ONEAR/2 a"),
        ("a AROUND(3) b", "a NEAR/3 b"),
        ('"a b"~3', '"a" NEAR/3 "b"'),
        ('"a b c"', '"a b c"'),
        ("site:bbc.co.uk a", 'a AND source:"bbc co uk"'),
        ("intitle:a", "title:a"),
        ("language:PT-br a", 'a AND lang:"pt-br"'),
        ("title:(a OR b)", "title:a OR title:b"),
        ("=US", '="US"'),
        ("sanc*", "sanc*"),
        ("missile, sanctions", "missile OR sanctions"),
        ("（missile　OR　sanctions）", "missile OR sanctions"),
        ("#missile", "missile"),
    ],
)
def test_equivalent_inputs_have_one_canonical_form(typed, canonical):
    assert str(parse_query(typed)) == canonical
    assert parse_query(canonical) == parse_query(typed)


@pytest.mark.parametrize(
    ("typed", "column", "keyword"),
    [
        ("", 1, "empty"),
        ("   ", 4, "empty"),
        ("(a OR b", 1, "never closed"),
        ("a) b", 2, "never opened"),
        ('a "b', 3, "never closed"),
        ("a AND", 6, "missing at the end"),
        ("a OR OR b", 6, "not OR"),
        ("OR a", 1, "not OR"),
        ("()", 1, "empty"),
        ("-football", 1, "only excludes"),
        ("a OR -b", 1, "only excludes"),
        ("a -a", 1, "requires and excludes"),
        ("titel:a", 1, "Did you mean title:?"),
        ("title: ", 8, "needs a value"),
        ("title:(source:bbc)", 8, "stands inside title:"),
        ("lang:klingon", 6, "language code"),
        ("country:korea", 9, "two letters"),
        ("lang:en*", 6, "whole words"),
        ("software not spreadsheets", 10, "Write NOT in capitals"),
        ("iran, a AND b", 5, "AND or OR"),
        ("ab*", 1, "3 letters"),
        ("wom?n", 4, "wildcard for one letter"),
        ("a^2", 2, "weights"),
        ("[a TO b]", 1, "ranges"),
        ("/a.*/", 1, "regular expressions"),
        ("a~2", 2, "~ must follow"),
        ("a NEAR (b c)", 8, "NEAR accepts"),
        ("a NEAR/1000 b", 3, "too many"),
        ("a NEAR lang:en", 8, "NEAR accepts"),
        ('"nor*th korea"', 1, "only at the end of a word"),
        ("a - b", 3, "no word follows"),
        ('"?!"', 1, "no word"),
        ("a ☂ b", 3, "no meaning"),
        ("before:2024-01-01 a", 1, "Remove the date"),
    ],
)
def test_invalid_input_is_refused_with_its_column_and_a_hint(typed, column, keyword):
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(typed)
    assert caught.value.position == column - 1
    assert str(caught.value).startswith(f"column {column}: ")
    assert keyword in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("a" * 2_001, "2,001 characters"),
        ("(" * 33 + "a" + ")" * 33, "more than 32 nested levels"),
        ("-" * 33 + "a", "more than 32 nested levels"),
        (" OR ".join(f"w{number}" for number in range(65)), "more than 64"),
        (f'"{" ".join("a" * 33)}"', "more than 32 words"),
    ],
)
def test_depth_length_and_leaves_are_limited(typed, limit):
    with pytest.raises(QuerySyntaxError, match=limit):
        parse_query(typed)


@pytest.mark.parametrize(
    ("topic", "text", "expected"),
    [
        ("isis", "A crisis at sea", False),
        ("iran", "In Tehran today", False),
        ("sanction", "They were sanctioned", True),
        ('"sanction"', "They were sanctioned", False),
        ("sanct*", "SANCTIONS now", True),
        ("MULLER", "Herr Müller", True),
        ("=US", "give us more", False),
        ("=US", "the US wins", True),
        ('"north korea"', "North. Korea", True),
        ("north-korean", "North Koreans", True),
        ("white house", "a white old house", False),
        ("white house", "The White House said", True),
        ("korea sanctions talks", "talks on sanctions against Korea", True),
        ("korea sanctions talks", "talks. " + "word " * 20 + "sanctions, Korea", False),
        ("trade and tobago", "Tobago's trade", True),
        ("a NEAR/1 b", "b x a", True),
        ("a NEAR/1 b", "b x y a", False),
        ("a ONEAR/1 b", "b a", False),
        ("sanction NEAR/3 sanctions", "sanctions", False),
        ("(a b c)~1", "c a x b", True),
        ("(a b c)~1", "c a x y b", False),
        ("a -b", "a b", False),
        ("联合国", "报道联合国安理会", True),
        ("联合国", "国联合", False),
        ("북한", "북한의 미사일", True),
    ],
)
def test_a_topic_matches_the_intended_texts_only(topic, text, expected):
    assert _finds(topic, text) == expected


def test_title_and_body_restrict_the_search_to_their_fields():
    item = Item(key="k", title="Missile", lead="In short: sanctions", text="Korea")
    assert parse_query("title:missile").match(item)
    assert parse_query("body:missile").match(item) is None
    assert parse_query("body:sanctions").match(item)
    assert parse_query("missile NEAR/9 sanctions").match(item) is None


def test_data_fields_match_without_spans():
    item = Item(
        key="k",
        title="Missile",
        url="https://www.bbc.co.uk/news/1",
        source="BBC News",
        language="en-GB",
        author="Jane Doe",
        tags=("World news", "Asia"),
    )
    for topic in (
        "lang:en",
        "lang:en-gb",
        "source:bbc.co.uk",
        'source:"bbc news"',
        "country:gb",
        'author:"jane doe"',
        "tag:asia",
    ):
        assert parse_query(topic).match(item) == (), topic
    for topic in ("lang:de", "source:cnn", "country:us", "author:john", "tag:europe"):
        assert parse_query(topic).match(item) is None, topic


def test_spans_are_offsets_into_the_original_attributes():
    item = Item(key="k", title="North Korea’s test", text="“NORTH KOREA” again")
    spans = parse_query("north-korea -south").match(item)
    assert [getattr(item, span.field)[span.start : span.end] for span in spans] == [
        "North Korea",
        "NORTH KOREA",
    ]


def test_overlapping_occurrences_are_one_span():
    item = Item(key="k", title="New York City Hall")
    spans = parse_query('"new york city" AND "city hall"').match(item)
    assert [(span.start, span.end) for span in spans] == [(0, 18)]
