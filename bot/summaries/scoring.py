"""How much of an article each passage says.

likeness to the whole article (TF-IDF centroid) × how early it comes × how much of the title it has

The one extractive method that beat an article's first sentences on all six news sets we measured;
nothing else did. What it gains is about a point of ROUGE: the beginning is hard to beat.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.summaries.passages import Passage
from bot.summaries.terms import Background, Terms, weights

_SHORTEST: Final = 5  # terms; less says little by itself
_EARLY: Final = 2.0  # the first sentence counts so many times more than one far down
_FADES: Final = 3.0  # sentences until half of that is gone
_TITLE: Final = 0.8
_ASIDE: Final = 0.2

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's score, 0 to 1, and its direction, to see which others say the same."""

    score: float
    vector: Vector


def scored(
    found: Sequence[Passage], title: str, terms: Terms, background: Background | None
) -> list[Scored]:
    """The score of each passage among the others; the best one has 1."""
    bags = [Counter(terms.of(passage.text)) for passage in found]
    tells = weights(bags, background)
    vectors = [unit({term: many * tells[term] for term, many in bag.items()}) for bag in bags]
    centroid: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            centroid[term] = centroid.get(term, 0.0) + weight
    centroid = unit(centroid)
    heading = unit({term: tells.get(term, 0.0) for term in terms.of(title)})
    raw: list[float] = []
    for place, (passage, bag, vector) in enumerate(zip(found, bags, vectors, strict=True)):
        score = dot(vector, centroid) * (1 + _EARLY / (1 + place / _FADES))
        score *= 1 + _TITLE * dot(vector, heading)
        score *= min(1.0, bag.total() / _SHORTEST)
        raw.append(score * _ASIDE if passage.aside else score)
    top = max(raw, default=0.0) or 1.0
    return [Scored(score / top, vector) for score, vector in zip(raw, vectors, strict=True)]


def unit(vector: Vector) -> Vector:
    """``vector`` at length 1; one without length stays empty."""
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}


def dot(one: Vector, other: Vector) -> float:
    """The likeness of two unit vectors, 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)
