"""The signature of an item: everything that decides to which story it belongs.

`TermReader` converts the words of an item to terms, by which items are compared, and `make_signature`
makes the signature of these.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import log
from types import MappingProxyType
from typing import Final

import regex

from watchers.item import Item, content_digest
from watchers.sources.canonical_url import canonical_url
from watchers.text import tokens as words
from watchers.text.function_words import languages_by_word
from watchers.text.stems import Stems, stemming_rules

# ── Terms ─────────────────────────────────────────────────────────────────────────────────────────

MAX_CACHED_WORDS: Final = 200_000
"""Printed words whose terms are cached. A full cache is cleared."""

TERM_NUMBERS: Final = 1 << 22
"""The numbers of terms are below this, and start with 1."""

# In place of a number: a character of a script without spaces, which forms terms with its neighbours.
_UNSPACED_CHARACTER: Final = -1

_ENGLISH_FUNCTION_WORDS: Final = frozenset(
    (
        "a about after again all also am and any be because been before being between both can "
        "could did do does during each few had he her here him his how if into it its just may "
        "me might more most my no nor off once only or other our out own same she should so some "
        "such than their them then there these they this those through too under until up upon "
        "us very we were what when where which while who whom why would you your"
    ).split()
)

# Words that headlines add to any event.
_STOPWORDS: Final = frozenset(
    (
        "live liveblog latest update updates updated breaking watch video videos photo photos "
        "picture pictures gallery exclusive explainer analysis opinion podcast newsletter"
    ).split()
)

_UNSPACED_RANGES: Final = (
    # Thai, Lao
    (0x0E00, 0x0EFF),
    # Myanmar
    (0x1000, 0x109F),
    # Khmer
    (0x1780, 0x17FF),
    # Kana
    (0x3040, 0x30FF),
    # Han
    (0x3400, 0x9FFF),
)

NUMBER_WORDS: Final = MappingProxyType(
    {
        word: str(number)
        for number, word in enumerate(
            (
                "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
                "fifteen sixteen seventeen eighteen nineteen twenty"
            ).split()
        )
    }
    | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70"}
    | {"eighty": "80", "ninety": "90"}
)
"""English numbers as they occur in headlines, to their digits."""


class TermReader:
    """Converts words to terms, by which items are compared. It caches words, so it is not thread-safe.

    Function words and stopwords have no term. In scripts without spaces the terms are pairs of
    neighbouring characters, which are nearly words there. Terms are also available as numbers, which are
    the same in every process. Next to each other in memory they are compared several times faster than
    strings. Two of several thousand terms may share a number.
    """

    def __init__(self) -> None:
        self._terms_by_rules: dict[str, dict[str, str]] = {}
        self._stems: dict[str, Stems] = {}
        self._numbers_by_rules: dict[str, dict[str, int]] = {}

    def numbers(self, printed: Sequence[str], language: str | None) -> array[int]:
        """Return the numbers of the terms of printed words, in order and with repetitions."""
        rules = stemming_rules(language)
        cached = self._numbers_by_rules.setdefault(rules, {})
        if len(cached) > MAX_CACHED_WORDS:
            cached.clear()
        try:
            numbers = list(map(cached.__getitem__, printed))
        except KeyError:
            for word in printed:
                if word not in cached:
                    cached[word] = self._word_number(word, rules, language)
            numbers = list(map(cached.__getitem__, printed))
        if _UNSPACED_CHARACTER in numbers:
            return array("I", map(_term_number, self.read_terms(printed, language)))
        return array("I", filter(None, numbers))

    def read_terms(self, printed: Iterable[str], language: str | None) -> list[str]:
        """Return the terms of printed words, in order and with repetitions."""
        rules = stemming_rules(language)
        cached = self._terms_by_rules.setdefault(rules, {})
        if len(cached) > MAX_CACHED_WORDS:
            cached.clear()
        terms: list[str] = []
        # The previous character, in a script without spaces.
        previous = ""
        for word in printed:
            term = cached.get(word)
            if term is None:
                term = cached[word] = self._term(word, rules, language)
            if not word.isascii() and _is_unspaced(word):
                if previous:
                    terms.append(previous + term)
                previous = term
            else:
                previous = ""
                if term:
                    terms.append(term)
        return terms

    def _term(self, word: str, rules: str, language: str | None) -> str:
        normal = words.normalize_word(word)
        if _is_unspaced(normal):
            return normal
        is_single_letter = len(normal) < 2 and not normal.isdigit()  # noqa: PLR2004
        if is_single_letter or normal in _ignored_words(_primary_language(language)):
            return ""
        stems = self._stems.get(rules)
        if stems is None:
            stems = self._stems[rules] = Stems(rules)
        return stems.query_key(normal)

    def _word_number(self, word: str, rules: str, language: str | None) -> int:
        """Return the number of the term of a printed word, or 0 if it has none."""
        if not word.isascii() and _is_unspaced(word):
            return _UNSPACED_CHARACTER
        term = self._term(word, rules, language)
        return _term_number(term) if term else 0


def _term_number(term: str) -> int:
    digest = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return 1 + int.from_bytes(digest) % (TERM_NUMBERS - 1)


def _is_unspaced(word: str) -> bool:
    """Return True if the word is in a script without spaces."""
    first = ord(word[0]) if word else 0
    return first >= _UNSPACED_RANGES[0][0] and any(
        low <= first <= high for low, high in _UNSPACED_RANGES
    )


def _primary_language(language: str | None) -> str:
    return (language or "en").replace("_", "-").split("-")[0].lower()


@cache
def _ignored_words(language: str) -> frozenset[str]:
    own = frozenset(
        word for word, languages in languages_by_word().items() if language in languages
    )
    return own | _ENGLISH_FUNCTION_WORDS | _STOPWORDS if language == "en" else own | _STOPWORDS


# ── Signatures ────────────────────────────────────────────────────────────────────────────────────

# News says first what happened, so the beginning of a text is enough.
MAX_BODY_WORDS: Final = 60
"""Words of lead and text that are read."""

MAX_BODY_CHARS: Final = 1_200
"""Characters of the lead and of the text that are read at most."""

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

# Counts are kept as bytes, in tenths.
_COUNT_SCALE: Final = 10

# A title is in Title Case if this share of its longer words has a capital. Shorter words often have
# none in Title Case either.
_MIN_CAPITALS_SHARE: Final = 0.75
_MIN_LONG_WORD_LETTERS: Final = 4

# Numbers, and words with a capital inside a sentence: most of these are names.
_NAMES: Final = regex.compile(r"(?<=[\p{Ll}\p{N},;)’'] )\p{Lu}[\p{L}\p{M}\p{N}]+|\p{N}{2,}")

# The same for ASCII, three times as fast.
_ASCII_NAMES: Final = re.compile(r"(?<=[a-z0-9,;)'] )[A-Z][A-Za-z0-9]+|[0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Signature:
    """The data of an item that the story index keeps.

    Attributes:
        address: a digest of its canonical address; 0 if it has no address of its own.
        words: a digest of all its words; 0 if they are too few to identify the text.
        title: a digest of the words of its title; 0 if they are too few to identify the event.
        origin: a digest of its site, or of its folder.
        terms: the distinct terms of title and text, as numbers.
        counts: how often each term occurs, damped, in tenths.
        names: per term, 1 if it is a name or a number, else 0.
        body: how many of the terms, from the first on, occur in the text.
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
        """The signature of the text alone."""
        return Signature(
            self.address,
            self.words,
            0,
            self.origin,
            self.terms[: self.body],
            bytes([_COUNT_SCALE]) * self.body,
            self.names[: self.body],
            self.body,
        )


def make_signature(item: Item, reader: TermReader) -> Signature:
    """Return the signature of ``item``, in about 90 µs."""
    title_words = words.split_words(item.title)
    text = f"{item.lead[:MAX_BODY_CHARS]}\n{item.text[:MAX_BODY_CHARS]}"
    body_words = words.split_words(text)[:MAX_BODY_WORDS]
    title_terms = reader.numbers(title_words, item.language)
    body_terms = reader.numbers(body_words, item.language)
    counts = Counter(body_terms)
    body_size = len(counts)
    for term in title_terms:
        counts[term] += _TITLE_WEIGHT
    names = set(reader.numbers(extract_names(item.title, text), item.language))
    has_distinct_title = (
        len(title_terms) >= _MIN_TITLE_TERMS and len(title_words) >= _MIN_TITLE_WORDS
    )
    has_distinct_words = len(title_words) + len(body_words) >= _MIN_SAME_WORDS
    address = canonical_url(item.url) if item.url else ""
    return Signature(
        address=_digest(address) if address and not SHARED_PAGE.fullmatch(address) else 0,
        words=_digest(content_digest(item.title, text)) if has_distinct_words else 0,
        title=_digest(" ".join(map(str, title_terms))) if has_distinct_title else 0,
        origin=_digest(_site(address) or _folder(item.source)),
        terms=array("I", counts),
        counts=bytes(map(_damp, counts.values())),
        names=bytes(map(names.__contains__, counts)),
        body=body_size,
    )


def extract_names(title: str, text: str) -> list[str]:
    """Return numbers and words with a capital inside a sentence, as printed.

    A title in Title Case is skipped, because its capitals do not mark names.
    """
    names = _find_names(text)
    return names if _is_title_case(title) else names + _find_names(title)


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


@cache
def _damp(count: int) -> int:
    """Return a count on a logarithmic scale, in tenths, as it fits into a byte."""
    return min(255, round(_COUNT_SCALE * (1 + log(count))))
