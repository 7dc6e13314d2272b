"""The signature of an item: all that decides which story it belongs to."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import log
from typing import Final

import regex

from watchers.item import Item, content_digest
from watchers.sources.canonical_url import canonical_url
from watchers.stories.terms import TermReader
from watchers.text import words

BODY_WORDS: Final = 60
"""Words of lead and text that are read: news says first what happened."""

BODY_CHARS: Final = 1_200
"""Characters of the text that are read at most."""

_TITLE_COUNTS: Final = 2  # a word of the title counts so often
_TITLE_WORDS: Final = 4  # words from which an equal title means an equal event …
_TITLE_TERMS: Final = 3  # … if so many of them say something
_SAME_WORDS: Final = 12  # words from which equal texts are one text
_SCALE: Final = 10  # weights are kept as bytes, in tenths
_LONG_WORD: Final = 4  # letters; shorter ones are often small in headlines, too
_MANY_CAPITALS: Final = 0.75
SHARED_PAGE: Final = re.compile(r"https?://[^/?]+(?:/[a-z]{0,12}){0,2}")
"""A page that many items may point to ("/", "/live", "/news/world"): no article's own address."""


_INSIDE: Final = regex.compile(r"(?<=[\p{Ll}\p{N},;)’'] )\p{Lu}[\p{L}\p{M}\p{N}]+|\p{N}{2,}")
"""What stands inside a sentence with a capital, and numbers: most of it names something."""

_INSIDE_ASCII: Final = re.compile(r"(?<=[a-z0-9,;)'] )[A-Z][A-Za-z0-9]+|[0-9]{2,}")
"""The same in ASCII, three times faster."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of an item.

    Attributes:
        address: a digest of its canonical address; 0 where it has none of its own.
        words: a digest of all it says; 0 where that is too little to mean the same text.
        title: a digest of its title's words; 0 where they are too few to mean the same event.
        origin: a digest of its site, or of the folder it lies in.
        terms: the distinct terms of title and text, as numbers.
        counts: of each term how often it stands there, damped, in tenths.
        names: of each term whether it names something, or is a number.
        body: how many of the terms, the first ones, stand in the text.
    """

    address: int
    words: int
    title: int
    origin: int
    terms: array[int]
    counts: bytes
    names: bytes
    body: int

    @property
    def without_title(self) -> Signature:
        """The same item, held against others by its text alone."""
        return Signature(
            self.address,
            self.words,
            0,
            self.origin,
            self.terms[: self.body],
            bytes([_SCALE]) * self.body,
            self.names[: self.body],
            self.body,
        )


def signature_of(item: Item, reader: TermReader) -> Signature:
    """Read ``item``: about 90 µs."""
    heading = words.split(item.title)
    text = f"{item.lead[:BODY_CHARS]}\n{item.text[:BODY_CHARS]}"
    said = words.split(text)[:BODY_WORDS]
    title = reader.numbers(heading, item.language)
    body = reader.numbers(said, item.language)
    counts = Counter(body)
    in_body = len(counts)
    for term in title:
        counts[term] += _TITLE_COUNTS
    names = set(reader.numbers(names_in(item.title, text), item.language))
    telling = len(title) >= _TITLE_TERMS and len(heading) >= _TITLE_WORDS
    address = canonical_url(item.url) if item.url else ""
    return Signature(
        address=_digest(address) if address and not SHARED_PAGE.fullmatch(address) else 0,
        words=_digest(content_digest(item.title, text))
        if len(heading) + len(said) >= _SAME_WORDS
        else 0,
        title=_digest(" ".join(map(str, title))) if telling else 0,
        origin=_digest(_site(address) or _folder(item.source)),
        terms=array("I", counts),
        counts=bytes(map(_damp, counts.values())),
        names=bytes(map(names.__contains__, counts)),
        body=in_body,
    )


def _site(address: str) -> str:
    """The host of a canonical address."""
    return address.partition("://")[2].partition("/")[0]


def names_in(title: str, text: str) -> list[str]:
    """Words with a capital inside a sentence, and numbers, as printed; none of a Title in Capitals."""
    found = _inside(text)
    return found if _is_headline_case(title) else found + _inside(title)


def _inside(text: str) -> list[str]:
    found: list[str] = (_INSIDE_ASCII if text.isascii() else _INSIDE).findall(text)
    return found


def _is_headline_case(title: str) -> bool:
    long = [word for word in title.split() if len(word) >= _LONG_WORD]
    return sum(word[0].isupper() for word in long) > _MANY_CAPITALS * len(long)


def _folder(source: str) -> str:
    return source.rpartition("/")[0] or source


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) or 1


@cache
def _damp(count: int) -> int:
    return min(255, round(_SCALE * (1 + log(count))))
