"""The syntax tree of a topic and its canonical text.

    Leaf          a word, a phrase, a prefix, or a value of a data field
    Near          two parts with a limited number of words between them
    Proximity     several leaves inside one range of text
    And, Or, Not

Every node has a ``text``: an input that parses to exactly this node. The text of a canonical tree
(see canonical.py) identifies the topic.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from watchers.text import tokens as words
from watchers.text.inflections.written_apart import split_compound
from watchers.topics.codes import country_code, language_code
from watchers.topics.word_forms import keeps_capitals

TEXT_FIELDS: Final = ("", "title", "body")
"""Fields of running text: "" is all of it, "body" is the lead and the text."""

DATA_FIELDS: Final = ("lang", "source", "author", "country", "tag")
"""Fields of data about an item. Their words are exact, because names are not inflected."""

# A shorter prefix would match a large part of the dictionary.
MIN_PREFIX_LETTERS: Final = 3
"""Letters before a ``*``."""

MAX_PHRASE_WORDS: Final = 32
"""Words of a phrase, or characters of a name in a script without spaces."""


class Form(Enum):
    """How the words of a leaf are compared with the words of an item."""

    # Any inflection, by the rules of the item's language. Accents and case are ignored.
    ANY = "any"
    # This form only. Accents and case are ignored.
    EXACT = "exact"
    # Exactly these letters: "US" does not match "us".
    CASED = "cased"
    # Words that begin with these letters.
    PREFIX = "prefix"
    # As EXACT, for words that would otherwise be the name of a territory.
    LITERAL = "literal"
    # Any name of the territory with this English name.
    NAME = "name"


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Words that must stand next to each other, in order.

    Leaves are equal if their texts are equal, because the text contains every attribute.

    Attributes:
        words: normal (ANY), folded (EXACT, PREFIX) or as typed (CASED).
        form: how they are compared.
        field: one of ``TEXT_FIELDS`` or ``DATA_FIELDS``.
        text: as typed: ``missile``, ``north-korea``, ``"north korea"``, ``="US"``, ``sanct*``.
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
    """Return the text of a leaf with these attributes."""
    scope = f"{field}:" if field else ""
    if form is Form.ANY:
        return scope + (words[0] if len(words) == 1 else _join_words(words))
    if form is Form.PREFIX:
        return f"{scope}{words[0]}*"
    if form is Form.LITERAL:
        return f'{scope}exact:"{" ".join(words)}"'
    sign = "=" if form is Form.CASED else ""
    return f'{scope}{sign}"{words[0] if len(words) == 1 else " ".join(words)}"'


@dataclass(frozen=True, slots=True)
class Near:
    """``left`` and ``right`` in one field, with at most ``max_gap`` words between them."""

    left: Node
    right: Node
    max_gap: int
    ordered: bool = False

    @property
    def text(self) -> str:
        """As typed: ``a NEAR/4 b``, in brackets where a part is a NEAR itself."""
        name = "ONEAR" if self.ordered else "NEAR"
        right = f"({self.right.text})" if isinstance(self.right, Near) else _operand(self.right)
        return f"{_operand(self.left)} {name}/{self.max_gap} {right}"


@dataclass(frozen=True, slots=True)
class Proximity:
    """All ``leaves`` in one field and any order, with at most ``max_other_words`` among them."""

    leaves: tuple[Leaf, ...]
    max_other_words: int

    @property
    def text(self) -> str:
        """As typed: ``(north korea sanctions)~6``."""
        return f"({' '.join(leaf.text for leaf in self.leaves)})~{self.max_other_words}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts. Parts that are :class:`Not` come last."""

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
    """An item without ``part``: a leaf, a Near or a Proximity in a canonical tree."""

    part: Node

    @property
    def text(self) -> str:
        """As typed: ``-a``."""
        needs_no_brackets = isinstance(self.part, Leaf | Proximity)
        return f"-{self.part.text}" if needs_no_brackets else f"-({self.part.text})"


Node: TypeAlias = Leaf | Near | Proximity | And | Or | Not


def iter_leaves(node: Node) -> Iterator[Leaf]:
    """Yield the leaves of a tree from left to right."""
    match node:
        case Leaf():
            yield node
        case Near():
            yield from iter_leaves(node.left)
            yield from iter_leaves(node.right)
        case Proximity():
            yield from node.leaves
        case And() | Or():
            for part in node.parts:
                yield from iter_leaves(part)
        case Not():
            yield from iter_leaves(node.part)


def _operand(node: Node) -> str:
    """Return the text of a part of AND or NEAR: an OR needs brackets, because it binds less."""
    return f"({node.text})" if isinstance(node, Or) else node.text


def _join_words(parts: tuple[str, ...]) -> str:
    """Return words as one token: without a separator if they split again, else with hyphens."""
    text = parts[0]
    for count, word in enumerate(parts[1:], start=2):
        concatenated = text + word
        splits_again = words.split_words(concatenated) == list(parts[:count])
        text = concatenated if splits_again else f"{text}-{word}"
    return text


# ── Making leaves ──


class LeafError(ValueError):
    """Typed text that cannot be a leaf, with the ``problem`` and a ``hint`` how to correct it."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def make_leaf(typed: str, form: Form, field: str) -> Leaf:
    """Return a leaf of running text.

    Raises:
        LeafError: if ``typed`` has no word, is too long, or is a prefix that is too short.
    """
    if form is Form.PREFIX:
        return _make_prefix(typed, field)
    if "*" in typed:
        raise LeafError(
            "a * can stand only at the end of a word", "Write the beginning of the word: sanct*."
        )
    leaf_words = _comparable_words(typed, form)
    if not leaf_words:
        raise LeafError("this contains no word", "Write letters or digits.")
    if len(leaf_words) > MAX_PHRASE_WORDS:
        raise LeafError(
            f"this phrase has more than {MAX_PHRASE_WORDS} words", "Keep only its rarest words."
        )
    return Leaf(leaf_words, form, field)


def make_data_leaf(typed: str, form: Form, field: str) -> Leaf:
    """Return a leaf of a data field. Such a leaf is always exact.

    Raises:
        LeafError: if the field cannot have this value.
    """
    if form in (Form.PREFIX, Form.CASED):
        raise LeafError(f"{field}: takes whole words in any case", f"Write {field}:word.")
    if field in ("lang", "country"):
        return Leaf((_parse_code(typed, field),), Form.EXACT, field)
    return make_leaf(typed, Form.EXACT, field)


def _make_prefix(typed: str, field: str) -> Leaf:
    leaf_words = _comparable_words(typed.removesuffix("*"), Form.EXACT)
    if len(leaf_words) != 1:
        raise LeafError(
            "a * must follow one word", "Write the parts side by side: anti ONEAR/0 miss*."
        )
    if len(leaf_words[0]) < MIN_PREFIX_LETTERS:
        raise LeafError(
            f"{typed} would match too many words",
            f"Write {MIN_PREFIX_LETTERS} letters or more before the *.",
        )
    return Leaf(leaf_words, Form.PREFIX, field)


def _parse_code(typed: str, field: str) -> str:
    code = language_code(typed) if field == "lang" else country_code(typed)
    if code is None:
        name = "language" if field == "lang" else "country"
        examples = "lang:en, lang:pt-BR" if field == "lang" else "country:kr"
        raise LeafError(
            f"“{typed}” is not a {name} code", f"Write the two letters of a {name}: {examples}."
        )
    return code


def _comparable_words(typed: str, form: Form) -> tuple[str, ...]:
    """Return the words in the form in which they are compared.

    Normalising a rare character can split a word ("½" becomes "1" and "2"), so the function
    repeats until nothing changes. Then the canonical text parses back to the same words.
    """
    leaf_words: Sequence[str] = words.split_words(typed, words.QUERY_LANGUAGE)
    if form is Form.ANY and len(leaf_words) == 1:
        leaf_words = split_compound(words.normalize_word(leaf_words[0])) or leaf_words
        # "S&P500" is also printed as two words.
        signed = _SIGNED_NUMBER.fullmatch(leaf_words[0])
        leaf_words = signed.groups() if signed else leaf_words
    while True:
        printed = [*map(words.to_nfkc, leaf_words)]
        comparable = [
            word
            if form in (Form.ANY, Form.EXACT) and keeps_capitals(printed, index)
            else _comparable(word, form)
            for index, word in enumerate(printed)
        ]
        parts = [part for word in comparable for part in words.split_words(word)]
        if parts == [*leaf_words]:
            return _without_last_long_vowel(leaf_words)
        leaf_words = parts


_SIGNED_NUMBER: Final = re.compile(r"(.+&[^\W\d]+)(\d+)")
_LONG_VOWEL: Final = "ー"
_MIN_KATAKANA: Final = 4


def _without_last_long_vowel(leaf_words: Sequence[str]) -> tuple[str, ...]:
    """Return the words without a long vowel that Japanese texts may leave out: コンピューター."""
    if len(leaf_words) > _MIN_KATAKANA and leaf_words[-1] == _LONG_VOWEL:
        return tuple(leaf_words[:-1])
    return tuple(leaf_words)


def _comparable(word: str, form: Form) -> str:
    if form is Form.CASED:
        return words.to_nfkc(word)
    normal = words.normalize_word(word)
    return normal if form is Form.ANY else words.strip_accents(normal)
