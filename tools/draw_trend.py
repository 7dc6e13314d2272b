"""Draw docs/images/trend.png: the image of /trend, from synthetic data.

Usage: python -m tools.draw_trend. It needs the extra `charts`.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.charts.render import draw
from bot.charts.trend import Peak, Trend, alt_text, peaks_of, trend_of

ROOT = Path(__file__).parents[1]
LAST = date(2026, 6, 1)
DAYS = 30
SOURCES = {
    "Reuters": 3.0,
    "BBC News: World": 2.2,
    "UN News": 1.4,
    "Yonhap": 1.0,
    "ANSA": 0.5,
    "RFI": 0.4,
}
EVENTS = {
    7: (4.0, "Council agrees on sanctions against two banks"),
    16: (6.5, "A veto ends the panel that monitored them"),
    25: (5.0, "Eleven states set up a panel of their own"),
}
"""Days with more items than usual: the factor, and the title of the story."""


def main() -> None:
    """Write the image of a month."""
    trend = sample_trend()
    target = ROOT / "docs" / "images" / "trend.png"
    target.write_bytes(draw(trend))
    print(alt_text(trend))


def sample_trend() -> Trend:
    """Return a month of synthetic news about sanctions."""
    chance = random.Random(9)  # noqa: S311 - a fixed seed makes the image reproducible
    first = LAST - timedelta(days=DAYS - 1)
    counts = {
        source: {
            first + timedelta(days=day): max(
                0, round(chance.gauss(usual, 1.1) * EVENTS.get(day, (1.0, ""))[0])
            )
            for day in range(DAYS)
        }
        for source, usual in SOURCES.items()
    }
    trend = trend_of("sanctions", counts, first, LAST)
    peaks: list[Peak] = [
        replace(peak, story=EVENTS.get(peak.place, (1.0, ""))[1]) for peak in peaks_of(trend.totals)
    ]
    return replace(trend, peaks=tuple(peaks))


if __name__ == "__main__":
    main()
