"""Build canonical trees: ``b a``, ``a AND b`` and ``(b) AND a AND a`` are the same topic.

Each function takes canonical parts and returns a canonical node: nested ANDs and ORs are flattened,
duplicates are removed, parts are sorted by their text, NOT is moved down to the leaves (De Morgan),
and redundant parts are absorbed: ``a OR (a AND b)`` becomes ``a``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchers.text import tokens as words
from watchers.topics.names import name_sizes
from watchers.topics.nodes import And, Form, Leaf, Near, Node, Not, Or, Proximity

OTHER_WORDS_PER_LEAF: Final = 2
"""Other words that may stand among three or more plain words, for each of them."""

_PAIR: Final = 2

# An item has one of each, so two of them side by side cannot both be required.
_SINGLE_VALUE_FIELDS: Final = ("lang", "source", "country")


def make_and(parts: Iterable[Node]) -> Node:
    """Return the parts joined by AND."""
    flat = _absorb(_flatten(parts, And), Or)
    if len(flat) == 1:
        return flat[0]
    ordered = tuple(sorted(flat, key=lambda part: (isinstance(part, Not), part.text)))
    return And(ordered)


def make_or(parts: Iterable[Node]) -> Node:
    """Return the parts joined by OR."""
    flat = _absorb(_flatten(parts, Or), And)
    if len(flat) == 1:
        return flat[0]
    ordered = tuple(sorted(flat, key=lambda part: part.text))
    return Or(ordered)


def make_not(part: Node) -> Node:
    """Return the negation of ``part``."""
    match part:
        case Not():
            return part.part
        case And():
            return make_or(make_not(each) for each in part.parts)
        case Or():
            return make_and(make_not(each) for each in part.parts)
        case _:
            return Not(part)


def make_near(left: Node, right: Node, max_gap: int, *, ordered: bool) -> Node:
    """Return two parts joined by NEAR; parts without an order are sorted."""
    if not ordered and right.text < left.text:
        left, right = right, left
    return Near(left, right, max_gap, ordered)


def make_proximity(leaves: tuple[Leaf, ...], max_other_words: int) -> Node:
    """Return leaves that must stand close together.

    Two leaves are a NEAR. More keep the order in which they are typed.
    """
    if len(leaves) == 1:
        return leaves[0]
    if len(leaves) == _PAIR:
        return make_near(*leaves, max_other_words, ordered=False)
    return Proximity(leaves, max_other_words)


def implicit_query(leaves: tuple[Leaf, ...], *, is_phrase: bool) -> Node:
    """Return the query that plain words without an operator stand for.

    Two words are a phrase; three or more must stand close together, and so must a compound of two
    words ("F-16") and another word. ``is_phrase`` is false if a lower-case "and" stood among the
    words. Two words of a script without spaces are not a phrase either: a space between them separates
    two terms.
    """
    is_pair = len(leaves) == _PAIR and all(len(leaf.words) == 1 for leaf in leaves)
    if is_phrase and is_pair and not any(_ends_unspaced(leaf) for leaf in leaves):
        first, second = leaves
        return Leaf(first.words + second.words, first.form, first.field)
    return make_proximity(leaves, OTHER_WORDS_PER_LEAF * len(leaves))


def plain_text(node: Node) -> str | None:
    """Return the plain words that parse to exactly ``node`` as a whole topic, or ``None``."""
    match node:
        case Leaf(words=(first, second), form=Form.ANY, field=""):
            if name_sizes((first, second)):
                # Side by side, they would be a name and a word.
                return None
            parts: tuple[Leaf, ...] = (Leaf((first,)), Leaf((second,)))
        case Proximity():
            parts = node.leaves
        case Near(left=Leaf() as left, right=Leaf() as right):
            parts = (left, right)
        case _:
            return None
    if any(leaf.form is Form.NAME for leaf in parts):
        return _plain_text_with_names(node, parts)
    if any(leaf.form is not Form.ANY or leaf.field for leaf in parts):
        return None
    if name_sizes([leaf.text for leaf in parts]):
        return None
    if any(leaf.text in ("and", "or", "not") for leaf in parts[1:-1]):
        return None
    if implicit_query(parts, is_phrase=True) != node:
        return None
    return " ".join(leaf.text for leaf in parts)


def _plain_text_with_names(node: Node, parts: tuple[Leaf, ...]) -> str | None:
    """Return the words of ``parts``, some of which are names, if they parse to ``node``."""
    if any(leaf.form not in (Form.ANY, Form.NAME) or leaf.field for leaf in parts):
        return None
    if make_proximity(parts, OTHER_WORDS_PER_LEAF * len(parts)) != node:
        return None
    typed: list[str] = []
    sizes: dict[int, int] = {}
    for leaf in parts:
        if leaf.form is Form.NAME:
            sizes[len(typed)] = len(leaf.words)
            typed += leaf.words
        else:
            typed.append(leaf.text)
    if any(word in ("and", "or", "not") or not word.isalnum() for word in typed):
        return None
    return " ".join(typed) if name_sizes(typed) == sizes else None


def contradicts_itself(node: Node) -> bool:
    """Return True if an AND requires both a part and its negation."""
    parts = set(node.parts) if isinstance(node, And) else set()
    return any(isinstance(part, Not) and part.part in parts for part in parts)


def is_anchored(node: Node) -> bool:
    """Return True if every matching item must contain a leaf: false for pure negation."""
    match node:
        case Not():
            return False
        case And():
            return any(is_anchored(part) for part in node.parts)
        case Or():
            return all(is_anchored(part) for part in node.parts)
        case _:
            return True


def _flatten(parts: Iterable[Node], kind: type[And | Or]) -> list[Node]:
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return list(dict.fromkeys(flat)) if len(flat) > 1 else flat


def _absorb(parts: list[Node], inner: type[And | Or]) -> list[Node]:
    """Return the parts without those that a smaller part makes redundant."""
    if len(parts) == 1 or not any(isinstance(part, inner) for part in parts):
        return parts
    sets = [set(part.parts) if isinstance(part, inner) else {part} for part in parts]
    return [
        part
        for part, own_set in zip(parts, sets, strict=True)
        if not any(other_set < own_set for other_set in sets)
    ]


def _ends_unspaced(leaf: Leaf) -> bool:
    """Return True if the leaf ends in a script without spaces."""
    last = leaf.words[-1][-1:]
    return len(words.split_words(last + last)) == _PAIR


def single_value_field(node: Node) -> str:
    """Return the field of one value, or of alternatives of it, if an item has only one; or ""."""
    match node:
        case Leaf(field=field) if field in _SINGLE_VALUE_FIELDS:
            return field
        case Or():
            fields = {single_value_field(part) for part in node.parts}
            return fields.pop() if len(fields) == 1 else ""
        case _:
            return ""
