"""Exclude a word from a topic: the query behind "Less like this", and its label."""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics.canonical import make_and, make_not, make_or
from watchers.topics.country import CountryNode
from watchers.topics.grammar import MAX_LEAVES
from watchers.topics.nodes import Form, LeafError, Node, make_leaf
from watchers.topics.parser import parse_query
from watchers.topics.query import Query

# One leaf of the limit remains for the excluded word.
MAX_COUNTRY_NAMES: Final = MAX_LEAVES - 1
"""Names of a country that fit into a topic beside an excluded word."""

# The canonical text of a country with all of its names is longer, and not readable as a label.
_MAX_LABEL_CHARS: Final = 200


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
