"""What the numbers of a text measure: "40 metres" is not "40 feet", "6 a.m." not "6 p.m.", "9 %" not "9".

text ─ numbers.stated ─► value ─ what stands before and behind it ─► (value, unit)
                                  a range shares its unit: "from 80 to 60 tonnes", "$3-4 million"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import regex

from bot.summaries.numbers import Stated, stated

Measure = tuple[Decimal, str]
"""A value and its unit; "": a plain count, or a unit that is not known here."""

DAY: Final = "day of a month"
CLOCKS: Final = frozenset({"a.m.", "p.m."})

# A unit, and how it is written behind a number, in the languages whose numbers are read in words.
_UNITS: Final = {
    "points": r"(?:percentage|per ?cent|%)[\s-]points?|pp|prozentpunkten?|points? de pourcentage|puntos? porcentuales|punti percentuali|pontos? percentua(?:l|is)|procentenhet\w*|процентн\w+ пункт\w*|відсотков\w+ пункт\w*",
    "%": r"%|％|٪|per ?cent|prozent|pour ?cent|por ciento|por cento|procent\w*|per cento|процент\w*|відсот\w*|퍼센트|パーセント",
    "$": r"us[\s-]?dollars?|dollars?|usd|dólares?|dollari|dolar\w*|доллар\w*|долар\w*|美元|ドル|달러",
    "€": r"€|euros?|eur|евро|євро|欧元|ユーロ|유로",
    "£": r"£|pounds?|lbs?|gbp|pfund|livres|libras?|sterline|фунт\w*",
    "¥": r"¥|yen|yuan|rmb|renminbi|元|円|иен\w*|юан\w*",
    "₽": r"₽|ro?ubles?|rubel|руб\w*",
    "₴": r"₴|hryvnias?|гривн\w*",
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
_BEHIND: Final = regex.compile(
    r"[\s\u00a0\u202f-]{0,2}(?:"
    + "|".join(f"(?P<u{at}>{written})" for at, written in enumerate(_UNITS.values()))
    + r")(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_BEFORE: Final = regex.compile(r"(?:US|A|C)?([$€£¥₽₴])\s?$")
_AGE: Final = regex.compile(r"(?:[\s-]old|[\s-]jährig|\s+alt)\b", regex.IGNORECASE)
_RANGE: Final = regex.compile(
    r"\s?(?:[-–—/,]|\b(?:to|and|or|up to|bis|und|auf|oder|à|et|ou|a|y|o|e|tot|en|till|до|и|та|і|или|або)\b|,\s?(?:and|or)\b)\s?(?:US|A|C)?[$€£¥]?",
    regex.IGNORECASE,
)
_MONTH_BEHIND: Final = regex.compile(
    r"(?:st|nd|rd|th|er|º|\.)?\s(?:of |de )?\p{L}{3,}", regex.IGNORECASE
)

# "Twice" and its like state a number without one; with what else says the same.
_SHARES: Final = {
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
_SHARE: Final = regex.compile(
    "|".join(rf"(?P<s{at}>\b(?:{written}))" for at, written in enumerate(_SHARES.values())),
    regex.IGNORECASE,
)
_AS_MEASURES: Final[dict[str, frozenset[Measure]]] = {
    "double": frozenset({(Decimal(100).normalize(), "%")}),
    "halved": frozenset({(Decimal(50).normalize(), "%")}),
    "half": frozenset({(Decimal(50).normalize(), "%")}),
    "third of": frozenset({(Decimal(33), "%")}),
    "quarter of": frozenset({(Decimal(25), "%")}),
}
_CHANGE: Final = regex.compile(
    r"\b(?:from|von|de|da|van|från|с|от|з|від)\s\D{0,4}(?P<old>\d[\d.,]*\d|\d)(?:\D|\s){1,24}?\b(?:to|auf|à|a|para|naar|till|до)\s\D{0,4}(?P<new>\d[\d.,]*\d|\d)"
    r"|\bto\s\D{0,4}(?P<new>\d[\d.,]*\d|\d)(?:\D|\s){1,24}?\bfrom\s\D{0,4}(?P<old>\d[\d.,]*\d|\d)",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a text: what it may mean. More than one where a range shares a unit."""

    readings: tuple[Measure, ...]


def quantities(text: str) -> list[Quantity]:
    """Every number of ``text`` with what it measures, in order."""
    found = list(stated(text))
    units = [_unit(text, one) for one in found]
    made: list[Quantity] = []
    for at, one in enumerate(found):
        readings = {(one.value, units[at]): None}
        for other in _ranged_with(text, found, at):
            unit = units[at] or units[other]
            scale = found[other].scale if not one.scale else 0
            readings[one.value, unit] = None
            if unit != DAY:
                readings[(one.value * 10**scale).normalize(), unit] = None
        made.append(Quantity(tuple(readings)))
    return made


def shares(text: str) -> frozenset[str]:
    """What ``text`` states of proportions and round numbers in words: twice, half, dozens."""
    names = list(_SHARES)
    return frozenset(
        names[at]
        for match in _SHARE.finditer(text)
        for at in range(len(names))
        if match[f"s{at}"] is not None
    )


def says_share(share: str, measures: frozenset[Measure]) -> bool:
    """Whether ``measures`` say in figures what the ``share`` says in a word."""
    return not _AS_MEASURES.get(share, frozenset()).isdisjoint(measures)


def changes(text: str) -> frozenset[tuple[str, str]]:
    """Every "from 80 to 60" of ``text``, the old figures first."""
    return frozenset((match["old"], match["new"]) for match in _CHANGE.finditer(text))


def _unit(text: str, one: Stated) -> str:
    before = _BEFORE.search(text, max(0, one.start - 6), one.start)
    if before is not None:
        return str(before[1])
    behind = _BEHIND.match(text, one.end)
    if behind is not None:
        name = next(name for at, name in enumerate(_UNITS) if behind[f"u{at}"] is not None)
        # "A man of 40" and "a 40-year-old man" say the same.
        return "" if name == "years" and _AGE.match(text, behind.end()) else name
    return DAY if one.is_day else ""


def _ranged_with(text: str, found: list[Stated], at: int) -> Iterator[int]:
    """The neighbours that share a range with number ``at``."""
    for other in (at - 1, at + 1):
        if 0 <= other < len(found):
            first, second = sorted((found[at], found[other]), key=lambda one: one.start)
            if _RANGE.fullmatch(text, first.end, second.start):
                yield other
