"""ROUGE-1, ROUGE-2 and ROUGE-L F1 (Lin 2004), without stemming, in any script.

A word is a run of letters and digits, casefolded; in Chinese, Japanese, Thai and similar scripts, one
character. ROUGE-L treats each text as one sequence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from watchers.text.tokens import normalize_word, split_words


@dataclass(frozen=True)
class Rouge:
    one: float
    two: float
    longest: float


def rouge(summary: str, reference: str) -> Rouge:
    mine = [normalize_word(word) for word in split_words(summary)]
    theirs = [normalize_word(word) for word in split_words(reference)]
    return Rouge(
        _overlap(Counter(mine), Counter(theirs)),
        _overlap(Counter(zip(mine, mine[1:])), Counter(zip(theirs, theirs[1:]))),  # noqa: B905, RUF007
        _f1(_common(mine, theirs), len(mine), len(theirs)),
    )


def _overlap(mine: Counter, theirs: Counter) -> float:
    return _f1((mine & theirs).total(), mine.total(), theirs.total())


def _f1(common: int, mine: int, theirs: int) -> float:
    return 2 * common / (mine + theirs) if mine + theirs else 0.0


def _common(mine: list[str], theirs: list[str]) -> int:
    """The length of the longest common subsequence, by bits (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(theirs):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(theirs)) - 1
    row = every
    for word in mine:
        hits = row & places.get(word, 0)
        row = ((row + hits) | (row - hits)) & every
    return len(theirs) - row.bit_count()
