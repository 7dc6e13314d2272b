"""The phrases that one item holds: every two neighbours are looked up, and what is found may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress, count
from operator import mul

from watchers.topics.vocabulary import NOBODY, SPREAD, Terms, Vocabulary


class Phrases:
    """The phrases in one row of terms. Their places are put together only for who asks.

    Attributes:
        numbers: the phrases that were found.
    """

    __slots__ = ("_longer", "_pairs", "_starts", "numbers")

    def __init__(self, row: Sequence[Terms], vocabulary: Vocabulary) -> None:
        starts: list[int] = []
        keys: list[int] = []
        sizes = [*map(len, row)]
        for at in compress(count(), map(mul, sizes, sizes[1:])):
            for begun in row[at]:
                key = begun * SPREAD
                for following in row[at + 1]:
                    starts.append(at)
                    keys.append(key + following)
        self._starts = starts
        find = vocabulary.phrases.get
        self._pairs = [find(key, NOBODY) for key in keys]
        self._longer: list[tuple[int, int, int]] = []
        self.numbers = set(self._pairs)
        self.numbers.discard(NOBODY)
        if not vocabulary.begun.keys().isdisjoint(self.numbers):
            self._go_on(row, vocabulary)

    def places(self) -> list[tuple[int, int, int]]:
        """Each phrase, where its first word stands and where its last; a phrase's own in order."""
        pairs = zip(self._pairs, self._starts, strict=True)
        return [(number, start, start + 1) for number, start in pairs if number] + self._longer

    def _go_on(self, row: Sequence[Terms], vocabulary: Vocabulary) -> None:
        begun, phrases = vocabulary.begun, vocabulary.phrases
        for start, number in zip(self._starts, self._pairs, strict=True):
            if number in begun:
                for longer, end in longer_phrases(number, row, start + 2, phrases):
                    self._longer.append((longer, start, end - 1))
                    self.numbers.add(longer)


def longer_phrases(
    number: int, row: Sequence[Terms], at: int, phrases: Mapping[int, int]
) -> list[tuple[int, int]]:
    """The phrases that begin with the phrase ``number``, which ends before ``at``; with their ends."""
    found: list[tuple[int, int]] = []
    for other in row[at] if at < len(row) else ():
        longer = phrases.get(number * SPREAD + other)
        if longer is not None:
            found.append((longer, at + 1))
            found += longer_phrases(longer, row, at + 1, phrases)
    return found
