"""How much a word tells: the rarer it is among the items of the window, the more."""

from __future__ import annotations

from math import floor, log, log2, log10
from typing import Final

_BACKGROUND: Final = 60
"""Items that count as seen from the start, so that the first ones are not all alike."""

_STEPS: Final = 4  # of the window's size, for each doubling: what weights are computed by


class Rarity(dict[int, float]):
    """By how many items have a term, its weight: the logarithm of how few of all that is.

    The window's size is taken in coarse steps, so that weights are computed once and looked up.
    """

    def __init__(self) -> None:
        super().__init__()
        self._step = -1
        self._all = 0.0
        self.at(0)

    def at(self, size: int) -> None:
        """From now on, the weights for a window of so many items."""
        step = floor(_STEPS * log2(size + _BACKGROUND))
        if step != self._step:
            self.clear()
            self._step = step
            self._all = (step / _STEPS) * log(2)

    def __missing__(self, many: int) -> float:
        """A term that so many items have."""
        weight = self[many] = max(0.0, self._all - log(many + 1))
        return weight


_BASE: Final = 0.28
_USUAL: Final = 1_000  # items in the window up to which the base holds
_RISE: Final = 0.05  # for each tenfold
_AGE_RISE: Final = 0.06  # over the whole window


def threshold(size: int, age: float) -> float:
    """How alike an item must be to join a story, in a window of ``size`` items.

    It rises with the volume, since neighbours come closer; and with ``age``, from 0 to 1, the part
    of the window since the story's last item: the same running matter on another day is other news.
    """
    volume = log10(max(size, _USUAL) / _USUAL)
    return _BASE + _RISE * volume + _AGE_RISE * age
