"""One tree for one meaning: ``b a``, ``a AND b`` and ``(b) AND a AND a`` are the same topic.

Each function takes canonical parts and gives a canonical node: nested ANDs and ORs are flattened,
repetitions dropped, parts sorted by their text, NOT pushed down to the leaves (De Morgan), and what
another part already says is absorbed: ``a OR (a AND b)`` is ``a``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within

_A_PAIR: Final = 2


def all_of(parts: Iterable[Node]) -> Node:
    """The parts, joined by AND."""
    flat = _absorbed(_flat(parts, And), Or)
    if len(flat) == 1:
        return flat[0]
    ordered = tuple(sorted(flat, key=lambda part: (isinstance(part, Not), part.text)))
    return And(ordered)


def any_of(parts: Iterable[Node]) -> Node:
    """The parts, joined by OR."""
    flat = _absorbed(_flat(parts, Or), And)
    if len(flat) == 1:
        return flat[0]
    ordered = tuple(sorted(flat, key=lambda part: part.text))
    return Or(ordered)


def none_of(part: Node) -> Node:
    """The opposite of ``part``."""
    match part:
        case Not():
            return part.part
        case And():
            return any_of(none_of(each) for each in part.parts)
        case Or():
            return all_of(none_of(each) for each in part.parts)
        case _:
            return Not(part)


def near(left: Node, right: Node, between: int, *, ordered: bool) -> Node:
    """Two parts near each other; without an order they are sorted."""
    if not ordered and right.text < left.text:
        left, right = right, left
    return Near(left, right, between, ordered)


def within(leaves: tuple[Leaf, ...], others: int) -> Node:
    """Leaves in one stretch. Two of them are a NEAR; more keep the order in which they are typed."""
    if len(leaves) == 1:
        return leaves[0]
    if len(leaves) == _A_PAIR:
        return near(*leaves, others, ordered=False)
    return Within(leaves, others)


def contradicts_itself(node: Node) -> bool:
    """Whether an AND wants a part and its opposite."""
    parts = set(node.parts) if isinstance(node, And) else set()
    return any(isinstance(part, Not) and part.part in parts for part in parts)


def is_anchored(node: Node) -> bool:
    """Whether only items that hold something named can match: not so for pure negation."""
    match node:
        case Not():
            return False
        case And():
            return any(is_anchored(part) for part in node.parts)
        case Or():
            return all(is_anchored(part) for part in node.parts)
        case _:
            return True


def _flat(parts: Iterable[Node], kind: type[And | Or]) -> list[Node]:
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return list(dict.fromkeys(flat)) if len(flat) > 1 else flat


def _absorbed(parts: list[Node], inner: type[And | Or]) -> list[Node]:
    """The parts without those that a smaller one makes superfluous."""
    if len(parts) == 1 or not any(isinstance(part, inner) for part in parts):
        return parts
    sets = [set(part.parts) if isinstance(part, inner) else {part} for part in parts]
    return [
        part
        for part, mine in zip(parts, sets, strict=True)
        if not any(other < mine for other in sets)
    ]
