"""A trend in words and signs: for those who do not see the picture, and where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from bot.charts.trend import Trend
from watchers.text.clean import shorten

LONGEST_ALT: Final = 1_000
"""Characters of an alt text: what Slack takes; Telegram's captions have room for as many."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDEST: Final = 60  # signs of a sparkline: what a phone shows on a line or two
_STORY: Final = 90  # characters of a title


def sparkline(counts: Sequence[int]) -> str:
    """A line of bars, the highest of which is the most; neighbours are joined where it is too long."""
    joined = -(-len(counts) // _WIDEST) if counts else 1
    sums = [sum(counts[start : start + joined]) for start in range(0, len(counts), joined)]
    most = max(sums, default=0)
    if not most:
        return _BARS[0] * len(sums)
    return "".join(_BARS[-(-one * (len(_BARS) - 1) // most)] for one in sums)


def span_of(trend: Trend) -> str:
    """The time that a trend covers: "3 May to 1 Jun 2026"."""
    last = date.fromordinal(trend.first.toordinal() + trend.step * len(trend.days) - 1)
    year = "" if trend.first.year == last.year else f" {trend.first.year}"
    return f"{day_of(trend.first)}{year} to {day_of(last)} {last.year}"


def day_of(day: date) -> str:
    """A day as people say it: "3 May"."""
    return f"{day.day} {day:%b}"


def alt_text(trend: Trend) -> str:
    """What the picture shows, in words."""
    unit = "day" if trend.step == 1 else "week"
    opening = f"Chart of news items about {trend.name} per {unit}, {span_of(trend)}"
    if not trend.total:
        return shorten(f"{opening}: none.", LONGEST_ALT)
    shares = ", ".join(f"{one.name} {one.total:,}" for one in trend.series)
    said = [f"{opening}: {trend.total:,} in all ({shares})."]
    for peak in trend.peaks:
        story = f", most of all “{shorten(peak.story, _STORY)}”" if peak.story else ""
        said.append(f"{day_of(trend.days[peak.place])}: {peak.many:,}{story}.")
    return shorten(" ".join(said), LONGEST_ALT)
