"""Build the HTML of the status page: escaped elements, the style sheet and the latency chart.

All functions are pure. Text is always escaped; only `Markup` is inserted without escaping.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from math import log10
from statistics import quantiles
from typing import Final

from bot.conversation.durations import pluralise


class Markup(str):
    """HTML that was built from escaped parts."""

    __slots__ = ()


def element(name: str, /, *inside: str | Markup, **attributes: str) -> Markup:
    """Return ``<name …>inside</name>``. Text is escaped. ``class_`` becomes the attribute "class"."""
    return Markup(f"<{name}{_format_attributes(attributes)}>{join_markup(*inside)}</{name}>")


def void(name: str, /, **attributes: str) -> Markup:
    """Return ``<name …>``, an HTML element without content. SVG elements always need an end tag."""
    return Markup(f"<{name}{_format_attributes(attributes)}>")


def join_markup(*parts: str | Markup) -> Markup:
    """Return the concatenation of the parts; text is escaped."""
    # The type decides, so text that was not built by these functions cannot reach the page unescaped.
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def _format_attributes(attributes: dict[str, str]) -> str:
    return "".join(
        # Python reserves “class”, and keyword arguments cannot contain a hyphen.
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )


STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --card: #ffffff; --line: #e7e2d8; --ink: #24262a; --dim: #6a665e;
  --brass: #96681c; --good: #3a7a4a; --warn: #96681c; --bad: #ad3a2c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1c1f23; --line: #2d3137; --ink: #e5e3dd; --dim: #9c9a93;
    --brass: #d8a95c; --good: #82c091; --warn: #d8a95c; --bad: #f08d80;
  }
}
* { box-sizing: border-box; }
body {
  background: var(--paper); color: var(--ink); margin: 0; padding: 1.5rem 1rem 3rem;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main, header, footer { margin: 0 auto; max-width: 66rem; }
header { align-items: center; display: flex; gap: .8rem; }
header svg { color: var(--brass); flex: none; height: 2.2rem; width: 2.2rem; }
h1 { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.2; margin: 0; }
h2 { font-size: .95rem; font-weight: 650; margin: 0 0 .5rem; }
p { margin: 0; } a { color: var(--brass); }
.verdict { color: var(--dim); } .verdict b { font-weight: 600; }
.dim, time { color: var(--dim); } .good { color: var(--good); }
.warn { color: var(--warn); } .bad { color: var(--bad); }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.cards, section { margin-top: 1.25rem; }
.card, section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
.card { padding: .75rem 1rem .8rem; } section { padding: 1rem 1.1rem 1.1rem; }
.card b { display: block; font-size: 1.55rem; font-weight: 600; letter-spacing: -.02em; line-height: 1.25; }
.card span { display: block; font-size: .86rem; }
.two { display: grid; gap: 0 1.25rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 56rem) { @media (max-width: 30rem) { .card:last-child { grid-column: 1 / -1; } }
.two { align-items: start; grid-template-columns: repeat(2, minmax(0, 1fr)); } }
ul { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); display: grid; gap: 0 .65rem; padding: .5rem 0;
  grid-template-columns: .6rem minmax(0, 1fr) auto; }
ul:first-of-type > li:first-child { border-top: 0; } li:last-child { padding-bottom: 0; }
li i { background: currentColor; border-radius: 50%; height: .55rem; margin-top: .48rem; width: .55rem; }
li strong { font-weight: 500; overflow-wrap: anywhere; }
li small { color: var(--dim); display: block; font-size: .86rem; overflow-wrap: anywhere; }
li small.bad { color: var(--bad); }
li time { font-size: .86rem; padding-top: .1rem; text-align: right; white-space: nowrap; }
details { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .5rem; }
summary { color: var(--dim); cursor: pointer; font-size: .9rem; }
figure { margin: 0; } figure svg { display: block; height: auto; width: 100%; }
figcaption { color: var(--dim); font-size: .86rem; margin-top: .5rem; }
polyline { fill: none; stroke: var(--brass); stroke-linejoin: round; stroke-width: 1.6;
  vector-effect: non-scaling-stroke; }
polygon { fill: var(--brass); opacity: .12; } circle { fill: var(--brass); }
line { stroke: var(--line); vector-effect: non-scaling-stroke; }
figure text { fill: var(--dim); font-size: 9px; }
@media (max-width: 30rem) {
  .card:last-child { grid-column: 1 / -1; } figure text { font-size: 14px; }
}
footer { color: var(--dim); font-size: .86rem; margin-top: 1.5rem; }
form { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem; }
input, button { border: 1px solid var(--line); border-radius: .5rem; font: inherit; padding: .5rem .8rem; }
input { background: var(--paper); color: var(--ink); flex: 1 1 14rem; min-width: 0; }
button { background: var(--brass); border-color: var(--brass); color: var(--card); cursor: pointer; }
:focus-visible { outline: 2px solid var(--brass); outline-offset: 2px; }
.door { margin: 12vh auto 0; max-width: 28rem; }
"""

ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    "%3Cpath fill='%23b8862f' d='M12 2a2 2 0 0 0-2 2 7 7 0 0 0-5 6.7V16l-2 3h18l-2-3v-5.3A7 7 0 0 0"
    " 14 4a2 2 0 0 0-2-2zm-2.6 18a2.7 2.7 0 0 0 5.2 0z'/%3E%3C/svg%3E"
)
"""The favicon: a bell."""

BELL: Final = (
    "M12 2a2 2 0 0 0-2 2 7 7 0 0 0-5 6.7V16l-2 3h18l-2-3v-5.3A7 7 0 0 0 14 4a2 2 0 0 0-2-2z"
    "m-2.6 18a2.7 2.7 0 0 0 5.2 0z"
)
"""The SVG path of the bell on the page, in a view box of 24 by 24."""

POLICY: Final = (
    # A hash instead of unsafe-inline: an injected style element would not apply.
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The Content-Security-Policy of the pages: only this style sheet, no script, no other origin."""

_WIDTH, _HEIGHT = 600, 90
_PADDING: Final = 6.0
# Smaller values would stretch the logarithmic scale without a visible difference.
_MIN_SECONDS: Final = 0.01
_GRID_LINES: Final = ((0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (3_600, "1 h"))
_MIN_POINTS: Final = 2


def latency_figure(latencies: Sequence[float]) -> Markup:
    """Return a chart of the delivery latencies in seconds.

    ``latencies`` is ordered from the newest to the oldest alert; the chart shows the oldest first.
    """
    if len(latencies) < _MIN_POINTS:
        # A line needs two points.
        return element("p", "No recent alerts.", class_="dim")
    values = [max(value, _MIN_SECONDS) for value in reversed(latencies)]
    low, high = _scale(values)

    def height(value: float) -> float:
        share = (log10(value) - low) / (high - low)
        return _HEIGHT - _PADDING - share * (_HEIGHT - 2 * _PADDING)

    step = _WIDTH / (len(values) - 1)
    points = [f"{index * step:.1f},{height(value):.1f}" for index, value in enumerate(values)]
    grid = [
        join_markup(
            element(
                "line",
                x1="0",
                x2=str(_WIDTH),
                y1=f"{height(seconds):.1f}",
                y2=f"{height(seconds):.1f}",
            ),
            # The label of the topmost line must stay inside the drawing.
            element("text", label, x="2", y=f"{max(height(seconds) - 2, 12):.1f}"),
        )
        for seconds, label in _GRID_LINES
        if low <= log10(seconds) <= high
    ]
    # “inclusive” treats the latencies as the whole population and works with two values.
    percentiles = quantiles(latencies, n=100, method="inclusive")
    summary = f"50 % within {length(percentiles[49])}, 95 % within {length(percentiles[94])}"
    last_x, last_y = points[-1].split(",")
    drawing = element(
        "svg",
        element("title", f"Delivery latency: {summary}"),
        *grid,
        element("polygon", points=f"0,{_HEIGHT} {' '.join(points)} {_WIDTH},{_HEIGHT}"),
        element("polyline", points=" ".join(points)),
        element("circle", cx=f"{float(last_x) - 3:.1f}", cy=last_y, r="3"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
    )
    caption = f"Time from item to chat of the newest {pluralise(len(values), 'alert')}: {summary}."
    return element("figure", drawing, element("figcaption", caption))


def length(seconds: float) -> str:
    """Return a short duration: "320 ms", "1.4 s", "12 s", "5 min", "3 h"."""
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"  # noqa: PLR2004


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Return the range of the logarithmic axis: at least one decade, so that noise stays small."""
    low, high = log10(min(values)), log10(max(values))
    missing = max(0.0, 1.0 - (high - low)) / 2
    return low - missing - 0.05, high + missing + 0.05
