"""Where several reports of one thing give different numbers for it: who says which.

"12 people were killed" ─┐ the same unit ("people"), in sentences that say the same otherwise
"15 people were killed" ─┘ ──► Disagreement("people", 12: a.example, 15: b.example)

Years, days and hours are left alone. Reports that follow each other may both have been right in their
time: so who says which comes in time order, and nobody is called wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import regex

from bot.summaries.numbers import numbers
from bot.summaries.scoring import Vector, dot
from bot.summaries.terms import Terms

_ALIKE: Final = 0.3  # sentences less alike than this may count different things
_BETWEEN: Final = 2  # words between a number and what it counts: "12 more young people"
_COUNTED: Final = regex.compile(
    r"(?<![\p{L}\p{N}.,:/-])(?P<number>[$€£¥]?\d[\d.,’\u00a0\u202f]*\d|[$€£¥]?\d|\p{L}{3,12})"
    r"(?P<scale>[\s\u00a0-](?:thousand|million|billion|trillion|tausend|millionen|milliarden|milliards?|millones|mil|млн|млрд|тыс)\.?)?"
    r"(?P<sign>\s?(?:%|per ?cent\b|prozent\b))?(?P<after>(?:[\s\u00a0-]+[\p{L}'’]+){0,3})",
    regex.IGNORECASE,
)
_TIMES: Final = frozenset(
    "year years month months week weeks day days hour hours minute minutes o’clock am pm uhr jahre jahr tage tag"
    " stunden ans an jours jour heures años año días día horas anni anno giorni ore года лет дней".split()
)
_PERCENT: Final = "%"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of one report, as far as it is needed to compare it with others.

    Attributes:
        report: which report it is of, in time order.
    """

    report: int
    text: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Claim:
    """A number as it is printed, and the reports that give it."""

    printed: str
    reports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What is counted, as it is printed first, and the different numbers for it, in time order."""

    what: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class _Counted:
    unit: str
    what: str
    value: Decimal
    printed: str
    statement: Statement


def disagreements(statements: Sequence[Statement], terms: Terms) -> list[Disagreement]:
    """Every disagreement between different reports, in the order of the first statement of each."""
    by_unit: dict[str, list[_Counted]] = {}
    for statement in statements:
        for counted in _counted(statement, terms):
            by_unit.setdefault(counted.unit, []).append(counted)
    found: list[Disagreement] = []
    for group in by_unit.values():
        told = _of_one_thing(group)
        values = {one.value for one in told}
        reports = {one.statement.report for one in told}
        if len(values) > 1 and len(reports) > 1:
            found.append(_disagreement(told))
    return found


def _of_one_thing(group: Sequence[_Counted]) -> list[_Counted]:
    """The counts that belong together: each like another report's, and each report's first."""
    told: dict[int, _Counted] = {}
    for one in group:
        like = any(
            other.statement.report != one.statement.report
            and dot(one.statement.vector, other.statement.vector) >= _ALIKE
            for other in group
        )
        if like:
            told.setdefault(one.statement.report, one)
    return [told[report] for report in sorted(told)]


def _disagreement(told: Sequence[_Counted]) -> Disagreement:
    claims: dict[Decimal, list[_Counted]] = {}
    for one in told:
        claims.setdefault(one.value, []).append(one)
    return Disagreement(
        told[0].what,
        tuple(
            Claim(group[0].printed, tuple(one.statement.report for one in group))
            for group in claims.values()
        ),
    )


def _counted(statement: Statement, terms: Terms) -> Iterator[_Counted]:
    for match in _COUNTED.finditer(statement.text):
        printed = f"{match['number']}{match['scale'] or ''}".strip()
        values = numbers(printed)
        if len(values) != 1:
            continue
        if match["sign"]:
            yield _Counted(_PERCENT, "per cent", next(iter(values)), f"{printed}%", statement)
            continue
        unit = _unit(match["after"], terms)
        if unit is None and match["number"][0] in "$€£¥":
            unit = (match["number"][0], "")
        if unit is not None:
            yield _Counted(unit[0], unit[1], next(iter(values)), printed, statement)


def _unit(after: str, terms: Terms) -> tuple[str, str] | None:
    """What is counted: the first word behind the number that tells something; its term, and itself."""
    for word in after.replace("-", " ").split()[: _BETWEEN + 1]:
        if word.casefold() in _TIMES:
            return None
        found = terms.of(word)
        if found and not numbers(word):
            return found[0], word
    return None
