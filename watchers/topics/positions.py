"""Sets of word positions of one item, each set as one integer: bit 5 stands for the word 5.

An operation on such a set takes the time of a few machine words for a short item and grows with the
length of the item, whatever the number of positions in the set. So the cost of an operator has a
bound that does not depend on how often its words occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

Positions: TypeAlias = int
"""A set of positions."""

Marks: TypeAlias = dict[int, Positions]
"""Places of leaves: the number of words of a place to the positions where such places start."""

ANYWHERE: Final[Positions] = -1
"""Every position."""


class Row:
    """The positions of an item: the words of each field, and one empty position after each field."""

    __slots__ = ("_away", "_fields", "size")

    def __init__(self, title_end: int, lead_end: int, size: int) -> None:
        """``title_end`` and ``lead_end``: the empty positions after these fields."""
        self.size = size
        self._fields = ((0, title_end), (title_end + 1, lead_end), (lead_end + 1, size - 1))
        self._away: dict[int, Positions] = {}

    def ahead(self, positions: Positions, most: int) -> Positions:
        """``positions``, and all that are up to ``most`` after one of them in its field."""
        reached = 0
        while reached < most:
            step = min(reached + 1, most - reached)
            positions |= (positions << step) & self._at_least(step)
            reached += step
        return positions

    def behind(self, positions: Positions, most: int) -> Positions:
        """``positions``, and all that are up to ``most`` before one of them in its field."""
        reached = 0
        while reached < most:
            step = min(reached + 1, most - reached)
            positions |= (positions & self._at_least(step)) >> step
            reached += step
        return positions

    def _at_least(self, distance: int) -> Positions:
        """The positions that are ``distance`` or more after the first of their field."""
        away = self._away.get(distance)
        if away is None:
            away = 0
            for first, last in self._fields:
                count = last + 1 - first - distance
                if count > 0:
                    away |= ((1 << count) - 1) << (first + distance)
            self._away[distance] = away
        return away


def positions_of(row: Iterable[int], size: int) -> Positions:
    """The set of the positions in ``row``, all below ``size``."""
    octets = bytearray((size >> 3) + 1)
    for at in row:
        octets[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(octets, "little")


def in_order(positions: Positions) -> list[int]:
    """The positions of a set, in ascending order."""
    bits = bin(positions)[:1:-1]
    found: list[int] = []
    at = bits.find("1")
    while at >= 0:
        found.append(at)
        at = bits.find("1", at + 1)
    return found


def add_marks(marks: Marks, others: Marks) -> None:
    """Add the places of ``others`` to ``marks``."""
    for length, starts in others.items():
        marks[length] = marks.get(length, 0) | starts


def runs(marks: Marks, row: Row) -> list[tuple[int, int]]:
    """The first and last words of all places, in order; places that overlap make one run."""
    covered = inner = 0
    for length, starts in marks.items():
        covered |= row.ahead(starts, length - 1)
        if length > 1:
            inner |= row.ahead(starts << 1, length - 2)
    firsts, lasts = covered & ~inner, covered & ~(inner >> 1)
    return [*zip(in_order(firsts), in_order(lasts), strict=True)]
