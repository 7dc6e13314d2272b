"""The phrases that one item holds: every two neighbours are looked up, and what is found may go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress, pairwise, repeat
from operator import add, itemgetter
from typing import Final

from watchers.topics.vocabulary import NOBODY, SPREAD, Terms, Vocabulary

_NUMBER: Final = itemgetter(0)


class Phrases:
    """The phrases in one row of terms. Their places are put together only for who asks.

    Attributes:
        numbers: the phrases that were found.
    """

    __slots__ = ("_firsts", "_found", "_longer", "numbers")

    def __init__(self, row: Sequence[Terms], at: Sequence[int], vocabulary: Vocabulary) -> None:
        """``at``: where in ``row`` there are terms; an empty place follows the last of them."""
        find = vocabulary.phrases.get
        starts = [here for here, there in pairwise(at) if there - here == 1]
        keys = [
            begun * SPREAD + following
            for start in starts
            for begun in row[start]
            for following in row[start + 1]
        ]
        if len(keys) > len(starts):  # a word that answers several terms
            starts = [at for at in starts for _ in range(len(row[at]) * len(row[at + 1]))]
        pairs = [*map(find, keys, repeat(NOBODY))]
        self._found = found = [*filter(None, pairs)]
        self._firsts = firsts = [*compress(starts, pairs)]
        self._longer = longer = [
            (number, first, first + 2)
            for begun, first in zip(found, firsts, strict=True)
            for third in row[first + 2]
            if (number := find(begun * SPREAD + third))
        ]
        # Mostly it is one word more, and no further.
        for number, first, last in [one for one in longer if row[one[2] + 1]]:
            for further, end in longer_phrases(number, row, last + 1, vocabulary.phrases):
                longer.append((further, first, end - 1))
        self.numbers = {*found, *map(_NUMBER, longer)}

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Each phrase, where its first word stands and where its last; a phrase's own in order."""
        lasts = map(add, self._firsts, repeat(1))
        return chain(zip(self._found, self._firsts, lasts, strict=True), self._longer)


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
