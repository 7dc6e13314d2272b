from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.feeds.items import entry_item
from watchers.feeds.values import Entry, Feed, Words
from watchers.sources.remembered import Remembered

FEED = Feed(format="rss 2.0", title=Words("The Example"))
LONG = "which is long enough that nobody else says the very same words by chance"


def entry(name: object, **changes) -> Entry:
    made = Entry(
        key=f"id-{name}",
        title=Words(f"News {name}", "text"),
        summary=Words(f"What happened at {name}, {LONG}", "text"),
        link=f"https://example.org/{name}",
    )
    return replace(made, **changes)


class Reader:
    """Looks at a feed again and again, as `poll_feed` does."""

    def __init__(self) -> None:
        self.text = ""
        self.known: dict[str, str] = {}  # what an archive would hold: the Item's key, its title

    def look(self, *entries: Entry, whole: bool = True) -> tuple[list[str], list[str]]:
        """Titles of what is new, and of what is changed."""
        remembered = Remembered(self.text)
        made = [entry_item(one, FEED) for one in remembered.changed(entries)]
        by_key = {item.key: item for item in made if item is not None}
        items = remembered.take(entries, by_key, whole=whole)
        self.text = remembered.to_text()
        new = [item.title for item in items if item.key not in self.known]
        old = [item.title for item in items if item.key in self.known]
        self.known |= {item.key: item.title for item in items}
        return new, old


@pytest.fixture
def reader() -> Reader:
    made = Reader()
    made.look(*map(entry, range(10)))
    return made


def test_what_was_seen_is_nothing_new(reader):
    assert reader.look(*map(entry, range(10))) == ([], [])
    assert reader.look(*map(entry, reversed(range(10)))) == ([], [])


def test_a_new_entry_is_new_once(reader):
    assert reader.look(entry(10), *map(entry, range(9))) == (["News 10"], [])
    assert reader.look(entry(10), *map(entry, range(9))) == ([], [])


def test_an_edited_entry_is_the_same_item(reader):
    edited = entry(3, title=Words("News 3, corrected", "text"))
    assert reader.look(edited, *map(entry, range(3))) == ([], ["News 3, corrected"])


def test_entries_that_return_are_nothing_new(reader):
    reader.look(*map(entry, range(10, 40)))
    assert reader.look(*map(entry, range(10))) == ([], [])


def overnight_ids(number: int) -> Entry:
    return entry(number, key=f"urn:uuid:{number * 7919}")


def overnight_addresses(number: int) -> Entry:
    return entry(number, link=f"https://new.example.net/posts/{number}/")


def overnight_both(number: int) -> Entry:
    return entry(
        number, key=f"https://new.example.net/?p={number}", link=f"https://new.example.net/{number}"
    )


def overnight_ids_and_words(number: int) -> Entry:
    return entry(number, key=f"x{number}", summary=Words(f"Another opening of {number}", "text"))


@pytest.mark.parametrize(
    "overnight", [overnight_ids, overnight_addresses, overnight_both, overnight_ids_and_words]
)
def test_a_feed_that_changes_its_marks_overnight_brings_nothing_new(reader, overnight):
    new, _ = reader.look(*map(overnight, range(10)))
    assert new == []
    assert reader.look(*map(overnight, range(10))) == ([], [])
    new, _ = reader.look(overnight(10), *map(overnight, range(9)))
    assert new == ["News 10"]


def test_a_feed_that_changes_its_ids_twice_brings_nothing_new(reader):
    reader.look(*map(overnight_ids, range(10)))
    new, _ = reader.look(*(entry(n, key=f"third-{n}") for n in range(10)))
    assert new == []


def test_a_single_entry_at_a_known_address_with_other_words_is_news():
    """A page of today's news: one entry, one address, new words each day."""
    reader = Reader()
    for day in range(5):
        today = entry(day, link="https://example.org/today")
        assert reader.look(today) == ([f"News {day}"], [])


def test_entries_that_all_share_one_address_are_told_apart():
    reader = Reader()
    home = "https://example.org/"
    reader.look(*(entry(n, link=home) for n in range(10)))
    new, old = reader.look(*(entry(n, link=home) for n in range(10, 20)))
    assert (len(new), old) == (10, [])


def test_short_words_that_come_again_are_news():
    reader = Reader()
    for day in range(5):
        quake = Entry(key=f"q{day}", title=Words("Earthquake", "text"), link=f"https://e.org/{day}")
        assert reader.look(quake) == (["Earthquake"], [])


def test_more_than_ever_was_remembered_is_all_kept(reader):
    many = [entry(n) for n in range(100, 1_600)]
    new, _ = reader.look(*many)
    assert len(new) == 1_500
    assert reader.look(*many) == ([], [])


def test_a_part_of_the_feed_makes_nothing_vanish():
    reader = Reader()
    reader.look(*map(entry, range(1_000)))
    same_words = entry(5, key="other", link="https://example.org/other")
    assert reader.look(entry(1_000), same_words, whole=False)[0] == ["News 1000", "News 5"]
    assert reader.look(entry(1_000), *map(entry, range(999))) == ([], [])


def test_an_entry_that_says_nothing_is_no_item(reader):
    silent = Entry(key="silent", link=None)
    assert reader.look(silent, *map(entry, range(10))) == ([], [])


def test_what_is_remembered_stays_small():
    reader = Reader()
    for turn in range(0, 2_000, 20):
        reader.look(*map(entry, range(turn, turn + 20)))
    assert len(reader.text.splitlines()) == 200
    assert len(reader.text) <= 200 * 90


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 30), min_size=0, max_size=12, unique=True), min_size=1, max_size=8
    )
)
def test_however_entries_come_and_go_each_is_new_once(looks):
    reader = Reader()
    seen: list[str] = []
    for shown in looks:
        new, old = reader.look(*map(entry, shown))
        assert old == []
        seen += new
    assert sorted(seen) == sorted({f"News {n}" for shown in looks for n in shown})
