"""Whether the figures of a sentence are an article's: each number in its unit, "half", "from 80 to 60".

A number without a unit may be any of the article's but a day's or an hour's: the 5 of "5 May" counts no
dams. Dates themselves are compared in faithful.py.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import regex

from bot.summaries.measures import (
    CLOCKS,
    DAY,
    Measure,
    Quantity,
    changes,
    quantities,
    says_share,
    shares,
)
from watchers.text.words import fold, normal, split

_ODD: Final = regex.compile(r"[\p{No}\p{Nl}]")  # ½, ², ④, Ⅻ
# A number without a letter matches too: it is passed over in one step, not tried from each digit.
_SCALED: Final = regex.compile(r"\d[\d.,]*+(?P<scale>(?:m|b|bn|mn|tn)\b)?+", regex.IGNORECASE)


class Figures:
    """The figures of an article."""

    def __init__(self, text: str) -> None:
        self._text = text

    def bear_out(self, sentence: str, *, abroad: bool = False) -> bool:
        """Whether all figures of ``sentence`` are in the article.

        ``abroad``: it is in another language, so a unit need not be known in both.
        """
        if not _lettered(sentence) <= self._words:
            return False
        if any(sign[0] not in self._text for sign in _ODD.finditer(sentence)):
            return False
        if not all(self._has(quantity, abroad=abroad) for quantity in quantities(sentence)):
            return False
        return abroad or (self._has_shares_of(sentence) and not self._is_swapped(sentence))

    @cached_property
    def _words(self) -> frozenset[str]:
        return _lettered(self._text)

    @cached_property
    def _measures(self) -> frozenset[Measure]:
        return frozenset(
            reading for quantity in quantities(self._text) for reading in quantity.readings
        )

    @cached_property
    def _values(self) -> frozenset[object]:
        return frozenset(value for value, _ in self._measures)

    @cached_property
    def _counts(self) -> frozenset[object]:
        return frozenset(value for value, unit in self._measures if unit not in {DAY, *CLOCKS})

    @cached_property
    def _shares(self) -> frozenset[str]:
        return shares(self._text)

    @cached_property
    def _changes(self) -> frozenset[tuple[str, str]]:
        return changes(self._text)

    def _has(self, quantity: Quantity, *, abroad: bool) -> bool:
        """Whether the article has one of its readings."""
        return any(
            (value, unit) in self._measures
            or (not unit and value in self._counts)
            or (unit == DAY and value in self._values)
            or (abroad and (value, "") in self._measures)
            for value, unit in quantity.readings
        )

    def _has_shares_of(self, sentence: str) -> bool:
        missing = shares(sentence) - self._shares
        return all(says_share(share, self._measures) for share in missing)

    def _is_swapped(self, sentence: str) -> bool:
        return any(
            (new, old) in self._changes and (old, new) not in self._changes
            for old, new in changes(sentence)
        )


def _lettered(text: str) -> frozenset[str]:
    """Words with digits and letters in them, as "G7" or "19th": they have to be there as they are."""
    unscaled = _SCALED.sub(lambda found: " " if found["scale"] else found[0], text)
    words = (fold(normal(word)) for word in split(unscaled))
    return frozenset(w for w in words if any(map(str.isdecimal, w)) and any(map(str.isalpha, w)))
