"""Summarise several articles about one event as points in time order, each with its source.

items ─► passages ─► scores ─► MMR selection ─────────────────► points
                └─► numbers that count the same thing ─► disagreements

Maximal marginal relevance (MMR, Carbonell and Goldstein 1998) selects the passage that is most similar to
all articles and least similar to the passages selected before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.summaries.dependent_sentences import DependencyDetector
from bot.summaries.disagreements import Disagreement, Statement, disagreements
from bot.summaries.llm.prompt_injection import is_certain_injection
from bot.summaries.passages import passages
from bot.summaries.selection import Scored, Vector, dot, scored, unit
from bot.summaries.terms import Background, Terms
from bot.summaries.verification.numbers import numbers
from watchers import Item
from watchers.text.language import detect_language

MAX_ITEMS: Final = 30
"""A briefing uses at most the newest 30 articles."""

_MAX_PASSAGES_PER_ITEM: Final = 25
# The weight of novelty against relevance in MMR.
_NOVELTY_WEIGHT: Final = 0.5
# The cosine similarity from which two passages make one point.
_SAME_POINT_SIMILARITY: Final = 0.55
# The cosine similarity from which one passage is a copy of the other.
_COPY_SIMILARITY: Final = 0.95
_NO_DATE: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of one article, and the items of other sources that say the same."""

    text: str
    item: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Contested:
    """A number on which sources disagree: the counted thing, and the items per number."""

    what: str
    claims: tuple[tuple[str, tuple[Item, ...]], ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """The points in time order, the disagreements, and the items of the briefing."""

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
    """Return a briefing with at most ``points`` points. Call it in a thread for many items.

    Items without a date come first, in the given order.

    Raises:
        ValueError: ``points`` is less than 1.
    """
    if points < 1:
        raise ValueError(f"a briefing has at least one point, not {points}")
    newest = sorted(items, key=lambda item: item.published or _NO_DATE)[-MAX_ITEMS:]
    language = _language(newest)
    terms = Terms(language)
    candidates = [
        candidate
        for report, item in enumerate(newest)
        for candidate in _candidates(report, item, terms, background)
    ]
    selected = _select_points(candidates, points)
    statements = [
        Statement(candidate.report, candidate.text, candidate.vector) for candidate in candidates
    ]
    return Briefing(
        tuple(_to_point(candidate, candidates, newest) for candidate in selected),
        tuple(
            _to_contested(disagreement, newest) for disagreement in disagreements(statements, terms)
        ),
        tuple(newest),
    )


def _candidates(
    report: int, item: Item, terms: Terms, background: Background | None
) -> list[_Candidate]:
    language = item.language
    text = item.text or item.lead or item.title
    item_passages = passages(text, item.title, language)[:_MAX_PASSAGES_PER_ITEM]
    detector = DependencyDetector(language)
    return [
        _Candidate(report, place, passage.text, score, score.vector)
        for place, (passage, score) in enumerate(
            zip(item_passages, scored(item_passages, item.title, terms, background), strict=True)
        )
        if not (
            passage.aside
            or detector.depends_on_previous(passage.text)
            or is_certain_injection(passage.text)
        )
    ]


def _select_points(candidates: Sequence[_Candidate], points: int) -> list[_Candidate]:
    centroid: Vector = {}
    for candidate in candidates:
        for term, weight in candidate.vector.items():
            centroid[term] = centroid.get(term, 0.0) + weight
    centroid = unit(centroid)
    relevance = [
        candidate.scored.score * (0.5 + dot(candidate.vector, centroid)) for candidate in candidates
    ]
    # The similarity of each candidate to the selected ones.
    redundancy = [0.0] * len(candidates)
    remaining = set(range(len(candidates)))
    selected: list[_Candidate] = []
    while remaining and len(selected) < points:
        best = max(
            remaining,
            key=lambda index: (relevance[index] - _NOVELTY_WEIGHT * redundancy[index], -index),
        )
        remaining.discard(best)
        if redundancy[best] >= _SAME_POINT_SIMILARITY:
            continue
        selected.append(_earliest_copy(candidates[best], candidates))
        for index in remaining:
            similarity = dot(candidates[index].vector, candidates[best].vector)
            redundancy[index] = max(redundancy[index], similarity)
    return sorted(selected, key=lambda candidate: (candidate.report, candidate.place))


def _earliest_copy(candidate: _Candidate, candidates: Sequence[_Candidate]) -> _Candidate:
    """Return the passage of the earliest article with the same wording."""
    copies = (
        other for other in candidates if dot(other.vector, candidate.vector) >= _COPY_SIMILARITY
    )
    return min(copies, key=lambda other: (other.report, other.place), default=candidate)


def _to_point(
    candidate: _Candidate, candidates: Sequence[_Candidate], items: Sequence[Item]
) -> Point:
    own = items[candidate.report]
    stated = numbers(candidate.text)
    # A report with other numbers does not confirm the point.
    confirming = {
        other.report
        for other in candidates
        if other.report != candidate.report
        and dot(other.vector, candidate.vector) >= _SAME_POINT_SIMILARITY
        and stated <= numbers(other.text)
    }
    others = (items[report] for report in sorted(confirming))
    return Point(candidate.text, own, tuple(item for item in others if item.source != own.source))


def _to_contested(disagreement: Disagreement, items: Sequence[Item]) -> Contested:
    claims = tuple(
        (claim.printed, tuple(items[report] for report in claim.reports))
        for claim in disagreement.claims
    )
    return Contested(disagreement.what, claims)


def _language(items: Sequence[Item]) -> str | None:
    """Return the most frequent language: terms are compared across all items."""
    languages = [item.language for item in items if item.language]
    if languages:
        return max(sorted(set(languages)), key=languages.count)
    return detect_language(" ".join(item.title for item in items)[:600])
