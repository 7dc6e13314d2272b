"""The tree of a topic: what it asks for, and its canonical text.

    Leaf    a word, a phrase, a beginning of a word, or a field's value
    Near    two parts with at most so many words between them
    Within  several leaves inside one stretch of text
    And, Or, Not

Every node knows its ``text``: what a person could type to get exactly this node. The text of a
canonical tree (see canonical.py) is the topic's identity.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from watchers.text import words

SCOPES: Final = ("", "title", "body")
"""Fields of running text; "" is all of it, "body" the lead and the text."""

DATA: Final = ("lang", "source", "author", "country", "tag")
"""Fields of data about an item. Their words are exact: nobody inflects a source."""


class Form(Enum):
    """How a leaf's words are compared with an item's."""

    ANY = "any"  # any inflection, in the item's language; accents and case do not matter
    EXACT = "exact"  # this form only; accents and case do not matter
    CASED = "cased"  # these very letters: "US" is not "us"
    PREFIX = "prefix"  # words that begin so


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Words that must stand next to each other, in order.

    Attributes:
        words: normal (ANY), folded (EXACT, PREFIX) or as typed (CASED).
        form: how they are compared.
        field: one of ``SCOPES`` or ``DATA``.
        text: as typed: ``missile``, ``north-korea``, ``"north korea"``, ``="US"``, ``sanct*``. It
            says everything, so leaves are equal when their texts are.
    """

    words: tuple[str, ...]
    form: Form = Form.ANY
    field: str = ""
    text: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", leaf_text(self.words, self.form, self.field))

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Leaf) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)


def leaf_text(words: tuple[str, ...], form: Form, field: str) -> str:
    """The text of a leaf with these attributes."""
    scope = f"{field}:" if field else ""
    if form is Form.ANY:
        return scope + (words[0] if len(words) == 1 else _joined(words))
    if form is Form.PREFIX:
        return f"{scope}{words[0]}*"
    sign = "=" if form is Form.CASED else ""
    return f'{scope}{sign}"{words[0] if len(words) == 1 else " ".join(words)}"'


@dataclass(frozen=True, slots=True)
class Near:
    """``left`` and ``right`` in one field, with at most ``between`` words between them."""

    left: Node
    right: Node
    between: int
    ordered: bool = False

    @property
    def text(self) -> str:
        """As typed: ``a NEAR/4 b``, in brackets where a part is a NEAR itself."""
        name = "ONEAR" if self.ordered else "NEAR"
        right = f"({self.right.text})" if isinstance(self.right, Near) else _operand(self.right)
        return f"{_operand(self.left)} {name}/{self.between} {right}"


@dataclass(frozen=True, slots=True)
class Within:
    """All ``leaves`` in one field, in any order, with at most ``others`` other words among them."""

    leaves: tuple[Leaf, ...]
    others: int

    @property
    def text(self) -> str:
        """As typed: ``(north korea sanctions)~6``."""
        return f"({' '.join(leaf.text for leaf in self.leaves)})~{self.others}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; those that are :class:`Not` come last."""

    parts: tuple[Node, ...]

    @property
    def text(self) -> str:
        """As typed: ``a AND (b OR c) -d``."""
        wanted = " AND ".join(_operand(part) for part in self.parts if not isinstance(part, Not))
        unwanted = " ".join(part.text for part in self.parts if isinstance(part, Not))
        return f"{wanted} {unwanted}".strip()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple[Node, ...]

    @property
    def text(self) -> str:
        """As typed: ``a OR b OR c AND d``."""
        return " OR ".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """An item without ``part``, which is a leaf, a Near or a Within in a canonical tree."""

    part: Node

    @property
    def text(self) -> str:
        """As typed: ``-a``."""
        bare = isinstance(self.part, Leaf | Within)
        return f"-{self.part.text}" if bare else f"-({self.part.text})"


Node: TypeAlias = Leaf | Near | Within | And | Or | Not


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves of a tree, from left to right."""
    match node:
        case Leaf():
            yield node
        case Near():
            yield from leaves(node.left)
            yield from leaves(node.right)
        case Within():
            yield from node.leaves
        case And() | Or():
            for part in node.parts:
                yield from leaves(part)
        case Not():
            yield from leaves(node.part)


def _operand(node: Node) -> str:
    """A part inside AND or NEAR, in brackets where they would bind tighter."""
    return f"({node.text})" if isinstance(node, Or) else node.text


def _joined(parts: tuple[str, ...]) -> str:
    """Words that stay together: clusters touch, other words hang on hyphens."""
    text = parts[0]
    for count, word in enumerate(parts[1:], start=2):
        touching = text + word
        kept = words.split(touching) == list(parts[:count])
        text = touching if kept else f"{text}-{word}"
    return text
