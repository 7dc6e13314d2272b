"""Flags stand for their countries: as an emoji, and as Slack writes it."""

import pytest

from watchers import Item, TopicIndex
from watchers.errors import QuerySyntaxError
from watchers.topics import parse_query


def matches(query, title):
    index = TopicIndex()
    index.add(1, parse_query(query))
    return bool(list(index.match(Item(key="k", title=title, source="s", language="en"))))


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("🇰🇵 missile", '"north korea" AND missile'),
        (":flag-kp: missile", '"north korea" AND missile'),
        ("missile -🇰🇵", 'missile -"north korea"'),
        ("iran, 🇰🇵, 🇺🇦", '"iran" OR "north korea" OR "ukraine"'),
        ("title:🇺🇦", 'title:"ukraine"'),
    ],
)
def test_a_flag_is_the_name_of_its_country(typed, canonical):
    query = parse_query(typed)
    assert str(query) == canonical
    assert parse_query(str(query)) == query


def test_a_flag_finds_the_other_names_of_the_country():
    assert matches("🇰🇵 missile", "DPRK fires a missile")
    assert matches("🇰🇵", "North Korean envoy leaves")
    assert not matches("🇰🇵", "South Korean envoy leaves")


@pytest.mark.parametrize("flag", ["🇽🇽", ":flag-zz:"])
def test_an_unknown_flag_is_refused(flag):
    with pytest.raises(QuerySyntaxError, match="not the flag of a known country"):
        parse_query(flag)
