"""Whether a tree holds for an item, and where: the meaning of the language, in one place.

Give it a ``find`` that knows where each leaf occurs; the single-query evaluator and the index each
bring their own.

NEAR holds where a stretch of its left part and one of its right part do not overlap and have at most
``between`` words between them. The evaluation never lists such pairs: their number grows with the
square of the text. Each part answers two questions about sets of positions instead (positions.py):
where its stretches end that start in a set, and where they start that end in a set. Each answer takes
time in proportion to the length of the text and keeps one set. The number of answers depends on the
query alone: :func:`steps` counts them, and the grammar refuses a topic with too many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within
from watchers.topics.positions import ANYWHERE, Marks, Positions, Row, add_marks

Find: TypeAlias = Callable[[Leaf], Positions | None]
"""Where a leaf starts; ``None`` if nowhere, no position if it holds without a place (``lang:en``)."""


def evaluate(node: Node, find: Find, row: Row) -> Marks | None:
    """The places of all positive leaves that make ``node`` hold; ``None`` where it does not."""
    match node:
        case Leaf():
            starts = find(node)
            return None if starts is None else _marks(node, starts)
        case And():
            return _all(node, find, row)
        case Or():
            return _any(node, find, row)
        case Not():
            return {} if evaluate(node.part, find, row) is None else None
        case Near():
            marks: Marks = {}
            _part(node, find, row).mark(ANYWHERE, ANYWHERE, marks)
            return marks or None
        case Within():
            return _within(node, find, row)


def steps(node: Node) -> int:
    """How many operations on sets of positions NEAR takes in ``node``, at most."""
    match node:
        case Near():
            return _steps(node)[1]
        case And() | Or():
            return sum(map(steps, node.parts))
        case Not():
            return steps(node.part)
        case Leaf() | Within():
            return 0


def _marks(leaf: Leaf, starts: Positions) -> Marks:
    return {len(leaf.words): starts} if starts else {}


def _all(node: And, find: Find, row: Row) -> Marks | None:
    union: Marks = {}
    for part in node.parts:
        marks = evaluate(part, find, row)
        if marks is None:
            return None
        add_marks(union, marks)
    return union


def _any(node: Or, find: Find, row: Row) -> Marks | None:
    union: Marks = {}
    holds = False
    for part in node.parts:
        marks = evaluate(part, find, row)
        if marks is not None:
            holds = True
            add_marks(union, marks)
    return union if holds else None


def _within(node: Within, find: Find, row: Row) -> Marks | None:
    """Stretches, each begun by a leaf, in which every leaf occurs; a word may serve two leaves."""
    width = sum(len(leaf.words) for leaf in node.leaves) + node.others
    begun, complete = 0, ANYWHERE
    every: list[tuple[int, Positions]] = []
    for leaf in node.leaves:
        starts = find(leaf)
        if not starts:
            return None
        every.append((len(leaf.words), starts))
        begun |= starts
        complete &= row.behind(starts, width - len(leaf.words))
    begun &= complete
    if not begun:
        return None
    marks: Marks = {}
    for length, starts in every:
        add_marks(marks, {length: starts & row.ahead(begun, width - length)})
    return marks


# ── Nearness ──────────────────────────────────────────────────────────────────────────────────────


class _Part(Protocol):
    """The stretches of something that stands near something else."""

    def ends(self, starts: Positions) -> Positions:
        """Where the stretches end that start in ``starts``."""

    def starts(self, ends: Positions) -> Positions:
        """Where the stretches start that end in ``ends``."""

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        """Add the leaves of the stretches that start in ``starts`` and end in ``ends``."""


def _part(node: Node, find: Find, row: Row) -> _Part:
    match node:
        case Leaf():
            return _Words(_marks(node, find(node) or 0))
        case Or():
            words: Marks = {}
            parts: list[_Part] = [_Words(words)]
            for part in node.parts:
                if isinstance(part, Leaf):
                    add_marks(words, _marks(part, find(part) or 0))
                else:
                    parts.append(_part(part, find, row))
            return _Either(parts) if len(parts) > 1 else parts[0]
        case Near():
            return _Pair(node, _part(node.left, find, row), _part(node.right, find, row), row)
        case And() | Not() | Within():
            raise TypeError(f"the grammar admits no {type(node).__name__} near something")


class _Words:
    """Leaves: each place is a stretch."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def ends(self, starts: Positions) -> Positions:
        found = 0
        for length, mine in self._marks.items():
            found |= (mine & starts) << length
        return found

    def starts(self, ends: Positions) -> Positions:
        found = 0
        for length, mine in self._marks.items():
            found |= mine & (ends >> length)
        return found

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for length, mine in self._marks.items():
            found = mine & starts & (ends >> length)
            if found:
                marks[length] = marks.get(length, 0) | found


class _Either:
    """The stretches of several parts."""

    def __init__(self, parts: list[_Part]) -> None:
        self._parts = parts

    def ends(self, starts: Positions) -> Positions:
        found = 0
        for part in self._parts:
            found |= part.ends(starts)
        return found

    def starts(self, ends: Positions) -> Positions:
        found = 0
        for part in self._parts:
            found |= part.starts(ends)
        return found

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for part in self._parts:
            part.mark(starts, ends, marks)


class _Pair:
    """Two parts that do not overlap, with at most so many words between them, in one field."""

    def __init__(self, node: Near, left: _Part, right: _Part, row: Row) -> None:
        self._orders = ((left, right),) if node.ordered else ((left, right), (right, left))
        self._between = node.between
        self._row = row

    def ends(self, starts: Positions) -> Positions:
        found = 0
        for first, second in self._orders:
            closed = first.ends(starts)
            if closed:
                found |= second.ends(self._row.ahead(closed, self._between))
        return found

    def starts(self, ends: Positions) -> Positions:
        found = 0
        for first, second in self._orders:
            begun = second.starts(ends)
            if begun:
                found |= first.starts(self._row.behind(begun, self._between))
        return found

    def mark(self, starts: Positions, ends: Positions, marks: Marks) -> None:
        for first, second in self._orders:
            closed = first.ends(starts)
            begun = closed and second.starts(ends) & self._row.ahead(closed, self._between)
            if begun:
                second.mark(begun, ends, marks)
                first.mark(starts, closed & self._row.behind(begun, self._between), marks)


def _steps(node: Node) -> tuple[int, int]:
    """The steps of one answer of a part, and those of marking its leaves."""
    match node:
        case Near():
            left, right = _steps(node.left), _steps(node.right)
            answers = left[0] + right[0] + 1
            orders = 1 if node.ordered else 2
            return orders * answers, orders * (answers + left[1] + right[1])
        case Or():
            lengths = {len(part.words) for part in node.parts if isinstance(part, Leaf)}
            parts = [_steps(part) for part in node.parts if not isinstance(part, Leaf)]
            return (
                len(lengths) + sum(answer for answer, _ in parts),
                len(lengths) + sum(marking for _, marking in parts),
            )
        case _:
            return 1, 1
