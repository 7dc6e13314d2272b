"""Terms: the words of an item in the form in which items are compared."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from itertools import chain
from types import MappingProxyType
from typing import Final

from watchers.text import tokens as words
from watchers.text.function_words import languages_by_word
from watchers.text.stems import Stems, stemming_rules

MAX_CACHED_WORDS: Final = 200_000
"""Printed words whose terms are cached. A full cache is cleared."""

_MAX_CACHED_TAGS: Final = 1_000

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
        self._words: dict[tuple[str, str], _Words] = {}
        self._words_by_tag: dict[str | None, _Words] = {}

    def numbers(self, printed: Sequence[str], language: str | None) -> array[int]:
        """Return the numbers of the terms of printed words, in order and with repetitions."""
        cached = self._words_of(language).numbers
        if len(cached) > MAX_CACHED_WORDS:
            cached.clear()
        numbers = list(map(cached.__getitem__, printed))
        if _UNSPACED_CHARACTER in numbers:
            return array("I", map(_term_number, self.read_terms(printed, language)))
        return array("I", filter(None, numbers))

    def read_terms(self, printed: Iterable[str], language: str | None) -> list[str]:
        """Return the terms of printed words, in order and with repetitions."""
        cached = self._words_of(language)
        if len(cached) > MAX_CACHED_WORDS:
            cached.clear()
        terms: list[str] = []
        # The previous character, in a script without spaces.
        previous = ""
        for word in printed:
            term = cached[word]
            if not word.isascii() and _is_unspaced(word):
                if previous:
                    terms.append(previous + term)
                previous = term
            else:
                previous = ""
                if term:
                    terms.append(term)
        return terms

    def _words_of(self, language: str | None) -> _Words:
        """Return the cache for a language. Languages with the same terms share one."""
        cached = self._words_by_tag.get(language)
        if cached is None:
            primary = (language or "en").replace("_", "-").split("-")[0].lower()
            key = (stemming_rules(language), primary if primary in _languages() else "")
            cached = self._words.get(key)
            if cached is None:
                cached = self._words[key] = _Words(*key)
            if len(self._words_by_tag) >= _MAX_CACHED_TAGS:
                self._words_by_tag.clear()
            self._words_by_tag[language] = cached
        return cached


class _Words(dict[str, str]):
    """The terms of printed words, computed at the first lookup; "" for a word without a term.

    A term depends on the rules for stems and on the function words of a language only, so it is the
    same in every process, in whichever order the items arrive.
    """

    def __init__(self, rules: str, language: str) -> None:
        super().__init__()
        self.numbers = _WordNumbers(self)
        self._stems = Stems(rules)
        self._ignored_words = _ignored_words(language)

    def __missing__(self, printed: str) -> str:
        term = self[printed] = self.read(printed)
        return term

    def read(self, printed: str) -> str:
        """Return the term of a printed word without the cache."""
        normal = words.normalize_word(printed)
        if _is_unspaced(normal):
            return normal
        is_single_letter = len(normal) < 2 and not normal.isdigit()  # noqa: PLR2004
        if is_single_letter or normal in self._ignored_words:
            return ""
        return self._stems.broad_key(normal)


class _WordNumbers(dict[str, int]):
    """The numbers of the terms of printed words; 0 for a word without a term."""

    def __init__(self, terms: _Words) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, printed: str) -> int:
        number = self[printed] = self._read(printed)
        return number

    def _read(self, printed: str) -> int:
        if not printed.isascii() and _is_unspaced(printed):
            return _UNSPACED_CHARACTER
        term = self._terms.read(printed)
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


@cache
def _languages() -> frozenset[str]:
    """Return the languages whose function words are known."""
    return frozenset(chain.from_iterable(languages_by_word().values()))


@cache
def _ignored_words(language: str) -> frozenset[str]:
    own = frozenset(
        word for word, languages in languages_by_word().items() if language in languages
    )
    return own | _ENGLISH_FUNCTION_WORDS | _STOPWORDS if language == "en" else own | _STOPWORDS
