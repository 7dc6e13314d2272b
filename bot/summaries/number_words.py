"""Numbers in words: "twenty-five thousand", "half a million", "zwei", "двадцять".

Words that belong together make one number, so that its parts cannot vouch for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
_ONE: Final = frozenset({"one", "un", "une"})  # "twenty-one"; alone it says nothing
_PER: Final = regex.compile(r"\b(?:per|pour|por)\s$", regex.IGNORECASE)  # cent
_HUNDRED: Final = 100
_THOUSAND: Final = 1_000
_JOINT: Final = regex.compile(r"[\s-]?(?:(?:and|y|e|et)\s)?", regex.IGNORECASE)
_ONE_OF: Final = regex.compile(
    r"\b(?P<half>half )?(?:an?|one|eine?|une?|una|um)\s$", regex.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Worded:
    """A number in words and where it stands; ``scale``: the power of ten of its last word, if it has one."""

    value: Decimal
    start: int
    end: int
    scale: int


def in_words(text: str) -> Iterator[Worded]:
    """Numbers in words; those that belong together, as one."""
    known = _words()
    group: list[tuple[int, int, int]] = []
    for match in _WORD.finditer(text):
        word = match[0].casefold().replace("'", "’")
        gap = text[group[-1][2] : match.start()] if group else ""
        value = known.get(word, 0) or _scale_of(word)
        if word in _ONE and group and gap == "-":
            value = 1
        if not value or _PER.search(text, max(0, match.start() - 5), match.start()):
            continue
        if group and not (_JOINT.fullmatch(gap) and _goes_on(group[-1][0], value)):
            yield from _worded(text, group)
            group = []
        group.append((value, match.start(), match.end()))
    yield from _worded(text, group)


def _goes_on(last: int, value: int) -> bool:
    """Whether ``value`` behind ``last`` makes one number with it: "twenty-five", "two hundred"."""
    if value >= _HUNDRED:
        return value > last
    tens = last in range(20, _HUNDRED, 10)
    return (tens and value < 10) or last >= _HUNDRED  # noqa: PLR2004 - the units


def _worded(text: str, group: Sequence[tuple[int, int, int]]) -> Iterator[Worded]:
    if not group:
        return
    first, start, end = group[0][0], group[0][1], group[-1][2]
    before = _ONE_OF.search(text, max(0, start - 12), start)
    if first >= _THOUSAND and before is None:
        return  # "million" behind figures, or "millions of"
    total = current = scale = 0
    for value, _, _ in group:
        if value < _HUNDRED:
            current += value
        elif value == _HUNDRED:
            current = (current or 1) * _HUNDRED
        else:
            total += (current or 1) * value
            current, scale = 0, len(str(value)) - 1
    made = Decimal(total + current)
    if before is not None and before["half"] and first >= _HUNDRED:
        made /= 2
    yield Worded(made.normalize(), start, end, scale)


@cache
def _words() -> dict[str, int]:
    known = dict(_MORE)
    for words in _FROM_TWO.values():
        known.update((word, value) for value, word in enumerate(words.split(), start=2))
    del known["on"]  # Turkish ten is an English word
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
                known[f"{name}{joint}{ten}"] = known[ten] + unit
    return known


@cache
def _scale_of(word: str) -> int:
    """The value of a word such as "million"; 0: it is none. Their plurals say "many"."""
    if len(word) < 3 or word in {"mio", "mrd", "mln", "trn"}:  # noqa: PLR2004 - abbreviations follow figures
        return 0
    power = next((power for scale, power in _SCALE_WORDS if scale.fullmatch(word)), 0)
    return 10**power if power else 0
