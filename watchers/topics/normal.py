"""A tree as alternatives of simple conditions: the disjunctive normal form that an index wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final, NamedTuple

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within

MOST_ALTERNATIVES: Final = 32
"""An AND of ORs that multiplies to more than this is evaluated as it stands, not taken apart."""

_NONE: Final[frozenset[int]] = frozenset()


class Condition(NamedTuple):
    """Leaves, by number, that must all be there, and those of which none may be."""

    wanted: frozenset[int]
    unwanted: frozenset[int] = _NONE


def conditions(node: Node, numbers: Mapping[str, int]) -> list[Condition] | None:
    """The alternatives of ``node``, or ``None`` where places count or there are too many.

    ``numbers`` has the number of each leaf's text.
    """
    match node:
        case Leaf():
            return [Condition(frozenset((numbers[node.text],)))]
        case Not(Leaf(text=text)):
            return [Condition(_NONE, frozenset((numbers[text],)))]
        case And():
            return _combinations(node, numbers)
        case Or():
            return _alternatives(node, numbers)
        case Not() | Near() | Within():
            return None


def _alternatives(node: Or, numbers: Mapping[str, int]) -> list[Condition] | None:
    found: dict[Condition, None] = {}
    for part in node.parts:
        mine = conditions(part, numbers)
        if mine is None:
            return None
        found.update(dict.fromkeys(mine))
    return list(found)


def _combinations(node: And, numbers: Mapping[str, int]) -> list[Condition] | None:
    """One alternative of each part, joined; those that contradict themselves fall out."""
    size = 1
    wanted = [numbers[part.text] for part in node.parts if isinstance(part, Leaf)]
    every = [[Condition(frozenset(wanted))]]
    for part in node.parts:
        if isinstance(part, Leaf):
            continue
        mine = conditions(part, numbers)
        if mine is None:
            return None
        size *= len(mine)
        if size > MOST_ALTERNATIVES:
            return None
        every.append(mine)
    joined = dict.fromkeys(map(_joined, product(*every)))
    return [one for one in joined if one.wanted.isdisjoint(one.unwanted)]


def _joined(chosen: Iterable[Condition]) -> Condition:
    wanted, unwanted = zip(*chosen, strict=True)
    return Condition(_NONE.union(*wanted), _NONE.union(*unwanted))
