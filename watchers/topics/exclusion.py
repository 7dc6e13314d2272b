"""Exclude a word from a topic: the query behind "Less like this", and its label."""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics.canonical import make_and, make_not
from watchers.topics.names import make_literal, make_name_leaf
from watchers.topics.nodes import Form, Leaf, LeafError, iter_leaves, make_leaf
from watchers.topics.parser import parse_query
from watchers.topics.query import Query

# The canonical text of a country with all of its names is longer, and not readable as a label.
_MAX_LABEL_CHARS: Final = 200


def exclude_term(query: Query, word: str) -> Query:
    """Return ``query`` without items that contain any form of ``word``.

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
    name = make_name_leaf(word, "")
    if name is not None:
        # Another name of a wanted country is excluded as a word, and not as the country.
        is_wanted = any(wanted == name for wanted in iter_leaves(query.node))
        leaf = make_literal(Leaf(leaf.words, Form.EXACT)) if is_wanted else name
    return parse_query(make_and((query.node, make_not(leaf))).text)


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
