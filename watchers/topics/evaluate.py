"""Evaluate a tree for one item: whether it holds, and where. The semantics of the topic language.

The caller passes a ``find`` that returns the positions of a leaf. `LeafFinder` has one for a single
query and `ItemLeaves` has one for the index.

NEAR holds where an interval of its left part and an interval of its right part do not overlap and
have at most ``max_gap`` words between them. The evaluation never lists pairs of intervals, because
their number grows with the square of the text. Instead, each part answers two questions about sets of
positions (positions.py): where its intervals end that start in a set, and where they start that end in
a set. One answer takes time in proportion to the length of the text and keeps one set. The number of
answers depends only on the query: :func:`count_steps` counts them, and the parser refuses a topic with
too many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Proximity
from watchers.topics.positions import ANYWHERE, Marks, Positions, Row, add_marks

Find: TypeAlias = Callable[[Leaf], Marks | None]
"""Return the occurrences of a leaf: ``None`` if there are none, empty marks if it holds without a
position (``lang:en``)."""


def evaluate(node: Node, find: Find, row: Row) -> Marks | None:
    """Return the occurrences of all positive leaves that make ``node`` hold, else ``None``."""
    match node:
        case Leaf():
            return find(node)
        case And():
            return _evaluate_and(node, find, row)
        case Or():
            return _evaluate_or(node, find, row)
        case Not():
            return {} if evaluate(node.part, find, row) is None else None
        case Near():
            marks: Marks = {}
            _make_part(node, find, row).mark(ANYWHERE, ANYWHERE, marks)
            return marks or None
        case Proximity():
            return _evaluate_proximity(node, find, row)


def count_steps(node: Node) -> int:
    """Return how many operations on sets of positions NEAR takes in ``node`` at most."""
    match node:
        case Near():
            return _count_part_steps(node)[1]
        case And() | Or():
            return sum(map(count_steps, node.parts))
        case Not():
            return count_steps(node.part)
        case Leaf() | Proximity():
            return 0


def _evaluate_and(node: And, find: Find, row: Row) -> Marks | None:
    union: Marks = {}
    for part in node.parts:
        marks = evaluate(part, find, row)
        if marks is None:
            return None
        add_marks(union, marks)
    return union


def _evaluate_or(node: Or, find: Find, row: Row) -> Marks | None:
    union: Marks = {}
    holds = False
    for part in node.parts:
        marks = evaluate(part, find, row)
        if marks is not None:
            holds = True
            add_marks(union, marks)
    return union if holds else None


def _evaluate_proximity(node: Proximity, find: Find, row: Row) -> Marks | None:
    """Find the intervals that start with a leaf and contain every leaf.

    One word may serve two leaves.
    """
    leaf_marks: list[Marks] = []
    for leaf in node.leaves:
        found = find(leaf)
        if not found:
            return None
        leaf_marks.append(found)
    # A name may be found by a longer name than the typed one.
    width = sum(map(max, leaf_marks)) + node.max_other_words
    interval_starts, has_every_leaf = 0, ANYWHERE
    for found in leaf_marks:
        has_leaf = 0
        for length, starts in found.items():
            interval_starts |= starts
            has_leaf |= row.behind(starts, width - length)
        has_every_leaf &= has_leaf
    interval_starts &= has_every_leaf
    if not interval_starts:
        return None
    marks: Marks = {}
    for found in leaf_marks:
        for length, starts in found.items():
            marked = starts & row.ahead(interval_starts, width - length)
            if marked:
                add_marks(marks, {length: marked})
    return marks


# ── NEAR ──────────────────────────────────────────────────────────────────────────────────────────


class _Part(Protocol):
    """The intervals of one operand of NEAR."""

    def ends(self, starts: Positions) -> Positions:
        """Return where the intervals end that start in ``starts``."""

    def starts(self, ends: Positions) -> Positions:
        """Return where the intervals start that end in ``ends``."""

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        """Add the leaves of the intervals that start in ``starts`` and end in ``ends``."""


def _make_part(node: Node, find: Find, row: Row) -> _Part:
    match node:
        case Leaf():
            return _LeafPart(find(node) or {})
        case Or():
            # Leaves are merged into one part: the number of steps grows with their distinct
            # lengths, not with their number.
            leaf_marks: Marks = {}
            parts: list[_Part] = [_LeafPart(leaf_marks)]
            for part in node.parts:
                if isinstance(part, Leaf):
                    add_marks(leaf_marks, find(part) or {})
                else:
                    parts.append(_make_part(part, find, row))
            return _OrPart(parts) if len(parts) > 1 else parts[0]
        case Near():
            left, right = _make_part(node.left, find, row), _make_part(node.right, find, row)
            return _NearPart(node, left, right, row)
        case And() | Not() | Proximity():
            raise TypeError(f"the parser never puts {type(node).__name__} inside NEAR")


class _LeafPart:
    """Leaves: each occurrence is an interval."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def ends(self, starts: Positions) -> Positions:
        ends = 0
        for length, leaf_starts in self._marks.items():
            ends |= (leaf_starts & starts) << length
        return ends

    def starts(self, ends: Positions) -> Positions:
        starts = 0
        for length, leaf_starts in self._marks.items():
            starts |= leaf_starts & (ends >> length)
        return starts

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for length, leaf_starts in self._marks.items():
            marked = leaf_starts & starts & (ends >> length)
            if marked:
                marks[length] = marks.get(length, 0) | marked


class _OrPart:
    """The intervals of several parts."""

    def __init__(self, parts: list[_Part]) -> None:
        self._parts = parts

    def ends(self, starts: Positions) -> Positions:
        ends = 0
        for part in self._parts:
            ends |= part.ends(starts)
        return ends

    def starts(self, ends: Positions) -> Positions:
        starts = 0
        for part in self._parts:
            starts |= part.starts(ends)
        return starts

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for part in self._parts:
            part.mark(starts, ends, marks)


class _NearPart:
    """Two parts in one field that do not overlap, with a limited number of words between them."""

    def __init__(self, node: Near, left: _Part, right: _Part, row: Row) -> None:
        self._orders = ((left, right),) if node.ordered else ((left, right), (right, left))
        self._max_gap = node.max_gap
        self._row = row

    def ends(self, starts: Positions) -> Positions:
        ends = 0
        for first, second in self._orders:
            first_ends = first.ends(starts)
            if first_ends:
                ends |= second.ends(self._row.ahead(first_ends, self._max_gap))
        return ends

    def starts(self, ends: Positions) -> Positions:
        starts = 0
        for first, second in self._orders:
            second_starts = second.starts(ends)
            if second_starts:
                starts |= first.starts(self._row.behind(second_starts, self._max_gap))
        return starts

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for first, second in self._orders:
            first_ends = first.ends(starts)
            second_starts = first_ends and (
                second.starts(ends) & self._row.ahead(first_ends, self._max_gap)
            )
            if second_starts:
                second.mark(second_starts, ends, marks)
                first_ends &= self._row.behind(second_starts, self._max_gap)
                first.mark(starts, first_ends, marks)


def _count_part_steps(node: Node) -> tuple[int, int]:
    """Return the steps of one answer of a part, and the steps to mark its leaves."""
    match node:
        case Near():
            left, right = _count_part_steps(node.left), _count_part_steps(node.right)
            answer_steps = left[0] + right[0] + 1
            orders = 1 if node.ordered else 2
            return orders * answer_steps, orders * (answer_steps + left[1] + right[1])
        case Or():
            lengths = {len(part.words) for part in node.parts if isinstance(part, Leaf)}
            parts = [_count_part_steps(part) for part in node.parts if not isinstance(part, Leaf)]
            return (
                len(lengths) + sum(answer_steps for answer_steps, _ in parts),
                len(lengths) + sum(mark_steps for _, mark_steps in parts),
            )
        case _:
            return 1, 1
