"""The numbers and dates a text states, each in one form, to hold two texts against each other.

"1.2 million", "1,200,000" and "1 200 000" are one number; "three" is 3, "twenty-five thousand" 25,000, and
"half a million" 500,000; "5 million" does not hold a 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

import regex

from bot.summaries.number_words import SCALES, in_words

_NUMBER: Final = regex.compile(
    r"(?<![\p{L}\p{N}_])[+−-]?(\d{1,3}(?:(?P<gap>[,.'’ \u00a0\u202f])\d{3})(?:(?P=gap)\d{3})*(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?:(?:[\s\u00a0\u202f-]?(?:"
    + "|".join(rf"(?P<s{power}>{words})" for words, power in SCALES)
    # "40m" are millions, "40 m" are metres.
    + r")|(?P<s6>m)|(?P<s9>b))(?![^\W\p{Han}\p{Hangul}]))?",
    regex.IGNORECASE,
)
_LONGEST: Final = 40  # digits
_MONTHS: Final = (
    "jan gen ene янв січ oca", "feb fév fev фев лют şub", "mar mär мар бер", "apr avr abr квіт апр nis",
    "may mai mag maj мая май трав", "jun juin giu июн чер haz", "jul juil lug июл лип tem", "aug aoû ago авг сер ağu",
    "sep set сен вер eyl", "oct okt ott out окт жов eki", "nov ноя лист kas", "dec dez déc dic дек груд ara",
)  # fmt: skip
# A month's name before a day is bounded, since matches overlap: each letter of a word is tried.
_DAY_MONTH: Final = regex.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s(?:of |de )?(\p{L}{3,})|(\p{L}{3,24}+)\.?\s(\d{1,2})(?:st|nd|rd|th)?(?!\d)",
    regex.IGNORECASE,
)
_LAST_DAY: Final = 31


@dataclass(frozen=True, slots=True)
class Stated:
    """One number and where it stands.

    Attributes:
        scale: the power of ten that a word behind it gave ("million": 6); it is in the ``value``.
        is_day: it is the day of a month that is named beside it.
    """

    value: Decimal
    start: int
    end: int
    scale: int = 0
    is_day: bool = False


def numbers(text: str) -> frozenset[Decimal]:
    """Every number that ``text`` states, in figures or in words."""
    return frozenset(one.value for one in stated(text))


def stated(text: str) -> Iterator[Stated]:
    """Every number of ``text`` in order, and where it stands."""
    days = {start for start, _, _ in _days(text)}
    words = (Stated(one.value, one.start, one.end, one.scale) for one in in_words(text))
    found = (*_in_figures(text, days), *words)
    yield from sorted(found, key=lambda one: one.start)


def dates(text: str) -> frozenset[tuple[int, int]]:
    """Every month and day that ``text`` names together, the month by its name."""
    return frozenset((month, day) for _, month, day in _days(text))


def _days(text: str) -> Iterator[tuple[int, int, int]]:
    """Where a day stands beside its month, the month, and the day."""
    for match in _DAY_MONTH.finditer(text, overlapped=True):
        group, day, name = (1, match[1], match[2]) if match[1] else (4, match[4], match[3])
        month = _month(name)
        if month and 0 < int(day) <= _LAST_DAY:
            yield match.start(group), month, int(day)


def _in_figures(text: str, days: set[int]) -> Iterator[Stated]:
    for match in _NUMBER.finditer(text):
        scale = next((power for _, power in SCALES if match[f"s{power}"]), 0)
        value = _value(match[1], match["gap"])
        if value is not None:
            start = match.start(1)
            yield Stated(
                (value * 10**scale).normalize(), start, match.end(), scale, is_day=start in days
            )


def _value(figures: str, gap: str | None) -> Decimal | None:
    """The value of digits with marks between them; ``gap`` parts thousands."""
    if len(figures) > _LONGEST:
        return None
    if gap is not None:
        whole, _, rest = figures.partition("." if gap != "." else ",")
        whole = regex.sub(r"\D", "", whole)
        return Decimal(f"{whole}.{rest}" if rest.isdecimal() else whole)
    parts = regex.split(r"[.,]", figures)
    if len(parts) > 2:  # noqa: PLR2004 - a date or a version, 12.5.2024: its digits are its name
        return Decimal("".join(parts))
    return Decimal(".".join(parts))


@cache
def _month(name: str) -> int:
    lower = name.casefold()
    for month, beginnings in enumerate(_MONTHS, start=1):
        if lower.startswith(tuple(beginnings.split())):
            return month
    return 0
