"""Register topics under leaves, and collect the topics that match the leaves of one item.

Each leaf has a slot. Most leaves have one topic that requires nothing else: the slot has its ID. Other
leaves have a posting (posting.py): the slot has the negative start of its row. Few leaves have a
:class:`PostingOverflow` besides.

An item that satisfies two alternatives of a topic would report the topic twice. Checking all reported
topics for duplicates would take a tenth of a match, and three of four items have none. So a topic with
several alternatives also registers *duplicate guards*: pairs of leaves, one pair for each two
alternatives, both of which any item has that satisfies the two. Topics are only checked for duplicates
if a guard is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, compress, count
from typing import Final

from watchers.topics.dnf import Conjunction
from watchers.topics.engine.posting import (
    HEAD_SIZE,
    MAX_ROW_PAIRS,
    IntArena,
    IntArray,
    Posting,
    PostingOverflow,
    Rule,
    int_array,
    pairs_by_leaf,
    remove_topic,
    row_capacity,
    row_end,
)
from watchers.topics.match import Leaves

EMPTY_SLOT: Final = -1
"""The value of a slot without topics. Lower values are rows, higher values are single topics."""

# With more alternatives, pairs would cost too much: each leaf is its own guard instead.
_MAX_PAIRED_ALTERNATIVES: Final = 8


class PostingIndex:
    """The topics of all leaves, by the number of the leaf."""

    def __init__(self) -> None:
        self._slots = int_array()
        self._rows = IntArena()
        self._overflows: dict[int, PostingOverflow] = {}

    def __bool__(self) -> bool:
        return any(slot != EMPTY_SLOT for slot in self._slots)

    def match(self, leaves: set[int]) -> MatchCollector:
        """Return the topics that match an item with these ``leaves``."""
        collector = MatchCollector(leaves)
        collector.collect(self._slots, self._rows.numbers, self._overflows)
        collector.deduplicate()
        return collector

    # ── Adding ────────────────────────────────────────────────────────────────────────────────────

    def ensure_capacity(self, size: int) -> None:
        """Add empty slots for ``size`` leaves."""
        while len(self._slots) < size:
            self._slots.append(EMPTY_SLOT)

    def add_single(self, topic: int, leaf: int) -> None:
        """Register a topic that requires only ``leaf``."""
        slot = self._slots[leaf]
        if slot == EMPTY_SLOT:
            self._slots[leaf] = topic
        elif slot >= 0 or not self._append_in_place(topic, -slot):
            posting = self._read_posting(leaf)
            posting.topics.append(topic)
            self._write_posting(leaf, posting)

    def add_conjunction(self, topic: int, condition: Conjunction, anchor: int) -> None:
        """Register one condition of a topic under its leaf ``anchor``."""
        match _make_rule(topic, condition, anchor):
            case (_, (), ()):
                self.add_single(topic, anchor)
            case (_, (other_leaf,), ()):
                self._add_pair(topic, other_leaf, anchor)
            case (_, (), (other_leaf,)):
                posting = self._read_posting(anchor)
                posting.negative_topics.append(topic)
                posting.negative_leaves.append(other_leaf)
                self._write_posting(anchor, posting)
            case rule:
                overflow = self._open_overflow(anchor)
                overflow.rules = overflow.rules or {}
                overflow.rules[rule] = None

    def add_duplicate_guards(self, topic: int, alternatives: Sequence[Conjunction]) -> None:
        """Register guards for items that satisfy several ``alternatives`` of a topic."""
        for leaf, other_leaf in duplicate_guard_pairs(alternatives):
            self._add_pair(~topic, other_leaf, leaf)

    def add_evaluated(self, topic: int, cover: Iterable[int]) -> None:
        """Register a topic that must be evaluated if the item has a leaf of ``cover``."""
        for leaf in cover:
            overflow = self._open_overflow(leaf)
            overflow.evaluated_topics = (overflow.evaluated_topics or int_array()) + int_array(
                topic
            )

    def _add_pair(self, topic: int, other_leaf: int, anchor: int) -> None:
        overflow = self._overflows.get(anchor)
        if overflow is not None and overflow.pairs is not None:
            topics = overflow.pairs.get(other_leaf, int_array())
            overflow.pairs[other_leaf] = topics + int_array(topic)
            return
        posting = self._read_posting(anchor)
        posting.pair_topics.append(topic)
        posting.pair_leaves.append(other_leaf)
        if len(posting.pair_topics) > MAX_ROW_PAIRS:
            pairs = zip(posting.pair_topics, posting.pair_leaves, strict=True)
            self._open_overflow(anchor).pairs = pairs_by_leaf(pairs)
            posting = posting._replace(pair_topics=int_array(), pair_leaves=int_array())
        self._write_posting(anchor, posting)

    # ── Removing ──────────────────────────────────────────────────────────────────────────────────

    def remove_conjunction(self, topic: int, condition: Conjunction) -> None:
        """Undo :meth:`add_conjunction`, whatever its anchor was."""
        for leaf in condition.wanted:
            self._remove_rule(leaf, _make_rule(topic, condition, leaf))

    def remove_duplicate_guards(self, topic: int, alternatives: Sequence[Conjunction]) -> None:
        """Undo :meth:`add_duplicate_guards`."""
        for leaf, other_leaf in duplicate_guard_pairs(alternatives):
            self._remove_rule(leaf, (~topic, (other_leaf,), ()))

    def remove_evaluated(self, topic: int, leaves: Iterable[int]) -> None:
        """Undo :meth:`add_evaluated`. ``leaves`` may include more than the cover."""
        for leaf in leaves:
            overflow = self._overflows.get(leaf)
            if overflow is not None:
                overflow.evaluated_topics = remove_topic(overflow.evaluated_topics, topic)
                self._close_overflow(leaf, overflow)

    def _remove_rule(self, leaf: int, rule: Rule) -> None:
        if self._slots[leaf] != EMPTY_SLOT:
            posting = self._read_posting(leaf)
            posting.remove(rule)
            self._write_posting(leaf, posting)
        overflow = self._overflows.get(leaf)
        if overflow is not None:
            overflow.remove(rule)
            self._close_overflow(leaf, overflow)

    # ── Storage ───────────────────────────────────────────────────────────────────────────────────

    def _read_posting(self, leaf: int) -> Posting:
        slot = self._slots[leaf]
        if slot < EMPTY_SLOT:
            return Posting.read(self._rows.numbers, -slot)
        topics = int_array(slot) if slot >= 0 else int_array()
        return Posting(topics, int_array(), int_array(), int_array(), int_array())

    def _write_posting(self, leaf: int, posting: Posting) -> None:
        """Store a posting: in a row if it is more than one topic or has an overflow."""
        slot, body, numbers = self._slots[leaf], posting.body(), self._rows.numbers
        size, needs_row = HEAD_SIZE + len(body), leaf in self._overflows
        if slot < EMPTY_SLOT:
            start = -slot
            old_size = row_end(numbers, start) - start
            if row_capacity(old_size) == row_capacity(size) and (body or needs_row):
                numbers[start : start + size] = posting.head(start) + body
                return
            self._rows.release(start, old_size)
        if needs_row or len(body) > 1:
            start = self._rows.allocate(size)
            numbers[start : start + size] = posting.head(start) + body
            self._slots[leaf] = -start
        else:
            self._slots[leaf] = posting.topics[0] if body else EMPTY_SLOT

    def _append_in_place(self, topic: int, start: int) -> bool:
        """Insert a topic into a row with free capacity: much faster than to write a new row.

        Return False if the row is full.
        """
        numbers = self._rows.numbers
        end = row_end(numbers, start)
        if row_capacity(end - start) == end - start:
            return False
        first = numbers[start]
        numbers[first + 1 : end + 1] = numbers[first:end]
        numbers[first] = topic
        for head_index in range(start, start + HEAD_SIZE):
            numbers[head_index] += 1
        return True

    def _open_overflow(self, leaf: int) -> PostingOverflow:
        overflow = self._overflows.get(leaf)
        if overflow is None:
            overflow = self._overflows[leaf] = PostingOverflow()
            # A match looks for an overflow only if the slot has a row.
            self._write_posting(leaf, self._read_posting(leaf))
        return overflow

    def _close_overflow(self, leaf: int, overflow: PostingOverflow) -> None:
        if overflow.is_empty():
            del self._overflows[leaf]
            self._write_posting(leaf, self._read_posting(leaf))


def _make_rule(topic: int, condition: Conjunction, anchor: int) -> Rule:
    """Return ``condition`` as it is registered under the leaf ``anchor``."""
    wanted, unwanted = condition
    other_leaves = tuple(sorted(wanted - {anchor})) if len(wanted) > 1 else ()
    return topic, other_leaves, tuple(sorted(unwanted)) if unwanted else ()


def duplicate_guard_pairs(alternatives: Sequence[Conjunction]) -> Iterator[tuple[int, int]]:
    """Yield pairs of leaves; an item that satisfies two ``alternatives`` has both leaves of a pair.

    Both leaves of a pair may be the same one: then this leaf alone is a guard. The first leaf is the
    one to register the pair under. It has the higher number, because later leaves are mostly rarer
    and so the pair is read less often.
    """
    if len(alternatives) > _MAX_PAIRED_ALTERNATIVES:
        wanted_sets = (alternative.wanted for alternative in alternatives)
        for leaf in sorted({*chain.from_iterable(wanted_sets)}):
            yield leaf, leaf
        return
    for first, second in combinations(alternatives, 2):
        first_leaf = max(first.wanted - second.wanted or first.wanted)
        second_leaf = max(second.wanted - first.wanted or second.wanted)
        yield max(first_leaf, second_leaf), min(first_leaf, second_leaf)


class MatchCollector:
    """The topics whose conditions the leaves of one item satisfy.

    Attributes:
        topics: each of them.
        matched_leaves: for each, the leaf or leaves that satisfied it.
        evaluated_topics: topics whose trees must still be evaluated.
    """

    __slots__ = ("_guarded_topics", "_leaves", "evaluated_topics", "matched_leaves", "topics")

    def __init__(self, leaves: set[int]) -> None:
        self._leaves = leaves
        # Topics of which several alternatives may be satisfied.
        self._guarded_topics: set[int] = set()
        self.topics: list[int] = []
        self.matched_leaves: list[Leaves] = []
        self.evaluated_topics: set[int] = set()

    def collect(
        self, slots: IntArray, numbers: IntArray, overflows: Mapping[int, PostingOverflow]
    ) -> None:
        """Collect the topics of every leaf of the item. ``numbers`` has the rows.

        A match that finds hundreds of topics spends most of its time here.
        """
        leaves, topics, matched_leaves = self._leaves, self.topics, self.matched_leaves
        for leaf, slot in zip(leaves, map(slots.__getitem__, leaves), strict=True):
            if slot >= 0:
                topics.append(slot)
                matched_leaves.append(leaf)
            elif slot != EMPTY_SLOT:
                start = -slot
                first, second, third = numbers[start], numbers[start + 1], numbers[start + 2]
                if first == third or leaves.isdisjoint(numbers[third : 2 * third - first]):
                    # No negative leaf occurs, so negative topics match; no pair can match.
                    topics += numbers[start + HEAD_SIZE : second]
                    matched_leaves += [leaf] * (second - start - HEAD_SIZE)
                else:
                    self._collect_posting(Posting.read(numbers, start), leaf)
                if leaf in overflows:
                    self._collect_overflow(overflows[leaf], leaf)

    def deduplicate(self) -> None:
        """Keep each topic once, with all leaves of the alternatives that are satisfied."""
        if not self._guarded_topics:
            return
        topics, matched_leaves = self.topics, self.matched_leaves
        indexes_by_topic: dict[int, list[int]] = {}
        for index in compress(count(), map(self._guarded_topics.__contains__, topics)):
            indexes_by_topic.setdefault(topics[index], []).append(index)
        duplicates: list[int] = []
        for kept_index, *other_indexes in indexes_by_topic.values():
            for other_index in other_indexes:
                other_leaves = _as_tuple(matched_leaves[other_index])
                matched_leaves[kept_index] = _as_tuple(matched_leaves[kept_index]) + other_leaves
            duplicates += other_indexes
        for index in sorted(duplicates, reverse=True):
            del topics[index], matched_leaves[index]

    def _collect_posting(self, posting: Posting, leaf: int) -> None:
        negatives = zip(posting.negative_topics, posting.negative_leaves, strict=True)
        self.topics += posting.topics
        self.topics += [topic for topic, excluded in negatives if excluded not in self._leaves]
        self.matched_leaves += [leaf] * (len(self.topics) - len(self.matched_leaves))
        for topic, other_leaf in zip(posting.pair_topics, posting.pair_leaves, strict=True):
            if other_leaf in self._leaves:
                self._collect_pair(topic, leaf, other_leaf)

    def _collect_overflow(self, overflow: PostingOverflow, leaf: int) -> None:
        pairs, leaves = overflow.pairs or {}, self._leaves
        for other_leaf in pairs.keys() & leaves:
            for topic in pairs[other_leaf]:
                self._collect_pair(topic, leaf, other_leaf)
        for topic, wanted, unwanted in overflow.rules or ():
            if leaves.issuperset(wanted) and leaves.isdisjoint(unwanted):
                self.topics.append(topic)
                self.matched_leaves.append((leaf, *wanted))
        self.evaluated_topics.update(overflow.evaluated_topics or ())

    def _collect_pair(self, topic: int, leaf: int, other_leaf: int) -> None:
        if topic < 0:
            # A duplicate guard: see Posting.
            self._guarded_topics.add(~topic)
        else:
            self.topics.append(topic)
            self.matched_leaves.append((leaf, other_leaf))


def _as_tuple(leaves: Leaves) -> tuple[int, ...]:
    return (leaves,) if isinstance(leaves, int) else leaves
