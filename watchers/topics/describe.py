"""Describe a query in words, so that users see how their input was understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchers.names.ambiguities import Ambiguity, ambiguity_of
from watchers.names.table import Territory
from watchers.topics import word_forms
from watchers.topics.names import territory_of
from watchers.topics.nodes import (
    And,
    Form,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Proximity,
    iter_leaves,
    leaf_text,
)

_TEXT_FIELDS: Final = {"": "", "title": " in the title", "body": " in the text"}

_DATA_FIELDS: Final = {
    "lang": "items in the language “{}”",
    "source": "items from the source “{}”",
    "author": "items by “{}”",
    "country": "items published in the country “{}”",
    "tag": "items tagged “{}”",
}

_MAX_SHOWN_NAMES: Final = 5


def describe(node: Node) -> str:
    """Return ``node`` in words.

    Example: ``the phrase “north korea”, and “sanctions” or “missile” in any form``.
    """
    match node:
        case Leaf():
            return describe_leaf(node)
        case Or():
            return _describe_or(node.parts)
        case And():
            return _describe_and(node)
        case Not():
            return f"anything without {describe(node.part)}"
        case Near():
            order = "followed by" if node.ordered else "near"
            left, right = _describe_part(node.left), _describe_part(node.right)
            return f"{left} {order} {right} ({_words_between(node.max_gap)})"
        case Proximity():
            return _describe_proximity(node)


def describe_leaf(leaf: Leaf) -> str:
    """Return one leaf in words."""
    if leaf.form is Form.NAME:
        return f"{_describe_name(leaf)}{_TEXT_FIELDS[leaf.field]}"
    words = leaf.text.removeprefix(f"{leaf.field}:").strip('="')
    if leaf.field in _DATA_FIELDS:
        return _DATA_FIELDS[leaf.field].format(words)
    return f"{_quote(leaf)}{_describe_form(leaf)}{_TEXT_FIELDS[leaf.field]}"


def _describe_name(leaf: Leaf) -> str:
    """Return a country and some of its names, acronyms and short names first."""
    territory = territory_of(leaf)
    names = _other_names(territory)
    shown = ", ".join(names[:_MAX_SHOWN_NAMES])
    hidden_count = len(names) - _MAX_SHOWN_NAMES
    more = f" and {hidden_count} more" if hidden_count > 0 else ""
    return f"{territory.display} by any of its names ({shown}{more})"


def _other_names(territory: Territory) -> list[str]:
    """Return the names that a topic also finds: acronyms, English demonyms, then short names."""
    demonyms = territory.demonyms.get("en", ())
    names = sorted(territory.names, key=len)
    ordered = dict.fromkeys((*territory.acronyms, *demonyms[:1], *names, *demonyms))
    return [name for name in ordered if name.casefold() != territory.display.casefold()]


def describe_names(node: Node) -> list[str]:
    """Return sentences about the names in ``node``: how to turn them off, and other meanings."""
    notes: list[str] = []
    territories = {leaf.text: leaf for leaf in iter_leaves(node) if leaf.form is Form.NAME}
    for leaf in territories.values():
        territory = territory_of(leaf)
        shown = ", ".join(_other_names(territory)[:_MAX_SHOWN_NAMES])
        notes.append(
            f"“{territory.display}” also finds its other names ({shown} …) in every language."
            f" To find only the words themselves, write {_literal_text(leaf)}."
        )
        ambiguity = ambiguity_of(territory.code)
        if ambiguity is not None:
            notes.append(_describe_ambiguity(leaf, ambiguity))
    return notes


def _describe_ambiguity(leaf: Leaf, ambiguity: Ambiguity) -> str:
    """Return the other meaning of a name, and topics without it."""
    words = " OR ".join(ambiguity.narrowing)
    narrowing = f"({words})" if len(ambiguity.narrowing) > 1 else words
    text = (
        f"“{ambiguity.name}” is also {ambiguity.meaning}. To narrow the topic, add words:"
        f" {leaf.text} AND {narrowing}"
    )
    if ambiguity.excluded:
        text += f", or exclude some: {leaf.text} -{ambiguity.excluded}"
    return f"{text}."


def describe_capitals(node: Node) -> list[str]:
    """Return a sentence about each word of ``node`` that is found in capitals only."""
    names = dict.fromkeys(
        word for leaf in iter_leaves(node) for word in leaf.words if _is_capital_name(leaf, word)
    )
    return [_describe_capital_name(name) for name in names]


def _describe_capital_name(name: str) -> str:
    spellings = ", ".join(word_forms.capital_spellings(name))
    return (
        f"“{name}” is read as a name in capitals ({spellings})."
        f" To find the word in any case, write {name.lower()}."
    )


def _is_capital_name(leaf: Leaf, word: str) -> bool:
    in_text = leaf.form in (Form.ANY, Form.EXACT, Form.LITERAL) and leaf.field not in _DATA_FIELDS
    return in_text and word_forms.is_in_capitals(word)


def _literal_text(leaf: Leaf) -> str:
    """Return the input for only the words of a name."""
    return leaf_text(leaf.words, Form.LITERAL, leaf.field)


def _describe_or(parts: Sequence[Node]) -> str:
    """Return alternatives. A common form and field is added once, at the end."""
    if all(isinstance(part, Leaf) and part.form is not Form.NAME for part in parts):
        leaves = [part for part in parts if isinstance(part, Leaf)]
        first = leaves[0]
        if len({(leaf.form, leaf.field) for leaf in leaves}) == 1 and (
            first.field not in _DATA_FIELDS
        ):
            are_alike = len({len(leaf.words) > 1 for leaf in leaves}) == 1
            form = _describe_form(first) if are_alike else ""
            form = form or (_describe_form(first) if first.form is not Form.EXACT else "")
            return _join([_quote(leaf) for leaf in leaves], "or") + form + _TEXT_FIELDS[first.field]
    return _join([_describe_part(part) for part in parts], "or")


def _describe_and(node: And) -> str:
    wanted = [_describe_part(part) for part in node.parts if not isinstance(part, Not)]
    unwanted = [describe(part.part) for part in node.parts if isinstance(part, Not)]
    text = ", and ".join(wanted)
    return f"{text}, but not {_join(unwanted, 'or')}" if unwanted else text


def _describe_proximity(node: Proximity) -> str:
    """Return leaves that stand close together. A common form is added once."""
    is_plain = all(leaf.form is Form.ANY and not leaf.field for leaf in node.leaves)
    leaves = [_quote(leaf) if is_plain else describe_leaf(leaf) for leaf in node.leaves]
    return (
        f"{_join(leaves, 'and')}{' in any form,' if is_plain else ''} close together"
        f" (in any order, with at most {_count_words(node.max_other_words)} among them)"
    )


def _describe_part(node: Node) -> str:
    """Return a part of another node, in brackets if "and" and "or" could be confused."""
    is_nested = isinstance(node, And) or (
        isinstance(node, Or) and not all(isinstance(part, Leaf) for part in node.parts)
    )
    return f"({describe(node)})" if is_nested else describe(node)


def _quote(leaf: Leaf) -> str:
    text = leaf.text.removeprefix(f"{leaf.field}:").removeprefix("exact:").strip('="')
    if leaf.form is Form.PREFIX:
        return f"words that begin with “{text.removesuffix('*')}”"
    if len(leaf.words) > 1:
        return f"the phrase “{text.replace('-', ' ')}”"
    return f"“{text}”"


def _describe_form(leaf: Leaf) -> str:
    if len(leaf.words) == 1 and _is_capital_name(leaf, leaf.words[0]):
        return " in capitals"
    match leaf.form:
        case Form.ANY:
            return " in any form"
        case Form.EXACT | Form.LITERAL if len(leaf.words) == 1:
            return " exactly"
        case Form.CASED:
            return " in exactly these letters"
        case _:
            return ""


def _words_between(count: int) -> str:
    return "with no word between" if not count else f"at most {_count_words(count)} between"


def _count_words(count: int) -> str:
    return "1 other word" if count == 1 else f"{count} other words"


def _join(parts: Sequence[str], conjunction: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"
