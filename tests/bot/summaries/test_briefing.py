from datetime import UTC, datetime, timedelta

import pytest

from bot.summaries.briefing import brief
from watchers import Item

DAY = datetime(2026, 5, 1, 8, tzinfo=UTC)


def report(source: str, hours: int, *sentences: str, title: str = "Ferry sinks") -> Item:
    text = "\n".join(sentences)
    when = DAY + timedelta(hours=hours)
    return Item(key=source, title=title, source=source, published=when, language="en", text=text)


HARBOUR = report(
    "harbour.example",
    0,
    "A ferry with 80 passengers sank off the coast of Lumara early on Friday.",
    "At least 12 people were killed when the ferry sank, the coast guard said.",
    "The ferry had left the port of Orla in a storm.",
)
DAILY = report(
    "daily.example",
    4,
    "At least 15 people were killed when a ferry sank off the coast of Lumara, officials said.",
    "Divers search the wreck.",
)
RADIO = report(
    "radio.example",
    6,
    "Police arrested the captain of the ferry at noon on Friday.",
    "Prosecutors say the ferry was overloaded by 30 tonnes of timber.",
    "At least 15 people were killed when the ferry sank.",
)


def test_what_happened_is_told_in_time_order_whatever_the_order_of_the_items():
    made = brief([RADIO, HARBOUR, DAILY], 4)
    times = [point.item.published for point in made.points]
    assert times == sorted(times)
    assert len({point.item.source for point in made.points}) == 3


def test_every_point_is_verbatim_in_its_source():
    for point in brief([HARBOUR, DAILY, RADIO], 6).points:
        assert point.text in point.item.text


def test_nothing_is_told_twice_and_who_says_the_same_is_named():
    copy = report("copy.example", 1, HARBOUR.text.split("\n")[0])
    made = brief([HARBOUR, copy], 3)
    told = [point for point in made.points if "80 passengers" in point.text]
    assert len(told) == 1
    assert [item.source for item in told[0].also] == ["copy.example"]


def test_where_sources_disagree_on_a_number_both_are_shown_with_who_says_which():
    (contested,) = brief([HARBOUR, DAILY, RADIO], 3).contested
    assert contested.what == "people"
    assert [(said, [item.source for item in items]) for said, items in contested.claims] == [
        ("12", ["harbour.example"]),
        ("15", ["daily.example", "radio.example"]),
    ]


def test_a_source_that_gives_another_number_does_not_say_the_same():
    for point in brief([HARBOUR, DAILY, RADIO], 6).points:
        if "15 people" in point.text:
            assert HARBOUR not in point.also


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The mayor opened 3 schools in Lumara.", "The mayor of Orla closed 4 mines for good."),
        ("The bridge in Lumara opened in 2019.", "The bridge in Lumara opened in 2021."),
        ("The match in Lumara lasted 3 hours.", "The match in Lumara lasted 4 hours."),
        (
            "The bridge in Lumara cost 5 million euros.",
            "The bridge in Lumara cost 5,000,000 euros.",
        ),
    ],
)
def test_numbers_of_different_things_are_no_disagreement(one, other):
    assert brief([report("a", 0, one), report("b", 1, other)]).contested == ()


def test_shares_are_compared_too():
    one = report("a", 0, "Turnout in the Lumara vote was 61 percent, the commission said.")
    other = report("b", 1, "Turnout in the Lumara vote was 64 percent, the commission said.")
    (contested,) = brief([one, other]).contested
    assert [said for said, _ in contested.claims] == ["61%", "64%"]


def test_a_sentence_that_leans_on_another_is_no_point():
    item = report("a", 0, "The ferry sank off Lumara on Friday.", "He was arrested in the port.")
    assert [point.text for point in brief([item]).points] == [
        "The ferry sank off Lumara on Friday."
    ]


def test_nothing_makes_an_empty_briefing():
    assert brief([]).points == ()


def test_less_than_one_point_is_refused():
    with pytest.raises(ValueError, match="at least one point"):
        brief([HARBOUR], 0)
