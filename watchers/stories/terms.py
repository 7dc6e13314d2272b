"""Terms: the words of an item in the form in which items are compared."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from watchers.text import tokens as words
from watchers.text.function_words import languages_by_word
from watchers.text.stems import Stems, stemming_rules

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
        return stems.broad_key(normal)

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
