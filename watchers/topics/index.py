"""Reverse search: match one item against all topics, at a cost that grows with the matches.

    item ──words──► lexicon: the terms of each word ──────────► phrases
                                   │                               │
                                   └────────► leaves found ◄───────┘
                                                   │
              topics that need one leaf · pairs · rules · trees if positions matter

Every topic is converted to alternatives of leaves that must occur together (dnf.py). An alternative is
registered under one of its leaves, the one that the fewest topics use. So for an item only those topics
are read that have a rare leaf in common with it. Topics with NEAR, and topics with more than 32
alternatives, are registered under a set of leaves one of which they always require, and evaluated as
trees. ``lang:`` and the other data fields are leaves like all others.

Nothing is compiled: :meth:`TopicIndex.add` and :meth:`~TopicIndex.discard` change a few dictionaries and
apply to the next item. Besides its registration only the text of a topic is kept: its tree is parsed
again when it is discarded. After loading many topics call :func:`gc.freeze`, or each full garbage
collection traverses them all. In huge pages of memory an item is matched a quarter faster
(bot/runtime/huge_pages.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from watchers.item import Item
from watchers.topics.dnf import to_dnf
from watchers.topics.engine.item_leaves import ItemLeaves
from watchers.topics.engine.posting_index import PostingIndex
from watchers.topics.engine.tokenised_item import TokenisedItem
from watchers.topics.engine.vocabulary import Vocabulary
from watchers.topics.evaluate import evaluate
from watchers.topics.match import Matches
from watchers.topics.nodes import And, Leaf, Near, Node, Not, Or, Proximity, iter_leaves
from watchers.topics.parser import parse_node
from watchers.topics.query import Query


class TopicIndex:
    """An index of topics that matches all of them at once. Use it from one thread at a time.

    A topic takes about 340 bytes (measured with a million subscriptions to 456,000 topics), and each
    distinct word of the topics takes 130 bytes in each language of the items.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._trees: dict[int, Node] = {}
        self._vocabulary = Vocabulary()
        self._postings = PostingIndex()

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self._texts

    def __iter__(self) -> Iterator[int]:
        return iter(self._texts)

    def add(self, topic_id: int, query: Query) -> None:
        """Match ``query`` from the next item on. An existing topic with this ID is replaced.

        Raises:
            ValueError: if ``topic_id`` is negative.
        """
        if topic_id < 0:
            raise ValueError(f"a topic ID must be 0 or more, not {topic_id}")
        text = query.text
        if topic_id in self._texts:
            if self._texts[topic_id] == text:
                return
            self.discard(topic_id)
        self._texts[topic_id] = text
        node = query.node
        if isinstance(node, Leaf):
            # The topic and its leaf share one string object if they are equal, to save memory.
            leaf_text = text if node.text == text else node.text
            number = self._vocabulary.acquire(node, leaf_text)
            self._postings.ensure_capacity(self._vocabulary.size)
            self._postings.add_single(topic_id, number)
            return
        numbers = {
            leaf_text: self._vocabulary.acquire(leaf, leaf_text)
            for leaf_text, leaf in _leaves_by_text(node).items()
        }
        self._postings.ensure_capacity(self._vocabulary.size)
        alternatives = to_dnf(node, numbers)
        if alternatives is None:
            self._trees[topic_id] = node
            cover = [numbers[leaf.text] for leaf in self._find_cover(node)]
            self._postings.add_evaluated(topic_id, cover)
            return
        for alternative in alternatives:
            anchor = min(alternative.wanted, key=self._vocabulary.usage_count)
            self._postings.add_conjunction(topic_id, alternative, anchor)
        if len(alternatives) > 1:
            self._postings.add_duplicate_guards(topic_id, alternatives)

    def discard(self, topic_id: int) -> None:
        """Remove a topic, if it exists, from the next item on."""
        text = self._texts.pop(topic_id, None)
        if text is None:
            return
        node = parse_node(text)
        leaves = _leaves_by_text(node)
        numbers = {
            leaf_text: self._vocabulary.number_of(leaf) for leaf_text, leaf in leaves.items()
        }
        if self._trees.pop(topic_id, None) is not None:
            self._postings.remove_evaluated(topic_id, numbers.values())
        else:
            alternatives = to_dnf(node, numbers) or ()
            for alternative in alternatives:
                self._postings.remove_conjunction(topic_id, alternative)
            self._postings.remove_duplicate_guards(topic_id, alternatives)
        for leaf_text, leaf in leaves.items():
            self._vocabulary.release(leaf, leaf_text)

    def match(self, item: Item | TokenisedItem) -> Matches:
        """Return the topics that ``item`` matches."""
        tokens = item if isinstance(item, TokenisedItem) else TokenisedItem(item)
        item_leaves = ItemLeaves(tokens, self._vocabulary)
        collector = self._postings.match(item_leaves.leaves)
        for topic_id in collector.evaluated_topics:
            marks = evaluate(self._trees[topic_id], item_leaves.find, item_leaves.tokens.row)
            if marks is not None:
                collector.topics.append(topic_id)
                collector.matched_leaves.append(item_leaves.add_spans(marks))
        return Matches(collector.topics, collector.matched_leaves, item_leaves.spans)

    # ── Covers of trees that are evaluated ────────────────────────────────────────────────────────

    def _find_cover(self, node: Node) -> list[Leaf]:
        """Return leaves of which every matching item has at least one.

        Return an empty list if there are no such leaves, for example for a negated part.
        """
        match node:
            case Leaf():
                return [node]
            case Or():
                covers = [self._find_cover(part) for part in node.parts]
                return list(dict.fromkeys(chain.from_iterable(covers))) if all(covers) else []
            case Near():
                return self._rarest([self._find_cover(node.left), self._find_cover(node.right)])
            case And() | Proximity():
                parts = node.parts if isinstance(node, And) else node.leaves
                covers = [self._find_cover(part) for part in parts]
                return self._rarest([cover for cover in covers if cover])
            case Not():
                return []

    def _rarest(self, covers: Iterable[list[Leaf]]) -> list[Leaf]:
        """Return the cover that the fewest topics use, and so probably the fewest items have."""
        vocabulary = self._vocabulary

        def usage(cover: list[Leaf]) -> tuple[int, list[str]]:
            use_counts = (vocabulary.usage_count(vocabulary.number_of(leaf)) for leaf in cover)
            return sum(use_counts), [leaf.text for leaf in cover]

        return min(covers, key=usage)


def _leaves_by_text(node: Node) -> dict[str, Leaf]:
    return {leaf.text: leaf for leaf in iter_leaves(node)}
