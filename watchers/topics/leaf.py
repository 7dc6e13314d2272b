"""Leaves from what is typed: words brought to the form in which they are compared."""

from __future__ import annotations

import re
from typing import Final

from watchers.text import words
from watchers.topics import canonical
from watchers.topics.nodes import Form, Leaf, Node, Within

SHORTEST_PREFIX: Final = 3
"""Letters before a ``*``; fewer would ring for half the dictionary."""

LONGEST_PHRASE: Final = 32
"""Words of a phrase, or characters of a name in a script without spaces."""

OTHERS_A_WORD: Final = 2
"""How many other words may stand among three plain words and more, for each of them."""

_A_PAIR: Final = 2
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_COUNTRY: Final = re.compile(r"[a-z]{2}")


class LeafError(ValueError):
    """What is typed cannot be a leaf: ``problem``, and the ``hint`` that says what could."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def make_leaf(typed: str, form: Form, field: str) -> Leaf:
    """A leaf of running text.

    Raises:
        LeafError: if there is no word in it, or a prefix is too short to tell anything.
    """
    if form is Form.PREFIX:
        return _prefix(typed, field)
    if "*" in typed:
        raise LeafError(
            "a * inside quotes finds nothing", "Write the parts side by side: north ONEAR/0 kor*."
        )
    found = _comparable(typed, form)
    if not found:
        raise LeafError("there is no word in it", "Write letters or digits.")
    if len(found) > LONGEST_PHRASE:
        raise LeafError(
            f"this phrase has more than {LONGEST_PHRASE} words",
            "Nobody prints so long a phrase twice; keep its rarest words.",
        )
    return Leaf(found, form, field)


def data_leaf(typed: str, form: Form, field: str) -> Leaf:
    """A leaf of a field of data: always exact.

    Raises:
        LeafError: if the value cannot be one of that field.
    """
    if form in (Form.PREFIX, Form.CASED):
        raise LeafError(f"{field}: takes whole words in any case", f"Write {field}:word.")
    if field in ("lang", "country"):
        return Leaf((_code(typed, field),), Form.EXACT, field)
    return make_leaf(typed, Form.EXACT, field)


def plain_topic(leaves: tuple[Leaf, ...], *, joined: bool) -> Node:
    """Plain words that are all there is: a pair is a phrase, more stand close together.

    ``joined`` is false where a small "and" stood among them, which makes no phrase. Words of
    scripts without spaces are no phrase either: whoever parts them with a space means two things.
    """
    if joined and len(leaves) == _A_PAIR and not any(_touches(leaf) for leaf in leaves):
        first, second = leaves
        return Leaf(first.words + second.words, first.form, first.field)
    return canonical.within(leaves, OTHERS_A_WORD * len(leaves))


def plain_text(node: Node) -> str | None:
    """The plain words that mean exactly ``node`` when they are a whole topic, if there are any."""
    match node:
        case Leaf(words=(first, second), form=Form.ANY, field=""):
            parts: tuple[Leaf, ...] = (Leaf((first,)), Leaf((second,)))
        case Within():
            parts = node.leaves
        case _:
            return None
    if any(leaf.form is not Form.ANY or leaf.field for leaf in parts):
        return None
    if any(leaf.text in ("and", "or", "not") for leaf in parts[1:-1]):
        return None
    if plain_topic(parts, joined=True) != node:
        return None
    return " ".join(leaf.text for leaf in parts)


def _prefix(typed: str, field: str) -> Leaf:
    found = _comparable(typed.removesuffix("*"), Form.EXACT)
    if len(found) != 1:
        raise LeafError("a * follows one word", "Write the parts side by side: anti ONEAR/0 miss*.")
    if len(found[0]) < SHORTEST_PREFIX:
        raise LeafError(
            f"{typed} would find too many words",
            f"Write {SHORTEST_PREFIX} letters or more before the *.",
        )
    return Leaf(found, Form.PREFIX, field)


def _code(typed: str, field: str) -> str:
    code = typed.strip().replace("_", "-").lower()
    if field == "lang" and not _LANGUAGE.fullmatch(code):
        raise LeafError(f"{typed!r} is no language code", "Write two letters: lang:en, lang:pt-BR.")
    if field == "country" and not _COUNTRY.fullmatch(code):
        raise LeafError(f"{typed!r} is no country code", "Write two letters: country:kr.")
    return code


def _comparable(typed: str, form: Form) -> tuple[str, ...]:
    """The words in the form in which they are compared.

    Bringing a rare sign to its plain form can part a word in two ("½"), so this goes on until
    nothing changes: then the canonical text reads back as the same words.
    """
    found = words.split(typed)
    while True:
        again = [part for word in found for part in words.split(_brought(word, form))]
        if again == found:
            return tuple(found)
        found = again


def _brought(word: str, form: Form) -> str:
    if form is Form.CASED:
        return words.encoded(word)
    normal = words.normal(word)
    return normal if form is Form.ANY else words.fold(normal)


def _touches(leaf: Leaf) -> bool:
    """Whether the leaf ends in a script without spaces."""
    last = leaf.words[-1]
    return len(words.split(last + last)) == _A_PAIR
