"""What a feed's cursor remembers of its entries: so that an edit is an edit, and a new id no news.

    entry ── its key is known, and nothing was changed ─────────────────► nothing to do
          ── its key is known ─────────────────────────────────────────► the Item, anew
          ── its key is new, but what it says or its address belongs to
             an entry that has vanished from the feed ──────────────────► that Item
          ── else ──────────────────────────────────────────────────────► a new Item

Feeds change all their ids, addresses or dates overnight, when the software behind them changes. An
address alone is believed only where many changed at once: some feeds give every entry the same one.

A line for each entry, those in the feed now first, and hashes only: some 70 bytes.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Final

from watchers.feeds.values import Entry
from watchers.item import Item
from watchers.sources.canonical_url import canonical_url

_FEWEST: Final = 200  # entries remembered of a short feed
_TIMES: Final = 2  # as many as a long feed shows, remembered
_MOST: Final = 5_000  # entries remembered while only parts of a feed are seen
_TELLING: Final = 60  # characters that two pieces of news do not share by chance
_MANY: Final = 3  # entries that change their marks at once: then the feed did
_SHORT: Final = 8  # bytes of a hash that tells entries of one feed apart
_LONG: Final = 16  # bytes of a hash that tells items apart for ever


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as it was last seen, in hashes. ``item`` is the key of the Item that it is."""

    key: str
    form: str  # of the entry as it came: equal means nothing to do
    words: str
    address: str
    item: str

    def to_text(self) -> str:
        """One line."""
        return " ".join((self.key, self.form, self.words, self.address or "-", self.item))

    @classmethod
    def from_text(cls, line: str) -> Known:
        """From one line."""
        key, form, words, address, item = line.split(" ")
        return cls(key, form, words, "" if address == "-" else address, item)


class Remembered:
    """The entries that one feed is known to have had."""

    def __init__(self, text: str) -> None:
        lines = [Known.from_text(line) for line in text.splitlines()]
        self._known = {one.key: one for one in lines}

    def changed(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries that are new, or not what they were."""
        return [entry for entry in entries if not self._is_same(entry)]

    def take(
        self, entries: Sequence[Entry], made: Mapping[str, Item], *, whole: bool = True
    ) -> list[Item]:
        """The Items ``made`` of changed entries, by entry key, under the keys they are to go by.

        ``entries`` is all that the feed shows now; or, where it is not the ``whole`` of it, a part: then
        nothing has vanished from the feed, and nothing is forgotten for it. All of it is remembered
        from here on.
        """
        shown = {_short(entry.key): entry for entry in entries}
        others = [one for key, one in self._known.items() if key not in shown]
        vanished = others if whole else []
        links = Counter(_address(entry) for entry in entries)
        fresh = [
            entry for key, entry in shown.items() if key not in self._known and entry.key in made
        ]
        by_words = {one.words: one for one in vanished}
        by_address = {one.address: one for one in vanished if one.address}
        moved = {e.key for e in fresh if links[_address(e)] == 1 and _address(e) in by_address}
        by_mass = len(moved) >= _MANY and 2 * len(moved) >= len(fresh)

        def known_as(entry: Entry, item: Item) -> str:
            """The Item's key of an entry whose own key is new."""
            words = _short(item.digest)
            there = by_address.get(_address(entry)) if entry.key in moved else None
            if there is not None and (by_mass or there.words == words):
                return there.item
            said = by_words.get(words)
            if said is not None and (item.length >= _TELLING or by_mass):
                return said.item
            return _hash(entry.key, _LONG)

        items: list[Item] = []
        now: dict[str, Known] = {}
        for key, entry in shown.items():
            before, item = self._known.get(key), made.get(entry.key)
            if item is None:
                if before is not None:
                    now[key] = before
                continue
            goes_by = before.item if before is not None else known_as(entry, item)
            now[key] = Known(key, _form(entry), _short(item.digest), _address(entry), goes_by)
            items.append(replace(item, key=goes_by))
        most = max(_FEWEST, _TIMES * len(now)) if whole else _MOST
        self._known = dict(islice((now | {one.key: one for one in others}).items(), most))
        return _each_once(items)

    def to_text(self) -> str:
        """For the cursor."""
        return "\n".join(one.to_text() for one in self._known.values())

    def _is_same(self, entry: Entry) -> bool:
        known = self._known.get(_short(entry.key))
        return known is not None and known.form == _form(entry)


def _each_once(items: Iterable[Item]) -> list[Item]:
    """Two entries may turn out to be one Item: the first in the feed's order stands for it."""
    kept: dict[str, Item] = {}
    for item in items:
        kept.setdefault(item.key, item)
    return list(kept.values())


def _form(entry: Entry) -> str:
    """Of all that an Item is made of, dates apart: a date that moves is no change."""
    said = (entry.title.value, entry.summary.value, entry.content.value, entry.link or "")
    return _short("\x1f".join((*said, *entry.authors, *entry.tags)))


def _address(entry: Entry) -> str:
    return _short(canonical_url(entry.link)) if entry.link else ""


def _short(text: str) -> str:
    return _hash(text, _SHORT)


def _hash(text: str, size: int) -> str:
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()[:size]
    return urlsafe_b64encode(digest).decode().rstrip("=")
