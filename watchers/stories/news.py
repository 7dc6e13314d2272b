"""What is new in a later item of a story: what decides whether it is told or only counted.

    title and lead of the item ── names, numbers, words that none of the told items has ──► News
    its day ── later than all of theirs ──────────────────────────────────────────────────► News

An item is a repeat only if it brings none of these. What it says first is held against everything that
the told ones say: a report that repeats the fifth paragraph of another brings nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from watchers.item import Item
from watchers.sources.canonical_url import canonical_url
from watchers.stories.signature import SHARED_PAGE, names_in
from watchers.stories.terms import NUMBER_WORDS, TermReader
from watchers.text import words

_FIRST: Final = 400  # characters of lead or text that an item is told by
_READ: Final = 20_000  # characters of each told item that are compared
_NEW_WORDS: Final = 0.5  # of a title's words, from which it says something else …
_FEW: Final = 2  # … unless they are fewer than these
_SOON: Final = timedelta(hours=12)  # past midnight is no new day
_NUMBER: Final = re.compile(r"\d{1,3}(?:[,. \u00a0\u202f’']\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_GROUPS: Final = re.compile(r"[,. \u00a0\u202f’'](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class News:
    """What an item brings that was not told; false if nothing.

    Attributes:
        names: as printed.
        numbers: in digits, without the signs between thousands.
        day: the day it is from, if that is later than what was told.
        words: of its title, where at least half of them are new.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    day: date | None = None
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.names or self.numbers or self.day or self.words)


NOTHING: Final = News()
"""A repeat."""


def news_in(item: Item, told: Sequence[Item]) -> News:
    """What ``item`` brings that the ``told`` items of its story lack.

    Another edition of an article that was told is no news, whatever it says: that is corrected where it
    was told.
    """
    if any(is_same_article(item, one) for one in told):
        return NOTHING
    said = (item.lead or item.text)[:_FIRST]
    known = _words_of(told)
    printed = [name for name in names_in(item.title, said) if not name.isdecimal()]
    names = [name for name in printed if _folded(name) not in known]
    counted = _numbers_of(told)
    numbers = [one for one in _numbers(f"{item.title}\n{said}") if one not in counted]
    reader = TermReader()
    title = dict.fromkeys(reader.read(words.split(item.title), item.language))
    old = {term for one in told for term in reader.read(words.split(_all(one)), one.language)}
    fresh = [term for term in title if term not in old]
    is_other = len(fresh) >= _FEW and len(fresh) >= _NEW_WORDS * len(title)
    return News(
        tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(numbers)),
        _new_day(item, told),
        tuple(fresh) if is_other else (),
    )


def is_same_article(item: Item, other: Item) -> bool:
    """Whether two items are editions of one article: by their address, or by all of their words."""
    if item.digest == other.digest:
        return True
    mine, theirs = _address(item), _address(other)
    if mine and theirs:
        return mine == theirs
    return item.source == other.source and item.title == other.title


def _address(item: Item) -> str:
    address = canonical_url(item.url) if item.url else ""
    return "" if SHARED_PAGE.fullmatch(address) else address


def _new_day(item: Item, told: Sequence[Item]) -> date | None:
    known = [one.published for one in told if one.published is not None]
    if item.published is None or not known:
        return None
    last = max(known)
    is_later = item.published.date() > last.date() and item.published - last >= _SOON
    return item.published.date() if is_later else None


def _all(item: Item) -> str:
    return f"{item.title}\n{item.lead}\n{item.text}"[:_READ]


def _words_of(told: Iterable[Item]) -> set[str]:
    return {_folded(word) for one in told for word in words.split(_all(one))}


def _folded(word: str) -> str:
    return words.fold(words.normal(word))


def _numbers_of(told: Iterable[Item]) -> set[str]:
    return {number for one in told for number in _numbers(_all(one))}


def _numbers(text: str) -> list[str]:
    digits = [_GROUPS.sub("", number).replace(",", ".") for number in _NUMBER.findall(text)]
    spelled = (NUMBER_WORDS.get(word) for word in text.lower().split())
    return digits + [number for number in spelled if number]
