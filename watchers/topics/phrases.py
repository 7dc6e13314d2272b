"""The phrases that one item holds: every two neighbours are looked up, and what is found may go on.

The usual item holds few phrases, so each of their places is kept. Topics can ask for so many phrases of
one repeated word that each position starts hundreds; for such an item each phrase is kept as a set of
positions (positions.py), and the work grows with the number of phrases instead of their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress, pairwise, repeat
from operator import add, itemgetter, mul
from typing import Final

from watchers.topics.positions import Positions, positions_of
from watchers.topics.vocabulary import NOBODY, SPREAD, Terms, Vocabulary

MAX_USUAL_PLACES: Final = 4
"""Places of phrases, and lookups of neighbours, for each word of an item: beyond, sets are cheaper."""

_NUMBER: Final = itemgetter(0)


class Phrases:
    """The phrases in one row of terms. Their places are put together only for who asks.

    Attributes:
        numbers: the phrases that were found.
        sets: for an item with very many places, each phrase with its number of words and where it
            starts; there are no :meth:`places` then. Empty for every other item.
    """

    __slots__ = ("_firsts", "_found", "_longer", "numbers", "sets")

    def __init__(self, row: Sequence[Terms], at: Sequence[int], vocabulary: Vocabulary) -> None:
        """``at``: where in ``row`` there are terms; an empty place follows the last of them."""
        self.sets: dict[int, tuple[int, Positions]] = {}
        self._found: list[int] = []
        self._firsts: list[int] = []
        self._longer: list[tuple[int, int, int]] = []
        if (vocabulary.is_crowded and _is_crowded(row)) or not self._find(row, at, vocabulary):
            self._find_sets(row, at, vocabulary)

    def _find(self, row: Sequence[Terms], at: Sequence[int], vocabulary: Vocabulary) -> bool:
        """Find every place; return False if there are too many to keep."""
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
        if len(found) > MAX_USUAL_PLACES * len(row):
            return False
        self._longer = longer = [
            (number, first, first + 2)
            for begun, first in zip(found, firsts, strict=True)
            for third in row[first + 2]
            if (number := find(begun * SPREAD + third))
        ]
        # Mostly it is one word more, and no further.
        most = MAX_USUAL_PLACES * len(row)
        for number, first, last in [one for one in longer if row[one[2] + 1]]:
            for further, end in longer_phrases(number, row, last + 1, vocabulary.phrases):
                longer.append((further, first, end - 1))
            if len(longer) > most:
                return False
        self.numbers = {*found, *map(_NUMBER, longer)}
        return True

    def _find_sets(self, row: Sequence[Terms], at: Sequence[int], vocabulary: Vocabulary) -> None:
        """Find each phrase once, from its beginning, with all its places at a time."""
        find = vocabulary.phrases.get
        self._found, self._firsts, self._longer = [], [], []
        where: dict[Terms, list[int]] = {}
        for place in at:
            where.setdefault(row[place], []).append(place)
        terms: dict[int, Positions] = {}
        for answered, places in where.items():
            positions = positions_of(places, len(row))
            for term in answered:
                terms[term] = terms.get(term, 0) | positions
        ending, length = terms, 1
        while ending:
            longer: dict[int, Positions] = {}
            for begun, ends in ending.items():
                for following, positions in terms.items():
                    number = find(begun * SPREAD + following)
                    if number is not None and (reached := (ends << 1) & positions):
                        longer[number] = reached
            ending = longer
            self.sets.update(
                (number, (length + 1, ends >> length)) for number, ends in longer.items()
            )
            length += 1
        self.numbers = {*self.sets}

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Each phrase, where its first word stands and where its last; a phrase's own in order."""
        lasts = map(add, self._firsts, repeat(1))
        return chain(zip(self._found, self._firsts, lasts, strict=True), self._longer)


def _is_crowded(row: Sequence[Terms]) -> bool:
    """Return True if two neighbours answer many terms, at many places."""
    sizes = [*map(len, row)]
    lookups: int = sum(map(mul, sizes, sizes[1:]))
    return lookups > MAX_USUAL_PLACES * len(row)


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
