"""The known entries of a feed, which distinguish new entries from edited and renumbered ones.

    entry ── its key is known, and nothing changed ──────────────► no item
          ── its key is known ───────────────────────────────────► an update of its item
          ── its key is new, but its words or its address belong
             to an entry that has disappeared from the feed ─────► an update of that item
          ── any other ──────────────────────────────────────────► a new item

When a site changes its software, a feed may change all its IDs, addresses or dates at once. An equal
address alone proves nothing unless many entries changed together: some feeds give every entry the same
address.

The cursor keeps one line of hashes per entry, about 70 bytes, with the current entries first.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Final

from watchers.feeds.identity import stated_key_of
from watchers.feeds.models import Entry
from watchers.item import Item
from watchers.sources.canonical_url import canonical_url

# A short feed keeps this many entries, a long one twice the number that it shows.
_MIN_KNOWN_ENTRIES: Final = 200
_KNOWN_PER_SHOWN_ENTRY: Final = 2
# The limit while a hub sends only parts of the feed.
_MAX_KNOWN_ENTRIES: Final = 5_000
# Two different news items do not share this many characters by chance.
_MIN_DISTINCTIVE_CHARS: Final = 60
# This many entries with new keys at once mean that the feed changed its keys.
_MIN_MASS_CHANGE: Final = 3
# Enough to distinguish the entries of one feed.
_ENTRY_HASH_BYTES: Final = 8
# Item keys must never collide.
_ITEM_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry at its last poll, as hashes. ``item`` is the key of its item.

    ``form`` covers the entry as it was received: an equal form needs no work.
    """

    key: str
    form: str
    words: str
    address: str
    item: str

    def to_text(self) -> str:
        """Return the line of the cursor."""
        return " ".join((self.key, self.form, self.words, self.address or "-", self.item))

    @classmethod
    def from_text(cls, line: str) -> KnownEntry:
        """Return the entry of a line of the cursor."""
        key, form, words, address, item = line.split(" ")
        return cls(key, form, words, "" if address == "-" else address, item)


class EntryMemory:
    """The known entries of one feed."""

    def __init__(self, text: str) -> None:
        entries = [KnownEntry.from_text(line) for line in text.splitlines()]
        self._known = {entry.key: entry for entry in entries}

    def changed_entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries that are new or changed."""
        return [entry for entry in entries if not self._is_unchanged(entry)]

    def update(
        self,
        entries: Sequence[Entry],
        parsed_items: Mapping[str, Item],
        *,
        renamed_keys: frozenset[str] = frozenset(),
        is_complete: bool = True,
    ) -> list[Item]:
        """Return the items of changed entries under their final keys, and remember all entries.

        Args:
            entries: the entries that the feed shows now.
            parsed_items: the items of changed entries, by entry key.
            renamed_keys: the stated keys whose entries have other final keys than at the last poll: an
                equal text alone proves that such an entry is known.
            is_complete: ``entries`` is the whole feed. For a part of it, no entry counts as disappeared and
                none is forgotten.
        """
        shown = {_entry_hash(entry.key): entry for entry in entries}
        unlisted = [known for key, known in self._known.items() if key not in shown]
        disappeared = unlisted if is_complete else []
        address_counts = Counter(_address_hash(entry) for entry in entries)
        new_entries = [
            entry
            for key, entry in shown.items()
            if key not in self._known and entry.key in parsed_items
        ]
        by_words = {known.words: known for known in disappeared}
        by_address = {known.address: known for known in disappeared if known.address}
        moved_keys = {
            entry.key
            for entry in new_entries
            if address_counts[_address_hash(entry)] == 1 and _address_hash(entry) in by_address
        }
        is_mass_change = len(moved_keys) >= _MIN_MASS_CHANGE and 2 * len(moved_keys) >= len(
            new_entries
        )

        def final_key(entry: Entry, item: Item) -> str:
            """Return the item key of an entry whose own key is new."""
            words = _entry_hash(item.digest)
            same_address = by_address.get(_address_hash(entry)) if entry.key in moved_keys else None
            if same_address is not None and (is_mass_change or same_address.words == words):
                return same_address.item
            same_words = by_words.get(words)
            is_certain = (
                item.length >= _MIN_DISTINCTIVE_CHARS
                or is_mass_change
                or stated_key_of(entry) in renamed_keys
            )
            if same_words is not None and is_certain:
                return same_words.item
            return _hash(entry.key, _ITEM_HASH_BYTES)

        items: list[Item] = []
        current: dict[str, KnownEntry] = {}
        for key, entry in shown.items():
            known, item = self._known.get(key), parsed_items.get(entry.key)
            if item is None:
                if known is not None:
                    current[key] = known
                continue
            item_key = known.item if known is not None else final_key(entry, item)
            current[key] = KnownEntry(
                key,
                _form_hash(entry),
                _entry_hash(item.digest),
                _address_hash(entry),
                item_key,
            )
            items.append(replace(item, key=item_key))
        limit = (
            max(_MIN_KNOWN_ENTRIES, _KNOWN_PER_SHOWN_ENTRY * len(current))
            if is_complete
            else _MAX_KNOWN_ENTRIES
        )
        merged = current | {known.key: known for known in unlisted}
        self._known = dict(islice(merged.items(), limit))
        return _unique_items(items)

    def to_text(self) -> str:
        """Return the cursor value."""
        return "\n".join(known.to_text() for known in self._known.values())

    def _is_unchanged(self, entry: Entry) -> bool:
        known = self._known.get(_entry_hash(entry.key))
        return known is not None and known.form == _form_hash(entry)


def _unique_items(items: Iterable[Item]) -> list[Item]:
    """Return each item once: of two entries with one item, the first in feed order counts."""
    unique: dict[str, Item] = {}
    for item in items:
        unique.setdefault(item.key, item)
    return list(unique.values())


def _form_hash(entry: Entry) -> str:
    """Return a hash of all parts of an item except the dates: a changed date is not an edit."""
    parts = (entry.title.value, entry.summary.value, entry.content.value, entry.link or "")
    return _entry_hash("\x1f".join((*parts, *entry.authors, *entry.tags)))


def _address_hash(entry: Entry) -> str:
    return _entry_hash(canonical_url(entry.link)) if entry.link else ""


def _entry_hash(text: str) -> str:
    return _hash(text, _ENTRY_HASH_BYTES)


def _hash(text: str, size_bytes: int) -> str:
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()[:size_bytes]
    return urlsafe_b64encode(digest).decode().rstrip("=")
