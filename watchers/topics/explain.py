"""Explain why an item matches a query or not: a report per leaf, with the most similar word."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from watchers.item import Item
from watchers.text import tokens as words
from watchers.topics.canonical import make_and
from watchers.topics.describe import describe, describe_leaf
from watchers.topics.engine.leaf_finder import LeafFinder
from watchers.topics.evaluate import evaluate
from watchers.topics.match import SPAN_FIELDS, Span
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Proximity, iter_leaves

# Comparing words takes most of the time of an explanation, so both limits bound it.
MAX_COMPARED_WORDS: Final = 5_000
"""Words of an item that are compared with missing leaves, over all leaves."""

MAX_READ_POSITIONS: Final = 5_000
"""Positions of an item at which such words are read."""

_MIN_SIMILARITY: Final = 0.7


@dataclass(frozen=True, slots=True)
class LeafReport:
    """The result of one leaf.

    Attributes:
        text: the leaf as typed.
        description: the leaf in words.
        wanted: false if the query excludes items with this leaf.
        found: true if the item has the leaf.
        spans: the occurrences.
        nearest: the most similar word of the item if the leaf is missing; "" if none is similar.
        nearest_field: the field of that word; "" if there is none.
        is_part: true for a leaf of a NEAR or proximity, which decides together with the others.
    """

    text: str
    description: str
    wanted: bool
    found: bool
    spans: tuple[Span, ...] = ()
    nearest: str = ""
    nearest_field: str = ""
    is_part: bool = False

    def __str__(self) -> str:
        if self.found:
            field = f" in the {self.spans[0].field}" if self.spans else ""
            return f"{self.description}: found{field}" + (
                "" if self.wanted or self.is_part else ", but excluded"
            )
        if not self.wanted:
            return f"{self.description}: not found, as required"
        hint = f"; most similar: “{self.nearest}” in the {self.nearest_field}"
        return f"{self.description}: not found{hint if self.nearest else ''}"


@dataclass(frozen=True, slots=True)
class DistanceReport:
    """The result of one NEAR or proximity whose words all occur in the item.

    Attributes:
        description: the condition in words.
        wanted: false if the query excludes items with these words close together.
        found: the smallest number of other words in the item; ``None`` if the words never stand in
            one field, or not in this order.
        maximum: the number that the query accepts.
        is_ordered: true if the query asks for an order.
    """

    description: str
    wanted: bool
    found: int | None
    maximum: int
    is_ordered: bool

    def __str__(self) -> str:
        if self.found is None:
            order = "one after the other in this order" if self.is_ordered else "in one field"
            return f"{self.description}: the words do not stand {order}"
        count = "1 other word" if self.found == 1 else f"{self.found} other words"
        if self.found > self.maximum:
            return f"{self.description}: too far apart, {count} between at the closest place"
        excluded = "" if self.wanted else ", but excluded"
        return f"{self.description}: found with {count} between{excluded}"


@dataclass(frozen=True, slots=True)
class MatchExplanation:
    """The result of a query for one item.

    Attributes:
        matches: true if the item matches.
        spans: the spans of the match; empty if the item does not match.
        leaves: a report per leaf.
        distances: a report per NEAR and proximity.
    """

    matches: bool
    spans: tuple[Span, ...]
    leaves: tuple[LeafReport, ...]
    distances: tuple[DistanceReport, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The reports as text: leaves, then distances."""
        return [*map(str, self.leaves), *map(str, self.distances)]

    def __str__(self) -> str:
        head = "The item matches." if self.matches else "The item does not match."
        return "\n".join([head, *(f"- {text}" for text in self.lines)])


def explain_match(node: Node, item: Item) -> MatchExplanation:
    """Evaluate ``node`` for ``item`` and report on every leaf."""
    finder = LeafFinder(item)
    marks = evaluate(node, finder.find, finder.tokens.row)
    signed_leaves = _signed_leaves(node)
    missing = sum(wanted and finder.find(leaf) is None for leaf, wanted in signed_leaves)
    max_words = MAX_COMPARED_WORDS // max(missing, 1)
    parts = {id(leaf) for leaf in _leaves_of_distances(node)}
    reports = tuple(
        replace(
            _report(leaf, finder, wanted=wanted, max_words=max_words), is_part=id(leaf) in parts
        )
        for leaf, wanted in signed_leaves
    )
    distances = tuple(_distance_reports(node, finder))
    spans = () if marks is None else finder.tokens.spans(marks)
    return MatchExplanation(marks is not None, spans, reports, distances)


def _distance_reports(
    node: Node, finder: LeafFinder, *, wanted: bool = True
) -> Iterator[DistanceReport]:
    match node:
        case Near() | Proximity():
            # A missing leaf has a report of its own, and the distance to it does not exist.
            if evaluate(make_and(_parts(node)), finder.find, finder.tokens.row) is not None:
                is_ordered = isinstance(node, Near) and node.ordered
                maximum = node.max_gap if isinstance(node, Near) else node.max_other_words
                found = _closest(node, finder)
                yield DistanceReport(describe(node), wanted, found, maximum, is_ordered)
        case And() | Or():
            for part in node.parts:
                yield from _distance_reports(part, finder, wanted=wanted)
        case Not():
            yield from _distance_reports(node.part, finder, wanted=not wanted)
        case Leaf():
            return


def _leaves_of_distances(node: Node) -> Iterator[Leaf]:
    match node:
        case Near() | Proximity():
            yield from iter_leaves(node)
        case And() | Or():
            for part in node.parts:
                yield from _leaves_of_distances(part)
        case Not():
            yield from _leaves_of_distances(node.part)
        case Leaf():
            return


def _parts(node: Near | Proximity) -> tuple[Node, ...]:
    return (node.left, node.right) if isinstance(node, Near) else node.leaves


def _closest(node: Near | Proximity, finder: LeafFinder) -> int | None:
    """Return the smallest number of other words with which ``node`` holds, by binary search."""
    row = finder.tokens.row

    def holds(gap: int) -> bool:
        wider: Node = (
            replace(node, max_gap=gap)
            if isinstance(node, Near)
            else replace(node, max_other_words=gap)
        )
        return evaluate(wider, finder.find, row) is not None

    largest = len(finder.tokens.words)
    if not holds(largest):
        return None
    return bisect_left(range(largest), True, key=holds)


def _signed_leaves(node: Node, *, wanted: bool = True) -> list[tuple[Leaf, bool]]:
    """Return each leaf, and whether the query requires or excludes it."""
    match node:
        case Leaf():
            return [(node, wanted)]
        case Not():
            return _signed_leaves(node.part, wanted=not wanted)
        case Near():
            left = _signed_leaves(node.left, wanted=wanted)
            return left + _signed_leaves(node.right, wanted=wanted)
        case Proximity():
            return [(leaf, wanted) for leaf in node.leaves]
        case And() | Or():
            return [pair for part in node.parts for pair in _signed_leaves(part, wanted=wanted)]


def _report(leaf: Leaf, finder: LeafFinder, *, wanted: bool, max_words: int) -> LeafReport:
    starts = finder.find(leaf)
    description = describe_leaf(leaf)
    if starts is not None:
        spans = finder.tokens.spans(starts)
        return LeafReport(leaf.text, description, wanted=wanted, found=True, spans=spans)
    nearest, field = _find_similar(leaf, finder, max_words) if wanted else ("", "")
    return LeafReport(
        leaf.text, description, wanted=wanted, found=False, nearest=nearest, nearest_field=field
    )


def _find_similar(leaf: Leaf, finder: LeafFinder, max_words: int) -> tuple[str, str]:
    """Return the words of the item that are most similar to ``leaf``, and their field.

    Only the first ``max_words`` distinct candidates are compared.
    """
    row = finder.tokens.words
    size = len(leaf.words)
    candidates: dict[str, int] = {}
    for start in range(min(len(row) - size + 1, MAX_READ_POSITIONS)):
        run = row[start : start + size]
        if all(run):
            candidates.setdefault(
                " ".join(words.strip_accents(words.normalize_word(word)) for word in run), start
            )
            if len(candidates) >= max_words:
                break
    text = words.strip_accents(" ".join(leaf.words))
    similar = get_close_matches(text, candidates, n=1, cutoff=_MIN_SIMILARITY)
    if not similar:
        return "", ""
    start = candidates[similar[0]]
    field = SPAN_FIELDS[finder.tokens.field_index(start)]
    return " ".join(row[start : start + size]), field
