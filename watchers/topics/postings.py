"""Which topics hang on a leaf, in as little memory as one or thousands of them need.

Most leaves carry one topic that needs nothing else: its id stands in an array, at the leaf's number.
Others carry a :class:`Posting`. Ids and numbers stand in arrays wherever they are read in a row: the
time of a match goes into fetching scattered objects from memory, and an array is one object.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Final, TypeAlias, cast

from watchers.topics.match import Leaves
from watchers.topics.normal import Condition

_FEW: Final = 8

_FREE: Final = -1
_MORE: Final = -2

Ids: TypeAlias = "array[int]"

Others: TypeAlias = "Ids | dict[int, Ids]"
"""A topic and one other leaf, in turns; or, when there are many, that leaf to its topics."""

Rule: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""A topic, the leaves it needs besides the one it is filed under, and those it must not meet."""

Matched: TypeAlias = dict[int, Leaves]
"""A topic that matches, and the leaves that made it."""


def _ids(*values: int) -> Ids:
    return array("q", values)


@dataclass(slots=True)
class Posting:
    """What to look at when one leaf is found in an item.

    Attributes:
        topics: topics that need nothing else.
        pairs: topics that need one other leaf; few of them flat, many by that leaf.
        unless: topics that must not meet one other leaf, and that leaf, in turns.
        rules: all other conditions, checked one by one.
        trees: topics that must be evaluated.
    """

    topics: Ids | None = None
    pairs: Others | None = None
    unless: Ids | None = None
    rules: dict[Rule, None] | None = None
    trees: Ids | None = None

    def is_empty(self) -> bool:
        """Whether nothing is filed here any more."""
        return not (self.topics or self.pairs or self.unless or self.rules or self.trees)


class Postings:
    """All leaves, by number, with what is filed under them."""

    def __init__(self) -> None:
        self._single = _ids()
        self._more: list[Posting | None] = []

    def __bool__(self) -> bool:
        return any(topic != _FREE for topic in self._single)

    # ── Condition ────────────────────────────────────────────────────────────────────────────────────

    def reach(self, size: int) -> None:
        """Make room for ``size`` leaves."""
        while len(self._single) < size:
            self._single.append(_FREE)
            self._more.append(None)

    def file_leaf(self, topic: int, leaf: int) -> None:
        """File a topic that needs nothing but ``leaf``."""
        if self._single[leaf] == _FREE:
            self._single[leaf] = topic
        else:
            posting = self._open(leaf)
            posting.topics = _put(posting.topics, topic)

    def file(self, topic: int, condition: Condition, anchor: int) -> None:
        """File one condition of a topic under its leaf ``anchor``."""
        match _rule(topic, condition, anchor):
            case (_, (), ()):
                self.file_leaf(topic, anchor)
            case (_, (other,), ()):
                posting = self._open(anchor)
                posting.pairs = _with(posting.pairs, topic, other)
            case (_, (), (other,)):
                posting = self._open(anchor)
                posting.unless = (posting.unless or _ids()) + _ids(topic, other)
            case rule:
                posting = self._open(anchor)
                posting.rules = posting.rules or {}
                posting.rules[rule] = None

    def file_tree(self, topic: int, cover: Iterable[int]) -> None:
        """File a topic that must be evaluated whenever a leaf of ``cover`` is found."""
        for leaf in cover:
            posting = self._open(leaf)
            posting.trees = _put(posting.trees, topic)

    def remove(self, topic: int, condition: Condition) -> None:
        """Undo :meth:`file`, under whichever leaf it was."""
        for leaf in condition.wanted:
            posting = self._more[leaf]
            if posting is not None:
                _remove(posting, _rule(topic, condition, leaf))
                self._close(leaf, posting)
            elif self._single[leaf] == topic:
                self._single[leaf] = _FREE

    def remove_tree(self, topic: int, leaves: Iterable[int]) -> None:
        """Undo :meth:`file_tree`."""
        for leaf in leaves:
            posting = self._more[leaf]
            if posting is not None:
                posting.trees = _take(posting.trees, topic)
                self._close(leaf, posting)

    def _open(self, leaf: int) -> Posting:
        posting = self._more[leaf]
        if posting is None:
            topic = self._single[leaf]
            posting = self._more[leaf] = Posting(None if topic == _FREE else _ids(topic))
            self._single[leaf] = _MORE
        return posting

    def _close(self, leaf: int, posting: Posting) -> None:
        if posting.is_empty():
            self._single[leaf] = _FREE
            self._more[leaf] = None

    # ── Matching ──────────────────────────────────────────────────────────────────────────────────

    def match(self, leaves: set[int]) -> tuple[Matched, set[int]]:
        """The topics whose conditions ``leaves`` meet, each with the leaves that did it, and the
        topics that must be evaluated.
        """
        topics: list[int] = []
        made_by: list[Leaves] = []
        trees: set[int] = set()
        more = self._more
        for leaf, topic in zip(leaves, map(self._single.__getitem__, leaves), strict=True):
            if topic >= 0:
                topics.append(topic)
                made_by.append(leaf)
            elif topic == _MORE:
                posting = cast(Posting, more[leaf])
                _meet(posting, leaf, leaves, topics, made_by)
                if posting.trees is not None:
                    trees.update(posting.trees)
        return _matched(topics, made_by), trees


def _meet(
    posting: Posting, leaf: int, leaves: set[int], topics: list[int], made_by: list[Leaves]
) -> None:
    """Put the topics whose conditions are met into ``topics``, and the leaves into ``made_by``."""
    if posting.topics is not None:
        topics += posting.topics
    if posting.unless is not None:
        topics += _unmet(posting.unless, leaves)
    made_by += repeat(leaf, len(topics) - len(made_by))
    pairs = posting.pairs
    if isinstance(pairs, dict):
        for other in pairs.keys() & leaves:
            topics += pairs[other]
            made_by += repeat((leaf, other), len(pairs[other]))
    elif pairs is not None and not leaves.isdisjoint(pairs[1::2]):
        for topic, other in zip(pairs[::2], pairs[1::2], strict=True):
            if other in leaves:
                topics.append(topic)
                made_by.append((leaf, other))
    for topic, wanted, unwanted in posting.rules or ():
        if leaves.issuperset(wanted) and leaves.isdisjoint(unwanted):
            topics.append(topic)
            made_by.append((leaf, *wanted))


def _matched(topics: list[int], made_by: list[Leaves]) -> Matched:
    """Each topic once, with all leaves of the alternatives that are met."""
    matched: Matched = dict(zip(topics, made_by, strict=True))
    if len(matched) < len(topics):
        last = matched.copy()
        for topic, leaves in zip(topics, made_by, strict=True):
            if last[topic] != leaves:
                matched[topic] = _several(matched[topic]) + _several(leaves)
    return matched


def _several(leaves: Leaves) -> tuple[int, ...]:
    return (leaves,) if isinstance(leaves, int) else leaves


def _unmet(unless: Ids, leaves: set[int]) -> Iterable[int]:
    """Topics whose other leaf is not there: nearly always all of them."""
    topics, others = unless[::2], unless[1::2]
    if leaves.isdisjoint(others):
        return topics
    return [t for t, o in zip(topics, others, strict=True) if o not in leaves]


def _rule(topic: int, condition: Condition, anchor: int) -> Rule:
    """``condition`` as it is filed under the leaf ``anchor``."""
    wanted, unwanted = condition
    others = tuple(sorted(wanted - {anchor})) if len(wanted) > 1 else ()
    return topic, others, tuple(sorted(unwanted)) if unwanted else ()


def _remove(posting: Posting, rule: Rule) -> None:
    match rule:
        case (topic, (), ()):
            posting.topics = _take(posting.topics, topic)
        case (topic, (other,), ()):
            posting.pairs = _without(posting.pairs, topic, other)
        case (topic, (), (other,)):
            posting.unless = _without_pair(posting.unless or _ids(), topic, other)
        case _ if posting.rules is not None:
            posting.rules.pop(rule, None)
            posting.rules = posting.rules or None


def _with(others: Others | None, topic: int, other: int) -> Others:
    """``others`` with one more topic."""
    if others is None:
        return _ids(topic, other)
    if isinstance(others, dict):
        others[other] = _put(others.get(other), topic)
        return others
    if len(others) < 2 * _FEW:
        return others + _ids(topic, other)
    many: dict[int, Ids] = {}
    for each, leaf in zip([*others[::2], topic], [*others[1::2], other], strict=True):
        many[leaf] = _put(many.get(leaf), each)
    return many


def _without(others: Others | None, topic: int, other: int) -> Others | None:
    """``others`` without that topic, if it is there."""
    if others is None:
        return None
    if isinstance(others, dict):
        left = _take(others.pop(other, None), topic)
        if left is not None:
            others[other] = left
        return others or None
    return _without_pair(others, topic, other)


def _without_pair(others: Ids, topic: int, other: int) -> Ids | None:
    pairs = zip(others[::2], others[1::2], strict=True)
    kept = [number for pair in pairs if pair != (topic, other) for number in pair]
    return _ids(*kept) if kept else None


def _put(topics: Ids | None, topic: int) -> Ids:
    """``topics`` with ``topic``."""
    if topics is None:
        return _ids(topic)
    if topic not in topics:
        topics.append(topic)
    return topics


def _take(topics: Ids | None, topic: int) -> Ids | None:
    """``topics`` without ``topic``; ``None`` where none is left."""
    if topics is not None and topic in topics:
        topics.remove(topic)
    return topics or None
