"""Reverse search: all topics against one item, at a cost that grows with what matches.

    item ──words──► lexicon: the terms each word answers ──────► phrases
                                   │                                 │
                                   └────────► leaves found ◄─────────┘
                                                   │
              topics that need one leaf · pairs · rules · trees where places count

Every topic is taken apart into alternatives of leaves that must be there together (normal.py). An
alternative is filed under one of its leaves, the one that fewest topics use, so an item looks only
at topics one of whose rarest leaves it holds. Topics with NEAR, and those with more than 32
alternatives, are filed under a set of leaves without which they cannot hold, and evaluated as they
stand. ``lang:`` and the other fields of data are leaves like all others.

Nothing is compiled: :meth:`TopicIndex.add` and :meth:`~TopicIndex.discard` change a few dictionaries
and hold for the next item. The text of a topic is all that is kept of it besides: its tree is read
again when it is discarded. After loading many topics call :func:`gc.freeze`, or each full collection
walks them all; in huge pages of memory an item is matched a quarter faster (bot/huge_pages.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from watchers.item import Item
from watchers.topics.evaluate import evaluate
from watchers.topics.found import Found
from watchers.topics.grammar import parse
from watchers.topics.match import Matches
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Within, leaves
from watchers.topics.normal import conditions
from watchers.topics.postings import Postings
from watchers.topics.query import Query
from watchers.topics.vocabulary import Vocabulary


class TopicIndex:
    """All topics, matched at once. One thread at a time.

    Costs about 340 bytes for a topic (measured with a million subscriptions to 456,000 topics), and
    130 for each distinct word of the topics in each language whose items occur.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._trees: dict[int, Node] = {}
        self._vocabulary = Vocabulary()
        self._postings = Postings()

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self._texts

    def __iter__(self) -> Iterator[int]:
        return iter(self._texts)

    def add(self, topic_id: int, query: Query) -> None:
        """Watch for ``query`` from the next item on. A topic that is there already is replaced.

        Raises:
            ValueError: if ``topic_id`` is negative.
        """
        if topic_id < 0:
            raise ValueError(f"a topic's id is 0 or more, not {topic_id}")
        text = query.text
        if topic_id in self._texts:
            if self._texts[topic_id] == text:
                return
            self.discard(topic_id)
        self._texts[topic_id] = text
        node = query.node
        if isinstance(node, Leaf):
            leaf = node.text
            number = self._vocabulary.use(node, text if leaf == text else leaf)  # one string in all
            self._postings.reach(self._vocabulary.size)
            self._postings.file_leaf(topic_id, number)
            return
        numbers = {leaf: self._vocabulary.use(one, leaf) for leaf, one in _leaves(node).items()}
        self._postings.reach(self._vocabulary.size)
        alternatives = conditions(node, numbers)
        if alternatives is None:
            self._trees[topic_id] = node
            cover = [numbers[leaf] for leaf in self._cover(node)]
            self._postings.file_tree(topic_id, cover)
            return
        for condition in alternatives:
            anchor = min(condition.wanted, key=self._vocabulary.commonness)
            self._postings.file(topic_id, condition, anchor)
        if len(alternatives) > 1:
            self._postings.file_twins(topic_id, alternatives)

    def discard(self, topic_id: int) -> None:
        """Forget a topic, if it is there, from the next item on."""
        text = self._texts.pop(topic_id, None)
        if text is None:
            return
        node = parse(text)
        found = _leaves(node)
        numbers = {leaf: self._vocabulary.numbers[leaf] for leaf in found}
        if self._trees.pop(topic_id, None) is not None:
            self._postings.remove_tree(topic_id, numbers.values())
        else:
            alternatives = conditions(node, numbers) or ()
            for condition in alternatives:
                self._postings.remove(topic_id, condition)
            self._postings.remove_twins(topic_id, alternatives)
        for text, leaf in found.items():
            self._vocabulary.release(leaf, text)

    def match(self, item: Item) -> Matches:
        """The topics that ``item`` matches."""
        found = Found(item, self._vocabulary)
        met = self._postings.match(found.leaves)
        for topic in met.trees:
            marks = evaluate(self._trees[topic], found.find, found.reading.row)
            if marks is not None:
                met.topics.append(topic)
                met.made_by.append(found.keep(marks))
        return Matches(met.topics, met.made_by, found.spans)

    # ── Where to file ─────────────────────────────────────────────────────────────────────────────

    def _cover(self, node: Node) -> list[str]:
        """Leaves of which at least one is in every item for which ``node`` holds; none if there
        are no such leaves, as where a part is negated.
        """
        match node:
            case Leaf():
                return [node.text]
            case Or():
                covers = [self._cover(part) for part in node.parts]
                return list(dict.fromkeys(chain.from_iterable(covers))) if all(covers) else []
            case Near():
                return self._best([self._cover(node.left), self._cover(node.right)])
            case And() | Within():
                parts = node.parts if isinstance(node, And) else node.leaves
                covers = [self._cover(part) for part in parts]
                return self._best([cover for cover in covers if cover])
            case Not():
                return []

    def _best(self, covers: Iterable[list[str]]) -> list[str]:
        """The cover that fewest items will meet."""
        vocabulary = self._vocabulary

        def commonness(cover: list[str]) -> tuple[int, list[str]]:
            return sum(vocabulary.commonness(vocabulary.numbers[leaf]) for leaf in cover), cover

        return min(covers, key=commonness)


def _leaves(node: Node) -> dict[str, Leaf]:
    return {leaf.text: leaf for leaf in leaves(node)}
