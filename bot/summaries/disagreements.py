"""Find numbers on which reports of one event disagree.

"12 people were killed" ─┐ same unit ("people") in otherwise similar sentences
"15 people were killed" ─┘ ──► Disagreement("people", 12: a.example, 15: b.example)

Years, days and hours are ignored. Both numbers may have been right when they were published; the claims
are therefore listed in time order, and none is marked as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import regex

from bot.summaries.selection import Vector, dot
from bot.summaries.terms import Terms
from bot.summaries.verification.numbers import numbers
from watchers.text.lazy_pattern import LazyPattern

# Less similar sentences may count different things.
_MIN_SIMILARITY: Final = 0.3
# Words between a number and the counted thing: "12 more young people".
_MAX_WORDS_BETWEEN: Final = 2
_NUMBER_WITH_UNIT: Final = LazyPattern(
    r"(?<![\p{L}\p{N}.,:/-])(?P<number>[$€£¥]?\d[\d.,’\u00a0\u202f]*\d|[$€£¥]?\d|\p{L}{3,12})"
    r"(?P<scale>[\s\u00a0-](?:thousand|million|billion|trillion|tausend|millionen|milliarden|milliards?|millones|mil|млн|млрд|тыс)\.?)?"
    r"(?P<sign>\s?(?:%|per ?cent\b|prozent\b))?(?P<after>(?:[\s\u00a0-]+[\p{L}'’]+){0,3})",
    regex.IGNORECASE,
)
_TIME_UNITS: Final = frozenset(
    "year years month months week weeks day days hour hours minute minutes o’clock am pm uhr jahre jahr tage tag"
    " stunden ans an jours jour heures años año días día horas anni anno giorni ore года лет дней".split()
)
_PERCENT: Final = "%"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a report, prepared for comparison.

    Attributes:
        report: the index of the report in time order.
    """

    report: int
    text: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Claim:
    """A number as printed, and the reports that contain it."""

    printed: str
    reports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A counted thing, as first printed, and the different numbers in time order."""

    what: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class _Count:
    unit: str
    what: str
    value: Decimal
    printed: str
    statement: Statement


def disagreements(statements: Sequence[Statement], terms: Terms) -> list[Disagreement]:
    """Return all disagreements between reports, ordered by their first statement."""
    by_unit: dict[str, list[_Count]] = {}
    for statement in statements:
        for count in _counts(statement, terms):
            by_unit.setdefault(count.unit, []).append(count)
    result: list[Disagreement] = []
    for group in by_unit.values():
        comparable = _comparable_counts(group)
        values = {count.value for count in comparable}
        reports = {count.statement.report for count in comparable}
        if len(values) > 1 and len(reports) > 1:
            result.append(_to_disagreement(comparable))
    return result


def _comparable_counts(group: Sequence[_Count]) -> list[_Count]:
    """Return the first count of each report that is similar to a count of another report."""
    by_report: dict[int, _Count] = {}
    for count in group:
        is_comparable = any(
            other.statement.report != count.statement.report
            and dot(count.statement.vector, other.statement.vector) >= _MIN_SIMILARITY
            for other in group
        )
        if is_comparable:
            by_report.setdefault(count.statement.report, count)
    return [by_report[report] for report in sorted(by_report)]


def _to_disagreement(counts: Sequence[_Count]) -> Disagreement:
    claims: dict[Decimal, list[_Count]] = {}
    for count in counts:
        claims.setdefault(count.value, []).append(count)
    return Disagreement(
        counts[0].what,
        tuple(
            Claim(group[0].printed, tuple(count.statement.report for count in group))
            for group in claims.values()
        ),
    )


def _counts(statement: Statement, terms: Terms) -> Iterator[_Count]:
    for match in _NUMBER_WITH_UNIT.finditer(statement.text):
        printed = f"{match['number']}{match['scale'] or ''}".strip()
        values = numbers(printed)
        if len(values) != 1:
            continue
        if match["sign"]:
            yield _Count(_PERCENT, "per cent", next(iter(values)), f"{printed}%", statement)
            continue
        unit = _unit(match["after"], terms)
        if unit is None and match["number"][0] in "$€£¥":
            unit = (match["number"][0], "")
        if unit is not None:
            yield _Count(unit[0], unit[1], next(iter(values)), printed, statement)


def _unit(after: str, terms: Terms) -> tuple[str, str] | None:
    """Return the term and the text of the first content word after a number."""
    for word in after.replace("-", " ").split()[: _MAX_WORDS_BETWEEN + 1]:
        if word.casefold() in _TIME_UNITS:
            return None
        word_terms = terms.of(word)
        if word_terms and not numbers(word):
            return word_terms[0], word
    return None
