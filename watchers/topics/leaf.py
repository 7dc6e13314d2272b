"""Make leaves from typed text: bring its words into the form in which they are compared."""

from __future__ import annotations

import re
from typing import Final

from watchers.text import tokens as words
from watchers.topics import canonical
from watchers.topics.nodes import Form, Leaf, Node, Proximity

# A shorter prefix would match a large part of the dictionary.
MIN_PREFIX_LETTERS: Final = 3
"""Letters before a ``*``."""

MAX_PHRASE_WORDS: Final = 32
"""Words of a phrase, or characters of a name in a script without spaces."""

OTHER_WORDS_PER_LEAF: Final = 2
"""Other words that may stand among three or more plain words, for each of them."""

_PAIR: Final = 2
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_COUNTRY: Final = re.compile(r"[a-z]{2}")


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
            "a * has no effect inside quotes", "Write the parts side by side: north ONEAR/0 kor*."
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


def implicit_query(leaves: tuple[Leaf, ...], *, is_phrase: bool) -> Node:
    """Return the query that plain words without an operator stand for.

    Two words are a phrase; three or more must stand close together. ``is_phrase`` is false if a
    lower-case "and" stood among the words. Two words of a script without spaces are not a phrase
    either: a space between them separates two terms.
    """
    if is_phrase and len(leaves) == _PAIR and not any(_ends_unspaced(leaf) for leaf in leaves):
        first, second = leaves
        return Leaf(first.words + second.words, first.form, first.field)
    return canonical.make_proximity(leaves, OTHER_WORDS_PER_LEAF * len(leaves))


def plain_text(node: Node) -> str | None:
    """Return the plain words that parse to exactly ``node`` as a whole topic, or ``None``."""
    match node:
        case Leaf(words=(first, second), form=Form.ANY, field=""):
            parts: tuple[Leaf, ...] = (Leaf((first,)), Leaf((second,)))
        case Proximity():
            parts = node.leaves
        case _:
            return None
    if any(leaf.form is not Form.ANY or leaf.field for leaf in parts):
        return None
    if any(leaf.text in ("and", "or", "not") for leaf in parts[1:-1]):
        return None
    if implicit_query(parts, is_phrase=True) != node:
        return None
    return " ".join(leaf.text for leaf in parts)


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
    code = typed.strip().replace("_", "-").lower()
    if field == "lang" and not _LANGUAGE.fullmatch(code):
        raise LeafError(
            f"{typed!r} is not a language code", "Write two letters: lang:en, lang:pt-BR."
        )
    if field == "country" and not _COUNTRY.fullmatch(code):
        raise LeafError(f"{typed!r} is not a country code", "Write two letters: country:kr.")
    return code


def _comparable_words(typed: str, form: Form) -> tuple[str, ...]:
    """Return the words in the form in which they are compared.

    Normalising a rare character can split a word ("½" becomes "1" and "2"), so the function
    repeats until nothing changes. Then the canonical text parses back to the same words.
    """
    leaf_words = words.split_words(typed)
    while True:
        parts = [part for word in leaf_words for part in words.split_words(_comparable(word, form))]
        if parts == leaf_words:
            return tuple(leaf_words)
        leaf_words = parts


def _comparable(word: str, form: Form) -> str:
    if form is Form.CASED:
        return words.to_nfkc(word)
    normal = words.normalize_word(word)
    return normal if form is Form.ANY else words.strip_accents(normal)


def _ends_unspaced(leaf: Leaf) -> bool:
    """Return True if the leaf ends in a script without spaces."""
    last = leaf.words[-1]
    return len(words.split_words(last + last)) == _PAIR
