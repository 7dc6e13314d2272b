"""What every text from outside goes through before it becomes part of an Item or a query."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

# Control characters, lone surrogates and tag characters carry no words: they break terminals,
# PostgreSQL (which refuses NUL) and people's eyes (bidirectional overrides hide what is written).
_INVISIBLE: Final = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff"
    r"\U000e0000-\U000e007f--\n\t]",
    regex.VERSION1,
)
_NEWLINES: Final = regex.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
# No script piles up so many marks on one letter, and the time to order a pile grows with its square.
_PILE: Final = regex.compile(r"(\p{M}{30})\p{M}+")


def clean_text(text: str) -> str:
    """``text`` in NFC, with plain newlines, and without control and invisible characters."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # nearly all English: nothing to look for
    if not text.isprintable():
        text = _INVISIBLE.sub("", _NEWLINES.sub("\n", text))
    return _without_piles(unicodedata.normalize("NFC", _without_piles(text)))


def _without_piles(text: str) -> str:
    return _PILE.sub(r"\1", text) if _PILE.search(text) else text  # to replace nothing is dear


def clean_line(text: str) -> str:
    """``text`` cleaned and on one line: a title, a name, a label."""
    return " ".join(clean_text(text).split())


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, cut between words where there is a place to cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:–—-") + "…"
