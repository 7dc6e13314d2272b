"""Check the quantities of a sentence: numbers with units, shares ("half") and changes ("from 80 to 60").

text ─► find_numbers ─► value ─► unit before or after it ─► (value, unit)
                                  a range shares its unit: "from 80 to 60 tonnes", "$3-4 million"

A number without a unit is supported by any number of the article except days and times: the 5 of "5 May"
does not support "5 dams". verify.py compares dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

import regex

from bot.summaries.verification.numbers import NumberMention, find_numbers
from watchers.text.lazy_pattern import LazyPattern
from watchers.text.tokens import normalize_word, split_words, strip_accents

Measure = tuple[Decimal, str]
"""A value and its unit; "" for a count or an unknown unit."""

DAY_UNIT: Final = "day of a month"
TIME_UNITS: Final = frozenset({"a.m.", "p.m."})

# Units and their spellings after a number, in the languages of the number words.
_UNITS: Final = {
    "points": r"(?:percentage|per ?cent|%)[\s-]points?|pp|prozentpunkten?|points? de pourcentage|puntos? porcentuales|punti percentuali|pontos? percentua(?:l|is)|procentenhet\w*|процентн\w+ пункт\w*|відсотков\w+ пункт\w*",
    "%": r"%|％|٪|per ?cent|prozent|pour ?cent|por ciento|por cento|procent\w*|per cento|процент\w*|відсот\w*|퍼센트|パーセント",
    "$": r"us[\s-]?dollars?|dollars?|usd|dólares?|dollari|dolar\w*|доллар\w*|долар\w*|美元|ドル|달러",
    "€": r"€|euros?|eur|евро|євро|欧元|ユーロ|유로",
    "£": r"£|pounds?|lbs?|gbp|pfund|livres|libras?|sterline|фунт\w*",
    "¥": r"¥|yen|yuan|rmb|renminbi|元|円|иен\w*|юан\w*",
    "₽": r"₽|ro?ubles?|rubel|руб\w*",
    "₴": r"₴|hryvnias?|гривн\w*",
    "CHF": r"(?:swiss )?francs?|franken|francos?|franchi|франк\w*",
    "pesos": r"pesos?|песо",
    "kroner": r"kron(?:e[rn]?|or)|couronnes?|coronas?|corone|coroas?|крон\w*",
    "zloty": r"zlot\w*|złot\w*|злот\w*",
    "lira": r"lir[ae]s?|лир\w*",
    "rupees": r"rupees?|rupien?|roupies?|rupias?|rupie|рупи\w*",
    "reais": r"reais|reales",
    "km/h": r"(?:km/h|kph|kilomet(?:er|re)s? (?:per|an) hour|км/ч|км/год)",
    "mph": r"mph|miles (?:per|an) hour",
    "km²": r"(?:square|sq\.?) (?:kilomet(?:er|re)s?|km)|km²|km2|quadratkilometern?|kilomètres carrés|kilómetros cuadrados",
    "km": r"km|kilomet(?:er|re)[ns]?|kilomètres?|kilómetros?|chilometri|quilômetros?|километр\w*|кілометр\w*",
    "cm": r"cm|centimet(?:er|re)s?|zentimetern?|centimètres?|centímetros?|сантиметр\w*",
    "mm": r"mm|millimet(?:er|re)s?|millimetern?|milímetros?|миллиметр\w*|міліметр\w*",
    "m": r"m|met(?:er|re)[ns]?|mètres?|metros?|metri|метр\w*",
    "miles": r"miles?|meilen?|milles|millas|миль",
    "feet": r"f(?:oo|ee)t|ft",
    "inches": r"inch(?:es)?",
    "tonnes": r"(?:metric )?tonn?e?s?|tonnen|toneladas?|tonnellate|тонн\w*|тон",
    "kg": r"kg|kilogramm?e?s?|kilos?|килограмм\w*|кілограм\w*",
    "hectares": r"ha|hect?ares?|hektar|hectáreas|ettari|гектар\w*",
    "acres": r"acres?",
    "degrees": r"°\s?[cf]?|degrees?|grad|degrés|grados|gradi|градус\w*",
    "a.m.": r"a\.?m\.?",
    "p.m.": r"p\.?m\.?",
    "seconds": r"seconds?|sekunden?|secondes?|segundos?|secondi|секунд\w*",
    "minutes": r"min(?:ute)?s?|minuten?|minutos?|minuti|минут\w*|хвилин\w*",
    "hours": r"hours?|hrs?|stunden?|heures?|horas?|ore|uren|uur|час\w*|годин\w*",
    "days": r"days?|tage?n?|jours?|días?|dias?|giorni|dagen|dagar|dni|дн\w+|день",
    "weeks": r"weeks?|wochen?|semaines?|semanas?|settimane|weken|veckor|tygodni\w*|недел\w*|тижн\w*",
    "months": r"months?|monaten?|monate|mois|mes(?:es)?|mesi|maanden|månader|miesiąc\w*|месяц\w*|місяц\w*",
    "years": r"years?|yrs?|jahren?|jahre|ans|années?|años?|anni|anos?|jaar|år|lat|лет|год\w{0,2}|рок\w{0,3}|роки",
}  # fmt: skip
_UNIT_AFTER: Final = LazyPattern(
    r"[\s\u00a0\u202f-]{0,2}(?:(?:de|di|of)\s|d[’'])?(?:"
    + "|".join(f"(?P<u{index}>{pattern})" for index, pattern in enumerate(_UNITS.values()))
    + r")(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_CURRENCY_BEFORE: Final = regex.compile(r"(?:US|A|C)?([$€£¥₽₴])\s?$")
_AGE: Final = regex.compile(r"(?:[\s-]old|[\s-]jährig|\s+alt)\b", regex.IGNORECASE)
_RANGE: Final = LazyPattern(
    r"\s?(?:[-–—/,]|\b(?:to|and|or|up to|bis|und|auf|oder|à|et|ou|a|y|o|e|tot|en|till|до|и|та|і|или|або)\b|,\s?(?:and|or)\b)\s?(?:US|A|C)?[$€£¥]?",
    regex.IGNORECASE,
)
_MONTH_UNIT_AFTER: Final = LazyPattern(
    r"(?:st|nd|rd|th|er|º|\.)?\s(?:of |de )?\p{L}{3,}", regex.IGNORECASE
)

# Words that state a proportion or a round number without digits.
_SHARE_WORDS: Final = {
    "double": r"twice|doubl\w+|two-?fold|verdoppel\w*|doppelt\w*|deux fois|duplic\w+|el doble|raddopp\w+|verdubbel\w*|вдвое|удво\w+|вдвічі|подвої\w+",
    "triple": r"triple[ds]?|tripling|threefold|thrice|verdreifach\w*|dreifach\w*|tripl\w+|втрое|утро\w+|втричі",
    "halved": r"halv(?:ed|es?|ing)|halbier\w*|réduit de moitié|a la mitad|dimezz\w*|halveer\w*|сократил\w+ вдвое|вдвое меньше|удвічі менш\w*",
    "half": r"half|hälfte|halbe?[nrs]?|moitié|mitad|metà|metade|helft|hälften|половин\w*",
    "third of": r"thirds?[\s-](?:of|the)|two[\s-]thirds|drittel\w*|(?:un|deux) tiers|terci[oa]s?|un terzo|трет[ьи] (?:часть|частина)|треть\w*|третин\w*",
    "quarter of": r"quarters?[\s-]of|three[\s-]quarters|viertel\w* (?:der|des|aller)|quarts? (?:de|des)|cuarta parte|un quarto d\w*|четверт\w+ (?:част|всех)\w*|чверт\w* (?:усіх|всіх)",
    "dozens": r"dozens|dutzende\w*|dizaines|decenas|decine|десятк\w*",
    "hundreds": r"hundreds|hunderte\w*|centaines|cientos|centinaia|centenas|honderden|сотн\w*",
    "thousands": r"thousands|tausende\w*|milliers|miles de|migliaia|milhares|duizenden|тысяч[иа]\b|тисяч[іа]\b",
    "millions": r"millions of|millionen (?:von|menschen)|des millions|millones de|milioni di|миллионы|мільйони",
}  # fmt: skip
_SHARE_PATTERN: Final = LazyPattern(
    "|".join(
        rf"(?P<s{index}>(?<!\d[\s\u00a0\u202f])\b(?:{pattern}))"
        for index, pattern in enumerate(_SHARE_WORDS.values())
    ),
    regex.IGNORECASE,
)
_AS_MEASURES: Final[dict[str, frozenset[Measure]]] = {
    "double": frozenset({(Decimal(100).normalize(), "%")}),
    "halved": frozenset({(Decimal(50).normalize(), "%")}),
    "half": frozenset({(Decimal(50).normalize(), "%")}),
    "third of": frozenset({(Decimal(33), "%")}),
    "quarter of": frozenset({(Decimal(25), "%")}),
}
_CHANGE: Final = LazyPattern(
    r"\b(?:from|von|de|da|van|från|с|от|з|від)\s\D{0,4}(?P<old>\d[\d.,]*\d|\d)(?:\D|\s){1,24}?\b(?:to|auf|à|a|para|naar|till|до)\s\D{0,4}(?P<new>\d[\d.,]*\d|\d)"
    r"|\bto\s\D{0,4}(?P<new>\d[\d.,]*\d|\d)(?:\D|\s){1,24}?\bfrom\s\D{0,4}(?P<old>\d[\d.,]*\d|\d)",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """The possible readings of a number; several if a range shares a unit."""

    readings: tuple[Measure, ...]


def quantities(text: str) -> list[Quantity]:
    """Return all numbers of ``text`` with their units, in order."""
    mentions = list(find_numbers(text))
    units = [_unit(text, mention) for mention in mentions]
    result: list[Quantity] = []
    for index, mention in enumerate(mentions):
        readings = {(mention.value, units[index]): None}
        for other in _range_partners(text, mentions, index):
            unit = units[index] or units[other]
            scale = mentions[other].scale if not mention.scale else 0
            readings[mention.value, unit] = None
            if unit != DAY_UNIT:
                readings[(mention.value * 10**scale).normalize(), unit] = None
        result.append(Quantity(tuple(readings)))
    return result


def shares(text: str) -> frozenset[str]:
    """Return the proportions and round numbers in words: twice, half, dozens."""
    names = list(_SHARE_WORDS)
    return frozenset(
        names[index]
        for match in _SHARE_PATTERN.finditer(text)
        for index in range(len(names))
        if match[f"s{index}"] is not None
    )


def says_share(share: str, measures: frozenset[Measure]) -> bool:
    """Return True if ``measures`` contain the proportion ``share`` in figures."""
    return not _AS_MEASURES.get(share, frozenset()).isdisjoint(measures)


def changes(text: str) -> frozenset[tuple[str, str]]:
    """Return all changes ("from 80 to 60") of ``text`` as (old, new)."""
    return frozenset((match["old"], match["new"]) for match in _CHANGE.finditer(text))


def _unit(text: str, mention: NumberMention) -> str:
    currency = _CURRENCY_BEFORE.search(text, max(0, mention.start - 6), mention.start)
    if currency is not None:
        return str(currency[1])
    match = _UNIT_AFTER.match(text, mention.end)
    if match is not None:
        name = next(name for index, name in enumerate(_UNITS) if match[f"u{index}"] is not None)
        # "A man of 40" and "a 40-year-old man" have the same meaning.
        return "" if name == "years" and _AGE.match(text, match.end()) else name
    return DAY_UNIT if mention.is_day else ""


def _range_partners(text: str, mentions: list[NumberMention], index: int) -> Iterator[int]:
    """Yield the indexes of the adjacent numbers that form a range with number ``index``."""
    for other in (index - 1, index + 1):
        if 0 <= other < len(mentions):
            pair = (mentions[index], mentions[other])
            first, second = sorted(pair, key=lambda mention: mention.start)
            if _RANGE.fullmatch(text, first.end, second.start):
                yield other


_SPECIAL_DIGIT: Final = regex.compile(r"[\p{No}\p{Nl}]")  # ½, ², ④, Ⅻ
# The pattern also matches a number without a letter, so that it is skipped in one step (linear time).
_SCALED: Final = regex.compile(r"\d[\d.,]*+(?P<scale>(?:m|b|bn|mn|tn)\b)?+", regex.IGNORECASE)


class QuantityChecker:
    """The quantities of an article."""

    def __init__(self, text: str) -> None:
        self._text = text

    def supports(self, sentence: str, *, is_translation: bool = False) -> bool:
        """Return True if the article contains all quantities of ``sentence``.

        In a translation, a unit may be unknown in one of the languages.
        """
        if not _alphanumeric_words(sentence) <= self._words:
            return False
        if any(match[0] not in self._text for match in _SPECIAL_DIGIT.finditer(sentence)):
            return False
        if not all(
            self._contains(quantity, is_translation=is_translation)
            for quantity in quantities(sentence)
        ):
            return False
        return is_translation or (
            self._has_shares_of(sentence) and not self._reverses_change(sentence)
        )

    @cached_property
    def _words(self) -> frozenset[str]:
        return _alphanumeric_words(self._text)

    @cached_property
    def _measures(self) -> frozenset[Measure]:
        return frozenset(
            reading for quantity in quantities(self._text) for reading in quantity.readings
        )

    @cached_property
    def _values(self) -> frozenset[object]:
        return frozenset(value for value, _ in self._measures)

    @cached_property
    def _counts(self) -> frozenset[object]:
        return frozenset(
            value for value, unit in self._measures if unit not in {DAY_UNIT, *TIME_UNITS}
        )

    @cached_property
    def _shares(self) -> frozenset[str]:
        return shares(self._text)

    @cached_property
    def _changes(self) -> frozenset[tuple[str, str]]:
        return changes(self._text)

    def _contains(self, quantity: Quantity, *, is_translation: bool) -> bool:
        """Return True if the article contains one of the readings."""
        return any(
            (value, unit) in self._measures
            or (not unit and value in self._counts)
            or (unit == DAY_UNIT and value in self._values)
            or (is_translation and (value, "") in self._measures)
            for value, unit in quantity.readings
        )

    def _has_shares_of(self, sentence: str) -> bool:
        missing = shares(sentence) - self._shares
        return all(says_share(share, self._measures) for share in missing)

    def _reverses_change(self, sentence: str) -> bool:
        return any(
            (new, old) in self._changes and (old, new) not in self._changes
            for old, new in changes(sentence)
        )


def _alphanumeric_words(text: str) -> frozenset[str]:
    """Return the words with letters and digits ("G7", "19th"), which must match exactly."""
    unscaled = _SCALED.sub(lambda match: " " if match["scale"] else match[0], text)
    words = (strip_accents(normalize_word(word)) for word in split_words(unscaled))
    return frozenset(
        word for word in words if any(map(str.isdecimal, word)) and any(map(str.isalpha, word))
    )
