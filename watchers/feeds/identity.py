"""What tells one entry of a feed from another, and stays the same when the entry is edited.

guid, rdf:about and atom:id, in this order; else the link; else the title and the date as written.
Never Dublin Core's identifier: there, people put the number of the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from watchers.feeds.values import Entry, Words
from watchers.item import content_digest

MOST_ENTRIES: Final = 2_000
"""Entries that are kept of one feed, the newest: a day of the busiest wire."""

_LONGEST_KEY: Final = 512  # characters; a longer one is told by its digest
_FEW: Final = 3  # entries that may share a guid by mistake or as versions of one
_OLDEST: Final = datetime(1, 1, 1, tzinfo=UTC)


def key_of(identifier: str, link: str | None, *, title: Words, words: Words, dated: str) -> str:
    """The key of an entry with these marks; ``dated`` is its date as written."""
    key = " ".join(identifier.split()) or link
    if not key:
        said = (title.value, dated) if title else (words.value, dated)
        return f"words-{content_digest(*said)}"
    return key if len(key) <= _LONGEST_KEY else f"long-{content_digest(key)}"


def told_apart(entries: Iterable[Entry]) -> tuple[Sequence[Entry], tuple[str, ...]]:
    """Each entry once, at most `MOST_ENTRIES`, and the problems with that.

    Of two versions of an entry the one changed last is kept. Where most entries of a feed share one
    guid, it is the feed's, and each is known by its link instead.
    """
    listed = list(entries)
    problems: list[str] = []
    counted = Counter(entry.key for entry in listed)
    shared, times = counted.most_common(1)[0] if counted else ("", 0)
    if times >= _FEW and 2 * times > len(listed):
        listed = [
            replace(entry, key=entry.link) if entry.key == shared and entry.link else entry
            for entry in listed
        ]
    kept: dict[str, Entry] = {}
    for entry in listed:
        before = kept.get(entry.key)
        if before is None or _changed(entry) > _changed(before):
            kept[entry.key] = entry
    found = list(kept.values())
    if len(found) > MOST_ENTRIES:
        problems.append(f"it has {len(found):,} entries; the newest {MOST_ENTRIES:,} are kept")
        if all(entry.is_believable for entry in found):
            found.sort(key=lambda entry: entry.published or _OLDEST, reverse=True)
        del found[MOST_ENTRIES:]
    return found, tuple(problems)


def _changed(entry: Entry) -> datetime:
    return entry.updated or entry.published or _OLDEST
