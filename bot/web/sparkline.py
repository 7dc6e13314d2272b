"""A line for the seconds that the newest alerts took: seconds and hours on one scale. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from statistics import quantiles
from typing import Final

from bot.conversation.times import plural
from bot.web.html import Markup, element, joined

_WIDTH, _HEIGHT = 600, 90
_EDGE: Final = 6.0  # above and below the line
_LEAST: Final = 0.01  # seconds; less looks the same
_MARKS: Final = ((0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (3_600, "1 h"))
_FEWEST: Final = 2  # a line has two ends


def latency_figure(latencies: Sequence[float]) -> Markup:
    """The newest alerts' way from item to chat, newest first as they come, oldest first as drawn."""
    if len(latencies) < _FEWEST:
        return element("p", "No alert was sent lately.", class_="dim")
    values = [max(value, _LEAST) for value in reversed(latencies)]
    low, high = _scale(values)

    def height(value: float) -> float:
        share = (log10(value) - low) / (high - low)
        return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)

    step = _WIDTH / (len(values) - 1)
    points = [f"{at * step:.1f},{height(value):.1f}" for at, value in enumerate(values)]
    marks = [
        joined(
            element("line", x1="0", x2=str(_WIDTH), y1=f"{height(at):.1f}", y2=f"{height(at):.1f}"),
            element("text", name, x="2", y=f"{max(height(at) - 2, 12):.1f}"),
        )
        for at, name in _MARKS
        if low <= log10(at) <= high
    ]
    cuts = quantiles(latencies, n=100, method="inclusive")
    said = f"half within {length(cuts[49])}, 95 of 100 within {length(cuts[94])}"
    last = points[-1].split(",")
    drawing = element(
        "svg",
        element("title", f"From item to chat: {said}"),
        *marks,
        element("polygon", points=f"0,{_HEIGHT} {' '.join(points)} {_WIDTH},{_HEIGHT}"),
        element("polyline", points=" ".join(points)),
        element("circle", cx=f"{float(last[0]) - 3:.1f}", cy=last[1], r="3"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
    )
    words = f"From item to chat, the newest {plural(len(values), 'alert')}: {said}."
    return element("figure", drawing, element("figcaption", words))


def length(seconds: float) -> str:
    """A length of time, short: "320 ms", "1.4 s", "12 s", "5 min", "3 h"."""
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"  # noqa: PLR2004


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """The decades between which the line lies; at least one, so that a flat line is flat."""
    low, high = log10(min(values)), log10(max(values))
    spare = max(0.0, 1.0 - (high - low)) / 2
    return low - spare - 0.05, high + spare + 0.05
