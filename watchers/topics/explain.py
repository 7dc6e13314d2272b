"""Explain why an item matches a query or not: a report per leaf, with the most similar word."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from watchers.item import Item
from watchers.text import tokens as words
from watchers.topics.describe import describe_leaf
from watchers.topics.evaluate import evaluate
from watchers.topics.leaf_finder import LeafFinder
from watchers.topics.match import SPAN_FIELDS, Span
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Proximity

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
    """

    text: str
    description: str
    wanted: bool
    found: bool
    spans: tuple[Span, ...] = ()
    nearest: str = ""
    nearest_field: str = ""

    def __str__(self) -> str:
        if self.found:
            field = f" in the {self.spans[0].field}" if self.spans else ""
            return f"{self.description}: found{field}" + ("" if self.wanted else ", but excluded")
        if not self.wanted:
            return f"{self.description}: not found, as required"
        hint = f"; most similar: “{self.nearest}” in the {self.nearest_field}"
        return f"{self.description}: not found{hint if self.nearest else ''}"


@dataclass(frozen=True, slots=True)
class MatchExplanation:
    """The result of a query for one item.

    Attributes:
        matches: true if the item matches.
        spans: the spans of the match; empty if the item does not match.
        leaves: a report per leaf.
    """

    matches: bool
    spans: tuple[Span, ...]
    leaves: tuple[LeafReport, ...]

    def __str__(self) -> str:
        head = "The item matches." if self.matches else "The item does not match."
        return "\n".join([head, *(f"- {leaf}" for leaf in self.leaves)])


def explain_match(node: Node, item: Item) -> MatchExplanation:
    """Evaluate ``node`` for ``item`` and report on every leaf."""
    finder = LeafFinder(item)
    marks = evaluate(node, finder.find, finder.tokens.row)
    signed_leaves = _signed_leaves(node)
    missing = sum(wanted and finder.find(leaf) is None for leaf, wanted in signed_leaves)
    max_words = MAX_COMPARED_WORDS // max(missing, 1)
    reports = tuple(
        _report(leaf, finder, wanted=wanted, max_words=max_words) for leaf, wanted in signed_leaves
    )
    if marks is None:
        return MatchExplanation(matches=False, spans=(), leaves=reports)
    return MatchExplanation(matches=True, spans=finder.tokens.spans(marks), leaves=reports)


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
