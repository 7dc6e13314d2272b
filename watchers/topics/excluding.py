"""A topic without a word: what it asked for stays exactly as it was."""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics.canonical import all_of, any_of, none_of
from watchers.topics.leaf import LeafError, make_leaf
from watchers.topics.named import Named
from watchers.topics.nodes import Form, Node
from watchers.topics.parser import MOST_LEAVES
from watchers.topics.query import Query, parse_query

MOST_NAMES: Final = MOST_LEAVES - 1
"""Names of a country that stand beside a word to leave out: a topic takes no more."""

_LONGEST_LABEL: Final = 200  # characters: the names of a country are longer, and no label


def excluding(query: Query, word: str) -> Query:
    """``query`` but not ``word``, in any of its forms.

    A country's name goes on standing for that country's names, up to `MOST_NAMES` of them.

    Raises:
        QuerySyntaxError: ``word`` is none, or the topic would contradict itself or be too long.
    """
    try:
        leaf = make_leaf(word, Form.ANY, "")
    except LeafError as error:
        raise QuerySyntaxError(
            f"“{word}” is no word", text=word, position=0, hint="Take one word of letters."
        ) from error
    wanted = _names(query.node) if isinstance(query.node, Named) else query.node
    return parse_query(all_of((wanted, none_of(leaf))).text)


def _names(node: Named) -> Node:
    """Its names as any other alternatives: those in Latin letters, and the shortest of the others."""
    usual = sorted(node.parts, key=lambda part: (not part.text.isascii(), len(part.text)))
    return any_of(usual[:MOST_NAMES])


def label_of(query: Query, label: str, word: str) -> str:
    """How to call ``query``, which is what ``label`` says without ``word``: as a person would type it."""
    for typed in (f"{label} -{word}", f"({label}) -{word}"):
        try:
            if parse_query(typed) == query:
                return typed
        except QuerySyntaxError:
            continue
    exact = str(query)
    return exact if len(exact) <= _LONGEST_LABEL else f"{label} -{word}"
