"""The layout of a posting: the topics that are registered for one leaf, in one row of integers.

A match spends its time on fetching scattered objects from memory, and nearly all postings are short.
So all rows lie next to each other in one array (:class:`IntArena`). One array per row would be an
object and a buffer elsewhere, and the object alone takes more memory than most rows::

    a b c │ topics … a │ negative topics … b │ pair topics … c │ leaves: negative … pair

The head has the ends of the three parts. Each topic between ``a`` and ``c`` has its other leaf after
``c``, in the same order. So one comparison with the leaves of the item shows that none of these leaves
occurs, which is the usual case. Rare or long conditions are kept outside of the row in a
:class:`PostingOverflow`.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

IntArray: TypeAlias = "array[int]"

Rule: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""A topic, the other leaves that it requires, and the leaves that it excludes."""

HEAD_SIZE: Final = 3
"""Numbers of a row before its topics."""

# Longer lists of pairs are looked up by their other leaf.
MAX_ROW_PAIRS: Final = 32
"""Pairs of a row, which are checked one by one."""

# A slot has the negative start of a row, and -1 is an empty slot, so no row may start at 0 or 1.
_RESERVED_NUMBERS: Final = 2


def int_array(*values: int) -> IntArray:
    """Return an array of 64-bit integers."""
    return array("q", values)


class IntArena:
    """An allocator of rows in one array.

    Attributes:
        numbers: all rows. The owner of a row reads and writes it here.
    """

    def __init__(self) -> None:
        self.numbers = int_array(*[0] * _RESERVED_NUMBERS)
        self._free_starts: dict[int, list[int]] = defaultdict(list)

    def allocate(self, size: int) -> int:
        """Return the start of a row of this size: 2 or more."""
        capacity = row_capacity(size)
        free_starts = self._free_starts[capacity]
        if free_starts:
            return free_starts.pop()
        start = len(self.numbers)
        self.numbers.frombytes(bytes(capacity * self.numbers.itemsize))
        return start

    def release(self, start: int, size: int) -> None:
        """Free the row at ``start``, which was allocated or has grown to this size."""
        self._free_starts[row_capacity(size)].append(start)


def row_capacity(size: int) -> int:
    """Return how many numbers fit into a row that was allocated for ``size``.

    Capacities grow in steps of at most a quarter. So a growing row moves seldom, and the space that
    it leaves fits other rows.
    """
    step = max(1 << size.bit_length() >> 3, 2)
    return -(-size // step) * step


@dataclass(slots=True)
class PostingOverflow:
    """The conditions of a leaf that do not fit into its row.

    Attributes:
        pairs: topics by the one other leaf that they require, if there are many.
        rules: all other conditions, checked one by one.
        evaluated_topics: topics whose trees must be evaluated.
    """

    pairs: dict[int, IntArray] | None = None
    rules: dict[Rule, None] | None = None
    evaluated_topics: IntArray | None = None

    def is_empty(self) -> bool:
        """Return True if no condition is left."""
        return not (self.pairs or self.rules or self.evaluated_topics)

    def remove(self, rule: Rule) -> None:
        """Remove a topic with this rule, if it is here."""
        match rule:
            case (topic, (other_leaf,), ()) if self.pairs is not None:
                remaining = remove_topic(self.pairs.pop(other_leaf, None), topic)
                if remaining is not None:
                    self.pairs[other_leaf] = remaining
            case _ if self.rules is not None:
                self.rules.pop(rule, None)


class Posting(NamedTuple):
    """The parts of a posting as arrays that can be changed.

    Attributes:
        topics: topics that require no other leaf.
        negative_topics: topics that exclude a leaf: the one at the same index of
            ``negative_leaves``.
        pair_topics: topics that require one more leaf: the one at the same index of
            ``pair_leaves``. A topic with all bits inverted is a duplicate guard: an item with both
            leaves may match the topic more than once.
        negative_leaves: the leaves of ``negative_topics``.
        pair_leaves: the leaves of ``pair_topics``.
    """

    topics: IntArray
    negative_topics: IntArray
    pair_topics: IntArray
    negative_leaves: IntArray
    pair_leaves: IntArray

    @classmethod
    def read(cls, numbers: IntArray, start: int) -> Posting:
        """Return the posting whose row starts at ``start``."""
        first, second, third = numbers[start : start + HEAD_SIZE]
        pair_leaves_start = third + second - first
        return cls(
            numbers[start + HEAD_SIZE : first],
            numbers[first:second],
            numbers[second:third],
            numbers[third:pair_leaves_start],
            numbers[pair_leaves_start : 2 * third - first],
        )

    def body(self) -> IntArray:
        """Return the numbers of the row after the head."""
        topics, negative_topics, pair_topics, negative_leaves, pair_leaves = self
        return topics + negative_topics + pair_topics + negative_leaves + pair_leaves

    def head(self, start: int) -> IntArray:
        """Return the first numbers of the row if it starts at ``start``."""
        first = start + HEAD_SIZE + len(self.topics)
        second = first + len(self.negative_topics)
        return int_array(first, second, second + len(self.pair_topics))

    def remove(self, rule: Rule) -> None:
        """Remove a topic with this rule, if it is here."""
        match rule:
            case (topic, (), ()):
                if topic in self.topics:
                    self.topics.remove(topic)
            case (topic, (other_leaf,), ()):
                _remove_pair(self.pair_topics, self.pair_leaves, topic, other_leaf)
            case (topic, (), (other_leaf,)):
                _remove_pair(self.negative_topics, self.negative_leaves, topic, other_leaf)
            case _:
                pass


def row_end(numbers: IntArray, start: int) -> int:
    """Return where the row ends that starts at ``start``."""
    return 2 * numbers[start + 2] - numbers[start]


def pairs_by_leaf(pairs: Iterable[tuple[int, int]]) -> dict[int, IntArray]:
    """Return topics by the other leaf that they require."""
    topics_by_leaf: dict[int, IntArray] = {}
    for topic, other_leaf in pairs:
        topics_by_leaf[other_leaf] = topics_by_leaf.get(other_leaf, int_array()) + int_array(topic)
    return topics_by_leaf


def remove_topic(topics: IntArray | None, topic: int) -> IntArray | None:
    """Return ``topics`` without ``topic``, or ``None`` if no topic is left."""
    if topics is not None and topic in topics:
        topics.remove(topic)
    return topics or None


def _remove_pair(topics: IntArray, leaves: IntArray, topic: int, leaf: int) -> None:
    for index, pair in enumerate(zip(topics, leaves, strict=True)):
        if pair == (topic, leaf):
            del topics[index], leaves[index]
            return
