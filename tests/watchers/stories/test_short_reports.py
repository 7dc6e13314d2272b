"""Short reports with one name each: the place or company decides."""

from datetime import UTC, datetime, timedelta

import pytest

from watchers.item import Item
from watchers.stories import StoryIndex

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def assign_all(titles, *, url="", text="{} was reported by the operator this morning."):
    index = StoryIndex()
    numbers = []
    for minute, title in enumerate(titles):
        item = Item(
            key=f"k{minute}",
            title=title,
            url=url or f"https://status.example/{minute}",
            source="Status",
            published=NOW + timedelta(minutes=minute),
            text=text.format(title),
        )
        numbers.append(index.assign(item))
    return numbers


@pytest.mark.parametrize("url", ["", "https://status.example/"])
def test_outages_in_three_places_are_three_stories(url):
    titles = [
        "Outage of mail in Tallinn",
        "Outage of storage in Helsinki",
        "Outage of search in Oslo",
    ]
    assert len(set(assign_all(titles, url=url))) == 3


def test_earthquakes_in_two_places_are_two_stories():
    titles = ["Strong earthquake shakes Izmir", "Strong earthquake shakes Quito"]
    assert len(set(assign_all(titles))) == 2


def test_two_reports_about_one_place_are_one_story():
    titles = ["Outage of mail in Tallinn", "Mail outage in Tallinn"]
    assert len(set(assign_all(titles))) == 1
