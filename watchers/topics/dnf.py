"""Convert a tree to disjunctive normal form: alternatives of simple conditions for the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final, NamedTuple

from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Proximity

MAX_ALTERNATIVES: Final = 32
"""An AND of ORs that expands to more alternatives is evaluated as a tree instead."""

_NO_LEAVES: Final[frozenset[int]] = frozenset()


class Conjunction(NamedTuple):
    """The numbers of leaves that must all occur, and of leaves none of which may occur."""

    wanted: frozenset[int]
    unwanted: frozenset[int] = _NO_LEAVES


def to_dnf(node: Node, numbers: Mapping[str, int]) -> list[Conjunction] | None:
    """Return the alternatives of ``node``.

    Return ``None`` if positions matter (NEAR) or if there are too many alternatives. ``numbers``
    has the number of each leaf by its text.
    """
    match node:
        case Leaf():
            return [Conjunction(frozenset((numbers[node.text],)))]
        case Not(Leaf(text=text)):
            return [Conjunction(_NO_LEAVES, frozenset((numbers[text],)))]
        case And():
            return _expand_and(node, numbers)
        case Or():
            return _expand_or(node, numbers)
        case Not() | Near() | Proximity():
            return None


def _expand_or(node: Or, numbers: Mapping[str, int]) -> list[Conjunction] | None:
    alternatives: dict[Conjunction, None] = {}
    for part in node.parts:
        part_alternatives = to_dnf(part, numbers)
        if part_alternatives is None:
            return None
        alternatives.update(dict.fromkeys(part_alternatives))
    return list(alternatives)


def _expand_and(node: And, numbers: Mapping[str, int]) -> list[Conjunction] | None:
    """Return every combination of one alternative per part, without contradictions."""
    combination_count = 1
    # All plain leaves go into one conjunction: they do not multiply the combinations.
    wanted = [numbers[part.text] for part in node.parts if isinstance(part, Leaf)]
    factors = [[Conjunction(frozenset(wanted))]]
    for part in node.parts:
        if isinstance(part, Leaf):
            continue
        part_alternatives = to_dnf(part, numbers)
        if part_alternatives is None:
            return None
        combination_count *= len(part_alternatives)
        if combination_count > MAX_ALTERNATIVES:
            return None
        factors.append(part_alternatives)
    combinations = dict.fromkeys(map(_merge, product(*factors)))
    return [
        combination
        for combination in combinations
        if combination.wanted.isdisjoint(combination.unwanted)
    ]


def _merge(conjunctions: Iterable[Conjunction]) -> Conjunction:
    wanted, unwanted = zip(*conjunctions, strict=True)
    return Conjunction(_NO_LEAVES.union(*wanted), _NO_LEAVES.union(*unwanted))
