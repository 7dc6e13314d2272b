from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.story_scores import scores
from tests.watchers.story_stream import Labelled, stream
from watchers import Item
from watchers.stories import StoryIndex

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUAKE = Item(
    key="1",
    title="Strong earthquake shakes Lima, 12 dead",
    lead="A magnitude 6.4 earthquake struck near Lima before dawn, and mayor Rosa Quintana closed schools.",
    url="https://post.example/news/quake-lima-1",
    source="Harbour Post",
    language="en",
)


def assigned(*items: tuple[Item, float]) -> list[int]:
    """The stories of items, each with the hours after noon at which it came."""
    index = StoryIndex()
    return [index.assign(item, at=NOON + timedelta(hours=hours)) for item, hours in items]


def whole(labelled: list[Labelled], index: StoryIndex) -> list[int]:
    return [index.assign(one.item, at=one.at) for one in labelled]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_labelled_stream_is_told_apart(seed):
    labelled = stream(seed)
    assert len(labelled) >= 400
    found = scores([one.story for one in labelled], whole(labelled, StoryIndex()))
    assert found.f1 >= 0.90
    assert found.wrong <= 0.02


@pytest.mark.parametrize(
    "edit",
    [
        {"key": "another guid"},
        {"title": "Earthquake in Lima: 14 dead, says mayor"},
        {"published": NOON + timedelta(days=1)},
        {"url": "http://www.post.example/news/quake-lima-1/?utm_source=x#top", "key": "2"},
        {"url": "https://m.post.example/news/quake-lima-1/amp", "key": "2"},
        {"url": None, "key": "2"},
        {"title": "Thousands sleep outdoors", "lead": "No word of it is as before.", "key": "2"},
    ],
    ids=["guid", "title", "date", "tracking", "amp", "no address", "rewritten"],
)
def test_an_edited_article_stays_in_its_story(edit):
    assert len(set(assigned((QUAKE, 0), (replace(QUAKE, **edit), 2)))) == 1


def test_one_text_under_two_addresses_is_one_story():
    printed = replace(QUAKE, key="x", url="https://other.example/a-1", source="Other")
    assert len(set(assigned((QUAKE, 0), (printed, 40)))) == 1


def test_a_headline_that_two_publishers_share_is_one_story_if_nothing_speaks_against_it():
    bare = Item(key="1", title="Court jails minister for nine years", source="A")
    assert len(set(assigned((bare, 0), (replace(bare, key="2", source="B"), 5)))) == 1


def test_the_same_headline_about_another_place_is_another_story():
    lima = replace(QUAKE, title="Earthquake kills twelve people")
    izmir = replace(
        lima,
        key="2",
        url="https://other.example/izmir-2",
        source="Other",
        lead="The ground shook in Izmir for a minute, and governor Leila Haddad asked for tents.",
    )
    assert len(set(assigned((lima, 0), (izmir, 3)))) == 2


def test_a_column_of_the_same_title_is_another_story_each_day():
    def column(day: int, lead: str) -> Item:
        return Item(
            key=str(day),
            title="Morning briefing: what you need to know today",
            lead=lead,
            url=f"https://post.example/briefing-{day}",
            source="Post",
            language="en",
        )

    stories = assigned(
        (column(1, "Rain in Porto, a strike in Gdansk, and a record for Marta Velasco."), 0),
        (column(2, "Quito votes, Osaka celebrates, and Jonas Ekberg loses a balloon."), 24),
        (column(3, "Tunis opens a museum; why Helga Strand paints buses in Lodz."), 48),
    )
    assert len(set(stories)) == 3


def test_a_headline_that_comes_again_without_any_text_is_news_again_only_after_hours():
    bare = Item(key="1", title="Markets close higher after a calm day", source="Post")
    soon, later = replace(bare, key="2"), replace(bare, key="3")
    stories = assigned((bare, 0), (soon, 2), (later, 26))
    assert stories[0] == stories[1] != stories[2]


def test_a_page_that_many_items_point_to_is_nobodys_address():
    home = replace(QUAKE, url="https://post.example/")
    other = Item(key="2", title="Choir looks for tenors in Porto", url="https://post.example/")
    assert len(set(assigned((home, 0), (other, 1)))) == 2


def test_a_story_closes_when_nothing_was_said_of_it_for_three_days():
    later = replace(QUAKE, key="2", url="https://other.example/b-2", source="Other")
    assert len(set(assigned((QUAKE, 0), (later, 71)))) == 1
    assert len(set(assigned((QUAKE, 0), (later, 73)))) == 2


def test_items_of_few_words_are_not_likened():
    titles = ("Sanctions 1", "Sanctions 2", "More sanctions")
    found = assigned(*((Item(key=title, title=title), 0) for title in titles))
    assert len(set(found)) == 3


def test_scripts_without_spaces_and_without_capitals_have_stories_too():
    first = Item(
        key="1",
        title="北朝鮮が新型ミサイルを発射",
        lead="北朝鮮は日本海に向けて弾道ミサイルを発射した。",
        language="ja",
    )
    second = replace(first, key="2", title="北朝鮮、弾道ミサイル発射と発表", source="B")
    third = Item(
        key="3", title="東京で桜が満開に", lead="上野公園は花見客でにぎわった。", language="ja"
    )
    stories = assigned((first, 0), (second, 1), (third, 2))
    assert stories[0] == stories[1] != stories[2]


@pytest.mark.parametrize("restart_at", [1, 50, 200, 399])
def test_a_restart_changes_nothing_of_what_follows(restart_at):
    labelled = stream(2)
    unbroken = StoryIndex()
    expected = whole(labelled, unbroken)
    rebuilt = StoryIndex()
    known = zip(labelled[:restart_at], expected, strict=False)
    rebuilt.load(
        ((one.item, story, one.at) for one, story in known), last=max(expected[:restart_at])
    )
    assert whole(labelled[restart_at:], rebuilt) == expected[restart_at:]


def test_two_that_take_turns_and_follow_each_other_agree_with_one():
    labelled = stream(3)
    expected = whole(labelled, StoryIndex())
    pair = (StoryIndex(), StoryIndex())
    found = []
    for number, one in enumerate(labelled):
        mine, other = pair[number % 2], pair[1 - number % 2]
        found.append(mine.assign(one.item, at=one.at))
        other.load([(one.item, found[-1], one.at)])
    assert found == expected


def test_its_memory_is_bounded_and_it_starts_empty_each_time():
    index = StoryIndex(most_items=50)
    for one in stream(1):
        index.assign(one.item, at=one.at)
    assert len(index) == 50
    window = index._window
    having = Counter(term for member in window.members for term in member.signature.terms)
    assert {term: many for term, many in enumerate(window.having) if many} == having
    assert set(window.postings) == {
        term for member in window.members for term in member.weighed.heaviest
    }
    assert {member.story.id for member in window.members} == set(window.stories)
    keys = {
        key for index_ in (window.by_address, window.by_words, window.by_title) for key in index_
    }
    assert len(keys) <= 3 * 50
    assert len(StoryIndex()) == 0


def test_items_that_say_when_they_were_published_need_no_clock():
    index = StoryIndex()
    first = index.assign(replace(QUAKE, published=NOON))
    assert index.assign(replace(QUAKE, key="2", published=NOON)) == first
    assert index.assign(Item(key="3", title="")) == first + 1


def test_time_never_goes_back():
    late = replace(QUAKE, key="2", published=NOON - timedelta(days=400))
    assert len(set(assigned((QUAKE, 0), (late, -9_600)))) == 1
