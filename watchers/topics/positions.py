"""Sets of word positions of one item, each as one integer: bit 5 stands for word 5.

An operation on such a set takes a few machine words of time for a short item. Its time grows with
the length of the item, not with the number of positions in the set. So the cost of an operator has
a bound that does not depend on how often its words occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

Positions: TypeAlias = int
"""A set of positions."""

Marks: TypeAlias = dict[int, Positions]
"""Occurrences of leaves: the length in words to the positions where such occurrences start."""

ANYWHERE: Final[Positions] = -1
"""Every position. (All bits of the number -1 are set.)"""


class Row:
    """The positions of an item: the words of each field, and one empty position after each field."""

    __slots__ = ("_distant", "_fields", "size")

    def __init__(self, title_end: int, lead_end: int, size: int) -> None:
        """``title_end`` and ``lead_end`` are the empty positions after these fields."""
        self.size = size
        self._fields = ((0, title_end), (title_end + 1, lead_end), (lead_end + 1, size - 1))
        self._distant: dict[int, Positions] = {}

    def ahead(self, positions: Positions, limit: int) -> Positions:
        """Return ``positions`` and all that follow one of them within ``limit`` in its field."""
        # Each round shifts by one more than the distance that is covered already. So the covered
        # distance doubles, and a limit of 99 takes seven rounds.
        covered = 0
        while covered < limit:
            step = min(covered + 1, limit - covered)
            positions |= (positions << step) & self._at_least(step)
            covered += step
        return positions

    def behind(self, positions: Positions, limit: int) -> Positions:
        """Return ``positions`` and all that precede one of them within ``limit`` in its field."""
        covered = 0
        while covered < limit:
            step = min(covered + 1, limit - covered)
            positions |= (positions & self._at_least(step)) >> step
            covered += step
        return positions

    def _at_least(self, distance: int) -> Positions:
        """Return the positions that are ``distance`` or more after the first of their field."""
        distant = self._distant.get(distance)
        if distant is None:
            distant = 0
            for first, last in self._fields:
                count = last + 1 - first - distance
                if count > 0:
                    distant |= ((1 << count) - 1) << (first + distance)
            self._distant[distance] = distant
        return distant


def to_positions(row: Iterable[int], size: int) -> Positions:
    """Return the set of the positions in ``row``, all of which are below ``size``."""
    octets = bytearray((size >> 3) + 1)
    for position in row:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


def to_list(positions: Positions) -> list[int]:
    """Return the positions of a set in ascending order."""
    bits = bin(positions)[:1:-1]
    ascending: list[int] = []
    position = bits.find("1")
    while position >= 0:
        ascending.append(position)
        position = bits.find("1", position + 1)
    return ascending


def add_marks(marks: Marks, others: Marks) -> None:
    """Add the occurrences of ``others`` to ``marks``."""
    for length, starts in others.items():
        marks[length] = marks.get(length, 0) | starts


def merge_marks(marks: Marks, row: Row) -> list[tuple[int, int]]:
    """Return the first and last words of all occurrences, in order; overlaps are merged."""
    covered = inner = 0
    for length, starts in marks.items():
        covered |= row.ahead(starts, length - 1)
        if length > 1:
            inner |= row.ahead(starts << 1, length - 2)
    firsts, lasts = covered & ~inner, covered & ~(inner >> 1)
    return [*zip(to_list(firsts), to_list(lasts), strict=True)]
