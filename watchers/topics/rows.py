"""Short rows of numbers, all in one array: a hundred thousand of them lie close together.

An array for each would be an object and a buffer somewhere else, each fetched from memory before the
first number is seen; and an object takes more room than most rows have numbers.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import Final, TypeAlias

Ids: TypeAlias = "array[int]"

_NO_ROW: Final = 2  # numbers before the first row: so that no row begins at 0 or 1


def ids(*values: int) -> Ids:
    """An array of these numbers, of 64 bits each."""
    return array("q", values)


class Rows:
    """Places for rows, which are given out and taken back.

    Attributes:
        numbers: all rows. Who has a place reads and writes it here.
    """

    def __init__(self) -> None:
        self.numbers = ids(*[0] * _NO_ROW)
        self._free: dict[int, list[int]] = defaultdict(list)  # by how much they hold

    def place(self, size: int) -> int:
        """A place for a row of this size: where it begins, 2 or more."""
        room = room_for(size)
        free = self._free[room]
        if free:
            return free.pop()
        at = len(self.numbers)
        self.numbers.frombytes(bytes(room * self.numbers.itemsize))
        return at

    def release(self, at: int, size: int) -> None:
        """Take back the place at ``at``, which held a row of this size."""
        self._free[room_for(size)].append(at)


def room_for(size: int) -> int:
    """How many numbers a place holds that was given to a row of this size: a quarter more at most.

    A row that grows must move seldom, and what it leaves must be of use to another.
    """
    step = max(1 << size.bit_length() >> 3, 2)
    return -(-size // step) * step
