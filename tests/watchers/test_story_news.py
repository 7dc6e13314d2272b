from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.story_stream import stream
from watchers import Item
from watchers.stories import StoryIndex, news_in

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOLD = Item(
    key="1",
    title="Storm Eva kills 12 in Lima",
    lead="At least 12 people died when storm Eva hit Lima, mayor Rosa Quintana said.",
    text="Some 3,400 houses have no power. Two bridges are closed.",
    url="https://post.example/eva-1",
    source="Post",
    published=NOON,
    language="en",
)


def later(**changes) -> Item:
    other = replace(TOLD, key="2", url="https://other.example/eva-2", source="Other", text="")
    return replace(other, **changes)


def test_a_repeat_brings_nothing():
    assert not news_in(later(title="Storm Eva: 12 dead in Lima"), [TOLD])


@pytest.mark.parametrize(
    ("changes", "names", "numbers"),
    [
        ({"title": "Storm Eva kills 40 in Lima"}, (), ("40",)),
        ({"lead": "In Lima, governor Amina Diallo asked for help."}, ("Amina", "Diallo"), ()),
        ({"lead": "Some 3400 houses in Lima have no power after storm Eva."}, (), ()),
        ({"lead": "Storm Eva left twelve dead in Lima."}, (), ()),
        ({"lead": "Storm Eva left thirty dead in Lima."}, (), ("30",)),
        ({"lead": "Damage of 1,250,000 dollars in Lima."}, (), ("1250000",)),
    ],
)
def test_new_names_and_numbers_are_news(changes, names, numbers):
    found = news_in(later(**changes), [TOLD])
    assert (found.names, found.numbers) == (names, numbers)
    assert bool(found) is bool(names or numbers)


def test_a_new_day_is_news():
    assert (
        news_in(later(published=NOON + timedelta(days=1)), [TOLD]).day
        == (NOON + timedelta(days=1)).date()
    )
    assert not news_in(later(published=NOON + timedelta(hours=11)), [TOLD])
    assert not news_in(later(published=NOON - timedelta(days=3)), [TOLD])


def test_a_title_that_says_something_else_is_news_without_a_name_or_number():
    assert news_in(later(title="Fishermen refuse evacuation order"), [TOLD]).words


def test_names_in_a_headline_written_in_capitals_are_no_names():
    assert not news_in(later(title="Storm Eva Kills 12 People In Lima, Mayor Said"), [TOLD]).names


def test_what_any_told_item_says_is_known():
    second = later(title="Storm Eva kills 40 in Lima")
    third = later(key="3", url="https://third.example/eva-3", title="Lima: storm Eva kills 40")
    assert news_in(third, [TOLD])
    assert not news_in(third, [TOLD, second])


@pytest.mark.parametrize(
    "edition",
    [
        replace(TOLD, key="2", title="Storm Eva kills 99 in Quito"),
        replace(TOLD, key="2", url="http://www.post.example/eva-1/?utm_source=a", lead="99 dead"),
        replace(TOLD, key="2", url=None, lead="99 dead", published=NOON + timedelta(days=5)),
        replace(TOLD, key="2", url="https://copy.example/x-1", source="Copy"),
    ],
    ids=["same address", "tracked address", "no address", "same words"],
)
def test_another_edition_of_an_article_that_was_told_is_no_news(edition):
    assert not news_in(edition, [TOLD])


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_no_story_of_a_stream_goes_untold(seed):
    """Merged or not: of every true story, at least one item is an alert or a reply."""
    index = StoryIndex()
    told: dict[int, list[Item]] = {}
    heard = set()
    labelled = stream(seed)
    for one in labelled:
        known = told.setdefault(index.assign(one.item, at=one.at), [])
        if not known or news_in(one.item, known):
            known.append(one.item)
            heard.add(one.story)
    assert heard == {one.story for one in labelled}
