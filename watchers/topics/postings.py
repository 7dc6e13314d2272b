"""Which topics hang on which leaf, in as little memory as one or thousands of them need.

Most leaves carry one topic that needs nothing else: its id stands in an array, at the leaf's number.
Others carry a posting (posting.py), and few an annex besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Final, TypeAlias

from watchers.topics.match import Leaves
from watchers.topics.normal import Condition
from watchers.topics.posting import (
    HEAD,
    MOST_PAIRS,
    Annex,
    Ids,
    Rule,
    ids,
    pairs_by_leaf,
    parts_of,
    with_pair,
    with_topic,
    with_unless,
    without_pair,
    without_topic,
    without_unless,
)

_FREE: Final = -1
_MORE: Final = -2  # a posting
_ANNEX: Final = -3  # an annex, and perhaps a posting

Matched: TypeAlias = dict[int, Leaves]
"""A topic that matches, and the leaves that made it."""


class Postings:
    """All leaves, by number, with what is filed under them."""

    def __init__(self) -> None:
        self._single = ids()
        self._more: list[Ids | None] = []
        self._annexes: dict[int, Annex] = {}

    def __bool__(self) -> bool:
        return any(topic != _FREE for topic in self._single)

    # ── Filing ────────────────────────────────────────────────────────────────────────────────────

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
            self._put(leaf, with_topic(self._posting(leaf), topic))

    def file(self, topic: int, condition: Condition, anchor: int) -> None:
        """File one condition of a topic under its leaf ``anchor``."""
        match _rule(topic, condition, anchor):
            case (_, (), ()):
                self.file_leaf(topic, anchor)
            case (_, (other,), ()):
                self._file_pair(topic, other, anchor)
            case (_, (), (other,)):
                self._put(anchor, with_unless(self._posting(anchor), topic, other))
            case rule:
                annex = self._open_annex(anchor)
                annex.rules = annex.rules or {}
                annex.rules[rule] = None

    def file_tree(self, topic: int, cover: Iterable[int]) -> None:
        """File a topic that must be evaluated whenever a leaf of ``cover`` is found."""
        for leaf in cover:
            annex = self._open_annex(leaf)
            annex.trees = (annex.trees or ids()) + ids(topic)

    def _file_pair(self, topic: int, other: int, anchor: int) -> None:
        annex = self._annexes.get(anchor)
        if annex is not None and annex.pairs is not None:
            annex.pairs[other] = annex.pairs.get(other, ids()) + ids(topic)
            return
        posting = with_pair(self._posting(anchor), topic, other)
        parts = parts_of(posting)
        if len(parts.pairs) > MOST_PAIRS:
            pairs = zip(parts.pairs, parts.pairs_met, strict=True)
            self._open_annex(anchor).pairs = pairs_by_leaf(pairs)
            posting = parts._replace(pairs=ids(), pairs_met=ids()).joined()
        self._put(anchor, posting)

    # ── Removing ──────────────────────────────────────────────────────────────────────────────────

    def remove(self, topic: int, condition: Condition) -> None:
        """Undo :meth:`file`, under whichever leaf it was."""
        for leaf in condition.wanted:
            kind = self._single[leaf]
            if kind == topic:
                self._single[leaf] = _FREE
            elif kind in (_MORE, _ANNEX):
                self._remove_at(leaf, _rule(topic, condition, leaf))

    def remove_tree(self, topic: int, leaves: Iterable[int]) -> None:
        """Undo :meth:`file_tree`."""
        for leaf in leaves:
            annex = self._annexes.get(leaf)
            if annex is not None:
                annex.trees = _take(annex.trees, topic)
                self._close_annex(leaf, annex)

    def _remove_at(self, leaf: int, rule: Rule) -> None:
        posting, annex = self._more[leaf], self._annexes.get(leaf)
        if posting is not None:
            match rule:
                case (topic, (), ()):
                    self._put(leaf, without_topic(posting, topic))
                case (topic, (other,), ()):
                    self._put(leaf, without_pair(posting, topic, other))
                case (topic, (), (other,)):
                    self._put(leaf, without_unless(posting, topic, other))
                case _:
                    pass
        if annex is not None:
            match rule:
                case (topic, (other,), ()) if annex.pairs is not None:
                    left = _take(annex.pairs.pop(other, None), topic)
                    if left is not None:
                        annex.pairs[other] = left
                case _ if annex.rules is not None:
                    annex.rules.pop(rule, None)
            self._close_annex(leaf, annex)

    # ── Where it stands ───────────────────────────────────────────────────────────────────────────

    def _posting(self, leaf: int) -> Ids | None:
        topic = self._single[leaf]
        return with_topic(None, topic) if topic >= 0 else self._more[leaf]

    def _put(self, leaf: int, posting: Ids | None) -> None:
        self._more[leaf] = posting
        has_annex = leaf in self._annexes
        self._single[leaf] = _ANNEX if has_annex else _FREE if posting is None else _MORE

    def _open_annex(self, leaf: int) -> Annex:
        annex = self._annexes.get(leaf)
        if annex is None:
            posting = self._posting(leaf)
            annex = self._annexes[leaf] = Annex()
            self._put(leaf, posting)
        return annex

    def _close_annex(self, leaf: int, annex: Annex) -> None:
        if annex.is_empty():
            del self._annexes[leaf]
            self._put(leaf, self._more[leaf])

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
            elif topic != _FREE:
                posting = more[leaf]
                if posting is not None:
                    _meet(posting, leaf, leaves, topics, made_by)
                if topic == _ANNEX:
                    annex = self._annexes[leaf]
                    _meet_annex(annex, leaf, leaves, topics, made_by)
                    trees.update(annex.trees or ())
        return _matched(topics, made_by), trees


def _meet(
    posting: Ids, leaf: int, leaves: set[int], topics: list[int], made_by: list[Leaves]
) -> None:
    """Put the topics whose conditions are met into ``topics``, and the leaves into ``made_by``."""
    first, second = posting[0], posting[1]
    third = 2 * second - first
    if first == second or leaves.isdisjoint(posting[second:third]):  # nearly always
        topics += posting[HEAD:second]
    else:
        topics += posting[HEAD:first]
        unless = zip(posting[first:second], posting[second:third], strict=True)
        topics += [topic for topic, other in unless if other not in leaves]
    made_by += repeat(leaf, len(topics) - len(made_by))
    if third < len(posting):
        half = (third + len(posting)) // 2
        others = posting[half:]
        if not leaves.isdisjoint(others):
            for topic, other in zip(posting[third:half], others, strict=True):
                if other in leaves:
                    topics.append(topic)
                    made_by.append((leaf, other))


def _meet_annex(
    annex: Annex, leaf: int, leaves: set[int], topics: list[int], made_by: list[Leaves]
) -> None:
    pairs = annex.pairs
    if pairs is not None:
        for other in pairs.keys() & leaves:
            topics += pairs[other]
            made_by += repeat((leaf, other), len(pairs[other]))
    for topic, wanted, unwanted in annex.rules or ():
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


def _rule(topic: int, condition: Condition, anchor: int) -> Rule:
    """``condition`` as it is filed under the leaf ``anchor``."""
    wanted, unwanted = condition
    others = tuple(sorted(wanted - {anchor})) if len(wanted) > 1 else ()
    return topic, others, tuple(sorted(unwanted)) if unwanted else ()


def _take(topics: Ids | None, topic: int) -> Ids | None:
    """``topics`` without ``topic``; ``None`` where none is left."""
    if topics is not None and topic in topics:
        topics.remove(topic)
    return topics or None
