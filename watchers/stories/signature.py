"""The signature of an item: everything that decides to which story it belongs.

`make_signature` reads the title and the beginning of the text, and converts them to terms (see
`watchers.stories.terms`).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import chain, product, repeat
from math import log
from types import MappingProxyType
from typing import Final

import regex

from watchers.item import Item, content_digest
from watchers.sources.canonical_url import canonical_url
from watchers.stories.headline import Headline
from watchers.stories.terms import TermReader
from watchers.text import tokens as words

# News says first what happened, so the beginning of a text is enough.
MAX_BODY_WORDS: Final = 120
"""Words of lead and text that are read."""

MAX_BODY_CHARS: Final = 1_200
"""Characters of the lead and of the text that are read at most."""

NAME: Final = 1
"""The flag of a term that is a name or a number."""

TITLE: Final = 2
"""The flag of a term that occurs in the title."""

BODY: Final = 4
"""The flag of a term that occurs in the text."""

# "/", "/live", "/news/world": such an address does not identify an article.
SHARED_PAGE: Final = re.compile(r"https?://[^/?]+(?:/[a-z]{0,12}){0,2}")
"""The canonical address of a page that many items may have in common."""

# How often a word of the title counts.
_TITLE_WEIGHT: Final = 2

# Titles with fewer words or terms may be equal by chance.
_MIN_TITLE_WORDS: Final = 4
_MIN_TITLE_TERMS: Final = 3

# Items with fewer words may be equal by chance.
_MIN_SAME_WORDS: Final = 12

# A shorter sentence may be equal by chance.
_MIN_SENTENCE_TERMS: Final = 5

# Counts are kept as bytes, in tenths.
_COUNT_SCALE: Final = 10

# A title is in Title Case if this share of its longer words has a capital. Shorter words often have
# none in Title Case either.
_MIN_CAPITALS_SHARE: Final = 0.75
_MIN_LONG_WORD_LETTERS: Final = 4

# Each pattern starts with the character that it consumes: a lookbehind in front of it would be
# evaluated at each position, which takes four times as long.
_SENTENCE_END: Final = re.compile(r"\s(?:(?<=[.!?]\s)\s*|(?<=\n)\n*)")

# The same for text with signs that end a sentence without a space.
_UNSPACED_ENDS: Final = "。！？।"
_ANY_SENTENCE_END: Final = re.compile(rf"(?<=[.!?])\s+|(?<=[{_UNSPACED_ENDS}])|\n+")

# Numbers, and words with a capital inside a sentence: most of these are names.
_NAMES: Final = regex.compile(r"(?<=[\p{Ll}\p{N},;)’'] )\p{Lu}[\p{L}\p{M}\p{N}]+|\p{N}{2,}")

# An abbreviation is a name at the start of a title as well.
_FIRST_ABBREVIATION: Final = regex.compile(r"\p{Lu}[\p{Lu}\p{N}]{1,7}(?= [\p{Ll}\p{N}])")

# Percentages, rates and prices. Fewer of them may differ between two reports of one event.
_FIGURE: Final = re.compile(r"(?<![\d.,])\d{1,4}[.,]\d{1,2}(?![\d.,]?\d)")
_MIN_FIGURES: Final = 2
_NO_FIGURES: Final[frozenset[str]] = frozenset()

# The same for ASCII, several times as fast.
_ASCII_NAMES: Final = re.compile(
    r"[A-Z0-9](?:(?<=[a-z0-9,;)'] [A-Z])[A-Za-z0-9]+|(?<=[0-9])[0-9]+)"
)


# By whether a term is a name, occurs in the title, and occurs in the text. A table is several times
# faster than additions.
_FLAGS: Final = MappingProxyType(
    {
        kind: NAME * kind[0] + TITLE * kind[1] + BODY * kind[2]
        for kind in product((False, True), repeat=3)
    }
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The data of an item that decides about its story.

    Attributes:
        address: a digest of its canonical address; 0 if it has no address of its own.
        words: a digest of all its words; 0 if they are too few to identify the text.
        title: a digest of the words of its title; 0 if they are too few to identify the event.
        origin: a digest of its site, or of its folder; 0 if it has neither.
        terms: the distinct terms of text and title, as numbers, in the order of their first place.
        counts: how often each term occurs, damped, in tenths.
        flags: `NAME`, `TITLE` and `BODY` for each term.
        body: how many of the terms, from the first on, occur in the text.
        has_title: whether the item has a title, even if it is left out because it is generic.
        sentences: a digest of each sentence of the text; 0 if it is too short.
        sentence_ends: per sentence, how many terms occur in it or before it.
        figures: its numbers with a decimal point; empty if it has only one.
        headline: the data for the comparison with reports in other languages, if that is enabled.
    """

    address: int
    words: int
    title: int
    origin: int
    terms: array[int]
    counts: bytes
    flags: bytes
    body: int
    has_title: bool
    sentences: array[int]
    sentence_ends: bytes
    figures: frozenset[str] = _NO_FIGURES
    headline: Headline | None = None

    @property
    def without_title(self) -> Signature:
        """The signature of the text alone."""
        return Signature(
            self.address,
            self.words,
            0,
            self.origin,
            self.terms[: self.body],
            bytes([_COUNT_SCALE]) * self.body,
            bytes([flag & ~TITLE for flag in self.flags[: self.body]]),
            self.body,
            self.has_title,
            self.sentences,
            self.sentence_ends,
            self.figures,
            self.headline,
        )


def make_signature(item: Item, reader: TermReader) -> Signature:
    """Return the signature of ``item``, in about 150 µs."""
    title_words = words.split_simple_words(item.title)
    text = f"{item.lead[:MAX_BODY_CHARS]}\n{item.text[:MAX_BODY_CHARS]}"
    counts: Counter[int] = Counter()
    sentences, ends, body_size = array("I"), bytearray(), 0
    for sentence in _split_sentences(text):
        printed = words.split_simple_words(sentence)[: MAX_BODY_WORDS - body_size]
        if not printed:
            continue
        body_size += len(printed)
        terms = reader.numbers(printed, item.language)
        counts.update(terms)
        is_long = len(terms) >= _MIN_SENTENCE_TERMS
        sentences.append(_digest_terms(terms) if is_long else 0)
        ends.append(len(counts))
        if body_size >= MAX_BODY_WORDS:
            break
    body_terms = len(counts)
    title_terms = reader.numbers(title_words, item.language)
    for term in title_terms:
        counts[term] += _TITLE_WEIGHT
    names = set(reader.numbers(extract_names(item.title, text), item.language))
    in_title = set(title_terms)
    has_distinct_title = (
        len(title_terms) >= _MIN_TITLE_TERMS and len(title_words) >= _MIN_TITLE_WORDS
    )
    has_distinct_words = len(title_words) + body_size >= _MIN_SAME_WORDS
    address = canonical_url(item.url) if item.url else ""
    origin = _site(address) or _folder(item.source)
    return Signature(
        address=_digest(address) if address and not SHARED_PAGE.fullmatch(address) else 0,
        words=_digest(content_digest(item.title, text)) if has_distinct_words else 0,
        title=_digest(" ".join(map(str, title_terms))) if has_distinct_title else 0,
        origin=_digest(origin) if origin else 0,
        terms=array("I", counts),
        counts=bytes(map(_damp, counts.values())),
        flags=_make_flags(counts, body_terms, names, in_title),
        body=body_terms,
        has_title=bool(in_title),
        sentences=sentences,
        sentence_ends=bytes(ends),
        figures=_figures(f"{item.title}\n{text}"),
    )


def _figures(text: str) -> frozenset[str]:
    figures = frozenset(figure.replace(",", ".") for figure in _FIGURE.findall(text))
    return figures if len(figures) >= _MIN_FIGURES else _NO_FIGURES


def _split_sentences(text: str) -> list[str]:
    has_unspaced = not text.isascii() and any(sign in text for sign in _UNSPACED_ENDS)
    sentences: list[str] = (_ANY_SENTENCE_END if has_unspaced else _SENTENCE_END).split(text)
    return sentences


def _make_flags(
    terms: Collection[int], body_terms: int, names: AbstractSet[int], title: AbstractSet[int]
) -> bytes:
    """Return the flags of the terms, of which the first ``body_terms`` occur in the text."""
    is_body = chain(repeat(True, body_terms), repeat(False))
    kinds = zip(
        map(names.__contains__, terms), map(title.__contains__, terms), is_body, strict=False
    )
    return bytes(map(_FLAGS.__getitem__, kinds))


def extract_names(title: str, text: str) -> list[str]:
    """Return numbers and words with a capital inside a sentence, as printed.

    A title in Title Case is skipped, because its capitals do not mark names.
    """
    names = _find_names(text)
    if _is_title_case(title):
        return names
    first = _FIRST_ABBREVIATION.match(title)
    return names + _find_names(title) + ([first[0]] if first else [])


def _find_names(text: str) -> list[str]:
    names: list[str] = (_ASCII_NAMES if text.isascii() else _NAMES).findall(text)
    return names


def _is_title_case(title: str) -> bool:
    long_words = [word for word in title.split() if len(word) >= _MIN_LONG_WORD_LETTERS]
    return sum(word[0].isupper() for word in long_words) > _MIN_CAPITALS_SHARE * len(long_words)


def _site(address: str) -> str:
    """Return the host of a canonical address."""
    return address.partition("://")[2].partition("/")[0]


def _folder(source: str) -> str:
    return source.rpartition("/")[0] or source


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) or 1


def _digest_terms(terms: array[int]) -> int:
    return int.from_bytes(blake2b(terms.tobytes(), digest_size=4).digest()) or 1


@cache
def _damp(count: int) -> int:
    """Return a count on a logarithmic scale, in tenths, as it fits into a byte."""
    return min(255, round(_COUNT_SCALE * (1 + log(count))))
