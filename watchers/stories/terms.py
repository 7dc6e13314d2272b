"""Terms: the words of a text by which two items are held against each other.

Little words, and the words that headlines wear ("live", "breaking"), say nothing about an event.
Scripts without spaces give pairs of neighbouring characters, which are nearly words there.

Many terms are kept as numbers, the same in every process: side by side in memory, they are read some
times faster than words that lie all over it. Two words in some thousand share one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from watchers.text import words
from watchers.text.little_words import by_word
from watchers.text.stems import Stems, rules_for

MOST_REMEMBERED: Final = 200_000
"""Printed words whose terms are remembered; beyond, it starts anew."""

NUMBERS: Final = 1 << 22
"""What the numbers of terms are below; they begin with 1."""

_IN_PAIRS: Final = -1
"""Instead of a number: a character that is a term with its neighbour only."""

_ENGLISH: Final = frozenset(
    (
        "a about after again all also am and any be because been before being between both can "
        "could did do does during each few had he her here him his how if into it its just may "
        "me might more most my no nor off once only or other our out own same she should so some "
        "such than their them then there these they this those through too under until up upon "
        "us very we were what when where which while who whom why would you your"
    ).split()
)
_WORN: Final = frozenset(
    (
        "live liveblog latest update updates updated breaking watch video videos photo photos "
        "picture pictures gallery exclusive explainer analysis opinion podcast newsletter"
    ).split()
)
"""What headlines wear around an event."""

_RANGES: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Kana
    (0x3400, 0x9FFF),  # Han
)


class TermReader:
    """Texts to terms. Remembers words, so one belongs to one thread at a time."""

    def __init__(self) -> None:
        self._memos: dict[str, dict[str, str]] = {}
        self._stems: dict[str, Stems] = {}
        self._numbers: dict[str, dict[str, int]] = {}

    def numbers(self, printed: Sequence[str], language: str | None) -> array[int]:
        """What `read` gives, each term as its number."""
        rules = rules_for(language)
        memo = self._numbers.setdefault(rules, {})
        if len(memo) > MOST_REMEMBERED:
            memo.clear()
        try:
            found = list(map(memo.__getitem__, printed))
        except KeyError:
            for word in printed:
                if word not in memo:
                    memo[word] = self._number(word, rules, language)
            found = list(map(memo.__getitem__, printed))
        if _IN_PAIRS in found:
            return array("I", map(_numbered, self.read(printed, language)))
        return array("I", filter(None, found))

    def read(self, printed: Iterable[str], language: str | None) -> list[str]:
        """The terms of printed words, in order, each as often as it stands there."""
        rules = rules_for(language)
        memo = self._memos.setdefault(rules, {})
        if len(memo) > MOST_REMEMBERED:
            memo.clear()
        found: list[str] = []
        last = ""  # the character before, in a script without spaces
        for word in printed:
            term = memo.get(word)
            if term is None:
                term = memo[word] = self._term(word, rules, language)
            if not word.isascii() and _is_unspaced(word):
                if last:
                    found.append(last + term)
                last = term
            else:
                last = ""
                if term:
                    found.append(term)
        return found

    def _term(self, word: str, rules: str, language: str | None) -> str:
        normal = words.normal(word)
        if _is_unspaced(normal):
            return normal
        if normal in _little(_primary(language)) or (len(normal) < 2 and not normal.isdigit()):  # noqa: PLR2004
            return ""
        stems = self._stems.get(rules)
        if stems is None:
            stems = self._stems[rules] = Stems(rules)
        return stems.asks(normal)

    def _number(self, word: str, rules: str, language: str | None) -> int:
        """The number of a printed word's term; 0 where it has none."""
        if not word.isascii() and _is_unspaced(word):
            return _IN_PAIRS
        term = self._term(word, rules, language)
        return _numbered(term) if term else 0


def _numbered(term: str) -> int:
    digest = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return 1 + int.from_bytes(digest) % (NUMBERS - 1)


def _is_unspaced(word: str) -> bool:
    first = ord(word[0]) if word else 0
    return first >= _RANGES[0][0] and any(low <= first <= high for low, high in _RANGES)


def _primary(language: str | None) -> str:
    return (language or "en").replace("_", "-").split("-")[0].lower()


@cache
def _little(language: str) -> frozenset[str]:
    own = frozenset(word for word, languages in by_word().items() if language in languages)
    return own | _ENGLISH | _WORN if language == "en" else own | _WORN


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
"""English numbers as one may find them in a headline, and their digits."""
