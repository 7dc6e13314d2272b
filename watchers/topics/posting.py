"""What is filed under one leaf: topics that need nothing else, and those that ask for another leaf.

All of it lies in one array, because the time of a match goes into fetching scattered objects from
memory, and a posting is nearly always short::

    a  b │ topics … a │ unless: topics … b │ and its other leaves … c │ pairs: topics … │ other leaves …

The first two numbers say where the parts end; ``c`` follows from them, the pairs share the rest. What
is rare, or long, stands beside it in an :class:`Annex`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

Ids: TypeAlias = "array[int]"

Rule: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""A topic, the leaves it needs besides the one it is filed under, and those it must not meet."""

HEAD: Final = 2
"""Numbers before the topics."""

MOST_PAIRS: Final = 8
"""Pairs that are looked through one by one; more are looked up by their other leaf."""

_LONG: Final = 64


def ids(*values: int) -> Ids:
    """An array of these ids."""
    return array("q", values)


@dataclass(slots=True)
class Annex:
    """What the array of a posting has no room for.

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


class Parts(NamedTuple):
    """The parts of a posting's array."""

    topics: Ids
    unless: Ids
    unless_met: Ids
    pairs: Ids
    pairs_met: Ids

    def joined(self) -> Ids:
        """The array."""
        end = HEAD + len(self.topics)
        head = ids(end, end + len(self.unless))
        return head + self.topics + self.unless + self.unless_met + self.pairs + self.pairs_met


def parts_of(posting: Ids | None) -> Parts:
    """The parts of a posting."""
    if posting is None:
        return Parts(ids(), ids(), ids(), ids(), ids())
    first, second = posting[0], posting[1]
    third = 2 * second - first
    half = (third + len(posting)) // 2
    return Parts(
        posting[HEAD:first],
        posting[first:second],
        posting[second:third],
        posting[third:half],
        posting[half:],
    )


def with_topic(posting: Ids | None, topic: int) -> Ids:
    """The posting with a topic that needs nothing else."""
    if posting is None:
        return ids(HEAD + 1, HEAD + 1, topic)
    end = posting[0]
    if len(posting) < _LONG:  # an array that grows takes more room than it needs
        posting = posting[:end] + ids(topic) + posting[end:]
    else:
        posting.insert(end, topic)
    posting[0] += 1
    posting[1] += 1
    return posting


def with_unless(posting: Ids | None, topic: int, other: int) -> Ids:
    """The posting with a topic that must not meet ``other``."""
    parts = parts_of(posting)
    parts.unless.append(topic)
    parts.unless_met.append(other)
    return parts.joined()


def with_pair(posting: Ids | None, topic: int, other: int) -> Ids:
    """The posting with a topic that needs ``other``."""
    parts = parts_of(posting)
    parts.pairs.append(topic)
    parts.pairs_met.append(other)
    return parts.joined()


def without_topic(posting: Ids, topic: int) -> Ids | None:
    """The posting without a topic that needs nothing else, if it is there."""
    parts = parts_of(posting)
    if topic not in parts.topics:
        return posting
    parts.topics.remove(topic)
    return _kept(parts)


def without_unless(posting: Ids, topic: int, other: int) -> Ids | None:
    """The posting without a topic that must not meet ``other``, if it is there."""
    parts = parts_of(posting)
    return _kept(parts) if _drop(parts.unless, parts.unless_met, topic, other) else posting


def without_pair(posting: Ids, topic: int, other: int) -> Ids | None:
    """The posting without a topic that needs ``other``, if it is there."""
    parts = parts_of(posting)
    return _kept(parts) if _drop(parts.pairs, parts.pairs_met, topic, other) else posting


def _kept(parts: Parts) -> Ids | None:
    return parts.joined() if any(parts) else None


def _drop(topics: Ids, others: Ids, topic: int, other: int) -> bool:
    for at, pair in enumerate(zip(topics, others, strict=True)):
        if pair == (topic, other):
            del topics[at], others[at]
            return True
    return False


def pairs_by_leaf(pairs: Iterable[tuple[int, int]]) -> dict[int, Ids]:
    """Topics by the other leaf that they need."""
    found: dict[int, Ids] = {}
    for topic, other in pairs:
        found[other] = found.get(other, ids()) + ids(topic)
    return found
