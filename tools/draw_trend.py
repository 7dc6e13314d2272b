"""Draws docs/images/trend.png: what /trend sends, from figures made up for it.

python tools/draw_trend.py            needs the extra `charts`
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.charts.draw import draw
from bot.charts.trend import Peak, Trend, peaks_of, trend_of
from bot.charts.words import alt_text

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
    16: (6.5, "A veto ends the panel that watched over them"),
    25: (5.0, "Eleven states set up a panel of their own"),
}
"""Days on which more was written than usual: how many times, and about what."""


def main() -> None:
    """Write the picture of a month."""
    trend = made_up_trend()
    target = ROOT / "docs" / "images" / "trend.png"
    target.write_bytes(draw(trend))
    print(alt_text(trend))


def made_up_trend() -> Trend:
    """A month of news about sanctions."""
    made_up = random.Random(9)  # noqa: S311 - the same picture every time
    first = LAST - timedelta(days=DAYS - 1)
    counts = {
        source: {
            first + timedelta(days=day): max(
                0, round(made_up.gauss(usual, 1.1) * EVENTS.get(day, (1.0, ""))[0])
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
