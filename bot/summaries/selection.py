"""Score the passages of an article and select the best for the summary.

The selection contains no two similar passages, and no passage that depends on a missing one. A dependent
passage ("He said …") is selected together with the passage before it if the pair scores better than the
next best passage alone.

score = similarity to the article (TF-IDF centroid) × position × similarity to the title

Of the extractive methods measured on six news sets, this one alone beat the first sentences of the
article on all sets, by about one point of ROUGE.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.summaries.passages import Passage
from bot.summaries.terms import Background, Terms, weights

# Passages with fewer terms get a lower score.
_MIN_TERMS: Final = 5
# The factor of the first sentence is 1 + _POSITION_BONUS; the bonus is halved after so many sentences.
_POSITION_BONUS: Final = 2.0
_POSITION_HALF_LIFE: Final = 3.0
_TITLE_BONUS: Final = 0.8
# The factor of captions, quotations and other secondary text.
_ASIDE_FACTOR: Final = 0.2
# The cosine similarity from which two passages count as repetitions.
_DUPLICATE_SIMILARITY: Final = 0.75

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of a passage (0 to 1) and its unit vector, for the comparison with others."""

    score: float
    vector: Vector


def scored(
    candidates: Sequence[Passage], title: str, terms: Terms, background: Background | None
) -> list[Scored]:
    """Return the scores of the passages; the best one has the score 1."""
    bags = [Counter(terms.of(passage.text)) for passage in candidates]
    term_weights = weights(bags, background)
    vectors = [
        unit({term: count * term_weights[term] for term, count in bag.items()}) for bag in bags
    ]
    centroid: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            centroid[term] = centroid.get(term, 0.0) + weight
    centroid = unit(centroid)
    title_vector = unit({term: term_weights.get(term, 0.0) for term in terms.of(title)})
    raw_scores: list[float] = []
    for position, (passage, bag, vector) in enumerate(zip(candidates, bags, vectors, strict=True)):
        score = dot(vector, centroid) * (1 + _POSITION_BONUS / (1 + position / _POSITION_HALF_LIFE))
        score *= 1 + _TITLE_BONUS * dot(vector, title_vector)
        score *= min(1.0, bag.total() / _MIN_TERMS)
        raw_scores.append(score * _ASIDE_FACTOR if passage.aside else score)
    highest = max(raw_scores, default=0.0) or 1.0
    return [
        Scored(score / highest, vector) for score, vector in zip(raw_scores, vectors, strict=True)
    ]


def unit(vector: Vector) -> Vector:
    """Return ``vector`` scaled to length 1; an empty vector stays empty."""
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}


def dot(first: Vector, second: Vector) -> float:
    """Return the cosine similarity of two unit vectors, 0 to 1."""
    if len(first) > len(second):
        first, second = second, first
    return sum(weight * second[term] for term, weight in first.items() if term in second)


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """The maximum number of passages, and of characters with one space between passages."""

    passages: int
    characters: int | None = None


def select_passages(
    lengths: Sequence[int],
    scores: Sequence[Scored],
    depends_on_previous: Callable[[int], bool],
    limit: LengthLimit,
) -> list[int]:
    """Return the indexes of the selected passages in the order of the article.

    ``depends_on_previous`` returns True for the index of a passage that needs the one before it.
    """
    return _Selection(lengths, scores, depends_on_previous, limit).run()


class _Selection:
    """The state of one selection."""

    def __init__(
        self,
        lengths: Sequence[int],
        scores: Sequence[Scored],
        depends_on_previous: Callable[[int], bool],
        limit: LengthLimit,
    ) -> None:
        self._lengths = lengths
        self._scores = scores
        self._depends_on_previous = depends_on_previous
        self._limit = limit
        self._selected: list[int] = []
        self._used_chars = 0

    def run(self) -> list[int]:
        ranking = sorted(
            range(len(self._scores)), key=lambda index: (-self._scores[index].score, index)
        )
        # Passages that depend on a passage that is not selected yet.
        postponed: list[int] = []
        for index in ranking:
            if len(self._selected) == self._limit.passages:
                break
            if index in self._selected or self._is_duplicate(index):
                continue
            if not self._misses_previous(index):
                self._add(index)
            elif self._is_better_as_pair(index, ranking):
                self._add(index - 1, index)
            else:
                postponed.append(index)
                continue
            self._add_postponed(postponed)
        if not self._selected:
            # All passages depend on others: a dependent passage is better than no summary.
            self._add(*(index for index in postponed[:1]))
        return sorted(self._selected)

    def _misses_previous(self, index: int) -> bool:
        """Return True if the passage depends on one that is not selected."""
        return index > 0 and index - 1 not in self._selected and self._depends_on_previous(index)

    def _is_better_as_pair(self, index: int, ranking: Sequence[int]) -> bool:
        if len(self._selected) + 2 > self._limit.passages or self._misses_previous(index - 1):
            return False
        pair = (self._scores[index].score + self._scores[index - 1].score) / 2
        alone = (
            self._scores[other].score
            for other in ranking
            if other not in self._selected and other != index and not self._misses_previous(other)
        )
        return pair >= next(alone, 0.0) and not self._is_duplicate(index - 1)

    def _add_postponed(self, postponed: list[int]) -> None:
        """Add postponed passages whose previous passage is selected now."""
        for index in [index for index in postponed if not self._misses_previous(index)]:
            postponed.remove(index)
            if len(self._selected) < self._limit.passages and not self._is_duplicate(index):
                self._add(index)

    def _is_duplicate(self, index: int) -> bool:
        vector = self._scores[index].vector
        return any(
            dot(vector, self._scores[other].vector) >= _DUPLICATE_SIMILARITY
            for other in self._selected
        )

    def _add(self, *indexes: int) -> None:
        """Add all ``indexes`` if they fit into the limit on characters."""
        new = [index for index in indexes if index not in self._selected]
        length = sum(self._lengths[index] + 1 for index in new)
        if (
            self._limit.characters is not None
            and self._used_chars + length > self._limit.characters + 1
        ):
            return
        self._selected.extend(new)
        self._used_chars += length
