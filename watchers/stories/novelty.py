"""Find the new content of a later item of a story: it decides between a follow-up and a repeat.

    title and lead of the item ── names, numbers, words that no alerted item has ──► NovelContent
    its day ── later than that of all alerted items ───────────────────────────────► NovelContent

An item is a repeat if it has none of these. The start of the item is compared with the whole alerted
items: a report that repeats the fifth paragraph of another has nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from watchers.item import Item
from watchers.sources.canonical_url import canonical_url
from watchers.stories.signature import SHARED_PAGE, extract_names
from watchers.stories.terms import NUMBER_WORDS, TermReader
from watchers.text import tokens as words

# An alert shows about this much of the lead or text.
_MAX_LEAD_CHARS: Final = 400

# The part of each alerted item that is compared.
_MAX_COMPARED_CHARS: Final = 20_000

# A title has another meaning if this share of its words is new, and not fewer than so many.
_MIN_NEW_WORD_SHARE: Final = 0.5
_MIN_NEW_WORDS: Final = 2

# Shortly after midnight is not a new day.
_MIN_NEW_DAY_DELAY: Final = timedelta(hours=12)

_NUMBER: Final = re.compile(r"\d{1,3}(?:[,. \u00a0\u202f’']\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_GROUP_SEPARATOR: Final = re.compile(r"[,. \u00a0\u202f’'](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class NovelContent:
    """The content of an item that the alerted items lack; false if there is none.

    Attributes:
        names: as printed.
        numbers: as digits, without separators between groups of thousands.
        day: the day of publication, if it is later than that of the alerted items.
        words: terms of its title, if at least half of them are new.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    day: date | None = None
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return True if there is new content."""
        return bool(self.names or self.numbers or self.day or self.words)


NO_NOVEL_CONTENT: Final = NovelContent()
"""The result for a repeat."""


def novel_content(item: Item, alerted: Sequence[Item]) -> NovelContent:
    """Return the content of ``item`` that the ``alerted`` items of its story lack.

    Another edition of an alerted article has no new content, whatever its text: its alert is edited
    instead.
    """
    if any(is_same_article(item, other) for other in alerted):
        return NO_NOVEL_CONTENT
    lead = (item.lead or item.text)[:_MAX_LEAD_CHARS]
    alerted_words = _words_of(alerted)
    printed = [name for name in extract_names(item.title, lead) if not name.isdecimal()]
    names = [name for name in printed if _folded(name) not in alerted_words]
    alerted_numbers = _numbers_of(alerted)
    numbers = [
        number for number in _find_numbers(f"{item.title}\n{lead}") if number not in alerted_numbers
    ]
    reader = TermReader()
    title_terms = dict.fromkeys(
        reader.read_terms(words.split_simple_words(item.title), item.language)
    )
    alerted_terms = {
        term
        for other in alerted
        for term in reader.read_terms(words.split_simple_words(_full_text(other)), other.language)
    }
    new_terms = [term for term in title_terms if term not in alerted_terms]
    is_new_title = len(new_terms) >= _MIN_NEW_WORDS and (
        len(new_terms) >= _MIN_NEW_WORD_SHARE * len(title_terms)
    )
    return NovelContent(
        tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(numbers)),
        _new_day(item, alerted),
        tuple(new_terms) if is_new_title else (),
    )


def is_same_article(item: Item, other: Item) -> bool:
    """Return True if two items are editions of one article, by their address or all their words."""
    if item.digest == other.digest:
        return True
    item_address, other_address = _address(item), _address(other)
    if item_address and other_address:
        return item_address == other_address
    return item.source == other.source and item.title == other.title


def _address(item: Item) -> str:
    address = canonical_url(item.url) if item.url else ""
    return "" if SHARED_PAGE.fullmatch(address) else address


def _new_day(item: Item, alerted: Sequence[Item]) -> date | None:
    dates = [other.published for other in alerted if other.published is not None]
    if item.published is None or not dates:
        return None
    latest = max(dates)
    is_later_day = item.published.date() > latest.date()
    is_new = is_later_day and item.published - latest >= _MIN_NEW_DAY_DELAY
    return item.published.date() if is_new else None


def _full_text(item: Item) -> str:
    return f"{item.title}\n{item.lead}\n{item.text}"[:_MAX_COMPARED_CHARS]


def _words_of(items: Iterable[Item]) -> set[str]:
    return {_folded(word) for item in items for word in words.split_simple_words(_full_text(item))}


def _folded(word: str) -> str:
    return words.strip_accents(words.normalize_word(word))


def _numbers_of(items: Iterable[Item]) -> set[str]:
    return {number for item in items for number in _find_numbers(_full_text(item))}


def _find_numbers(text: str) -> list[str]:
    """Return the numbers of a text as digits: "1,250.5" and "twelve" become "1250.5" and "12"."""
    digits = [
        _GROUP_SEPARATOR.sub("", number).replace(",", ".") for number in _NUMBER.findall(text)
    ]
    spelled = (NUMBER_WORDS.get(word) for word in text.lower().split())
    return digits + [number for number in spelled if number]
