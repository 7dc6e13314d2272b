from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.stories.story_scores import scores
from tests.watchers.stories.story_stream import Labelled, stream
from watchers import Item
from watchers.stories import StoryIndex
from watchers.stories.signature import extract_names
from watchers.stories.terms import TermReader

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUAKE = Item(
    key="1",
    title="Strong earthquake shakes Lima, 12 dead",
    lead="A magnitude 6.4 earthquake struck near Lima before dawn, and mayor Rosa Quintana closed schools.",
    url="https://post.example/news/quake-lima-1",
    source="Harbour Post",
    language="en",
)


def assign_stories(*items: tuple[Item, float]) -> list[int]:
    """Return the stories of items that arrive at the given hours after noon."""
    index = StoryIndex()
    return [index.assign(item, received_at=NOON + timedelta(hours=hours)) for item, hours in items]


def assign_stream(labelled: list[Labelled], index: StoryIndex) -> list[int]:
    return [index.assign(report.item, received_at=report.received_at) for report in labelled]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_most_items_of_a_labelled_stream_are_assigned_correctly(seed):
    labelled = stream(seed)
    assert len(labelled) >= 400
    labels = [report.story for report in labelled]
    result = scores(labels, assign_stream(labelled, StoryIndex()))
    assert result.f1 >= 0.90
    assert result.wrong <= 0.02


@pytest.mark.parametrize(
    "edit",
    [
        {"key": "another guid"},
        {"title": "Earthquake in Lima: 14 dead, says mayor"},
        {"published": NOON + timedelta(days=1)},
        {"url": "http://www.post.example/news/quake-lima-1/?utm_source=x#top", "key": "2"},
        {"url": "https://m.post.example/news/quake-lima-1/amp", "key": "2"},
        {"url": None, "key": "2"},
        {
            "title": "Thousands sleep outdoors",
            "lead": "After the strong earthquake in Lima, mayor Rosa Quintana closed schools.",
            "key": "2",
        },
    ],
    ids=["guid", "title", "date", "tracking", "amp", "no address", "rewritten"],
)
def test_an_edited_article_stays_in_its_story(edit):
    assert len(set(assign_stories((QUAKE, 0), (replace(QUAKE, **edit), 2)))) == 1


def test_one_text_under_two_addresses_is_one_story():
    printed = replace(QUAKE, key="x", url="https://other.example/a-1", source="Other")
    assert len(set(assign_stories((QUAKE, 0), (printed, 40)))) == 1


def test_equal_titles_of_two_publishers_are_one_story_if_neither_has_a_text():
    bare = Item(key="1", title="Court jails minister for nine years", source="A")
    assert len(set(assign_stories((bare, 0), (replace(bare, key="2", source="B"), 5)))) == 1


def test_equal_titles_about_different_places_are_two_stories():
    lima = replace(QUAKE, title="Earthquake kills twelve people")
    izmir = replace(
        lima,
        key="2",
        url="https://other.example/izmir-2",
        source="Other",
        lead="The ground shook in Izmir for a minute, and governor Leila Haddad asked for tents.",
    )
    assert len(set(assign_stories((lima, 0), (izmir, 3)))) == 2


def test_a_daily_column_with_one_title_is_a_new_story_each_day():
    def column(day: int, lead: str) -> Item:
        return Item(
            key=str(day),
            title="Morning briefing: what you need to know today",
            lead=lead,
            url=f"https://post.example/briefing-{day}",
            source="Post",
            language="en",
        )

    stories = assign_stories(
        (column(1, "Rain in Porto, a strike in Gdansk, and a record for Marta Velasco."), 0),
        (column(2, "Quito votes, Osaka celebrates, and Jonas Ekberg loses a balloon."), 24),
        (column(3, "Tunis opens a museum; why Helga Strand paints buses in Lodz."), 48),
    )
    assert len(set(stories)) == 3


def test_a_repeated_title_without_a_text_is_a_new_story_only_after_hours():
    bare = Item(key="1", title="Markets close higher after a calm day", source="Post")
    soon, later = replace(bare, key="2"), replace(bare, key="3")
    stories = assign_stories((bare, 0), (soon, 2), (later, 26))
    assert stories[0] == stories[1] != stories[2]


def test_items_of_one_link_with_different_titles_are_different_stories():
    link = "https://post.example/alerts/current-warnings-1"
    warnings = [
        Item(key=str(number), title=title, url=link, source="Post")
        for number, title in enumerate(
            [
                "Flood warning for the lower Ouse until noon",
                "Ferry to Rathlin cancelled because of strong wind",
                "Teachers of Antrim vote for a strike in May",
            ]
        )
    ]
    assert len(set(assign_stories(*((item, 0) for item in warnings)))) == 3
    assert len(set(assign_stories(*((item, 3 * n) for n, item in enumerate(warnings))))) == 3


def test_daily_reports_with_other_figures_are_different_stories():
    monday = Item(
        key="1",
        title="Shares in Oslo close higher, led by shipping",
        lead="The main index in Oslo rose 0.8% and the small caps gained 1.2% as oil prices rose. "
        "Shipping shares led the gains.",
        source="A",
    )
    tuesday = replace(
        monday,
        key="2",
        title="Shares in Oslo close lower, led by shipping",
        lead="The main index in Oslo fell 0.5% and the small caps lost 0.9% as oil prices fell. "
        "Shipping shares led the losses.",
    )
    first, copy, second = assign_stories(
        (monday, 0), (replace(monday, key="3", source="B"), 1), (tuesday, 24)
    )
    assert first == copy != second


def test_an_abbreviation_at_the_start_of_a_title_is_a_name():
    assert "ECB" in extract_names("ECB cuts deposit rate as inflation eases", "")


def test_a_shared_page_does_not_identify_an_article():
    home = replace(QUAKE, url="https://post.example/")
    other = Item(key="2", title="Choir looks for tenors in Porto", url="https://post.example/")
    assert len(set(assign_stories((home, 0), (other, 1)))) == 2


def release(number: int, company: str, place: str, trade: str, source: str) -> Item:
    """Return a release of one template, of which only the names differ."""
    return Item(
        key=str(number),
        title=f"Ministry Adds Exporter {company} To Control List",
        text=(
            f"The Ministry of Foreign Trade today added {company} Limited, a company registered in "
            f"{place}, to its control list for {trade}. All licences of the listed companies end at "
            "midnight. Banks and carriers must report open contracts to the ministry within ten days, "
            "and may not start new ones. The ministry publishes the list on its website and answers "
            "questions of exporters by telephone."
        ),
        url=f"https://{source}.example/releases/{number}-list",
        source=source,
        language="en",
    )


RELEASES = (
    ("Brackwater Optics", "Gdansk", "selling lenses without a licence"),
    ("Tamarind Forge", "Chennai", "shipping pumps to unknown buyers"),
    ("Ostrov Marine", "Varna", "hiding the route of a freighter"),
    ("Quillon Chemicals", "Antwerp", "moving solvents under false papers"),
    ("Halden Robotics", "Oslo", "repairing machines for a listed firm"),
    ("Pelicano Freight", "Santos", "carrying engines past a checkpoint"),
)


@pytest.mark.parametrize("sources", [("ministry",), ("ministry", "wire", "courier")])
def test_releases_of_one_template_about_different_names_are_different_stories(sources):
    stories = assign_stories(
        *(
            (release(number, *names, sources[number % len(sources)]), number / 10)
            for number, names in enumerate(RELEASES)
        )
    )
    assert len(set(stories)) == len(RELEASES)


def test_copies_of_a_release_are_one_story():
    stories = assign_stories(
        *((release(number, *RELEASES[0], source), number) for number, source in enumerate("abc"))
    )
    assert len(set(stories)) == 1


def test_sentences_that_a_source_repeats_are_not_evidence():
    footer = (
        "Harbour Post is funded by its readers and gives every report away for free. Join our "
        "letter, follow the podcast and support independent reporting on the coast today."
    )
    leads = (
        "A choir in the old town seeks tenors before its tour.",
        "The council repairs two bridges over the canal this spring.",
        "Fishermen count fewer herring than in any year since records began.",
        "A bakery wins a prize for a loaf baked with seaweed.",
    )
    stories = assign_stories(
        *(
            (
                Item(
                    key=lead,
                    title=lead.rstrip("."),
                    text=f"{lead} {footer}",
                    url=f"https://post.example/{number}-a",
                    source="Harbour Post",
                    language="en",
                ),
                number,
            )
            for number, lead in enumerate(leads)
        )
    )
    assert len(set(stories)) == len(leads)


def test_a_story_closes_three_days_after_its_last_item():
    later = replace(QUAKE, key="2", url="https://other.example/b-2", source="Other")
    assert len(set(assign_stories((QUAKE, 0), (later, 71)))) == 1
    assert len(set(assign_stories((QUAKE, 0), (later, 73)))) == 2


def test_items_with_few_words_are_not_compared():
    titles = ("Sanctions 1", "Sanctions 2", "More sanctions")
    stories = assign_stories(*((Item(key=title, title=title), 0) for title in titles))
    assert len(set(stories)) == 3


def test_items_in_scripts_without_spaces_and_capitals_are_grouped():
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
    stories = assign_stories((first, 0), (second, 1), (third, 2))
    assert stories[0] == stories[1] != stories[2]


@pytest.mark.parametrize("restart_at", [1, 50, 200, 399])
def test_a_restart_does_not_change_later_stories(restart_at):
    labelled = stream(2)
    expected = assign_stream(labelled, StoryIndex())
    rebuilt = StoryIndex()
    stored = zip(labelled[:restart_at], expected, strict=False)
    rebuilt.load(
        ((report.item, story, report.received_at) for report, story in stored),
        last_story_id=max(expected[:restart_at]),
    )
    assert assign_stream(labelled[restart_at:], rebuilt) == expected[restart_at:]


def test_two_alternating_processes_assign_the_same_stories_as_one():
    labelled = stream(3)
    expected = assign_stream(labelled, StoryIndex())
    pair = (StoryIndex(), StoryIndex())
    stories = []
    for number, report in enumerate(labelled):
        active, standby = pair[number % 2], pair[1 - number % 2]
        stories.append(active.assign(report.item, received_at=report.received_at))
        standby.load([(report.item, stories[-1], report.received_at)])
    assert stories == expected


def test_the_memory_of_an_index_is_bounded():
    index = StoryIndex(max_items=50)
    for report in stream(1):
        index.assign(report.item, received_at=report.received_at)
    assert len(index) == 50
    window = index._window
    expected_counts = Counter(term for member in window.members for term in member.terms)
    counts = {term: count for term, count in enumerate(window.document_counts) if count}
    assert counts == expected_counts
    assert set(window.postings) == {term for member in window.members for term in member.heaviest}
    assert {member.story.id for member in window.members} == set(window.stories)
    tables = (window.by_address, window.by_words, window.by_title)
    keys = {key for table in tables for key in table}
    assert len(keys) <= 3 * 50
    assert len(StoryIndex()) == 0


def test_the_publication_date_is_the_default_time():
    index = StoryIndex()
    first = index.assign(replace(QUAKE, published=NOON))
    assert index.assign(replace(QUAKE, key="2", published=NOON)) == first
    assert index.assign(Item(key="3", title="")) == first + 1


def test_an_earlier_time_does_not_move_the_window_back():
    late = replace(QUAKE, key="2", published=NOON - timedelta(days=400))
    assert len(set(assign_stories((QUAKE, 0), (late, -9_600)))) == 1


def test_the_terms_of_an_item_do_not_depend_on_the_languages_of_earlier_items():
    printed = ["The", "reactor", "и", "кой", "in", "que"]
    for first, second in [("zh", "en"), ("hr", "bs"), ("bg", "mk"), (None, "ar")]:
        reader = TermReader()
        reader.numbers(printed, first)
        assert reader.numbers(printed, second) == TermReader().numbers(printed, second)
        assert reader.read_terms(printed, first) == TermReader().read_terms(printed, first)
