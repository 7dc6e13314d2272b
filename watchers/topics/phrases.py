"""The phrases that one item holds: every two neighbours are looked up, and what is found may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress, count, repeat
from operator import mul

from watchers.topics.vocabulary import NOBODY, SPREAD, Terms, Vocabulary


class Phrases:
    """The phrases in one row of terms. Their places are put together only for who asks.

    Attributes:
        numbers: the phrases that were found.
    """

    __slots__ = ("_longer", "_pairs", "_starts", "numbers")

    def __init__(self, row: Sequence[Terms], vocabulary: Vocabulary) -> None:
        sizes = [*map(len, row)]
        starts = [*compress(count(), map(mul, sizes, sizes[1:]))]
        keys = [
            begun * SPREAD + following
            for at in starts
            for begun in row[at]
            for following in row[at + 1]
        ]
        if len(keys) > len(starts):  # a word that answers several terms
            starts = [at for at in starts for _ in range(sizes[at] * sizes[at + 1])]
        self._starts = starts
        self._pairs = [*map(vocabulary.phrases.get, keys, repeat(NOBODY))]
        self._longer: list[tuple[int, int, int]] = []
        self.numbers = set(self._pairs)
        self.numbers.discard(NOBODY)
        going = vocabulary.begun.keys() & self.numbers
        if going:
            self._go_on(going, row, vocabulary)

    def places(self) -> list[tuple[int, int, int]]:
        """Each phrase, where its first word stands and where its last; a phrase's own in order."""
        pairs = zip(self._pairs, self._starts, strict=True)
        return [(number, start, start + 1) for number, start in pairs if number] + self._longer

    def _go_on(self, going: AbstractSet[int], row: Sequence[Terms], vocabulary: Vocabulary) -> None:
        """Find what begins with the pairs ``going``: mostly one word more, and no further."""
        begun, phrases, longer = vocabulary.begun, vocabulary.phrases, self._longer
        find = phrases.get
        for start, number in zip(self._starts, self._pairs, strict=True):
            if number not in going:
                continue
            for third in row[start + 2]:  # a row ends with an empty word
                found = find(number * SPREAD + third)
                if found is None:
                    continue
                longer.append((found, start, start + 2))
                if found in begun:
                    on = longer_phrases(found, row, start + 3, phrases)
                    longer += [(further, start, end - 1) for further, end in on]
        self.numbers.update(number for number, _, _ in longer)


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
