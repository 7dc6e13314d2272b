"""A tree as alternatives of simple conditions: the disjunctive normal form that an index wants."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within

MOST_ALTERNATIVES = 32
"""More than this, and a tree is evaluated as it stands instead of being taken apart."""


class Condition(NamedTuple):
    """The texts of leaves that must all be there, and of those that must not."""

    wanted: frozenset[str]
    unwanted: frozenset[str]


def conditions(node: Node) -> list[Condition] | None:
    """The alternatives of ``node``, or ``None`` where places count or there are too many."""
    match node:
        case Leaf():
            return [Condition(frozenset((node.text,)), frozenset())]
        case Not():
            if isinstance(node.part, Leaf):
                return [Condition(frozenset(), frozenset((node.part.text,)))]
            return None
        case Or():
            return _alternatives(node)
        case And():
            return _combinations(node)
        case Near() | Within():
            return None


def _alternatives(node: Or) -> list[Condition] | None:
    found: dict[Condition, None] = {}
    for part in node.parts:
        mine = conditions(part)
        if mine is None:
            return None
        found.update(dict.fromkeys(mine))
    return list(found) if len(found) <= MOST_ALTERNATIVES else None


def _combinations(node: And) -> list[Condition] | None:
    """One alternative of each part, joined; those that contradict themselves fall out."""
    size = 1
    every: list[list[Condition]] = []
    for part in node.parts:
        mine = conditions(part)
        if mine is None:
            return None
        size *= len(mine)
        if size > MOST_ALTERNATIVES:
            return None
        every.append(mine)
    joined = (
        Condition(
            frozenset().union(*(one.wanted for one in chosen)),
            frozenset().union(*(one.unwanted for one in chosen)),
        )
        for chosen in product(*every)
    )
    return [one for one in dict.fromkeys(joined) if one.wanted.isdisjoint(one.unwanted)]
