"""Whether what a model wrote is in the article: a sentence that says more is left out.

every number and date ─┐
every quotation ───────┼─ in the article? ──► the sentence stays, or the first thing that is not there
every name ────────────┤
no address, no markup ─┘

This rejects and never certifies: a sentence made of the article's own names and numbers can still be
wrong ("not" left out, two people mixed up). Where names have no capitals (Chinese, Arabic, Hindi …) they
cannot be told from words, so there every word has to be the article's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import regex

from bot.summaries.leaning import beginnings
from bot.summaries.numbers import dates, numbers
from bot.summaries.romanised import skeletons, sounds_like_one_of
from bot.summaries.terms import Terms
from watchers.text.words import fold, normal, split

Problem = Literal["number", "date", "quotation", "name", "address", "subject", "form"]
"""What a sentence has that the article has not; "subject": it speaks of something else."""

_LONGEST: Final = 600  # characters of a sentence
_SHARED: Final = 0.6  # of a sentence's terms that are the article's own
_QUOTED: Final = regex.compile(
    r"“([^”]{1,600})”?|„([^“”]{1,600})[“”]?|«([^»]{1,600})»?|»([^«]{1,600})«|「([^」]{1,600})」?|『([^』]{1,600})』?"
    r"|\"([^\"]{1,600})\"?|(?<![\p{L}\p{N}])['‘]([^'‘’]{1,600})['’](?![\p{L}\p{N}])"
)
_ADDRESS: Final = regex.compile(
    r"://|www\.|\S@\S|(?<!\S)[@/]\w|\b[\p{L}\p{N}-]{2,}\.(?:com|org|net|io|ru|cn|de|uk|info|biz|xyz|top|me|ly|gg|app|dev|ai|onion)\b",
    regex.IGNORECASE,
)
_MARKUP: Final = regex.compile(r"[<>{}`|\\]|\]\(|\*\*|^#|__")
_CASED: Final = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}]")
_UNCASED: Final = regex.compile(
    r"[\p{L}--\p{Latin}--\p{Greek}--\p{Cyrillic}--\p{Armenian}]", regex.V1
)
_CAPITAL: Final = regex.compile(r"[\p{Lu}\p{Lt}]")


@dataclass(frozen=True)
class Evidence:
    """What may be said: the article with its title, in its ``language``.

    ``barred``: parts of it that may not: a sentence with a word that only stands there is refused.
    """

    text: str
    language: str | None = None
    barred: str = ""

    @cached_property
    def _numbers(self) -> frozenset[object]:
        return frozenset(numbers(self.text))

    @cached_property
    def _dates(self) -> frozenset[tuple[int, int]]:
        return dates(self.text)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(fold(normal(word)) for word in split(self.text))

    @cached_property
    def _reader(self) -> Terms:
        return Terms(self.language)

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(self._reader.of(self.text))

    @cached_property
    def _only_barred(self) -> frozenset[str]:
        return frozenset(self._reader.of(self.barred)) - self._terms

    @cached_property
    def _bare(self) -> str:
        return _bare(self.text)

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        return skeletons(self.text)

    def problem(self, sentence: str, language: str | None = None) -> Problem | None:
        """What ``sentence`` has that the article has not; ``None``: nothing that can be told.

        ``language``: of the sentence, where it is not the article's: names are then held against the
        article's by how they sound.
        """
        if len(sentence) > _LONGEST or _MARKUP.search(sentence) or not sentence.strip():
            return "form"
        if _ADDRESS.search(sentence):
            return "address"
        if not numbers(sentence) <= self._numbers or not _figures(sentence) <= self._words:
            return "number"
        if not dates(sentence) <= self._dates:
            return "date"
        if any(_bare(quoted) not in self._bare for quoted in _quotations(sentence)):
            return "quotation"
        return self._abroad(sentence, language) if language else self._at_home(sentence)

    def _at_home(self, sentence: str) -> Problem | None:
        terms = self._reader.of(sentence)
        if not self._only_barred.isdisjoint(terms):
            return "subject"
        known = sum(term in self._terms for term in terms)
        if _UNCASED.search(sentence) and known < len(terms):
            return "name"
        if any(not self._knows(name) for name in _names(sentence, self.language)):
            return "name"
        return "subject" if known < _SHARED * len(terms) else None

    def _abroad(self, sentence: str, language: str) -> Problem | None:
        if _UNCASED.search(sentence):
            return "name"
        for name in _names(sentence, language):
            if not self._knows(name) and not sounds_like_one_of(name, self._skeletons):
                return "name"
        return None

    def _knows(self, name: str) -> bool:
        return fold(normal(name)) in self._words or bool(set(self._reader.of(name)) & self._terms)


def _names(sentence: str, language: str | None) -> Iterator[str]:
    """The words with a capital in them; of the first, only what is no usual beginning."""
    usual = beginnings(language or "en")
    first = True
    for word in split(sentence):
        capital = _CAPITAL.search(word) is not None and _CASED.search(word) is not None
        if capital and not (first and normal(word) in usual):
            yield word
        first = False


def _figures(sentence: str) -> frozenset[str]:
    """Words with digits and letters in them, as "G7" or "19th": they have to be there as they are."""
    words = (fold(normal(word)) for word in split(sentence))
    return frozenset(w for w in words if any(map(str.isdecimal, w)) and any(map(str.isalpha, w)))


def _quotations(sentence: str) -> Iterator[str]:
    for match in _QUOTED.finditer(sentence):
        yield next(group for group in match.groups() if group is not None)


def _bare(text: str) -> str:
    """``text`` as its words, so that a comma before a closing quotation mark does not matter."""
    return f" {' '.join(fold(normal(word)) for word in split(text))} "
