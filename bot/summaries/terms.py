"""The terms of a text, and how much each of them tells.

A term is a word's stem; in scripts without spaces, two neighbouring characters. The little words of a
language tell nothing. What a term tells is counted in the archive where there is one, else in the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from watchers.text.language import detect
from watchers.text.little_words import by_word
from watchers.text.stems import Stems, rules_for
from watchers.text.words import normal, split

_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u9fff]")
_ENOUGH: Final = 50  # texts, before their frequencies are believed


class Terms:
    """Reads texts of one language. Remembers words, so one belongs to one thread at a time."""

    def __init__(self, language: str | None = None) -> None:
        primary = (language or "").partition("-")[0].lower()
        self._stems = Stems(rules_for(language))
        self._little = _little_words(primary)
        self._known: dict[str, str] = {}

    @classmethod
    def of_text(cls, text: str, language: str | None) -> Terms:
        """For a text whose language may not be told."""
        return cls(language or detect(text))

    def of(self, text: str) -> list[str]:
        """The terms of ``text``, in order."""
        found: list[str] = []
        before = ""
        spaced = text.isascii()
        begins_unspaced = _UNSPACED.match
        for word in split(text):
            if not spaced and begins_unspaced(word):
                if before:
                    found.append(before + word)
                before = word
                continue
            before = ""
            term = self._known.get(word)
            if term is None:
                term = self._known[word] = self._term(word)
            if term:
                found.append(term)
        return found

    def _term(self, word: str) -> str:
        plain = normal(word)
        return "" if plain in self._little or len(plain) < 2 else self._stems.asks(plain)  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Background:
    """In how many of ``texts`` texts of one language each term stands; rare terms may be left out."""

    texts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def is_of_use(self) -> bool:
        """Whether it has seen enough to tell rare terms from common ones."""
        return self.texts >= _ENOUGH

    @classmethod
    def counted(cls, texts: Iterable[str], language: str | None = None) -> Background:
        """What ``texts`` of one language tell. Slow where they are many: for a thread."""
        reader = Terms(language)
        counts: Counter[str] = Counter()
        many = 0
        for text in texts:
            counts.update(set(reader.of(text)))
            many += 1
        return cls(many, {term: count for term, count in counts.items() if count > 1})


def weights(bags: Sequence[Counter[str]], background: Background | None) -> dict[str, float]:
    """What each term tells: less, the more texts of the archive (else sentences) it stands in."""
    spread: Counter[str] = Counter()
    for bag in bags:
        spread.update(bag.keys())
    if background is not None and background.is_of_use:
        among = background.texts + 1
        return {term: math.log(among / (background.counts.get(term, 0) + 0.5)) for term in spread}
    return {term: math.log(1 + len(bags) / many) for term, many in spread.items()}


@cache
def _little_words(language: str) -> frozenset[str]:
    """The words that only hold a sentence together; those of every language where it is not known."""
    return frozenset(
        word for word, languages in by_word().items() if not language or language in languages
    )
