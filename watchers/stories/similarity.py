"""The similarity of two items: how probable it is that they report the same event.

    words in common ────────────────────────┐
    names and numbers in common, or none ───┼──► weighted sum ──► probability
    words of one title in the other item ───┘

The weights are fitted by `python -m benchmarks.stories.fit` on labelled streams.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from math import exp, sqrt
from operator import mul
from typing import Final, NamedTuple

from watchers.stories.signature import BODY, NAME, TITLE

MIN_TERMS: Final = 5
"""With fewer terms, the similarity of two items is meaningless."""

# With fewer names and numbers, they cannot distinguish events.
_MIN_NAMES: Final = 2

# Below this similarity of words, nothing else is compared.
_MIN_WORDS: Final = 0.08

# Two items follow one template if they share this much of the words that are not names, and if each
# has this share of names that the other lacks.
_MIN_TEMPLATE_WORDS: Final = 0.5
_MIN_TEMPLATE_NAMES: Final = 0.4
_MIN_TEMPLATE_SUBJECT: Final = 0.5
# Two titles with at least two names each are about different matters, whatever their other words, if each
# text lacks this share of the other's names.
_MIN_SUBJECT_NAMES: Final = 2
_MIN_OTHER_SUBJECT: Final = 0.65
# The same for titles with one name.
_ONLY_OTHER_SUBJECT: Final = 0.99
# Only the names in the titles count, if both titles have one: a report about the same storm quotes
# other people and other numbers.
_SUBJECT: Final = NAME | TITLE


class Evidence(NamedTuple):
    """The evidence that two items report the same event. `WEIGHTS` has one weight for each."""

    words: float
    words_squared: float
    names: float
    different_names: float
    title: float
    no_title: float
    no_names: float


WEIGHTS: Final = Evidence(
    words=29.37,
    words_squared=-13.80,
    names=3.02,
    different_names=-1.95,
    title=1.72,
    no_title=3.3,
    no_names=1.06,
)
BIAS: Final = -13.99


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """Terms with their weights when the item arrived, the heaviest first.

    Attributes:
        terms: numbers of terms.
        weights: a vector of length one.
        flags: `NAME`, `TITLE` and `BODY` for each term.
        names: the share of names and numbers in the squared length; 0 if they are too few.
        title: the share of the title in the squared length.
        has_title: whether the item has a title.
    """

    terms: array[int]
    weights: array[float]
    flags: bytes
    names: float
    title: float
    has_title: bool


def weigh_terms(
    terms: Sequence[int], weights: Sequence[float], flags: bytes, *, has_title: bool
) -> WeightedTerms:
    """Return the terms with weights as a vector of length one, the heaviest first."""
    ranked = sorted(zip(weights, terms, flags, strict=True), reverse=True)
    length = sqrt(sum(map(mul, weights, weights))) or 1.0
    values = array("f", [weight / length for weight, _, _ in ranked])
    ordered_flags = bytes([flag for _, _, flag in ranked])
    squares = list(map(mul, values, values))
    names = [flag & NAME for flag in ordered_flags]
    return WeightedTerms(
        array("I", [term for _, term, _ in ranked]),
        values,
        ordered_flags,
        sum(compress(squares, names)) if sum(names) >= _MIN_NAMES else 0.0,
        sum(compress(squares, [flag & TITLE for flag in ordered_flags])),
        has_title,
    )


def _subject(weighted: WeightedTerms) -> dict[int, float]:
    """Return the names in the title with their weights."""
    return {
        term: weight
        for term, weight, flag in zip(weighted.terms, weighted.weights, weighted.flags, strict=True)
        if flag & _SUBJECT == _SUBJECT
    }


def _missing_share(weights: dict[int, float], terms: array[int]) -> float:
    """Return the share in the squared weights of the terms that are not among ``terms``."""
    missing = weights.keys() - set(terms)
    total = sum(weight * weight for weight in weights.values())
    return sum(weights[term] ** 2 for term in missing) / (total or 1.0)


class QueryVector:
    """A new item, for comparisons with members of the window."""

    __slots__ = ("_flags", "_weights", "weighted")

    def __init__(self, weighted: WeightedTerms) -> None:
        self.weighted = weighted
        self._weights = dict(zip(weighted.terms, weighted.weights, strict=True))
        self._flags = dict(zip(weighted.terms, weighted.flags, strict=True))

    def cosine(self, other: WeightedTerms) -> float:
        """Return the cosine of the words of two items."""
        common = map(self._weights.get, other.terms, repeat(0.0))
        cosine: float = sum(map(mul, other.weights, common))
        return cosine

    def text_cosine(self, other: WeightedTerms) -> float:
        """Return the cosine of the words of two texts, without their titles."""
        own = self.weighted
        common = {
            term: weight
            for term, weight, flag in zip(own.terms, own.weights, own.flags, strict=True)
            if flag & BODY
        }
        others = [
            (term, weight)
            for term, weight, flag in zip(other.terms, other.weights, other.flags, strict=True)
            if flag & BODY
        ]
        length = sqrt(
            sum(weight * weight for weight in common.values())
            * sum(weight * weight for _, weight in others)
        )
        return sum(weight * common.get(term, 0.0) for term, weight in others) / (length or 1.0)

    def probability(self, other: WeightedTerms) -> float:
        """Return the probability that two items report the same event."""
        evidence = self.evidence(other)
        if evidence is None:
            return 0.0
        logit: float = BIAS + sum(map(mul, WEIGHTS, evidence))
        return 1 / (1 + exp(-logit))

    def evidence(self, other: WeightedTerms) -> Evidence | None:
        """Return the evidence for one event, or None if there is none.

        There is none if the words have nearly nothing in common, or if two texts follow one template
        about different names.
        """
        own = self.weighted
        if len(other.terms) < MIN_TERMS:
            return None
        common = list(map(self._weights.get, other.terms, repeat(0.0)))
        cosine: float = sum(map(mul, other.weights, common))
        if cosine < _MIN_WORDS:
            return None
        names, own_names, other_names, own_title, other_title = self._common_shares(common, other)
        has_names = own.names > 0 and other.names > 0
        has_titles = own.title > 0 and other.title > 0
        coverage = max(own_title / own.title, other_title / other.title) if has_titles else 0.0
        different = 0.0
        if has_names:
            different = min(1 - own_names / own.names, 1 - other_names / other.names)
            other_words = sqrt(max(0.0, 1 - own.names) * max(0.0, 1 - other.names))
            is_template = cosine - names >= _MIN_TEMPLATE_WORDS * other_words
            if different >= _MIN_TEMPLATE_NAMES and self.has_other_subject(
                other, is_template=is_template
            ):
                return None
        elif self.has_other_subject(other):
            # Each title has a name, and neither text mentions the name of the other.
            return None
        return Evidence(
            sqrt(cosine),
            cosine,
            min(1.0, names / sqrt(own.names * other.names)) if has_names else 0.0,
            different,
            coverage,
            float(not (own.has_title and other.has_title)),
            float(not has_names),
        )

    def has_other_subject(self, other: WeightedTerms, *, is_template: bool = False) -> bool:
        """Return True if the names in the two titles differ.

        ``is_template``: the other words are equal, so titles without names are enough.
        """
        own = _subject(self.weighted)
        others = _subject(other)
        if is_template and not (own and others):
            return True
        if not (own and others):
            return False
        missing = min(_missing_share(own, other.terms), _missing_share(others, self.weighted.terms))
        if is_template:
            return missing >= _MIN_TEMPLATE_SUBJECT
        has_names = min(len(own), len(others)) >= _MIN_SUBJECT_NAMES
        return missing >= (_MIN_OTHER_SUBJECT if has_names else _ONLY_OTHER_SUBJECT)

    def _common_shares(
        self, common: Sequence[float], other: WeightedTerms
    ) -> tuple[float, float, float, float, float]:
        """Return the product of common names, and the squared lengths of common names and titles.

        ``common`` are the own weights of the terms of ``other``.
        """
        names = own_names = other_names = own_title = other_title = 0.0
        own_flags = self._flags
        for weight, other_weight, flag, term in compress(
            zip(common, other.weights, other.flags, other.terms, strict=True), common
        ):
            own_flag = own_flags[term]
            if own_flag == BODY == flag:
                continue
            if (flag | own_flag) & NAME:
                names += weight * other_weight
                if own_flag & NAME:
                    own_names += weight * weight
                if flag & NAME:
                    other_names += other_weight * other_weight
            if own_flag & TITLE:
                own_title += weight * weight
            if flag & TITLE:
                other_title += other_weight * other_weight
        return names, own_names, other_names, own_title, other_title
