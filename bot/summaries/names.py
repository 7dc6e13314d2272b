"""The names of a text: which words are some, and which stand together in one.

"Anna Kovač" and "Ivo Lind" hold four names and two people: of "Anna Lind" every word is in the article,
and the name is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import regex

from bot.summaries.leaning import beginnings
from watchers.text.words import fold, normal, split

CASED: Final = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}]")
UNCASED: Final = regex.compile(
    r"[\p{L}--\p{Latin}--\p{Greek}--\p{Cyrillic}--\p{Armenian}]", regex.V1
)
_CAPITAL: Final = regex.compile(r"[\p{Lu}\p{Lt}]")
# A single name matches too: it is passed over in one step, not tried from each of its capitals.
_RUN: Final = regex.compile(
    r"(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{M}'’]*+(?P<more>[ \u00a0-]\p{Lu}[\p{L}\p{M}'’]*+)*+"
)
_HEADLINE: Final = 0.6  # share of capitalised words in a line of which nobody can tell the names


def names(sentence: str, language: str | None) -> Iterator[str]:
    """The words with a capital in them; of the first, only what is no usual beginning."""
    usual = beginnings(language or "en")
    first = True
    for word in split(sentence):
        capital = _CAPITAL.search(word) is not None and CASED.search(word) is not None
        if capital and not (first and normal(word) in usual):
            yield word
        first = False


class Companions:
    """Which names stand next to which in a text."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._before: dict[str, set[str]] = {}
        self._behind: dict[str, set[str]] = {}
        self._together: set[tuple[str, str]] = set()
        for sentence in sentences:
            if not _is_headline(sentence):
                for run in _runs(sentence):
                    self._learn(run)

    def _learn(self, run: Sequence[str]) -> None:
        for at, word in enumerate(run):
            self._together.update((word, later) for later in run[at + 1 :])
            if at:
                self._before.setdefault(word, set()).add(run[at - 1])
                self._behind.setdefault(run[at - 1], set()).add(word)

    def mixes(self, sentence: str) -> bool:
        """Whether ``sentence`` ends a name with a word that always ends another one."""
        return any(self._is_mixed(*run[-2:]) for run in _runs(sentence))

    def _is_mixed(self, one: str, other: str) -> bool:
        if (one, other) in self._together:
            return False
        return bool(self._before.get(other)) and bool(self._behind.get(one))


def _runs(sentence: str) -> Iterator[list[str]]:
    """The words of every name of two or more."""
    for match in _RUN.finditer(sentence):
        if not match["more"]:
            continue
        words = [fold(normal(word)) for word in split(match[0])]
        usual = beginnings("en")
        if match.start() == 0 and words and words[0] in usual:
            words = words[1:]
        words = [word for word in words if len(word) > 1]
        if len(words) > 1:
            yield words


def _is_headline(sentence: str) -> bool:
    words = split(sentence)
    capitals = sum(_CAPITAL.match(word) is not None for word in words)
    return len(words) > 3 and capitals > _HEADLINE * len(words)  # noqa: PLR2004 - a name has three
