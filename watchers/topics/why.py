"""Why an item matches a query, or does not: each leaf, and what came nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from watchers.item import Item
from watchers.text import words
from watchers.topics.evaluate import evaluate
from watchers.topics.match import FIELDS, Span
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within
from watchers.topics.say import leaf_in_words
from watchers.topics.search import Search

MAX_COMPARED: Final = 5_000
"""Words of an item that are compared with leaves that were not found, over all leaves."""

MAX_READ: Final = 5_000
"""Positions of an item at which such words are looked for."""


@dataclass(frozen=True, slots=True)
class LeafReport:
    """What became of one leaf.

    Attributes:
        text: the leaf as typed.
        said: the leaf in words.
        wanted: false where the query wants items without it.
        found: whether the item has it.
        spans: where.
        nearest: the most similar word of the item where it was not found; "" if none is similar.
        nearest_field: where that word stands; "" if there is none.
    """

    text: str
    said: str
    wanted: bool
    found: bool
    spans: tuple[Span, ...] = ()
    nearest: str = ""
    nearest_field: str = ""

    def __str__(self) -> str:
        if self.found:
            where = f" in the {self.spans[0].field}" if self.spans else ""
            return f"{self.said}: found{where}" + ("" if self.wanted else ", but not wanted")
        if not self.wanted:
            return f"{self.said}: not found, as wanted"
        near = f"; nearest: “{self.nearest}” in the {self.nearest_field}" if self.nearest else ""
        return f"{self.said}: not found{near}"


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer: ``matches``, the ``spans`` if so, and a report for each leaf."""

    matches: bool
    spans: tuple[Span, ...]
    leaves: tuple[LeafReport, ...]

    def __str__(self) -> str:
        head = "It matches." if self.matches else "It does not match."
        return "\n".join([head, *(f"- {leaf}" for leaf in self.leaves)])


def why(node: Node, item: Item) -> Why:
    """Evaluate ``node`` for ``item`` and report on every leaf."""
    search = Search(item)
    marks = evaluate(node, search.find, search.reading.row)
    signed = _signed(node)
    missing = sum(wanted and search.find(leaf) is None for leaf, wanted in signed)
    most = MAX_COMPARED // max(missing, 1)
    reports = tuple(_report(leaf, search, wanted=wanted, most=most) for leaf, wanted in signed)
    if marks is None:
        return Why(matches=False, spans=(), leaves=reports)
    return Why(matches=True, spans=search.reading.spans(marks), leaves=reports)


def _signed(node: Node, *, wanted: bool = True) -> list[tuple[Leaf, bool]]:
    """The leaves, and whether the query wants them."""
    match node:
        case Leaf():
            return [(node, wanted)]
        case Not():
            return _signed(node.part, wanted=not wanted)
        case Near():
            return _signed(node.left, wanted=wanted) + _signed(node.right, wanted=wanted)
        case Within():
            return [(leaf, wanted) for leaf in node.leaves]
        case And() | Or():
            return [pair for part in node.parts for pair in _signed(part, wanted=wanted)]


def _report(leaf: Leaf, search: Search, *, wanted: bool, most: int) -> LeafReport:
    starts = search.find(leaf)
    said = leaf_in_words(leaf)
    if starts is not None:
        spans = search.reading.spans({len(leaf.words): starts})
        return LeafReport(leaf.text, said, wanted=wanted, found=True, spans=spans)
    nearest, field = _nearest(leaf, search, most) if wanted else ("", "")
    return LeafReport(
        leaf.text, said, wanted=wanted, found=False, nearest=nearest, nearest_field=field
    )


def _nearest(leaf: Leaf, search: Search, most: int) -> tuple[str, str]:
    """The most similar words among the first ``most`` of the item that differ, and their field."""
    row = search.reading.words
    size = len(leaf.words)
    runs: dict[str, int] = {}
    for at in range(min(len(row) - size + 1, MAX_READ)):
        run = row[at : at + size]
        if all(run):
            runs.setdefault(" ".join(words.fold(words.normal(word)) for word in run), at)
            if len(runs) >= most:
                break
    close = get_close_matches(words.fold(" ".join(leaf.words)), runs, n=1, cutoff=0.7)
    if not close:
        return "", ""
    at = runs[close[0]]
    return " ".join(row[at : at + size]), FIELDS[search.reading.field_of(at)]
