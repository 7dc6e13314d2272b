"""Parse a topic to a query, and match, describe and change queries.

The topic language::

    query   := and ((OR | "|" | ",") and)*
    and     := near ((AND | "&")? near)*              side by side means AND
    near    := unary ((NEAR | ONEAR)("/"n)? unary)*   at most n words between, 4 by default
    unary   := (NOT | "-" | "!") unary | atom
    atom    := "(" query ")" ("~"n)? | FIELD ":" atom
             | "phrase" ("~"n)? | ="Phrase" | word | word*
    FIELD   := title body lang source(=site) author country tag exact

Operators are written in capitals. ``missile`` finds every inflection in the language of the item,
``"missile"`` only this form, ``="US"`` only these letters in this case, ``sanct*`` every word with
this prefix. Everywhere else case and accents are ignored. ``(a b c)~6`` finds the three words close
together with at most six other words among them, ``"a b"~6`` the same without inflections.

Plain words without an operator
    ``north korea`` typed alone is a topic, not a formula. Two words are a phrase, in any form: an AND
    would match every long article that has "white" in one place and "house" in another. Three or more
    words must all stand close together in any order, with at most two other words per word among
    them: "sanctions on North Korea" matches ``north korea sanctions``. A comma makes a list of such
    topics: ``iran, north korea``. With an operator, bracket, quote or field, side by side means AND.
    The description of a query shows which of the two applies.

The name of a country
    typed alone stands for all of its names in every language. ``exact:"North Korea"`` does not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.item import Item
from watchers.topics import canonical
from watchers.topics.canonical import make_and, make_not, make_or
from watchers.topics.country import CountryNode, expand_country, unexpanded_text
from watchers.topics.describe import describe
from watchers.topics.evaluate import evaluate
from watchers.topics.explain import MatchExplanation, explain_match
from watchers.topics.leaf import LeafError, make_leaf, plain_text
from watchers.topics.leaf_finder import LeafFinder
from watchers.topics.match import Span
from watchers.topics.nodes import Form, Node
from watchers.topics.parser import MAX_LEAVES, Parser

MAX_TOPIC_CHARS: Final = 2_000
"""Characters of a topic."""

# One leaf of the limit remains for the excluded word.
MAX_COUNTRY_NAMES: Final = MAX_LEAVES - 1
"""Names of a country that fit into a topic beside an excluded word."""

# The canonical text of a country with all of its names is longer, and not readable as a label.
_MAX_LABEL_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed topic. Equal queries have the same meaning and the same text.

    Attributes:
        node: the canonical tree.
        text: the canonical form: input that parses to this query, and its identity in the store.
    """

    node: Node
    text: str = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        text = plain_text(self.node) or unexpanded_text(self.node) or self.node.text
        object.__setattr__(self, "text", text)

    def __str__(self) -> str:
        return self.text

    @property
    def is_country(self) -> bool:
        """True if the query is the name of a country and stands for all of its names."""
        return isinstance(self.node, CountryNode)

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


def parse_query(text: str) -> Query:
    """Parse a topic as users type it.

    Every query that is returned parses back: ``parse_query(str(query)) == query``. The store keeps
    only ``str(query)``, so a topic that does not parse back could never be matched again.

    Raises:
        QuerySyntaxError: with ``.position`` and a ``.hint``.
    """
    query = Query(parse_node(text))
    # A canonical text is its own canonical form, so stored topics are parsed only once.
    if query.text != text:
        _check_parses_back(query, text)
    return query


def parse_node(text: str) -> Node:
    """Return the canonical tree of ``text``.

    Raises:
        QuerySyntaxError: with the position of the problem and a hint what to write instead.
    """
    if len(text) > MAX_TOPIC_CHARS:
        raise QuerySyntaxError(
            f"the topic has {len(text):,} characters, and the maximum is {MAX_TOPIC_CHARS:,}",
            text=text,
            position=MAX_TOPIC_CHARS,
            hint="Split it into two topics.",
        )
    node = Parser(text).parse()
    if canonical.contradicts_itself(node):
        raise QuerySyntaxError(
            "the topic both requires and excludes the same words",
            text=text,
            position=0,
            hint="No item can match. Remove one of the two.",
        )
    if not canonical.is_anchored(node):
        raise QuerySyntaxError(
            "the topic only excludes words, so nearly every item would match",
            text=text,
            position=0,
            hint="Add something to find, at least a language or a source: lang:en -football.",
        )
    return expand_country(node, text)


def _check_parses_back(query: Query, typed: str) -> None:
    """Refuse a query whose canonical text exceeds a limit or has another meaning.

    Raises:
        QuerySyntaxError: about ``typed``.
    """
    if len(query.text) > MAX_TOPIC_CHARS:
        raise QuerySyntaxError(
            f"the topic has {len(query.text):,} characters with every operator written out, and"
            f" the maximum is {MAX_TOPIC_CHARS:,}",
            text=typed,
            position=0,
            hint="Split it into two topics.",
        )
    try:
        node = parse_node(query.text)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(
            f"with every operator written out, {error.problem}",
            text=typed,
            position=0,
            hint=error.hint or "Split it into two topics.",
        ) from error
    if node != query.node:
        raise QuerySyntaxError(
            "the topic has another meaning with every operator written out",
            text=typed,
            position=0,
            hint="Put brackets around its parts, or split it into two topics.",
        )


# ── Excluding a word ──────────────────────────────────────────────────────────────────────────────


def exclude_term(query: Query, word: str) -> Query:
    """Return ``query`` without items that contain any form of ``word``.

    A query for a country keeps up to `MAX_COUNTRY_NAMES` of its names.

    Raises:
        QuerySyntaxError: if ``word`` is not a word, or if the topic would contradict itself or be
            too long.
    """
    try:
        leaf = make_leaf(word, Form.ANY, "")
    except LeafError as error:
        raise QuerySyntaxError(
            f"“{word}” is not a word", text=word, position=0, hint="Use one word with letters."
        ) from error
    wanted = _country_names(query.node) if isinstance(query.node, CountryNode) else query.node
    return parse_query(make_and((wanted, make_not(leaf))).text)


def _country_names(node: CountryNode) -> Node:
    """Return names as plain alternatives: names in Latin letters first, then the shortest."""
    names = sorted(node.parts, key=lambda part: (not part.text.isascii(), len(part.text)))
    return make_or(names[:MAX_COUNTRY_NAMES])


def make_exclusion_label(query: Query, label: str, word: str) -> str:
    """Return a label for ``query``, which is the query called ``label`` without ``word``.

    Prefer a label that users could type: ``label`` with the excluded word.
    """
    for typed in (f"{label} -{word}", f"({label}) -{word}"):
        try:
            if parse_query(typed) == query:
                return typed
        except QuerySyntaxError:
            continue
    canonical_text = str(query)
    return canonical_text if len(canonical_text) <= _MAX_LABEL_CHARS else f"{label} -{word}"
