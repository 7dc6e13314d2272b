from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.feeds.models import Entry, Feed, MarkupText
from watchers.feeds.reader import entry_to_item
from watchers.sources.entry_memory import EntryMemory

FEED = Feed(format="rss 2.0", title=MarkupText("The Example"))
LONG = "which is long enough that no other entry has the same words by chance"


def entry(name: object, **changes) -> Entry:
    result = Entry(
        key=f"id-{name}",
        title=MarkupText(f"News {name}", "text"),
        summary=MarkupText(f"What happened at {name}, {LONG}", "text"),
        link=f"https://example.org/{name}",
    )
    return replace(result, **changes)


class Poller:
    """Updates the memory of one feed in each poll, as `poll_feed` does."""

    def __init__(self) -> None:
        self.text = ""
        # The stored items: title by key.
        self.stored: dict[str, str] = {}

    def poll(self, *entries: Entry, is_complete: bool = True) -> tuple[list[str], list[str]]:
        """Return the titles of the new items and of the updated ones."""
        memory = EntryMemory(self.text)
        parsed = [entry_to_item(entry, FEED) for entry in memory.changed_entries(entries)]
        by_key = {item.key: item for item in parsed if item is not None}
        items = memory.update(entries, by_key, is_complete=is_complete)
        self.text = memory.to_text()
        new = [item.title for item in items if item.key not in self.stored]
        updated = [item.title for item in items if item.key in self.stored]
        self.stored |= {item.key: item.title for item in items}
        return new, updated


@pytest.fixture
def poller() -> Poller:
    poller = Poller()
    poller.poll(*map(entry, range(10)))
    return poller


def test_known_entries_give_no_items(poller):
    assert poller.poll(*map(entry, range(10))) == ([], [])
    assert poller.poll(*map(entry, reversed(range(10)))) == ([], [])


def test_a_new_entry_is_new_once(poller):
    assert poller.poll(entry(10), *map(entry, range(9))) == (["News 10"], [])
    assert poller.poll(entry(10), *map(entry, range(9))) == ([], [])


def test_an_edited_entry_is_the_same_item(poller):
    edited = entry(3, title=MarkupText("News 3, corrected", "text"))
    assert poller.poll(edited, *map(entry, range(3))) == ([], ["News 3, corrected"])


def test_entries_that_return_give_no_items(poller):
    poller.poll(*map(entry, range(10, 40)))
    assert poller.poll(*map(entry, range(10))) == ([], [])


def overnight_ids(number: int) -> Entry:
    return entry(number, key=f"urn:uuid:{number * 7919}")


def overnight_addresses(number: int) -> Entry:
    return entry(number, link=f"https://new.example.net/posts/{number}/")


def overnight_both(number: int) -> Entry:
    return entry(
        number, key=f"https://new.example.net/?p={number}", link=f"https://new.example.net/{number}"
    )


def overnight_ids_and_words(number: int) -> Entry:
    return entry(
        number, key=f"x{number}", summary=MarkupText(f"Another opening of {number}", "text")
    )


@pytest.mark.parametrize(
    "overnight", [overnight_ids, overnight_addresses, overnight_both, overnight_ids_and_words]
)
def test_a_feed_that_changes_its_keys_gives_no_new_items(poller, overnight):
    new, _ = poller.poll(*map(overnight, range(10)))
    assert new == []
    assert poller.poll(*map(overnight, range(10))) == ([], [])
    new, _ = poller.poll(overnight(10), *map(overnight, range(9)))
    assert new == ["News 10"]


def test_a_feed_that_changes_its_ids_twice_gives_no_new_items(poller):
    poller.poll(*map(overnight_ids, range(10)))
    new, _ = poller.poll(*(entry(n, key=f"third-{n}") for n in range(10)))
    assert new == []


def test_one_entry_at_a_known_address_with_other_words_is_a_new_item():
    """A page of today's news: one entry, one address, new words each day."""
    poller = Poller()
    for day in range(5):
        today = entry(day, link="https://example.org/today")
        assert poller.poll(today) == ([f"News {day}"], [])


def test_entries_with_one_address_are_different_items():
    poller = Poller()
    home = "https://example.org/"
    poller.poll(*(entry(n, link=home) for n in range(10)))
    new, updated = poller.poll(*(entry(n, link=home) for n in range(10, 20)))
    assert (len(new), updated) == (10, [])


def test_repeated_short_words_are_new_items():
    poller = Poller()
    for day in range(5):
        quake = Entry(
            key=f"q{day}", title=MarkupText("Earthquake", "text"), link=f"https://e.org/{day}"
        )
        assert poller.poll(quake) == (["Earthquake"], [])


def test_more_entries_than_before_are_all_remembered(poller):
    many = [entry(n) for n in range(100, 1_600)]
    new, _ = poller.poll(*many)
    assert len(new) == 1_500
    assert poller.poll(*many) == ([], [])


def test_a_part_of_the_feed_removes_no_entry():
    poller = Poller()
    poller.poll(*map(entry, range(1_000)))
    same_words = entry(5, key="other", link="https://example.org/other")
    assert poller.poll(entry(1_000), same_words, is_complete=False)[0] == ["News 1000", "News 5"]
    assert poller.poll(entry(1_000), *map(entry, range(999))) == ([], [])


def test_an_entry_without_words_gives_no_item(poller):
    silent = Entry(key="silent", link=None)
    assert poller.poll(silent, *map(entry, range(10))) == ([], [])


def test_the_memory_stays_small():
    poller = Poller()
    for turn in range(0, 2_000, 20):
        poller.poll(*map(entry, range(turn, turn + 20)))
    assert len(poller.text.splitlines()) == 200
    assert len(poller.text) <= 200 * 90


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 30), min_size=0, max_size=12, unique=True), min_size=1, max_size=8
    )
)
def test_each_entry_is_new_once_in_any_order_of_polls(polls):
    poller = Poller()
    seen: list[str] = []
    for shown in polls:
        new, updated = poller.poll(*map(entry, shown))
        assert updated == []
        seen += new
    assert sorted(seen) == sorted({f"News {n}" for shown in polls for n in shown})
