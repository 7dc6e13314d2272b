"""What the leaves of one item meet, of all that is filed under them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress, count

from watchers.topics.match import Leaves
from watchers.topics.posting import FREE, HEAD, Annex, Posting
from watchers.topics.rows import Ids


class Met:
    """The topics whose conditions are met.

    Attributes:
        topics: each of them.
        made_by: the leaf, or the leaves, that did it for each.
        trees: topics that must be evaluated.
    """

    __slots__ = ("_again", "_leaves", "made_by", "topics", "trees")

    def __init__(self, leaves: set[int]) -> None:
        self._leaves = leaves
        self._again: set[int] = set()  # topics of which several alternatives are met
        self.topics: list[int] = []
        self.made_by: list[Leaves] = []
        self.trees: set[int] = set()

    def take(self, filed: Ids, numbers: Ids, annexes: Mapping[int, Annex]) -> None:
        """Take what is ``filed`` for each leaf: ``numbers`` are the rows, some with ``annexes``.

        Most of a match that finds hundreds of topics is spent here.
        """
        leaves, topics, made_by = self._leaves, self.topics, self.made_by
        for leaf, code in zip(leaves, map(filed.__getitem__, leaves), strict=True):
            if code >= 0:
                topics.append(code)
                made_by.append(leaf)
            elif code != FREE:
                at = -code
                first, second, third = numbers[at], numbers[at + 1], numbers[at + 2]
                if first == third or leaves.isdisjoint(numbers[third : 2 * third - first]):
                    topics += numbers[at + HEAD : second]
                    made_by += [leaf] * (second - at - HEAD)
                else:
                    self._take_posting(Posting.read(numbers, at), leaf)
                if leaf in annexes:
                    self._take_annex(annexes[leaf], leaf)

    def make_distinct(self) -> None:
        """Leave each topic once, with all leaves of the alternatives that are met."""
        if not self._again:
            return
        topics, made_by = self.topics, self.made_by
        where: dict[int, list[int]] = {}
        for at in compress(count(), map(self._again.__contains__, topics)):
            where.setdefault(topics[at], []).append(at)
        later: list[int] = []
        for at, *others in where.values():
            for other in others:
                made_by[at] = _several(made_by[at]) + _several(made_by[other])
            later += others
        for at in sorted(later, reverse=True):
            del topics[at], made_by[at]

    def _take_posting(self, posting: Posting, leaf: int) -> None:
        unless = zip(posting.unless, posting.unless_met, strict=True)
        self.topics += posting.topics
        self.topics += [topic for topic, other in unless if other not in self._leaves]
        self.made_by += [leaf] * (len(self.topics) - len(self.made_by))
        for topic, other in zip(posting.pairs, posting.pairs_met, strict=True):
            if other in self._leaves:
                self._take_pair(topic, leaf, other)

    def _take_annex(self, annex: Annex, leaf: int) -> None:
        pairs, leaves = annex.pairs or {}, self._leaves
        for other in pairs.keys() & leaves:
            for topic in pairs[other]:
                self._take_pair(topic, leaf, other)
        for topic, wanted, unwanted in annex.rules or ():
            if leaves.issuperset(wanted) and leaves.isdisjoint(unwanted):
                self.topics.append(topic)
                self.made_by.append((leaf, *wanted))
        self.trees.update(annex.trees or ())

    def _take_pair(self, topic: int, leaf: int, other: int) -> None:
        if topic < 0:
            self._again.add(~topic)
        else:
            self.topics.append(topic)
            self.made_by.append((leaf, other))


def _several(leaves: Leaves) -> tuple[int, ...]:
    return (leaves,) if isinstance(leaves, int) else leaves
