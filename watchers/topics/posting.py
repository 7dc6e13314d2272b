"""What is filed under one leaf: topics that need nothing else, and those that ask for another leaf.

Most of it lies in one row of numbers, because the time of a match goes into fetching scattered
objects from memory, and a posting is nearly always short::

    a b c │ topics … a │ unless: topics … b │ pairs: topics … c │ other leaves: unless … pairs

The head says where the parts end; each topic after ``a`` has its other leaf after ``c``. So one look at
the other leaves tells that none of them is there, as nearly always. What is rare, or long, stands
beside the row in an :class:`Annex`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from watchers.topics.rows import Ids, ids

Rule: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""A topic, the leaves it needs besides the one it is filed under, and those it must not meet."""

FREE: Final = -1
"""Stands at a leaf with which nothing is filed. Below it: a row, which begins at the number without
its sign; else the one topic that is filed there."""

HEAD: Final = 3
"""Numbers before the topics."""

MOST_PAIRS: Final = 32
"""Pairs that are looked through one by one; more are looked up by their other leaf."""


@dataclass(slots=True)
class Annex:
    """What a posting's row has no room for.

    Attributes:
        pairs: topics by the one other leaf they need, when there are many.
        rules: all other conditions, checked one by one.
        trees: topics that must be evaluated.
    """

    pairs: dict[int, Ids] | None = None
    rules: dict[Rule, None] | None = None
    trees: Ids | None = None

    def is_empty(self) -> bool:
        """Whether nothing is here any more."""
        return not (self.pairs or self.rules or self.trees)


class Posting(NamedTuple):
    """The parts of a posting, to be changed in place.

    Attributes:
        topics: need nothing else.
        unless: must not meet a leaf: which one stands at the same place of ``unless_met``.
        pairs: need one leaf more: which one stands at the same place of ``pairs_met``. A topic with
            all bits turned is a twin (twins.py): with that leaf it matches twice.
    """

    topics: Ids
    unless: Ids
    pairs: Ids
    unless_met: Ids
    pairs_met: Ids

    @classmethod
    def read(cls, numbers: Ids, at: int) -> Posting:
        """The posting whose row begins at ``at``."""
        first, second, third = numbers[at : at + HEAD]
        met = third + second - first
        return cls(
            numbers[at + HEAD : first],
            numbers[first:second],
            numbers[second:third],
            numbers[third:met],
            numbers[met : 2 * third - first],
        )

    def body(self) -> Ids:
        """What stands in its row after the head."""
        topics, unless, pairs, unless_met, pairs_met = self
        return topics + unless + pairs + unless_met + pairs_met

    def head(self, at: int) -> Ids:
        """The first numbers of its row, which begins at ``at``."""
        first = at + HEAD + len(self.topics)
        second = first + len(self.unless)
        return ids(first, second, second + len(self.pairs))

    def remove(self, rule: Rule) -> None:
        """Take a topic out, if it is there with this rule."""
        match rule:
            case (topic, (), ()):
                if topic in self.topics:
                    self.topics.remove(topic)
            case (topic, (other,), ()):
                _drop(self.pairs, self.pairs_met, topic, other)
            case (topic, (), (other,)):
                _drop(self.unless, self.unless_met, topic, other)
            case _:
                pass


def row_end(numbers: Ids, at: int) -> int:
    """Where the row ends that begins at ``at``."""
    return 2 * numbers[at + 2] - numbers[at]


def _drop(topics: Ids, others: Ids, topic: int, other: int) -> None:
    for at, pair in enumerate(zip(topics, others, strict=True)):
        if pair == (topic, other):
            del topics[at], others[at]
            return


def pairs_by_leaf(pairs: Iterable[tuple[int, int]]) -> dict[int, Ids]:
    """Topics by the other leaf that they need."""
    found: dict[int, Ids] = {}
    for topic, other in pairs:
        found[other] = found.get(other, ids()) + ids(topic)
    return found
