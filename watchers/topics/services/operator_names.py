"""Words that are operators or fields of other services when they are typed in capitals."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple


class Advice(NamedTuple):
    """The problem of a word, and what to write instead."""

    problem: str
    hint: str


_NO_ORDER: Final = "Write a ONEAR/50 b for words in this order."
_SAME_SENTENCE: Final = "Write a NEAR/12 b for words that stand close together."
_EXCLUDE: Final = "Write a -b to exclude a word."

_OPERATOR_WORDS: Final = MappingProxyType(
    {
        "SENTENCE": _SAME_SENTENCE,
        "PARAGRAPH": "Write a NEAR/50 b for words that stand close together.",
        "SAME": "Write a NEAR/50 b for words that stand close together.",
        "NEXT": "Write a ONEAR/0 b for words side by side.",
        "ADJACENT": "Write a ONEAR/0 b for words side by side.",
        "FBY": "Write a ONEAR/0 b for words side by side.",
        "FOLLOWED": _NO_ORDER,
        "BEFORE": _NO_ORDER,
        "AFTER": _NO_ORDER,
        "THEN": _NO_ORDER,
        "WITHIN": "Write a NEAR/5 b.",
        "AROUND": "Write a NEAR/5 b.",
        "NEARBY": "Write a NEAR/5 b.",
        "XNEAR": "Write a NEAR/5 b.",
        "MAYBE": "Remove it and the word after it: only required words are compared.",
        "RANK": "Remove it. Items have no rank.",
        "XRANK": "Remove it. Items have no rank.",
        "BOOST": "Remove it. Items have no rank.",
        "LIKE": "Write the beginning of a word: sanct*.",
        "XOR": "Write (a -b) OR (b -a).",
        "NOR": "Write -a -b.",
        "XNOT": _EXCLUDE,
        "MINUS": _EXCLUDE,
        "EXCEPT": _EXCLUDE,
        "EXCLUDE": _EXCLUDE,
        "WITHOUT": _EXCLUDE,
    }
)
"""Operators of other services in capitals, to what to write instead."""

_EXCLUDING_WORDS: Final = ("without", "except", "excluding", "minus", "w/o")
"""Words in small letters that can exclude the next word."""

_FIELD_CODES: Final = MappingProxyType(
    {
        "TI": "title:word",
        "AB": "body:word",
        "TX": "body:word",
        "AU": "author:name",
        "SU": "tag:word",
        "KW": "tag:word",
        "SO": "source:name",
        "JN": "source:name",
        "LA": "lang:en",
        "MH": "",
        "MJ": "",
        "MM": "",
        "DT": "",
    }
)
"""Codes of fields that stand before a word (EBSCO), to the field of this language."""

_SURE_CODES: Final = frozenset({"TX", "MH", "MJ", "MM", "DT", "JN"})
"""Codes that are seldom the name of anything else."""


def advise_operator_word(word: str) -> Advice | None:
    """Return why a word in capitals between two parts of a topic is refused, or ``None``."""
    hint = _OPERATOR_WORDS.get(word)
    if hint is None:
        return None
    return Advice(
        f"“{word}” can be a word or an operator of another service here",
        f'{hint} For the word, write "{word.lower()}" in quotes.',
    )


def note_plain_word(word: str, following: str) -> str:
    """Return a note about a word of plain text that is an operator elsewhere, or ""."""
    if word.lower() in _EXCLUDING_WORDS:
        return f"“{word}” is read as a word. To exclude a word, write -{following}."
    return ""


def is_field_code(word: str) -> bool:
    """Return True if the word is the code of a field of another service."""
    return word in _FIELD_CODES


def advise_field_code(word: str, *, is_only_code: bool, is_before_word: bool) -> Advice | None:
    """Return why a code of a field before a part of a topic is refused, or ``None``."""
    if is_only_code and is_before_word and word not in _SURE_CODES:
        return None
    field = _FIELD_CODES[word]
    hint = f"Write {field} for the field, or" if field else "Remove it, or write"
    return Advice(
        f"“{word}” can be a word or a field of another service here",
        f'{hint} ="{word}" for the word.',
    )


def note_field_code(word: str) -> str:
    """Return the note about a code of a field that is read as a word."""
    field = _FIELD_CODES[word]
    return f"“{word}” is read as a word." + (f" For the field, write {field}." if field else "")
