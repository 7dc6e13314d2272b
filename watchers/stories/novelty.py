"""Find the new content of a later item of a story: it decides between a follow-up and a repeat.

    title and lead of the item ── names, numbers, words that no alerted item has ──► NovelContent
    its day ── later than that of all alerted items ───────────────────────────────► NovelContent

An item is a repeat if it has none of these. In the rest of its text, only full names ("Amina Diallo"),
names that occur twice, and sums count. A number that rounds an alerted one, or is rounded by it, is not
new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from watchers.item import Item
from watchers.sources.canonical_url import canonical_url
from watchers.stories.signature import SHARED_PAGE, extract_names
from watchers.stories.terms import NUMBER_WORDS, TermReader
from watchers.stories.transliteration import name_form
from watchers.text import tokens as words

# An alert shows about this much of the lead or text.
_MAX_LEAD_CHARS: Final = 400

# The part of each alerted item that is compared.
_MAX_COMPARED_CHARS: Final = 20_000

# The part of a later item whose names and sums are read.
_MAX_READ_CHARS: Final = 20_000

# Two numbers with a smaller relative difference may be roundings of each other.
_MAX_ROUNDING: Final = 0.1
_MIN_ROUNDED: Final = 100
_MAX_COMPARED_NUMBERS: Final = 100
_MAX_DESCRIBED: Final = 4

# Capitals do not mark names here, so a repeated word is not a name.
_NOUN_CAPITALS: Final = frozenset({"de", "lb"})

# A title has another meaning if this share of its words is new, and not fewer than so many.
_MIN_NEW_WORD_SHARE: Final = 0.5
_MIN_NEW_WORDS: Final = 2

# Shortly after midnight is not a new day.
_MIN_NEW_DAY_DELAY: Final = timedelta(hours=12)

_NUMBER: Final = re.compile(r"\d{1,3}(?:[,. \u00a0\u202f’']\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
# A large number, or one with a currency or a unit of amounts. Small numbers of a long text are noise.
_SUM: Final = re.compile(
    r"[$€£¥₹₽]\s?(\d[\d.,]{0,20})|(\d{1,3}(?:[,. \u00a0\u202f’']\d{3})+)(?!\d)"
    r"|(\d[\d.,]{0,20})\s?(?:[$€£¥₹₽%]|million|billion|Million|Milliard|millones|milliard|milion|bilh)"
)
# Shorter words ("in", "at") are not a unit.
_NEXT_WORD: Final = re.compile(r"\s?([^\W\d_]{4,30}|%)")
_PREVIOUS_WORD: Final = re.compile(r"\b([^\W\d_]{4,30})\s$")
_MAX_WORD_CHARS: Final = 32
_NAME_PAIR_GAP: Final = " "
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
    rest = _full_text(item)[:_MAX_READ_CHARS]
    alerted_words = _words_of(alerted)
    is_translation = _is_translation(item, alerted)
    if is_translation:
        # Other words of the language are not news, and alphabets differ.
        forms = {name_form(word) for word in alerted_words}
        capitals = [name for name in extract_names("", rest) if not name.isdecimal()]
        printed = _full_names(capitals, rest)
        names = [name for name in printed if name_form(name) not in forms]
    else:
        printed = [name for name in extract_names(item.title, lead) if not name.isdecimal()]
        printed += _names_of_rest(rest, item.language)
        names = [name for name in printed if _folded(name) not in alerted_words]
    alerted_numbers = _numbers_of(alerted)
    own_numbers = dict.fromkeys((*_find_numbers(f"{item.title}\n{lead}"), *_find_sums(rest)))
    rounded = [number for number in sorted(alerted_numbers) if float(number) >= _MIN_ROUNDED]
    numbers = [
        number
        for number in list(own_numbers)[:_MAX_COMPARED_NUMBERS]
        if number not in alerted_numbers
        and not _is_rounding(number, rounded[: 5 * _MAX_COMPARED_NUMBERS])
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
    is_new_title = (
        not is_translation
        and len(new_terms) >= _MIN_NEW_WORDS
        and (len(new_terms) >= _MIN_NEW_WORD_SHARE * len(title_terms))
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


def _names_of_rest(text: str, language: str | None) -> list[str]:
    """Return the words of full names, and the names that occur twice."""
    names = [name for name in extract_names("", text) if not name.isdecimal()]
    counts = Counter(names)
    has_noun_capitals = _primary(language) in _NOUN_CAPITALS
    found = _full_names(names, text)
    if not has_noun_capitals:
        found += [name for name, count in counts.items() if count > 1]
    return list(dict.fromkeys(found))


def _full_names(names: Sequence[str], text: str) -> list[str]:
    """Return the words of names that follow each other in ``text``."""
    return [name for pair in pairwise(names) if _NAME_PAIR_GAP.join(pair) in text for name in pair]


def _is_translation(item: Item, alerted: Sequence[Item]) -> bool:
    """Return True if no alerted item is in the language of ``item``."""
    languages = {_primary(other.language) for other in alerted}
    language = _primary(item.language)
    return bool(language and languages) and "" not in languages and language not in languages


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()


def _find_sums(text: str) -> list[str]:
    numbers = (next(filter(None, match.groups())) for match in _SUM.finditer(text))
    return [number for found in numbers for number in _find_numbers(found.rstrip(".,"))]


def _is_rounding(number: str, others: Iterable[str]) -> bool:
    """Return True if a number rounds one of ``others`` or is rounded by one."""
    value = float(number)
    if value < _MIN_ROUNDED:
        return False
    for other in map(float, others):
        rounded, exact = sorted((value, other), key=lambda one: len(f"{one:.0f}".rstrip("0")))
        if other and abs(value - other) <= _MAX_ROUNDING * max(value, other):
            digits = len(f"{rounded:.0f}".rstrip("0")) - len(f"{exact:.0f}")
            if round(exact, -max(0, -digits)) == rounded:
                return True
    return False


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


def _normal_number(printed: str) -> str:
    return _GROUP_SEPARATOR.sub("", printed).replace(",", ".")


def _find_numbers(text: str) -> list[str]:
    """Return the numbers of a text as digits: "1,250.5" and "twelve" become "1250.5" and "12"."""
    digits = [_normal_number(number) for number in _NUMBER.findall(text)]
    spelled = (NUMBER_WORDS.get(word) for word in text.lower().split())
    return digits + [number for number in spelled if number]


def describe_novel_content(content: NovelContent, item: Item, alerted: Sequence[Item]) -> list[str]:
    """Return new names and numbers in the words of ``item``, with the number that each one replaces.

    A number replaces that of the latest alerted item that stands in front of the same word.
    """
    text = _full_text(item)
    contexts = list(_contexts(text))
    parts: list[str] = []
    for number in content.numbers[:_MAX_DESCRIBED]:
        found = [context for context in contexts if context.number == number]
        # The next word says most: the unit, or who was counted.
        context = max(
            found, key=lambda one: bool(one.after), default=_Context(number, number, "", "")
        )
        earlier = _number_before(context, alerted)
        shown = (
            f"{context.printed} {context.after}"
            if context.after
            else f"{context.before} {context.printed}"
        )
        parts.append(f"{shown.strip()} ({earlier} before)" if earlier else shown.strip())
    names = list(content.names[: 2 * _MAX_DESCRIBED])
    while names:
        name = names.pop(0)
        while names and f"{name} {names[0]}" in text:
            name = f"{name} {names.pop(0)}"
        parts.append(name)
    return list(dict.fromkeys(part for part in parts if part))


class _Context(NamedTuple):
    """A number in a text, as printed, and the words next to it."""

    number: str
    printed: str
    before: str
    after: str


def _contexts(text: str) -> Iterable[_Context]:
    for match in _NUMBER.finditer(text):
        before = _PREVIOUS_WORD.search(text, max(0, match.start() - _MAX_WORD_CHARS), match.start())
        after = _NEXT_WORD.match(text, match.end())
        yield _Context(
            _normal_number(match[0]),
            match[0],
            before[1] if before else "",
            after[1] if after else "",
        )


def _number_before(context: _Context, items: Sequence[Item]) -> str:
    """Return the latest number at the same word, as printed."""
    for item in reversed(items):
        for other in _contexts(_full_text(item)):
            is_same_unit = context.after and other.after.lower() == context.after.lower()
            is_same_start = context.before and other.before.lower() == context.before.lower()
            if is_same_unit or is_same_start:
                return other.printed
    return ""
