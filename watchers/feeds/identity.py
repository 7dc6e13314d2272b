"""Identify the entries of a feed: the key of each entry, unique within a response and stable across polls.

    guid, rdf:about or atom:id, else the link, else title and date ──► stated key
    stated keys of different entries are equal ──► a distinct key: with the link, else also with the
                                                   date, else also with the title

Many feeds use one guid for all entries, or use a guid again for the next news. A key that was shared once
stays distinct at every later poll: otherwise an entry would count as new when the others of its group
leave the feed. `SharedKeys` remembers these keys between the polls.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from itertools import pairwise
from typing import Final

from watchers.feeds.models import MAX_ENTRIES, Entry, MarkupText, is_placeholder
from watchers.item import content_digest

# A longer key is replaced by its digest.
_MAX_KEY_CHARS: Final = 512
# From this share of repeated keys on, a feed uses its keys again for other entries.
_MAX_REPEATED_SHARE: Final = 0.05
# One repeated key of a short feed is not a habit of the feed.
_MIN_REPEATED_KEYS: Final = 2
_MAX_REMEMBERED_KEYS: Final = 500
# Enough to distinguish the keys of one feed.
_SHARED_DIGEST_CHARS: Final = 11
_ALL_KEYS: Final = "*"
_MIN_DATETIME: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST_NUMBER: Final = re.compile(r"(\d{1,18})\D{0,40}\Z")


class Distinction(IntEnum):
    """The parts that distinguish entries with one stated key; each level contains the previous ones."""

    LINK = 1
    DATE = 2
    TITLE = 3


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """The stated keys of a feed that belong to several entries, with the parts that distinguish these.

    Attributes:
        levels: the parts, by the digest of the stated key; ``"*"`` stands for all keys of the feed.
    """

    levels: Mapping[str, Distinction] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str) -> SharedKeys:
        """Return the keys of a cursor value."""
        pairs = (part.rpartition(":") for part in text.split())
        return cls({digest: Distinction(int(level)) for digest, _, level in pairs})

    def to_text(self) -> str:
        """Return the cursor value."""
        return " ".join(f"{digest}:{int(level)}" for digest, level in self.levels.items())

    def level(self, stated_key: str) -> Distinction | None:
        """Return the parts that distinguish the entries with this key; None if it is not shared."""
        levels = [
            level
            for level in (self.levels.get(_ALL_KEYS), self.levels.get(_shared_digest(stated_key)))
            if level is not None
        ]
        return max(levels, default=None)


@dataclass(frozen=True, slots=True)
class IdentifiedEntries:
    """The entries of one response under their final keys.

    Attributes:
        entries: each entry once, in the order of the feed.
        shared: the shared keys, including those of this response.
        changed_keys: the stated keys whose entries have other final keys than at the previous poll.
    """

    entries: tuple[Entry, ...]
    shared: SharedKeys
    changed_keys: frozenset[str]


def make_key(
    identifier: str, link: str | None, *, title: MarkupText, text: MarkupText, date_text: str
) -> str:
    """Return the stated key of an entry; ``date_text`` is its date as written."""
    identifier = " ".join(identifier.split())
    key = link if not identifier or is_placeholder(identifier) else identifier
    if not key:
        parts = (title.value, date_text) if title else (text.value, date_text)
        # The prefix is stored with known entries: another one would make them new again.
        return f"words-{content_digest(*parts)}"
    return key if len(key) <= _MAX_KEY_CHARS else f"long-{content_digest(key)}"


def stated_key_of(entry: Entry) -> str:
    """Return the identity of an entry as the feed states it."""
    return entry.stated_key or entry.key


def unique_entries(
    entries: Iterable[Entry], *, has_revisions: bool = False
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return each entry once, at most `MAX_ENTRIES`, and the problems; see `identify_entries`."""
    return newest_entries(identify_entries(entries, has_revisions=has_revisions).entries)


def identify_entries(
    entries: Iterable[Entry], shared: SharedKeys | None = None, *, has_revisions: bool = False
) -> IdentifiedEntries:
    """Return each entry once under its final key.

    Of several versions of one entry, the one that changed last is kept. The function may be applied again
    to its result, with the shared keys of earlier polls.

    Args:
        entries: the entries in the order of the feed.
        shared: the shared keys of earlier polls.
        has_revisions: entries with one key and link but different times of change are versions of one
            entry (RFC 4287, section 4.1.1).
    """
    earlier = shared or SharedKeys()
    groups: dict[str, list[Entry]] = defaultdict(list)
    order: list[Entry] = []
    for entry in entries:
        groups[stated_key_of(entry)].append(entry)
        order.append(entry)
    levels = dict(earlier.levels)
    repeated_count = 0
    for stated_key, group in groups.items():
        if len(group) == 1:
            continue
        level = _distinction(group, has_revisions=has_revisions)
        if level is None:
            continue
        repeated_count += 1
        digest = _shared_digest(stated_key)
        levels[digest] = max(level, levels.get(digest, level))
    if repeated_count >= max(_MIN_REPEATED_KEYS, _MAX_REPEATED_SHARE * len(groups)):
        # The new keys of the feed will be used again as well.
        levels[_ALL_KEYS] = max((Distinction.LINK, *levels.values()))
    while len(levels) > _MAX_REMEMBERED_KEYS:
        # The oldest ones come first.
        levels.pop(next(digest for digest in levels if digest != _ALL_KEYS))
    current = SharedKeys(levels)
    newest: dict[str, Entry] = {}
    for entry in order:
        key, stated_key = _final_keys(entry, current)
        existing = newest.get(key)
        if existing is None or _changed_at(entry) > _changed_at(existing):
            is_final = (entry.key, entry.stated_key) == (key, stated_key)
            newest[key] = entry if is_final else replace(entry, key=key, stated_key=stated_key)
    changed = frozenset(
        stated_key
        for stated_key in groups
        if earlier.level(stated_key) != current.level(stated_key)
    )
    return IdentifiedEntries(tuple(newest.values()), current, changed)


def newest_entries(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return at most `MAX_ENTRIES` entries, the newest, and the problem to report if some are left out."""
    if len(entries) <= MAX_ENTRIES:
        return tuple(entries), ()
    problem = f"the feed has {len(entries):,} entries; only the newest {MAX_ENTRIES:,} are kept"
    if all(entry.is_date_plausible for entry in entries):
        ordered = sorted(entries, key=lambda entry: entry.published or _MIN_DATETIME, reverse=True)
        return tuple(ordered[:MAX_ENTRIES]), (problem,)
    kept = entries[-MAX_ENTRIES:] if _is_oldest_first(entries) else entries[:MAX_ENTRIES]
    return tuple(kept), (problem,)


def inherit_authors(entries: Sequence[Entry], authors: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return the entries with the authors of the feed where they name none (RFC 4287 section 4.2.1)."""
    return tuple(
        entry if entry.authors or not authors else replace(entry, authors=authors)
        for entry in entries
    )


def _distinction(group: Sequence[Entry], *, has_revisions: bool) -> Distinction | None:
    """Return the first parts that distinguish the entries; None if they are versions of one entry."""
    links = {entry.link for entry in group}
    changes = {entry.updated for entry in group}
    if has_revisions and len(links) == 1 and len(changes) == len(group) and None not in changes:
        return None
    # Exact copies are one entry.
    distinct = {_parts(entry, Distinction.TITLE) for entry in group}
    if len(distinct) == 1:
        return None
    for level in Distinction:
        if len({_parts(entry, level) for entry in group}) == len(distinct):
            return level
    return Distinction.TITLE


def _parts(entry: Entry, level: Distinction) -> tuple[str, ...]:
    # A date that the feed calls the last change differs between versions of one entry.
    published = entry.published if entry.published != entry.updated else None
    parts = (
        entry.link or "",
        published.isoformat() if published else "",
        " ".join(entry.title.value.split()),
    )
    return parts[:level]


def _final_keys(entry: Entry, shared: SharedKeys) -> tuple[str, str]:
    """Return the values of ``key`` and ``stated_key``."""
    stated_key = stated_key_of(entry)
    level = shared.level(stated_key)
    if level is None:
        return stated_key, ""
    return f"shared-{content_digest(stated_key, *_parts(entry, level))}", stated_key


def _shared_digest(stated_key: str) -> str:
    return content_digest(stated_key)[:_SHARED_DIGEST_CHARS]


def _changed_at(entry: Entry) -> datetime:
    return entry.updated or entry.published or _MIN_DATETIME


def _is_oldest_first(entries: Sequence[Entry]) -> bool:
    """Return True if dates, or else the numbers in guids and links, grow from the first to the last."""
    dates = [entry.published for entry in entries if entry.published and entry.is_date_plausible]
    if 2 * len(dates) > len(entries):
        return dates[0] < dates[-1]
    numbers = [
        int(match[1]) for entry in entries if (match := _LAST_NUMBER.search(stated_key_of(entry)))
    ]
    if 2 * len(numbers) <= len(entries):
        # Without any evidence, the usual order of feeds: newest first.
        return False
    growing = sum(first < second for first, second in pairwise(numbers))
    return 2 * growing > len(numbers)
