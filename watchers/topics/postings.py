"""Which topics hang on a leaf, in as little memory as one or thousands of them need.

Most leaves carry one topic that needs nothing else: its bare id is all that is filed. Others carry a
:class:`Posting`, whose parts are tuples up to ``_FEW`` entries, and sets or dictionaries beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Set as AbstractSet
from typing import Final, TypeAlias

from watchers.topics.normal import Condition

_FEW: Final = 8

Bag: TypeAlias = tuple[int, ...] | set[int]
"""Topics."""

Rule: TypeAlias = tuple[int, tuple[str, ...], tuple[str, ...]]
"""A topic, the leaves it needs besides the one it is filed under, and those it must not meet."""


class Posting:
    """What to look at when one leaf is found in an item.

    Attributes:
        topics: topics that need nothing else.
        rules: other conditions filed here, checked one by one.
        pairs: from another leaf to the topics that need just this one and that one. Many such are
            found by intersecting with the leaves of the item, in C; a few stay among the rules.
        trees: topics that must be evaluated.
    """

    __slots__ = ("pairs", "rules", "topics", "trees")

    def __init__(self, topic: int | None = None) -> None:
        self.topics: Bag = () if topic is None else (topic,)
        self.rules: tuple[Rule, ...] | dict[Rule, None] = ()
        self.pairs: dict[str, Bag | int] | None = None
        self.trees: Bag = ()

    def __bool__(self) -> bool:
        return bool(self.topics or self.rules or self.pairs or self.trees)


class Postings:
    """All leaves with what is filed under them."""

    def __init__(self) -> None:
        self._by_leaf: dict[str, int | Posting] = {}

    # ── Filing ────────────────────────────────────────────────────────────────────────────────────

    def file_leaf(self, topic: int, leaf: str) -> None:
        """File a topic that needs nothing but ``leaf``."""
        known = self._by_leaf.get(leaf)
        if known is None:
            self._by_leaf[leaf] = topic
        elif known != topic:
            posting = self._open(leaf)
            posting.topics = _put(posting.topics, topic)

    def file(self, topic: int, condition: Condition, anchor: str) -> None:
        """File one condition of a topic under its leaf ``anchor``."""
        if len(condition.wanted) == 1 and not condition.unwanted:
            self.file_leaf(topic, anchor)
            return
        posting = self._open(anchor)
        rule = _rule(topic, condition, anchor)
        if len(rule[1]) == 1 and not rule[2]:
            _file_pair(posting, rule)
        else:
            _file_rule(posting, rule)

    def file_tree(self, topic: int, cover: Iterable[str]) -> None:
        """File a topic that must be evaluated whenever a leaf of ``cover`` is found."""
        for leaf in cover:
            posting = self._open(leaf)
            posting.trees = _put(posting.trees, topic)

    def remove(self, topic: int, condition: Condition) -> None:
        """Undo :meth:`file`, under whichever leaf it was."""
        single = len(condition.wanted) == 1 and not condition.unwanted
        for leaf in condition.wanted:
            known = self._by_leaf.get(leaf)
            if known is None:
                continue
            if isinstance(known, int):
                if single and known == topic:
                    del self._by_leaf[leaf]
                continue
            if single:
                known.topics = _take(known.topics, topic)
            else:
                _remove_rule(known, _rule(topic, condition, leaf))
            self._close(leaf, known)

    def remove_tree(self, topic: int, leaves: Iterable[str]) -> None:
        """Undo :meth:`file_tree`."""
        for leaf in leaves:
            known = self._by_leaf.get(leaf)
            if isinstance(known, Posting):
                known.trees = _take(known.trees, topic)
                self._close(leaf, known)

    def _open(self, leaf: str) -> Posting:
        known = self._by_leaf.get(leaf)
        if isinstance(known, Posting):
            return known
        posting = self._by_leaf[leaf] = Posting(known)
        return posting

    def _close(self, leaf: str, posting: Posting) -> None:
        if not posting:
            del self._by_leaf[leaf]

    # ── Matching ──────────────────────────────────────────────────────────────────────────────────

    def match(self, leaves: AbstractSet[str]) -> tuple[dict[int, tuple[str, ...]], set[int]]:
        """The topics whose conditions ``leaves`` meet, each with the leaves that did it, and the
        topics that must be evaluated.
        """
        matched: dict[int, tuple[str, ...]] = {}
        trees: set[int] = set()
        for leaf, posting in zip(leaves, map(self._by_leaf.get, leaves), strict=True):
            if posting is None:
                continue
            if posting.__class__ is int:
                matched[posting] = (*matched[posting], leaf) if posting in matched else (leaf,)
                continue
            _meet(matched, posting.topics, (leaf,))
            if posting.rules:
                for topic, wanted, unwanted in posting.rules:
                    if leaves.issuperset(wanted) and leaves.isdisjoint(unwanted):
                        _meet(matched, (topic,), (leaf, *wanted))
            if posting.pairs:
                for other in posting.pairs.keys() & leaves:
                    _meet(matched, posting.pairs[other], (leaf, other))
            if posting.trees:
                trees.update(posting.trees)
        return matched, trees


def _meet(matched: dict[int, tuple[str, ...]], topics: Bag, leaves: tuple[str, ...]) -> None:
    """Note that ``leaves`` make each of ``topics`` match."""
    for topic in topics:
        known = matched.get(topic)
        matched[topic] = leaves if known is None else known + leaves


def _rule(topic: int, condition: Condition, anchor: str) -> Rule:
    wanted = tuple(sorted(leaf for leaf in condition.wanted if leaf != anchor))
    return topic, wanted, tuple(sorted(condition.unwanted))


def _file_rule(posting: Posting, rule: Rule) -> None:
    if isinstance(posting.rules, dict):
        posting.rules[rule] = None
    elif rule not in posting.rules:
        rules = (*posting.rules, rule)
        posting.rules = rules if len(rules) <= _FEW else dict.fromkeys(rules)


def _file_pair(posting: Posting, rule: Rule) -> None:
    """A pair is a rule like others until there are many rules; then all pairs move."""
    if posting.pairs is None:
        _file_rule(posting, rule)
        if len(posting.rules) <= _FEW:
            return
        posting.pairs = {}
        pairs = [each for each in posting.rules if len(each[1]) == 1 and not each[2]]
        for each in pairs:
            _remove_rule(posting, each)
    else:
        pairs = [rule]
    for topic, (other,), _ in pairs:
        posting.pairs[other] = _put(posting.pairs.get(other, ()), topic)


def _remove_rule(posting: Posting, rule: Rule) -> None:
    topic, wanted, unwanted = rule
    if posting.pairs is not None and len(wanted) == 1 and not unwanted:
        left = _take(posting.pairs.get(wanted[0], ()), topic)
        if left:
            posting.pairs[wanted[0]] = left
        else:
            posting.pairs.pop(wanted[0], None)
    if isinstance(posting.rules, dict):
        posting.rules.pop(rule, None)
    else:
        posting.rules = tuple(each for each in posting.rules if each != rule)


def _put(bag: Bag, topic: int) -> Bag:
    """``bag`` with ``topic``."""
    if isinstance(bag, set):
        bag.add(topic)
        return bag
    if topic in bag:
        return bag
    return (*bag, topic) if len(bag) < _FEW else {*bag, topic}


def _take(bag: Bag, topic: int) -> Bag:
    """``bag`` without ``topic``."""
    if isinstance(bag, set):
        bag.discard(topic)
        return bag if len(bag) > _FEW else tuple(bag)
    return tuple(each for each in bag if each != topic)
