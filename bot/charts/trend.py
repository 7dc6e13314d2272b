"""Compute trends: items per day by source or topic, peaks, spikes, and their text forms.

The text forms (sparkline, alt text) serve screen readers and chats without pictures. All functions are
pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from watchers.text.clean import truncate

OTHERS: Final = "others"
"""The name of the series that combines the smallest sources."""

MAX_SERIES: Final = 5
"""The number of colours that people distinguish at a glance, including `OTHERS`."""

MAX_DAYS_BY_DAY: Final = 120
"""Longer periods are counted by week."""

MIN_BASELINE_DAYS: Final = 7
"""The minimum number of earlier days for a baseline."""

MIN_SPIKE_COUNT: Final = 5
"""Days with fewer items are never a spike."""

# Standard deviations above the median.
_SPIKE_DEVIATIONS: Final = 4.0
# Scales the median absolute deviation to the standard deviation of a normal distribution.
_MAD_TO_STANDARD_DEVIATION: Final = 1.4826
_DAYS_PER_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Series:
    """The number of items of one source or topic per bucket of the trend."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the number of all items."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Peak:
    """A bucket with an unusually high count.

    ``place`` is the index of the bucket; ``story`` is the title of its largest story.
    """

    place: int
    many: int
    story: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """The number of items per bucket of ``step`` days, starting at ``first``.

    Attributes:
        name: the topic, as the chat names it.
        series: the largest series first. They are stacked if they are `parts` of one total.
    """

    name: str
    first: date
    step: int
    series: tuple[Series, ...]
    peaks: tuple[Peak, ...] = ()
    parts: bool = True

    @property
    def days(self) -> list[date]:
        """Return the first day of each bucket."""
        count = len(self.series[0].counts) if self.series else 0
        return [self.first + timedelta(days=self.step * index) for index in range(count)]

    @property
    def totals(self) -> list[int]:
        """Return the number of items of all series per bucket."""
        columns = zip(*(series.counts for series in self.series), strict=True)
        return [sum(column) for column in columns]

    @property
    def total(self) -> int:
        """Return the number of all items."""
        return sum(series.total for series in self.series)


def trend_of(
    name: str,
    counts: Mapping[str, Mapping[date, int]],
    first: date,
    last: date,
    *,
    parts: bool = True,
) -> Trend:
    """Return the trend from ``first`` to ``last``, given the counts per source (or topic) and day.

    Small sources are combined in `OTHERS`. Topics are never combined: the smallest are left out.
    """
    length = (last - first).days + 1
    step = 1 if length <= MAX_DAYS_BY_DAY else _DAYS_PER_WEEK
    if step > 1:
        # Use whole weeks, the last of which ends today.
        first += timedelta(days=length % step)
        length -= length % step
    buckets = length // step
    all_series = [
        Series(source, _count_per_bucket(days, first, step, buckets))
        for source, days in sorted(counts.items())
    ]
    all_series = sorted(
        (series for series in all_series if series.total or not parts),
        key=lambda series: -series.total,
    )
    shown, others = all_series[:MAX_SERIES], all_series[MAX_SERIES:]
    if others and parts:
        others = [shown.pop(), *others]
        columns = zip(*(series.counts for series in others), strict=True)
        shown.append(Series(OTHERS, tuple(map(sum, columns))))
    return Trend(name, first, step, tuple(shown or [Series(name, (0,) * buckets)]), parts=parts)


def peaks_of(totals: Sequence[int], *, most: int = 3) -> list[Peak]:
    """Return the highest buckets above the median in chronological order.

    Of adjacent buckets only the highest is returned.
    """
    usual = median(totals) if totals else 0
    peaks: list[Peak] = []
    for index in sorted(range(len(totals)), key=lambda index: (-totals[index], index)):
        count = totals[index]
        # A single item is never a peak.
        if len(peaks) == most or count < 2 or count <= usual:  # noqa: PLR2004
            break
        if all(abs(index - peak.place) > 1 for peak in peaks):
            peaks.append(Peak(index, count))
    return sorted(peaks, key=lambda peak: peak.place)


def baseline(before: Sequence[int]) -> float:
    """Return the number of items of a usual day: the median of the days before."""
    return float(median(before)) if before else 0.0


def is_spike(today: int, before: Sequence[int]) -> bool:
    """Return True if a day has far more items than usual.

    The baseline is the median and the median absolute deviation (MAD) of the days before, because one
    earlier spike changes neither. If the MAD is small, the standard deviation of a Poisson count (the
    square root of the median) replaces it.
    """
    if today < MIN_SPIKE_COUNT or len(before) < MIN_BASELINE_DAYS:
        return False
    usual = baseline(before)
    spread = _MAD_TO_STANDARD_DEVIATION * median(abs(count - usual) for count in before)
    return today > usual + _SPIKE_DEVIATIONS * max(spread, math.sqrt(usual), 1.0)


def _count_per_bucket(
    days: Mapping[date, int], first: date, step: int, buckets: int
) -> tuple[int, ...]:
    counts = [0] * buckets
    for day, count in days.items():
        index = (day - first).days // step
        if 0 <= index < buckets:
            counts[index] += count
    return tuple(counts)


MAX_ALT_TEXT_CHARS: Final = 1_000
"""Slack accepts at most so many characters; the limit of captions on Telegram is 1,024."""

_BARS: Final = "▁▂▃▄▅▆▇█"
# A phone shows this length on one or two lines.
_MAX_SPARKLINE_CHARS: Final = 60
_MAX_STORY_CHARS: Final = 90


def sparkline(counts: Sequence[int]) -> str:
    """Return a line of bar characters; adjacent counts are added if the line would be too long."""
    counts_per_bar = -(-len(counts) // _MAX_SPARKLINE_CHARS) if counts else 1
    sums = [
        sum(counts[start : start + counts_per_bar])
        for start in range(0, len(counts), counts_per_bar)
    ]
    highest = max(sums, default=0)
    if not highest:
        return _BARS[0] * len(sums)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in sums)


def format_period(trend: Trend) -> str:
    """Return the period of a trend: "3 May to 1 Jun 2026"."""
    last = date.fromordinal(trend.first.toordinal() + trend.step * len(trend.days) - 1)
    year = "" if trend.first.year == last.year else f" {trend.first.year}"
    return f"{format_day(trend.first)}{year} to {format_day(last)} {last.year}"


def format_day(day: date) -> str:
    """Return a day without the year: "3 May"."""
    return f"{day.day} {day:%b}"


def alt_text(trend: Trend) -> str:
    """Return a description of the chart for screen readers."""
    unit = "day" if trend.step == 1 else "week"
    opening = f"Chart of news items about {trend.name} per {unit}, {format_period(trend)}"
    if not trend.total:
        return truncate(f"{opening}: none.", MAX_ALT_TEXT_CHARS)
    shares = ", ".join(f"{series.name} {series.total:,}" for series in trend.series)
    sentences = [f"{opening}: {trend.total:,} in total ({shares})."]
    for peak in trend.peaks:
        story = f", mainly “{truncate(peak.story, _MAX_STORY_CHARS)}”" if peak.story else ""
        sentences.append(f"{format_day(trend.days[peak.place])}: {peak.many:,}{story}.")
    return truncate(" ".join(sentences), MAX_ALT_TEXT_CHARS)
