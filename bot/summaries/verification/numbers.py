"""Find the numbers and dates of a text in a normal form, so that two texts can be compared.

"1.2 million", "1,200,000" and "1 200 000" are one number; "three" is 3, "twenty-five thousand" is 25,000
and "half a million" is 500,000. "5 million" does not contain the number 5: the words of a number form one
unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

import regex

from watchers.text.lazy_pattern import LazyPattern

# The numbers 2 to 12 per language. "One" is missing, because it is also an article in most languages.
_TWO_TO_TWELVE: Final = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "sv": "två tre fyra fem sex sju åtta nio tio elva tolv",
    "pl": "dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "uk": "два три чотири п’ять шість сім вісім дев’ять десять одинадцять дванадцять",
    "tr": "iki üç dört beş altı yedi sekiz dokuz on onbir oniki",
}
_OTHER_NUMBER_WORDS: Final = {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1_000, "dozen": 12, "zwanzig": 20,
    "dreißig": 30, "vierzig": 40, "fünfzig": 50, "hundert": 100, "tausend": 1_000, "vingt": 20, "trente": 30,
    "quarante": 40, "cinquante": 50, "cent": 100, "mille": 1_000, "veinte": 20, "treinta": 30, "cuarenta": 40,
    "cincuenta": 50, "cien": 100, "mil": 1_000, "vinte": 20, "trinta": 30, "quarenta": 40, "cem": 100, "venti": 20,
    "trenta": 30, "quaranta": 40, "cinquanta": 50, "cento": 100, "twintig": 20, "dertig": 30, "veertig": 40,
    "vijftig": 50, "honderd": 100, "duizend": 1_000, "двадцать": 20, "тридцать": 30, "сорок": 40,
    "пятьдесят": 50, "сто": 100, "тысяча": 1_000, "двадцять": 20, "тридцять": 30, "п’ятдесят": 50,
    "тисяча": 1_000, "dwadzieścia": 20, "trzydzieści": 30, "pięćdziesiąt": 50, "tysiąc": 1_000,
}  # fmt: skip
SCALES: Final = (
    (r"thousand|tausend|mille|mil|duizend|tys(?:\.|\w*)|тыс(?:\.|яч\w*)?|тис(?:\.|яч\w*)?|千|천", 3),
    (r"万|萬|만", 4),
    (r"millions?|mln|mn|mio\.?|millionen|millones|millón|milh(?:ão|ões)|milion[ei]?|miljoen|miljon(?:er)?|miliony?|milionów|млн\.?|миллион\w*|мільйон\w*|million(?:er)?|milyon", 6),
    (r"亿|億|억", 8),
    (r"billions?|bn|mrd\.?|milliarden?|milliards?|miliard[ioy]?|miljard(?:er)?|miliardów|млрд\.?|миллиард\w*|мільярд\w*|milyar", 9),
    (r"trillions?|tn|trn|兆|조", 12),
)  # fmt: skip
_SCALE_WORDS: Final = tuple(
    (regex.compile(words, regex.IGNORECASE), power) for words, power in SCALES
)
_WORD: Final = regex.compile(r"[\p{L}'’]+")
# Counts only after a ten: "twenty-one".
_ONE: Final = frozenset({"one", "un", "une"})
# "per cent" is not the number 100.
_PER: Final = regex.compile(r"\b(?:per|pour|por)\s$", regex.IGNORECASE)
_HUNDRED: Final = 100
_THOUSAND: Final = 1_000
_CONNECTOR: Final = regex.compile(r"[\s-]?(?:(?:and|y|e|et)\s)?", regex.IGNORECASE)
_INDEFINITE_BEFORE: Final = regex.compile(
    r"\b(?P<half>half )?(?:an?|one|eine?|une?|una|um)\s$", regex.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SpelledNumber:
    """A number in words with its position. ``scale`` is the power of ten of its last word."""

    value: Decimal
    start: int
    end: int
    scale: int


def parse_spelled_numbers(text: str) -> Iterator[SpelledNumber]:
    """Yield the numbers in words; adjacent words of one number form one result."""
    values = _word_values()
    group: list[tuple[int, int, int]] = []
    for match in _WORD.finditer(text):
        word = match[0].casefold().replace("'", "’")
        gap = text[group[-1][2] : match.start()] if group else ""
        value = values.get(word, 0) or _scale_value(word)
        if word in _ONE and group and gap == "-":
            value = 1
        if not value or _PER.search(text, max(0, match.start() - 5), match.start()):
            continue
        if group and not (_CONNECTOR.fullmatch(gap) and _continues_number(group[-1][0], value)):
            yield from _to_spelled_number(text, group)
            group = []
        group.append((value, match.start(), match.end()))
    yield from _to_spelled_number(text, group)


def _continues_number(last: int, value: int) -> bool:
    """Return True if ``value`` after ``last`` belongs to the same number: "twenty-five"."""
    if value >= _HUNDRED:
        return value > last
    is_ten = last in range(20, _HUNDRED, 10)
    return (is_ten and value < 10) or last >= _HUNDRED  # noqa: PLR2004


def _to_spelled_number(text: str, group: Sequence[tuple[int, int, int]]) -> Iterator[SpelledNumber]:
    if not group:
        return
    first, start, end = group[0][0], group[0][1], group[-1][2]
    before = _INDEFINITE_BEFORE.search(text, max(0, start - 12), start)
    if first >= _THOUSAND and before is None:
        # "million" after digits, or "millions of".
        return
    total = current = scale = 0
    for value, _, _ in group:
        if value < _HUNDRED:
            current += value
        elif value == _HUNDRED:
            current = (current or 1) * _HUNDRED
        else:
            total += (current or 1) * value
            current, scale = 0, len(str(value)) - 1
    number = Decimal(total + current)
    if before is not None and before["half"] and first >= _HUNDRED:
        number /= 2
    yield SpelledNumber(number.normalize(), start, end, scale)


@cache
def _word_values() -> dict[str, int]:
    values = dict(_OTHER_NUMBER_WORDS)
    for words in _TWO_TO_TWELVE.values():
        values.update((word, value) for value, word in enumerate(words.split(), start=2))
    # Turkish "on" (ten) is an English preposition.
    del values["on"]
    for units, tens, joint in (
        (
            "ein zwei drei vier fünf sechs sieben acht neun",
            "zwanzig dreißig vierzig fünfzig",
            "und",
        ),
        ("een twee drie vier vijf zes zeven acht negen", "twintig dertig veertig vijftig", "en"),
    ):
        for unit, name in enumerate(units.split(), start=1):
            for ten in tens.split():
                values[f"{name}{joint}{ten}"] = values[ten] + unit
    return values


@cache
def _scale_value(word: str) -> int:
    """Return the value of a word such as "million", or 0."""
    if len(word) < 3 or word in {"mio", "mrd", "mln", "trn"}:  # noqa: PLR2004 - abbreviations follow digits
        return 0
    power = next((power for scale, power in _SCALE_WORDS if scale.fullmatch(word)), 0)
    return 10**power if power else 0


_NUMBER: Final = LazyPattern(
    r"(?<![\p{L}\p{N}_])[+−-]?(\d{1,3}(?:(?P<gap>[,.'’ \u00a0\u202f])\d{3})(?:(?P=gap)\d{3})*(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?:(?:[\s\u00a0\u202f-]?(?:"
    + "|".join(rf"(?P<s{power}>{words})" for words, power in SCALES)
    # "40m" means 40 million, "40 m" means 40 metres.
    + r")|(?P<s6>m)|(?P<s9>b))(?![^\W\p{Han}\p{Hangul}]))?",
    regex.IGNORECASE,
)
_MAX_DIGITS: Final = 40
_MONTHS: Final = (
    "jan gen ene янв січ oca", "feb fév fev фев лют şub", "mar mär мар бер", "apr avr abr квіт апр nis",
    "may mai mag maj мая май трав", "jun juin giu июн чер haz", "jul juil lug июл лип tem", "aug aoû ago авг сер ağu",
    "sep set сен вер eyl", "oct okt ott out окт жов eki", "nov ноя лист kas", "dec dez déc dic дек груд ara",
)  # fmt: skip
# The length of the name of a month before a day is bounded, because overlapping matches start at each letter.
_DAY_MONTH: Final = LazyPattern(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s(?:of |de )?(\p{L}{3,})|(\p{L}{3,24}+)\.?\s(\d{1,2})(?:st|nd|rd|th)?(?!\d)",
    regex.IGNORECASE,
)
_MAX_DAY: Final = 31


@dataclass(frozen=True, slots=True)
class NumberMention:
    """A number with its position.

    Attributes:
        scale: the power of ten of the word after the digits ("million": 6); ``value`` includes it.
        is_day: True if the number is the day of an adjacent month.
    """

    value: Decimal
    start: int
    end: int
    scale: int = 0
    is_day: bool = False


def numbers(text: str) -> frozenset[Decimal]:
    """Return the values of all numbers of ``text``, in digits or in words."""
    return frozenset(mention.value for mention in find_numbers(text))


def find_numbers(text: str) -> Iterator[NumberMention]:
    """Yield all numbers of ``text`` in order of their position."""
    day_starts = {start for start, _, _ in _days(text)}
    spelled = (
        NumberMention(number.value, number.start, number.end, number.scale)
        for number in parse_spelled_numbers(text)
    )
    mentions = (*_numbers_in_digits(text, day_starts), *spelled)
    yield from sorted(mentions, key=lambda mention: mention.start)


def dates(text: str) -> frozenset[tuple[int, int]]:
    """Return all dates of ``text`` (month, day) in which the month is a name."""
    return frozenset((month, day) for _, month, day in _days(text))


def _days(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the position of the day, the month and the day of each date."""
    for match in _DAY_MONTH.finditer(text, overlapped=True):
        group, day, name = (1, match[1], match[2]) if match[1] else (4, match[4], match[3])
        month = _month(name)
        if month and 0 < int(day) <= _MAX_DAY:
            yield match.start(group), month, int(day)


def _numbers_in_digits(text: str, day_starts: set[int]) -> Iterator[NumberMention]:
    for match in _NUMBER.finditer(text):
        scale = next((power for _, power in SCALES if match[f"s{power}"]), 0)
        value = _value(match[1], match["gap"])
        if value is not None:
            start = match.start(1)
            yield NumberMention(
                (value * 10**scale).normalize(),
                start,
                match.end(),
                scale,
                is_day=start in day_starts,
            )


def _value(figures: str, gap: str | None) -> Decimal | None:
    """Return the value of digits with separators; ``gap`` is the thousands separator."""
    if len(figures) > _MAX_DIGITS:
        return None
    if gap is not None:
        whole, _, rest = figures.partition("." if gap != "." else ",")
        whole = regex.sub(r"\D", "", whole)
        return Decimal(f"{whole}.{rest}" if rest.isdecimal() else whole)
    parts = regex.split(r"[.,]", figures)
    # A date or a version such as 12.5.2024: compare its digits.
    if len(parts) > 2:  # noqa: PLR2004
        return Decimal("".join(parts))
    return Decimal(".".join(parts))


@cache
def _month(name: str) -> int:
    lower = name.casefold()
    for month, beginnings in enumerate(_MONTHS, start=1):
        if lower.startswith(tuple(beginnings.split())):
            return month
    return 0
