"""The numbers and dates a text states, each in one form, to hold two texts against each other.

"1.2 million", "1,200,000" and "1 200 000" are one number; "three" is 3; "5 million" does not hold a 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final

import regex

# Twelve numbers a language: zero apart, one is an article in most of them and says nothing.
_FROM_TWO: Final = {
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
_MORE: Final = {
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
_SCALES: Final = (
    (r"thousand|tausend|mille|mil|duizend|tys(?:\.|\w*)|тыс(?:\.|яч\w*)?|тис(?:\.|яч\w*)?|千|천", 3),
    (r"万|萬|만", 4),
    (r"millions?|mln|mn|mio\.?|millionen|millones|millón|milh(?:ão|ões)|milion[ei]?|miljoen|miljon(?:er)?|miliony?|milionów|млн\.?|миллион\w*|мільйон\w*|million(?:er)?|milyon|m", 6),
    (r"亿|億|억", 8),
    (r"billions?|bn|mrd\.?|milliarden?|milliards?|miliard[ioy]?|miljard(?:er)?|miliardów|млрд\.?|миллиард\w*|мільярд\w*|milyar|b", 9),
    (r"trillions?|tn|trn|兆|조", 12),
)  # fmt: skip
_NUMBER: Final = regex.compile(
    r"(?<![\p{L}\p{N}_])[+−-]?(\d{1,3}(?:(?P<gap>[,.'’ \u00a0\u202f])\d{3})(?:(?P=gap)\d{3})*(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?:[\s\u00a0\u202f-]?("
    + "|".join(rf"(?P<s{power}>{words})" for words, power in _SCALES)
    + r")(?![^\W\p{Han}\p{Hangul}]))?",
    regex.IGNORECASE,
)
_LONGEST: Final = 40  # digits
_WORD: Final = regex.compile(r"[\p{L}’']+")
_MONTHS: Final = (
    "jan gen ene янв січ oca", "feb fév fev фев лют şub", "mar mär мар бер", "apr avr abr квіт апр nis",
    "may mai mag maj мая май трав", "jun juin giu июн чер haz", "jul juil lug июл лип tem", "aug aoû ago авг сер ağu",
    "sep set сен вер eyl", "oct okt ott out окт жов eki", "nov ноя лист kas", "dec dez déc dic дек груд ara",
)  # fmt: skip
_DAY_MONTH: Final = regex.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s(?:of |de )?(\p{L}{3,})|(\p{L}{3,})\.?\s(\d{1,2})(?:st|nd|rd|th)?(?!\d)",
    regex.IGNORECASE,
)
_LAST_DAY: Final = 31


def numbers(text: str) -> frozenset[Decimal]:
    """Every number that ``text`` states, in figures or as a word."""
    return frozenset((*_in_figures(text), *_in_words(text)))


def dates(text: str) -> frozenset[tuple[int, int]]:
    """Every month and day that ``text`` names together, the month by its name."""
    found: set[tuple[int, int]] = set()
    for match in _DAY_MONTH.finditer(text, overlapped=True):
        day, name = (match[1], match[2]) if match[1] else (match[4], match[3])
        month = _month(name)
        if month and 0 < int(day) <= _LAST_DAY:
            found.add((month, int(day)))
    return frozenset(found)


def _in_figures(text: str) -> Iterator[Decimal]:
    for match in _NUMBER.finditer(text):
        power = next((power for _, power in _SCALES if match[f"s{power}"]), 0)
        value = _value(match[1], match["gap"])
        if value is not None:
            yield (value * 10**power).normalize()


def _in_words(text: str) -> Iterator[Decimal]:
    known = _words()
    for match in _WORD.finditer(text):
        value = known.get(match[0].casefold().replace("'", "’"))
        if value is not None:
            yield Decimal(value).normalize()


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
def _words() -> dict[str, int]:
    known = dict(_MORE)
    for words in _FROM_TWO.values():
        known.update((word, value) for value, word in enumerate(words.split(), start=2))
    del known["on"]  # Turkish ten is an English word
    return known


@cache
def _month(name: str) -> int:
    lower = name.casefold()
    for month, beginnings in enumerate(_MONTHS, start=1):
        if lower.startswith(tuple(beginnings.split())):
            return month
    return 0
