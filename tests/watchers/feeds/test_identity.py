"""Entries that share a guid or a link stay different entries, in one response and across polls."""

from __future__ import annotations

import pytest

from tests.watchers.feeds.feed_samples import atom, parse_leniently, parse_strictly, rss
from watchers.feeds.identity import SharedKeys, identify_entries
from watchers.feeds.models import Entry, Feed, MarkupText


def feed_of(*items: str) -> Feed:
    return parse_strictly(rss().replace(b"</channel>", ("".join(items) + "</channel>").encode()))


def item(guid: str = "", link: str = "", title: str = "", date: str = "") -> str:
    parts = {"guid": guid, "link": link, "title": title, "pubDate": date}
    children = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)
    return f"<item>{children}</item>"


def entry(key: str, **changes: object) -> Entry:
    values = {"title": MarkupText("Notice", "text"), **changes}
    return Entry(key=key, **values)  # type: ignore[arg-type]


STATUS = "https://status.example.org/"


@pytest.mark.parametrize(
    "items",
    [
        [item(link=STATUS, title=title) for title in ("Mail down", "Mail back", "Login slow")],
        [item("N/A", "N/A", title) for title in ("Mail down", "Mail back", "Login slow")],
        [item("N/A", f"/{number}", "Notice") for number in range(3)],
        [item("7", f"https://example.org/{number}", "Notice") for number in range(3)],
        [item("7", STATUS, "Notice", f"2026-11-2{number}") for number in range(3)],
        [item("7", STATUS, f"Notice {number}", "2026-11-20") for number in range(3)],
    ],
    ids=["one link", "placeholders", "one placeholder", "links", "dates", "titles"],
)
def test_entries_with_one_guid_or_link_are_different(items):
    feed = feed_of(*items)
    assert len({entry.key for entry in feed.entries}) == len(feed.entries) == 3


def test_an_exact_copy_of_an_entry_is_one_entry():
    assert len(feed_of(*[item("7", STATUS, "Notice", "2026-11-20")] * 3).entries) == 1


def test_of_the_versions_of_an_atom_entry_the_newest_is_kept():
    entries = "".join(
        f"<entry><id>urn:1</id><title>Version {day}</title><link href='/1'/>"
        f"<published>2026-11-01</published><updated>2026-11-2{day}</updated></entry>"
        for day in (1, 2, 0)
    )
    feed = parse_strictly(atom().replace(b"</feed>", f"{entries}</feed>".encode()))
    assert [entry.title.value for entry in feed.entries] == ["Version 2"]


def test_placeholders_are_not_links():
    (parsed,) = feed_of(item("undefined", "N/A", "Notice")).entries
    assert parsed.link is None
    assert parsed.key.startswith("words-")


def test_both_parsers_give_the_same_keys_to_shared_guids():
    body = rss().replace(
        b"</channel>",
        "".join(item("7", f"/{n}", "Notice") for n in range(3)).encode() + b"</channel>",
    )
    strict, lenient = parse_strictly(body), parse_leniently(body)
    assert [entry.key for entry in strict.entries] == [entry.key for entry in lenient.entries]


def test_a_key_that_was_shared_once_stays_distinct():
    first, second = entry("7", link="https://e.org/1"), entry("7", link="https://e.org/2")
    both = identify_entries([first, second])
    remembered = SharedKeys.from_text(both.shared.to_text())
    alone = identify_entries([second], remembered)
    assert alone.entries[0].key == both.entries[1].key
    assert not alone.changed_keys


def test_a_second_application_changes_nothing():
    once = identify_entries(
        [entry("7", link="https://e.org/1"), entry("7", link="https://e.org/2"), entry("8")]
    )
    assert identify_entries(once.entries, once.shared).entries == once.entries


def test_a_feed_that_repeats_many_keys_distinguishes_all_its_entries():
    repeated = [entry(str(n % 4), link=f"https://e.org/{n}") for n in range(8)]
    shared = identify_entries(repeated).shared
    # A later poll shows one entry per key, and one of them is used again for other news.
    old = identify_entries([entry("9", link="https://e.org/90")], shared).entries[0]
    new = identify_entries([entry("9", link="https://e.org/91")], shared).entries[0]
    assert old.key != new.key


def test_one_repeated_key_changes_no_other_key():
    entries = [entry("7", link="https://e.org/1"), entry("7", link="https://e.org/2")]
    identified = identify_entries([*entries, *(entry(str(n)) for n in range(100, 120))])
    assert identified.changed_keys == {"7"}


def test_the_memory_of_shared_keys_is_bounded():
    shared = SharedKeys()
    for poll in range(3):
        pairs = [
            entry(f"{poll}-{n}", link=f"https://e.org/{n}/{copy}")
            for n in range(400)
            for copy in range(2)
        ]
        shared = identify_entries(pairs, shared).shared
    assert len(shared.levels) <= 500
    assert "*" in shared.levels


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_too_many_entries_without_dates_the_newest_are_kept(newest_first):
    numbers = range(2_500) if not newest_first else range(2_499, -1, -1)
    feed = feed_of(*(item(f"https://example.org/?p={n}", title=f"Notice {n}") for n in numbers))
    kept = {int(entry.key.rpartition("=")[2]) for entry in feed.entries}
    assert kept == set(range(500, 2_500))
    assert "2,500 entries" in feed.problems[0]
