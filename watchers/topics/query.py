"""A topic that was understood."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from watchers.errors import QuerySyntaxError
from watchers.item import Item
from watchers.topics.evaluate import evaluate
from watchers.topics.grammar import LONGEST, parse
from watchers.topics.leaf import plain_text
from watchers.topics.match import Span
from watchers.topics.named import Named, unwidened_text
from watchers.topics.nodes import Node
from watchers.topics.say import say
from watchers.topics.search import Search
from watchers.topics.why import Why, why


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed topic. Equal queries mean the same and have the same text.

    Attributes:
        node: the canonical tree.
        text: what a person could type to get exactly this query, and its identity in the store.
    """

    node: Node
    text: str = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        text = plain_text(self.node) or unwidened_text(self.node) or self.node.text
        object.__setattr__(self, "text", text)

    def __str__(self) -> str:
        return self.text

    @property
    def is_widened(self) -> bool:
        """Whether it is a country's name and stands for all of that country's names."""
        return isinstance(self.node, Named)

    def explain(self) -> str:
        """What it finds, in words for a person."""
        return say(self.node)

    def match(self, item: Item) -> tuple[Span, ...] | None:
        """Where ``item`` matches; ``None`` if it does not.

        The spans are empty only where nothing of the text was asked for: ``lang:en``. For many
        items against one query a :class:`~watchers.topics.index.TopicIndex` with that query is
        faster (it remembers words); this is the plain way, about 0.5 ms for a page of text.
        """
        search = Search(item)
        marks = evaluate(self.node, search.find, search.reading.row)
        return None if marks is None else search.reading.spans(marks)

    def why(self, item: Item) -> Why:
        """Leaf by leaf, why ``item`` matches or does not."""
        return why(self.node, item)


def parse_query(text: str) -> Query:
    """Read a topic as people type it; grammar.py has the language.

    A query that is returned parses back: ``parse_query(str(query)) == query``. The store keeps only
    ``str(query)``, so a topic that does not parse back could never be matched again.

    Raises:
        QuerySyntaxError: with ``.position`` and a ``.hint``.
    """
    query = Query(parse(text))
    # The canonical text of a canonical text is itself: stored topics are read once.
    if query.text != text:
        _check_canonical(query, text)
    return query


def _check_canonical(query: Query, typed: str) -> None:
    """Refuse a query whose canonical text exceeds a limit or means something else.

    Raises:
        QuerySyntaxError: about ``typed``.
    """
    written = query.text
    if len(written) > LONGEST:
        raise QuerySyntaxError(
            f"the topic has {len(written):,} characters once every operator is written out, and"
            f" the most is {LONGEST:,}",
            text=typed,
            position=0,
            hint="Make two topics of it.",
        )
    try:
        again = parse(written)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(
            f"once every operator is written out, {error.problem}",
            text=typed,
            position=0,
            hint=error.hint or "Make two topics of it.",
        ) from error
    if again != query.node:
        raise QuerySyntaxError(
            "the topic reads differently once every operator is written out",
            text=typed,
            position=0,
            hint="Put brackets around its parts, or make two topics of it.",
        )
