"""Extract the terms of a text and compute their weights (inverse document frequency).

A term is the stem of a word; in scripts without spaces, two adjacent characters. Function words are not
terms. Document frequencies come from the background corpus if it is large enough, else from the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from watchers.text.function_words import languages_by_word
from watchers.text.language import detect_language
from watchers.text.stems import Stems, stemming_rules
from watchers.text.tokens import normalize_word, split_words

_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u9fff]")
# Frequencies of fewer texts are not reliable.
_MIN_BACKGROUND_TEXTS: Final = 50


class Terms:
    """Extracts the terms of texts in one language. The word cache makes it not thread-safe."""

    def __init__(self, language: str | None = None) -> None:
        primary = (language or "").partition("-")[0].lower()
        self._stems = Stems(stemming_rules(language))
        self._function_words = _function_word_set(primary)
        self._cache: dict[str, str] = {}

    @classmethod
    def of_text(cls, text: str, language: str | None) -> Terms:
        """Create an extractor for ``text``; detect the language if it is None."""
        return cls(language or detect_language(text))

    def of(self, text: str) -> list[str]:
        """Return the terms of ``text`` in order."""
        terms: list[str] = []
        previous = ""
        is_ascii = text.isascii()
        begins_unspaced = _UNSPACED.match
        for word in split_words(text):
            if not is_ascii and begins_unspaced(word):
                if previous:
                    terms.append(previous + word)
                previous = word
                continue
            previous = ""
            term = self._cache.get(word)
            if term is None:
                term = self._cache[word] = self._term(word)
            if term:
                terms.append(term)
        return terms

    def _term(self, word: str) -> str:
        normalised = normalize_word(word)
        if normalised in self._function_words or len(normalised) < 2:  # noqa: PLR2004
            return ""
        return self._stems.query_key(normalised)


@dataclass(frozen=True, slots=True)
class Background:
    """The document frequencies of terms in ``texts`` texts of one language, without rare terms."""

    texts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def is_of_use(self) -> bool:
        """Return True if there are enough texts for reliable frequencies."""
        return self.texts >= _MIN_BACKGROUND_TEXTS

    @classmethod
    def counted(cls, texts: Iterable[str], language: str | None = None) -> Background:
        """Count the terms of ``texts``. The function is slow: call it in a thread."""
        extractor = Terms(language)
        counts: Counter[str] = Counter()
        text_count = 0
        for text in texts:
            counts.update(set(extractor.of(text)))
            text_count += 1
        return cls(text_count, {term: count for term, count in counts.items() if count > 1})


def weights(bags: Sequence[Counter[str]], background: Background | None) -> dict[str, float]:
    """Return the weight of each term: the logarithm of the inverse document frequency.

    Without a usable background, the sentences of the text count as documents.
    """
    document_frequency: Counter[str] = Counter()
    for bag in bags:
        document_frequency.update(bag.keys())
    if background is not None and background.is_of_use:
        total = background.texts + 1
        return {
            term: math.log(total / (background.counts.get(term, 0) + 0.5))
            for term in document_frequency
        }
    return {term: math.log(1 + len(bags) / count) for term, count in document_frequency.items()}


@cache
def _function_word_set(language: str) -> frozenset[str]:
    """Return the function words of ``language``, or of all languages if it is unknown."""
    return frozenset(
        word
        for word, languages in languages_by_word().items()
        if not language or language in languages
    )
