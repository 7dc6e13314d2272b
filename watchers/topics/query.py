"""A parsed topic: its tree and canonical text, and what it finds in an item.

nodes.py has the parts of the tree, parser.py creates queries from typed text.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from watchers.item import Item
from watchers.topics.canonical import plain_text
from watchers.topics.describe import describe, describe_capitals, describe_names
from watchers.topics.engine.leaf_finder import LeafFinder
from watchers.topics.evaluate import evaluate
from watchers.topics.explain import MatchExplanation, explain_match
from watchers.topics.match import Span
from watchers.topics.nodes import Form, Leaf, Node


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed topic. Equal queries have the same meaning and the same text.

    Attributes:
        node: the canonical tree.
        notes: sentences about input that was read in another way than typed.
        text: the canonical form: input that parses to this query, and its identity in the store.
    """

    node: Node
    notes: tuple[str, ...] = dataclasses.field(default=(), compare=False, repr=False)
    text: str = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        text = plain_text(self.node) or self.node.text
        object.__setattr__(self, "text", text)

    def __str__(self) -> str:
        return self.text

    @property
    def is_country(self) -> bool:
        """True if the query is the name of a country and stands for all of its names."""
        return isinstance(self.node, Leaf) and self.node.form is Form.NAME

    @property
    def name_notes(self) -> list[str]:
        """Sentences about names of countries and names in capitals, for the confirmation."""
        return describe_names(self.node) + describe_capitals(self.node)

    def describe(self) -> str:
        """Return what the query finds, in words."""
        return describe(self.node)

    def match(self, item: Item) -> tuple[Span, ...] | None:
        """Return where ``item`` matches, or ``None`` if it does not.

        The spans are empty only if the query has no words of the text: ``lang:en``. A call takes
        about 0.5 ms for a page of text. To match many items against one query, a
        :class:`~watchers.topics.index.TopicIndex` with this query is faster, because it caches words.
        """
        finder = LeafFinder(item)
        marks = evaluate(self.node, finder.find, finder.tokens.row)
        return None if marks is None else finder.tokens.spans(marks)

    def explain_match(self, item: Item) -> MatchExplanation:
        """Explain for each leaf why ``item`` matches or not."""
        return explain_match(self.node, item)
