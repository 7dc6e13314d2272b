"""Whether a tree holds for an item, and where: the meaning of the language, in one place.

Give it a ``find`` that knows where each leaf occurs; the single-query evaluator and the index each
bring their own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from watchers.topics.match import Place
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within

Find: TypeAlias = Callable[[Leaf], Sequence[Place] | None]
"""Where a leaf occurs; ``None`` if nowhere, empty if it holds without a place (``lang:en``)."""

FieldOf: TypeAlias = Callable[[int], int]
"""The field of the word at a position: near means near in one field."""

Evidence: TypeAlias = dict[Place, set[Place]]
"""Stretches of text in which something occurs, and the places of the leaves inside."""


def evaluate(node: Node, find: Find, field_of: FieldOf) -> set[Place] | None:
    """The places of all positive leaves that make ``node`` hold; ``None`` where it does not."""
    match node:
        case Leaf():
            places = find(node)
            return None if places is None else set(places)
        case And():
            return _all(node, find, field_of)
        case Or():
            found = [evaluate(part, find, field_of) for part in node.parts]
            held = [places for places in found if places is not None]
            return set().union(*held) if held else None
        case Not():
            return set() if evaluate(node.part, find, field_of) is None else None
        case Near() | Within():
            evidence = _stretches(node, find, field_of)
            return set().union(*evidence.values()) if evidence else None


def _all(node: And, find: Find, field_of: FieldOf) -> set[Place] | None:
    union: set[Place] = set()
    for part in node.parts:
        places = evaluate(part, find, field_of)
        if places is None:
            return None
        union |= places
    return union


def _stretches(node: Node, find: Find, field_of: FieldOf) -> Evidence:
    match node:
        case Leaf():
            return {place: {place} for place in find(node) or ()}
        case Or():
            return _either(_stretches(part, find, field_of) for part in node.parts)
        case Near():
            left = _stretches(node.left, find, field_of)
            right = _stretches(node.right, find, field_of) if left else {}
            return _near(node, left, right, field_of)
        case Within():
            return _within(node, find, field_of)
        case And() | Not():
            raise TypeError(f"the grammar admits no {type(node).__name__} near something")


def _either(parts: Iterable[Evidence]) -> Evidence:
    union: Evidence = defaultdict(set)
    for part in parts:
        for stretch, places in part.items():
            union[stretch] |= places
    return union


def _near(node: Near, left: Evidence, right: Evidence, field_of: FieldOf) -> Evidence:
    """Pairs that do not overlap, with at most ``between`` words between them, in one field."""
    found: Evidence = defaultdict(set)
    by_start, by_end = sorted(right), sorted(right, key=lambda place: place[::-1])
    starts, ends = [place[0] for place in by_start], [place[1] for place in by_end]
    for one, places in left.items():
        low, high = bisect_left(starts, one[1]), bisect_right(starts, one[1] + node.between)
        others = by_start[low:high]
        if not node.ordered:
            low, high = bisect_left(ends, one[0] - node.between), bisect_right(ends, one[0])
            others = others + by_end[low:high]
        for other in others:
            if field_of(one[0]) == field_of(other[0]):
                stretch = (min(one[0], other[0]), max(one[1], other[1]))
                found[stretch] |= places | right[other]
    return found


def _within(node: Within, find: Find, field_of: FieldOf) -> Evidence:
    """Stretches, each begun by a leaf, in which every leaf occurs; a word may serve two leaves."""
    found: Evidence = {}
    every = []
    for number, leaf in enumerate(node.leaves):
        places = find(leaf)
        if not places:
            return found
        every += [(place, number) for place in places]
    every.sort()
    width = sum(len(leaf.words) for leaf in node.leaves) + node.others
    for at, (first, _) in enumerate(every):
        inside = []
        for place, number in every[at:]:
            if place[0] >= first[0] + width or field_of(place[0]) != field_of(first[0]):
                break
            if place[1] <= first[0] + width:
                inside.append((place, number))
        if len({number for _, number in inside}) == len(node.leaves):
            places_inside = {place for place, _ in inside}
            stretch = (first[0], max(end for _, end in places_inside))
            found[stretch] = found.get(stretch, set()) | places_inside
    return found
