"""What several articles about one thing say together: in time order, each point with its source.

items ─ passages ─ scored in each, held against all ─► MMR: what says much and nothing twice ─► points
                └─ numbers for the same thing ─────────────────────────────────────────► disagreements

MMR (Carbonell and Goldstein 1998) takes the passage that is most like the whole and least like what is
told already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.summaries.claims import Disagreement, Statement, disagreements
from bot.summaries.inert import gives_orders
from bot.summaries.leaning import Leaning
from bot.summaries.numbers import numbers
from bot.summaries.passages import passages
from bot.summaries.scoring import Scored, Vector, dot, scored, unit
from bot.summaries.terms import Background, Terms
from watchers import Item
from watchers.text.language import detect

MOST_ITEMS: Final = 30
"""Articles that a briefing is made of: of more, the newest."""

_PASSAGES: Final = 25  # of each article: what comes later was said elsewhere
_NEW: Final = 0.5  # how much it counts that a point was not told, against how much it says
_SAME: Final = 0.55  # as alike as this, two passages make one point
_COPIED: Final = 0.95  # as alike as this, one is a copy of the other
_FIRST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was said, verbatim, and who else says it."""

    text: str
    item: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Contested:
    """A number that sources disagree on: ``what`` it counts, and who says which, in time order."""

    what: str
    claims: tuple[tuple[str, tuple[Item, ...]], ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """The points in time order, and what the sources disagree on. ``items``: what it was made of."""

    points: tuple[Point, ...]
    contested: tuple[Contested, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    report: int
    place: int
    text: str
    scored: Scored
    vector: Vector


def brief(
    items: Sequence[Item], points: int = 5, *, background: Background | None = None
) -> Briefing:
    """At most ``points`` points of what ``items`` say. Slow for many: call it in a thread.

    Items without a date come first, in the order given.

    Raises:
        ValueError: less than one point is asked for.
    """
    if points < 1:
        raise ValueError(f"a briefing has at least one point, not {points}")
    newest = sorted(items, key=lambda item: item.published or _FIRST)[-MOST_ITEMS:]
    language = _language(newest)
    terms = Terms(language)
    found = [
        candidate
        for report, item in enumerate(newest)
        for candidate in _candidates(report, item, terms, background)
    ]
    told = _chosen(found, points)
    statements = [Statement(one.report, one.text, one.vector) for one in found]
    return Briefing(
        tuple(_point(one, found, newest) for one in told),
        tuple(_contested(one, newest) for one in disagreements(statements, terms)),
        tuple(newest),
    )


def _candidates(
    report: int, item: Item, terms: Terms, background: Background | None
) -> list[_Candidate]:
    language = item.language
    text = item.text or item.lead or item.title
    told = passages(text, item.title, language)[:_PASSAGES]
    leaning = Leaning(language)
    return [
        _Candidate(report, place, passage.text, one, one.vector)
        for place, (passage, one) in enumerate(
            zip(told, scored(told, item.title, terms, background), strict=True)
        )
        if not (passage.aside or leaning.leans(passage.text) or gives_orders(passage.text))
    ]


def _chosen(found: Sequence[_Candidate], points: int) -> list[_Candidate]:
    centroid: Vector = {}
    for one in found:
        for term, weight in one.vector.items():
            centroid[term] = centroid.get(term, 0.0) + weight
    centroid = unit(centroid)
    worth = [one.scored.score * (0.5 + dot(one.vector, centroid)) for one in found]
    likeness = [0.0] * len(found)  # to what is told already
    left = set(range(len(found)))
    told: list[_Candidate] = []
    while left and len(told) < points:
        best = max(left, key=lambda at: (worth[at] - _NEW * likeness[at], -at))
        left.discard(best)
        if likeness[best] >= _SAME:
            continue
        told.append(_first_to_say(found[best], found))
        for at in left:
            likeness[at] = max(likeness[at], dot(found[at].vector, found[best].vector))
    return sorted(told, key=lambda one: (one.report, one.place))


def _first_to_say(one: _Candidate, found: Sequence[_Candidate]) -> _Candidate:
    """The earliest report's passage that says it in the same words."""
    same = (other for other in found if dot(other.vector, one.vector) >= _COPIED)
    return min(same, key=lambda other: (other.report, other.place), default=one)


def _point(one: _Candidate, found: Sequence[_Candidate], items: Sequence[Item]) -> Point:
    own = items[one.report]
    stated = numbers(one.text)
    also = {
        other.report
        for other in found
        if other.report != one.report
        and dot(other.vector, one.vector) >= _SAME
        and stated <= numbers(other.text)  # who gives another number does not say the same
    }
    others = (items[report] for report in sorted(also))
    return Point(one.text, own, tuple(item for item in others if item.source != own.source))


def _contested(one: Disagreement, items: Sequence[Item]) -> Contested:
    claims = tuple(
        (claim.printed, tuple(items[report] for report in claim.reports)) for claim in one.claims
    )
    return Contested(one.what, claims)


def _language(items: Sequence[Item]) -> str | None:
    """The language of most of them: terms are compared across all."""
    known = [item.language for item in items if item.language]
    if known:
        return max(sorted(set(known)), key=known.count)
    return detect(" ".join(item.title for item in items)[:600])
