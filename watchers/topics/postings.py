"""Which topics hang on which leaf, in as little memory as one or thousands of them need.

Most leaves carry one topic that needs nothing else: its id stands in an array, at the leaf's number.
Others carry a posting (posting.py): there stands where its row begins. Few have an annex besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchers.topics.met import Met
from watchers.topics.normal import Condition
from watchers.topics.posting import (
    FREE,
    HEAD,
    MOST_PAIRS,
    Annex,
    Posting,
    Rule,
    pairs_by_leaf,
    row_end,
)
from watchers.topics.rows import Ids, Rows, ids, room_for
from watchers.topics.twins import twins_of


class Postings:
    """All leaves, by number, with what is filed under them."""

    def __init__(self) -> None:
        self._filed = ids()
        self._rows = Rows()
        self._annexes: dict[int, Annex] = {}

    def __bool__(self) -> bool:
        return any(filed != FREE for filed in self._filed)

    # ── Filing ────────────────────────────────────────────────────────────────────────────────────

    def reach(self, size: int) -> None:
        """Make room for ``size`` leaves."""
        while len(self._filed) < size:
            self._filed.append(FREE)

    def file_leaf(self, topic: int, leaf: int) -> None:
        """File a topic that needs nothing but ``leaf``."""
        filed = self._filed[leaf]
        if filed == FREE:
            self._filed[leaf] = topic
        elif filed >= 0 or not self._squeeze_in(topic, -filed):
            posting = self._posting(leaf)
            posting.topics.append(topic)
            self._put(leaf, posting)

    def file(self, topic: int, condition: Condition, anchor: int) -> None:
        """File one condition of a topic under its leaf ``anchor``."""
        match _rule(topic, condition, anchor):
            case (_, (), ()):
                self.file_leaf(topic, anchor)
            case (_, (other,), ()):
                self._file_pair(topic, other, anchor)
            case (_, (), (other,)):
                posting = self._posting(anchor)
                posting.unless.append(topic)
                posting.unless_met.append(other)
                self._put(anchor, posting)
            case rule:
                annex = self._annex(anchor)
                annex.rules = annex.rules or {}
                annex.rules[rule] = None

    def file_twins(self, topic: int, alternatives: Sequence[Condition]) -> None:
        """Be ready for items that meet several ``alternatives`` of a topic."""
        for leaf, other in twins_of(alternatives):
            self._file_pair(~topic, other, leaf)

    def file_tree(self, topic: int, cover: Iterable[int]) -> None:
        """File a topic that must be evaluated whenever a leaf of ``cover`` is found."""
        for leaf in cover:
            annex = self._annex(leaf)
            annex.trees = (annex.trees or ids()) + ids(topic)

    def _file_pair(self, topic: int, other: int, anchor: int) -> None:
        annex = self._annexes.get(anchor)
        if annex is not None and annex.pairs is not None:
            annex.pairs[other] = annex.pairs.get(other, ids()) + ids(topic)
            return
        posting = self._posting(anchor)
        posting.pairs.append(topic)
        posting.pairs_met.append(other)
        if len(posting.pairs) > MOST_PAIRS:
            pairs = zip(posting.pairs, posting.pairs_met, strict=True)
            self._annex(anchor).pairs = pairs_by_leaf(pairs)
            posting = posting._replace(pairs=ids(), pairs_met=ids())
        self._put(anchor, posting)

    # ── Removing ──────────────────────────────────────────────────────────────────────────────────

    def remove(self, topic: int, condition: Condition) -> None:
        """Undo :meth:`file`, under whichever leaf it was."""
        for leaf in condition.wanted:
            self._remove_at(leaf, _rule(topic, condition, leaf))

    def remove_twins(self, topic: int, alternatives: Sequence[Condition]) -> None:
        """Undo :meth:`file_twins`."""
        for leaf, other in twins_of(alternatives):
            self._remove_at(leaf, (~topic, (other,), ()))

    def remove_tree(self, topic: int, leaves: Iterable[int]) -> None:
        """Undo :meth:`file_tree`."""
        for leaf in leaves:
            annex = self._annexes.get(leaf)
            if annex is not None:
                annex.trees = _take(annex.trees, topic)
                self._close_annex(leaf, annex)

    def _remove_at(self, leaf: int, rule: Rule) -> None:
        if self._filed[leaf] != FREE:
            posting = self._posting(leaf)
            posting.remove(rule)
            self._put(leaf, posting)
        if leaf in self._annexes:
            self._remove_from_annex(leaf, rule)

    def _remove_from_annex(self, leaf: int, rule: Rule) -> None:
        annex = self._annexes[leaf]
        match rule:
            case (topic, (other,), ()) if annex.pairs is not None:
                left = _take(annex.pairs.pop(other, None), topic)
                if left is not None:
                    annex.pairs[other] = left
            case _ if annex.rules is not None:
                annex.rules.pop(rule, None)
        self._close_annex(leaf, annex)

    # ── Where it stands ───────────────────────────────────────────────────────────────────────────

    def _posting(self, leaf: int) -> Posting:
        filed = self._filed[leaf]
        if filed < FREE:
            return Posting.read(self._rows.numbers, -filed)
        return Posting(ids(filed) if filed >= 0 else ids(), ids(), ids(), ids(), ids())

    def _put(self, leaf: int, posting: Posting) -> None:
        """File all that a leaf has: in a row, if it is more than one topic or has an annex."""
        filed, body, numbers = self._filed[leaf], posting.body(), self._rows.numbers
        size, needs_row = HEAD + len(body), leaf in self._annexes
        if filed < FREE:
            at = -filed
            before = row_end(numbers, at) - at
            if room_for(before) == room_for(size) and (body or needs_row):
                numbers[at : at + size] = posting.head(at) + body
                return
            self._rows.release(at, before)
        if needs_row or len(body) > 1:
            at = self._rows.place(size)
            numbers[at : at + size] = posting.head(at) + body
            self._filed[leaf] = -at
        else:
            self._filed[leaf] = posting.topics[0] if body else FREE

    def _squeeze_in(self, topic: int, at: int) -> bool:
        """Put one more topic into a row that has room for it: much quicker than to make it anew."""
        numbers = self._rows.numbers
        end = row_end(numbers, at)
        if room_for(end - at) == end - at:
            return False
        first = numbers[at]
        numbers[first + 1 : end + 1] = numbers[first:end]
        numbers[first] = topic
        for part in range(at, at + HEAD):
            numbers[part] += 1
        return True

    def _annex(self, leaf: int) -> Annex:
        annex = self._annexes.get(leaf)
        if annex is None:
            annex = self._annexes[leaf] = Annex()
            self._put(leaf, self._posting(leaf))
        return annex

    def _close_annex(self, leaf: int, annex: Annex) -> None:
        if annex.is_empty():
            del self._annexes[leaf]
            self._put(leaf, self._posting(leaf))

    # ── Matching ──────────────────────────────────────────────────────────────────────────────────

    def match(self, leaves: set[int]) -> Met:
        """What an item with these ``leaves`` meets."""
        met = Met(leaves)
        met.take(self._filed, self._rows.numbers, self._annexes)
        met.make_distinct()
        return met


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
