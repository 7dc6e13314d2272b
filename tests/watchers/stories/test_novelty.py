from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.stories.story_stream import stream
from watchers import Item
from watchers.stories import StoryIndex, describe_novel_content, novel_content

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALERTED = Item(
    key="1",
    title="Storm Eva kills 12 in Lima",
    lead="At least 12 people died when storm Eva hit Lima, mayor Rosa Quintana said.",
    text="Some 3,400 houses have no power. Two bridges are closed.",
    url="https://post.example/eva-1",
    source="Post",
    published=NOON,
    language="en",
)


def make_later_item(**changes) -> Item:
    other = replace(ALERTED, key="2", url="https://other.example/eva-2", source="Other", text="")
    return replace(other, **changes)


def test_a_repeat_has_no_new_content():
    assert not novel_content(make_later_item(title="Storm Eva: 12 dead in Lima"), [ALERTED])


@pytest.mark.parametrize(
    ("changes", "names", "numbers"),
    [
        ({"title": "Storm Eva kills 40 in Lima"}, (), ("40",)),
        ({"lead": "In Lima, governor Amina Diallo asked for help."}, ("Amina", "Diallo"), ()),
        ({"lead": "Some 3400 houses in Lima have no power after storm Eva."}, (), ()),
        ({"lead": "Storm Eva left twelve dead in Lima."}, (), ()),
        ({"lead": "Storm Eva left thirty dead in Lima."}, (), ("30",)),
        ({"lead": "Damage of 1,250,000 dollars in Lima."}, (), ("1250000",)),
        (
            {"text": "Rain fell. " * 60 + "Later engineer Amina Diallo spoke."},
            ("Amina", "Diallo"),
            (),
        ),
        ({"text": "Rain fell. " * 60 + "The state pays €7.5 million."}, (), ("7.5",)),
        ({"text": "Rain fell. " * 60 + "On a Tuesday, 17 boats sank."}, (), ()),
        ({"lead": "Some 3,421 houses in Lima have no power after storm Eva."}, (), ()),
        ({"lead": "Some 3,900 houses in Lima have no power after storm Eva."}, (), ("3900",)),
    ],
)
def test_new_names_and_numbers_are_new_content(changes, names, numbers):
    content = novel_content(make_later_item(**changes), [ALERTED])
    assert (content.names, content.numbers) == (names, numbers)
    assert bool(content) is bool(names or numbers)


def test_a_new_day_is_new_content():
    assert (
        novel_content(make_later_item(published=NOON + timedelta(days=1)), [ALERTED]).day
        == (NOON + timedelta(days=1)).date()
    )
    assert not novel_content(make_later_item(published=NOON + timedelta(hours=11)), [ALERTED])
    assert not novel_content(make_later_item(published=NOON - timedelta(days=3)), [ALERTED])


def test_a_different_title_is_new_content_without_a_name_or_number():
    assert novel_content(
        make_later_item(title="Fishermen refuse evacuation order"), [ALERTED]
    ).words


def test_capitals_of_a_title_in_title_case_are_not_names():
    assert not novel_content(
        make_later_item(title="Storm Eva Kills 12 People In Lima, Mayor Said"), [ALERTED]
    ).names


def test_the_content_of_every_alerted_item_counts():
    second = make_later_item(title="Storm Eva kills 40 in Lima")
    third = make_later_item(
        key="3", url="https://third.example/eva-3", title="Lima: storm Eva kills 40"
    )
    assert novel_content(third, [ALERTED])
    assert not novel_content(third, [ALERTED, second])


@pytest.mark.parametrize(
    "edition",
    [
        replace(ALERTED, key="2", title="Storm Eva kills 99 in Quito"),
        replace(
            ALERTED, key="2", url="http://www.post.example/eva-1/?utm_source=a", lead="99 dead"
        ),
        replace(ALERTED, key="2", url=None, lead="99 dead", published=NOON + timedelta(days=5)),
        replace(ALERTED, key="2", url="https://copy.example/x-1", source="Copy"),
    ],
    ids=["same address", "tracked address", "no address", "same words"],
)
def test_another_edition_of_an_alerted_article_has_no_new_content(edition):
    assert not novel_content(edition, [ALERTED])


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_every_story_of_a_stream_has_an_alert_or_a_follow_up(seed):
    """Each labelled story has an alert or a follow-up, even if stories were merged."""
    index = StoryIndex()
    alerted: dict[int, list[Item]] = {}
    alerted_stories = set()
    labelled = stream(seed)
    for report in labelled:
        story = index.assign(report.item, received_at=report.received_at)
        items = alerted.setdefault(story, [])
        if not items or novel_content(report.item, items):
            items.append(report.item)
            alerted_stories.add(report.story)
    assert alerted_stories == {report.story for report in labelled}


@pytest.mark.parametrize(
    ("changes", "described"),
    [
        ({"title": "Storm Eva kills 40 in Lima"}, ["kills 40 (12 before)"]),
        ({"lead": "At least 40 people died in Lima."}, ["40 people (12 before)"]),
        ({"lead": "In Lima, governor Amina Diallo asked for help."}, ["Amina Diallo"]),
        ({"lead": "Damage of 1,250,000 dollars in Lima."}, ["1,250,000 dollars"]),
        ({}, []),
    ],
)
def test_new_content_is_described_in_the_words_of_the_report(changes, described):
    item = make_later_item(**changes)
    content = novel_content(item, [ALERTED])
    assert describe_novel_content(content, item, [ALERTED]) == described


@pytest.mark.parametrize(
    ("title", "lead", "is_news"),
    [
        ("Temporal Eva deja 12 muertos en Lima", "El temporal causó 12 muertos.", False),
        ("Temporal Eva deja 40 muertos en Lima", "El temporal causó 40 muertos.", True),
        ("Temporal Eva en Lima", "Habló ayer la gobernadora Amina Diallo en Lima.", True),
        ("Temporal Eva en Lima", "Habló ayer la alcaldesa Rosa Quintana en Lima.", False),
    ],
)
def test_words_of_another_language_are_not_new_content(title, lead, is_news):
    item = make_later_item(title=title, lead=lead, language="es")
    assert bool(novel_content(item, [ALERTED])) is is_news
