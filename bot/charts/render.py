"""Draw a trend as a PNG with matplotlib, for phones and for light and dark chats.

The picture has its own dark background. The colours are those of Okabe and Ito, which colour-blind
people can distinguish. A title with characters that the font of matplotlib does not contain is replaced;
the text below the picture shows it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.charts.trend import OTHERS, Series, Trend, format_day, format_period
from watchers.text.clean import truncate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

BACKGROUND: Final = "#17212B"
TEXT: Final = "#F2F5F7"
MUTED_COLOUR: Final = "#A9B4BE"
GRID: Final = "#33414E"
COLOURS: Final = ("#56B4E9", "#E69F00", "#2BB88A", "#F0E442", "#E48ABF")
"""Colours in the order of the series; `OTHERS` has `MUTED_COLOUR`."""

INSTALL: Final = "pip install 'tocsin[charts]'"
"""The command that installs the requirements of pictures."""

_INCHES: Final = (5.4, 5.4)
# 1,080 pixels: three pixels per point of a phone screen.
_DOTS_PER_INCH: Final = 200
_FONT_POINTS: Final = 11
_MAX_LINE_CHARS: Final = 90
_MAX_TICKS: Final = 5
_LEGEND_COLUMNS: Final = 3
# Lengths as fractions of the picture.
_MARGIN: Final = 0.045
_ROW_HEIGHT: Final = 0.05
_LEGEND_NAME_WIDTH: Final = 0.23
_PEAK_MARKS: Final = "①②③"
# matplotlib does not join and reorder the letters of right-to-left scripts (Hebrew to Arabic).
_RIGHT_TO_LEFT: Final = range(0x0590, 0x0900)
# The font objects of matplotlib are not thread-safe.
_RENDER_LOCK: Final = threading.Lock()


def can_draw() -> bool:
    """Return True if matplotlib is installed. It is an extra, because it takes over 100 MB."""
    return find_spec("matplotlib") is not None


def draw(trend: Trend) -> bytes:
    """Return the trend as a PNG of 1,080 × 1,080 pixels.

    The first call takes half a second: call it in a thread.

    Raises:
        ImportError: matplotlib is not installed.
    """
    # Figure without pyplot: pyplot keeps every figure in global state and is not thread-safe.
    with _RENDER_LOCK:
        from matplotlib.figure import Figure  # noqa: PLC0415 - slow import

        figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, facecolor=BACKGROUND)
        stories = _peak_lines(trend)
        legend_bottom = _MARGIN + _ROW_HEIGHT * len(stories) + (_MARGIN / 2 if stories else 0)
        axes_bottom = legend_bottom + 0.04 * -(-len(trend.series) // _LEGEND_COLUMNS) + 0.075
        axes = figure.add_axes((0.10, axes_bottom, 0.86, 0.86 - axes_bottom))
        _add_heading(figure, trend)
        _plot_series(axes, trend)
        _add_day_ticks(axes, trend.days)
        _add_legend(figure, trend, legend_bottom)
        for row, story in enumerate(reversed(stories)):
            _add_text(figure, _MARGIN, _MARGIN + _ROW_HEIGHT * row, story, _FONT_POINTS - 1, TEXT)
        png = BytesIO()
        figure.savefig(png, format="png", facecolor=BACKGROUND)
        return png.getvalue()


def _add_heading(figure: Figure, trend: Trend) -> None:
    title = _drawable(trend.name, "This topic")
    unit = "day" if trend.step == 1 else "week"
    measure = (
        f"{trend.total:,} {'item' if trend.total == 1 else 'items'}, per"
        if trend.parts
        else "Items per"
    )
    subtitle = f"{measure} {unit}, {format_period(trend)}"
    _add_text(figure, _MARGIN, 0.935, title, _FONT_POINTS + 5, TEXT)
    _add_text(figure, _MARGIN, 0.89, subtitle, _FONT_POINTS, MUTED_COLOUR)


def _plot_series(axes: Axes, trend: Trend) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    positions = list(range(len(trend.days)))
    if trend.parts:
        height = [0] * len(positions)
        for colour, series in _with_colours(trend.series):
            axes.bar(positions, series.counts, bottom=height, width=0.85, color=colour, linewidth=0)
            height = [bottom + count for bottom, count in zip(height, series.counts, strict=True)]
    else:
        for colour, series in _with_colours(trend.series):
            axes.plot(positions, series.counts, color=colour, linewidth=2.2, solid_capstyle="round")
    highest = max((max(series.counts, default=0) for series in trend.series), default=0)
    top = max(max(trend.totals, default=0) if trend.parts else highest, 1)
    # Room above the highest bar for the mark of a peak.
    axes.set_ylim(0, top * 1.18)
    axes.set_xlim(-0.7, len(positions) - 0.3)
    for mark, peak in zip(_PEAK_MARKS, trend.peaks, strict=False):
        axes.annotate(
            mark,
            (peak.place, peak.many),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=TEXT,
            fontsize=_FONT_POINTS + 2,
        )
    axes.set_facecolor(BACKGROUND)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=MUTED_COLOUR, labelsize=_FONT_POINTS - 1, length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _add_day_ticks(axes: Axes, days: Sequence[date]) -> None:
    step = max(1, -(-len(days) // _MAX_TICKS))
    # From the end, so that today always has a label.
    positions = list(range(len(days) - 1, -1, -step))[::-1]
    axes.set_xticks(positions, [format_day(days[position]) for position in positions])


def _add_legend(figure: Figure, trend: Trend, height: float) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415

    names = [
        _truncate_to_width(
            _drawable(series.name, f"no. {number}"), _FONT_POINTS - 2, "normal", _LEGEND_NAME_WIDTH
        )
        for number, series in enumerate(trend.series, 1)
    ]
    handles = [Patch(color=colour) for colour, _ in _with_colours(trend.series)]
    legend = figure.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(_MARGIN - 0.015, height - 0.015),
        ncols=min(len(trend.series), _LEGEND_COLUMNS),
        frameon=False,
        fontsize=_FONT_POINTS - 2,
        labelcolor=TEXT,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.1,
    )
    for text in legend.get_texts():
        # The name of a source may contain "$"; see `_add_text`.
        text.set_parse_math(parse_math=False)


def _peak_lines(trend: Trend) -> list[str]:
    rows = []
    for mark, peak in zip(_PEAK_MARKS, trend.peaks, strict=False):
        day = format_day(trend.days[peak.place])
        story = _drawable(peak.story, f"{peak.many:,} {'item' if peak.many == 1 else 'items'}")
        rows.append(f"{mark} {day}  {story}")
    return rows


def _with_colours(all_series: Sequence[Series]) -> list[tuple[str, Series]]:
    return [
        (MUTED_COLOUR if series.name == OTHERS else COLOURS[index % len(COLOURS)], series)
        for index, series in enumerate(all_series)
    ]


def _add_text(figure: Figure, x: float, y: float, text: str, size: float, colour: str) -> None:
    """Add one line of text, shortened at the right margin. Large text is bold."""
    weight = "bold" if size > _FONT_POINTS else "normal"
    shortened = _truncate_to_width(text, size, weight, 1 - x - _MARGIN)
    # Without parse_math=False, matplotlib would read a "$" in a headline as the start of a formula.
    figure.text(x, y, shortened, fontsize=size, color=colour, weight=weight, parse_math=False)


def _truncate_to_width(text: str, size: float, weight: str, width: float) -> str:
    """Return ``text``, shortened to ``width``, a fraction of the width of the picture."""
    font = _font(weight)
    font.set_size(size, _DOTS_PER_INCH)
    # FreeType measures in 64ths of a pixel.
    max_width = width * _INCHES[0] * _DOTS_PER_INCH * 64
    while text:
        font.set_text(text)
        text_width = font.get_width_height()[0]
        if text_width <= max_width:
            break
        text = truncate(text, max(1, min(len(text) - 1, int(len(text) * max_width / text_width))))
    return text


def _drawable(text: str, fallback: str) -> str:
    """Return ``text`` if the font can draw all its characters, else ``fallback``."""
    text = truncate(text, _MAX_LINE_CHARS)
    code_points = _drawable_code_points()
    is_drawable = text.strip() and all(ord(char) in code_points for char in text)
    return text if is_drawable else fallback


@cache
def _drawable_code_points() -> frozenset[int]:
    """Return the code points that both font weights contain, without right-to-left scripts."""
    charmaps = [_font(weight).get_charmap().keys() for weight in ("normal", "bold")]
    return frozenset(code for code in charmaps[0] & charmaps[1] if code not in _RIGHT_TO_LEFT)


@cache
def _font(weight: str) -> FT2Font:
    from matplotlib import font_manager  # noqa: PLC0415
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415

    return FT2Font(font_manager.findfont(f"DejaVu Sans:weight={weight}"))
