"""A query said back in words, so that people see how they were understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchers.topics.named import Named
from watchers.topics.nodes import And, Form, Leaf, Near, Node, Not, Or, Within

_WHERE: Final = {"": "", "title": " in the title", "body": " in the text"}

_FACTS: Final = {
    "lang": "items in the language “{}”",
    "source": "items from the source “{}”",
    "author": "items by “{}”",
    "country": "items published in the country “{}”",
    "tag": "items tagged “{}”",
}


_NAMES_SAID: Final = 5


def say(node: Node) -> str:
    """``node`` in words: ``the phrase “north korea”, and “sanctions” or “missile” in any form``."""
    match node:
        case Leaf():
            return leaf_in_words(node)
        case Named():
            return _named(node)
        case Or():
            return _either(node.parts)
        case And():
            return _all(node)
        case Not():
            return f"anything without {say(node.part)}"
        case Near():
            order = "followed by" if node.ordered else "near"
            between = _words_between(node.between)
            return f"{_inner(node.left)} {order} {_inner(node.right)} ({between})"
        case Within():
            return _close_together(node)


def _close_together(node: Within) -> str:
    """Leaves in one stretch; what they share is said once."""
    plain = all(leaf.form is Form.ANY and not leaf.field for leaf in node.leaves)
    said = [_quoted(leaf) if plain else leaf_in_words(leaf) for leaf in node.leaves]
    return (
        f"{_list(said, 'and')}{' in any form,' if plain else ''} close together"
        f" (in any order, with at most {_others(node.others)} among them)"
    )


def _named(node: Named) -> str:
    """A country and some of its names, those that look least alike first."""
    shown = [_shown_name(leaf) for leaf in node.parts if isinstance(leaf, Leaf)]
    others = [name for name in shown if name.casefold() != node.name.casefold()]
    others.sort(key=lambda name: (not name.isupper(), len(name)))
    some = ", ".join(others[:_NAMES_SAID])
    more = f" and {len(others) - _NAMES_SAID} more" if len(others) > _NAMES_SAID else ""
    return f"{node.name} by any of its names ({some}{more})"


def _shown_name(leaf: Leaf) -> str:
    return leaf.text.strip('="').replace("-", " ")


def leaf_in_words(leaf: Leaf) -> str:
    """One leaf in words."""
    words = leaf.text.removeprefix(f"{leaf.field}:").strip('="')
    if leaf.field in _FACTS:
        return _FACTS[leaf.field].format(words)
    return f"{_quoted(leaf)}{_form(leaf)}{_WHERE[leaf.field]}"


def _quoted(leaf: Leaf) -> str:
    shown = leaf.text.removeprefix(f"{leaf.field}:").strip('="')
    if leaf.form is Form.PREFIX:
        return f"words that begin with “{shown.removesuffix('*')}”"
    if len(leaf.words) > 1:
        return f"the phrase “{shown.replace('-', ' ')}”"
    return f"“{shown}”"


def _form(leaf: Leaf) -> str:
    match leaf.form:
        case Form.ANY:
            return " in any form"
        case Form.EXACT if len(leaf.words) == 1:
            return " exactly"
        case Form.CASED:
            return " in exactly these letters"
        case _:
            return ""


def _either(parts: Sequence[Node]) -> str:
    """Alternatives; what they share is said once, at the end."""
    if all(isinstance(part, Leaf) for part in parts):
        alike = [part for part in parts if isinstance(part, Leaf)]
        if len({(leaf.form, leaf.field) for leaf in alike}) == 1 and alike[0].field not in _FACTS:
            tail = _form(alike[0]) if len({len(leaf.words) > 1 for leaf in alike}) == 1 else ""
            tail = tail or (_form(alike[0]) if alike[0].form is not Form.EXACT else "")
            return _list([_quoted(leaf) for leaf in alike], "or") + tail + _WHERE[alike[0].field]
    return _list([_inner(part) for part in parts], "or")


def _all(node: And) -> str:
    wanted = [_inner(part) for part in node.parts if not isinstance(part, Not)]
    unwanted = [say(part.part) for part in node.parts if isinstance(part, Not)]
    said = ", and ".join(wanted)
    return f"{said}, but not {_list(unwanted, 'or')}" if unwanted else said


def _inner(node: Node) -> str:
    """A part inside another; brackets keep "and" and "or" apart where two levels meet."""
    nested = isinstance(node, And) or (
        isinstance(node, Or) and not all(isinstance(part, Leaf) for part in node.parts)
    )
    return f"({say(node)})" if nested else say(node)


def _words_between(number: int) -> str:
    return "with no word between" if not number else f"at most {_others(number)} between"


def _others(number: int) -> str:
    return "1 other word" if number == 1 else f"{number} other words"


def _list(parts: Sequence[str], joint: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"
