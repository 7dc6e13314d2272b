"""Trends as figures: items per day, by source or by topic, and the days that stand out. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

OTHERS: Final = "others"
"""What the sources are called that have no line of their own."""

MOST_SERIES: Final = 5
"""Colours that can be told apart at a glance; the last one is for `OTHERS`."""

LONGEST_BY_DAY: Final = 120
"""Days; a longer time is counted by weeks."""

ENOUGH_DAYS: Final = 7
"""Days before, without which nobody knows what is usual."""

A_FEW: Final = 5
"""Items on one day, below which nothing is a spike."""

_FAR: Final = 4.0  # deviations above the median
_NORMAL: Final = 1.4826  # of a MAD, so that it is a standard deviation where things are normal
_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Series:
    """What one source or topic brought: a number for each bucket of the trend."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Peak:
    """A day that stands out; ``story`` is the title of what most of it was about."""

    place: int
    many: int
    story: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """Items per bucket of ``step`` days from ``first`` on.

    Attributes:
        name: of what, as the chat says it.
        series: what they are made of, the largest first; stacked, where they are `parts` of one.
    """

    name: str
    first: date
    step: int
    series: tuple[Series, ...]
    peaks: tuple[Peak, ...] = ()
    parts: bool = True

    @property
    def days(self) -> list[date]:
        """The first day of each bucket."""
        many = len(self.series[0].counts) if self.series else 0
        return [self.first + timedelta(days=self.step * place) for place in range(many)]

    @property
    def totals(self) -> list[int]:
        """Each bucket with everything in it."""
        return [sum(column) for column in zip(*(one.counts for one in self.series), strict=True)]

    @property
    def total(self) -> int:
        """All items."""
        return sum(one.total for one in self.series)


def trend_of(
    name: str,
    counts: Mapping[str, Mapping[date, int]],
    first: date,
    last: date,
    *,
    parts: bool = True,
) -> Trend:
    """A trend from ``first`` to ``last`` out of what each source (or topic) had on each day.

    Sources beyond the largest few are `OTHERS`; topics are never mixed: further ones are left out.
    """
    length = (last - first).days + 1
    step = 1 if length <= LONGEST_BY_DAY else _A_WEEK
    if step > 1:  # whole weeks, the last of which ends today
        first += timedelta(days=length % step)
        length -= length % step
    buckets = length // step
    made = [
        Series(one, _bucketed(days, first, step, buckets)) for one, days in sorted(counts.items())
    ]
    made = sorted((one for one in made if one.total or not parts), key=lambda one: -one.total)
    kept, rest = made[:MOST_SERIES], made[MOST_SERIES:]
    if rest and parts:
        rest = [kept.pop(), *rest]
        mixed = zip(*(one.counts for one in rest), strict=True)
        kept.append(Series(OTHERS, tuple(map(sum, mixed))))
    return Trend(name, first, step, tuple(kept or [Series(name, (0,) * buckets)]), parts=parts)


def peaks_of(totals: Sequence[int], *, most: int = 3) -> list[Peak]:
    """The highest days that stand out, in their order; of neighbours only the highest."""
    usual = median(totals) if totals else 0
    chosen: list[Peak] = []
    for place in sorted(range(len(totals)), key=lambda one: (-totals[one], one)):
        many = totals[place]
        if len(chosen) == most or many < 2 or many <= usual:  # noqa: PLR2004 - one item is no peak
            break
        if all(abs(place - one.place) > 1 for one in chosen):
            chosen.append(Peak(place, many))
    return sorted(chosen, key=lambda one: one.place)


def usual_of(before: Sequence[int]) -> float:
    """What a usual day has: the median of the days before."""
    return float(median(before)) if before else 0.0


def is_spike(today: int, before: Sequence[int]) -> bool:
    """Whether a day is far above its usual.

    Median and MAD (median absolute deviation) of the days before: one earlier spike moves neither. Where
    the days are all alike, the chance of counts (the square root of the median) is what is normal.
    """
    if today < A_FEW or len(before) < ENOUGH_DAYS:
        return False
    usual = usual_of(before)
    spread = _NORMAL * median(abs(one - usual) for one in before)
    return today > usual + _FAR * max(spread, math.sqrt(usual), 1.0)


def _bucketed(days: Mapping[date, int], first: date, step: int, buckets: int) -> tuple[int, ...]:
    found = [0] * buckets
    for day, many in days.items():
        place = (day - first).days // step
        if 0 <= place < buckets:
            found[place] += many
    return tuple(found)
