"""Drawing a trend with matplotlib: a PNG that a phone shows well, in dark and in light.

It has a background of its own, dark enough for a dark chat and no stain in a light one; the colours are
those of Okabe and Ito, which people who see few colours can tell apart too. Titles that matplotlib's own
font has no letters for are left to the words beneath the picture.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.charts.trend import OTHERS, Series, Trend
from bot.charts.words import day_of, span_of
from watchers.text.clean import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

BACKGROUND: Final = "#17212B"
TEXT: Final = "#F2F5F7"
FAINT: Final = "#A9B4BE"
GRID: Final = "#33414E"
COLOURS: Final = ("#56B4E9", "#E69F00", "#2BB88A", "#F0E442", "#E48ABF")
"""In the order of the series; `OTHERS` is `FAINT`."""

INSTALL: Final = "pip install 'tocsin[charts]'"
"""What makes pictures possible."""

_INCHES: Final = (5.4, 5.4)
_DOTS: Final = 200  # an inch: 1,080 pixels, three for each point of a phone
_SIZE: Final = 11  # points; 10 on a phone's screen
_LONGEST: Final = 90  # characters of any line
_TICKS: Final = 5
_COLUMNS: Final = 3  # names side by side in the legend
_MARGIN: Final = 0.045  # of the picture, as the next one
_ROW: Final = 0.05
_NAME: Final = 0.23
_MARKS: Final = "①②③"
_LEFTWARD: Final = range(0x0590, 0x0900)  # Hebrew to Arabic: joined and turned, not side by side
_ONE_AT_A_TIME: Final = threading.Lock()  # matplotlib's fonts are no matter for two threads


def can_draw() -> bool:
    """Whether matplotlib is here. It is an extra of its own: with what it needs, over 100 MB."""
    return find_spec("matplotlib") is not None


def draw(trend: Trend) -> bytes:
    """The trend as a PNG, 1,080 × 1,080. Half a second the first time: for a thread.

    Raises:
        ImportError: matplotlib is not installed.
    """
    with _ONE_AT_A_TIME:
        from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only a picture costs

        figure = Figure(figsize=_INCHES, dpi=_DOTS, facecolor=BACKGROUND)
        stories = _stories(trend)
        legend = _MARGIN + _ROW * len(stories) + (_MARGIN / 2 if stories else 0)
        floor = legend + 0.04 * -(-len(trend.series) // _COLUMNS) + 0.075
        axes = figure.add_axes((0.10, floor, 0.86, 0.86 - floor))
        _head(figure, trend)
        _plot(axes, trend)
        _days(axes, trend.days)
        _legend(figure, trend, legend)
        for row, story in enumerate(reversed(stories)):
            _text(figure, _MARGIN, _MARGIN + _ROW * row, story, _SIZE - 1, TEXT)
        out = BytesIO()
        figure.savefig(out, format="png", facecolor=BACKGROUND)
        return out.getvalue()


def _head(figure: Figure, trend: Trend) -> None:
    title = _drawable(trend.name, "This topic")
    unit = "day" if trend.step == 1 else "week"
    many = f"{trend.total:,} items, per" if trend.parts else "Items per"
    about = f"{many} {unit}, {span_of(trend)}"
    _text(figure, _MARGIN, 0.935, title, _SIZE + 5, TEXT)
    _text(figure, _MARGIN, 0.89, about, _SIZE, FAINT)


def _plot(axes: Axes, trend: Trend) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    places = list(range(len(trend.days)))
    if trend.parts:
        height = [0] * len(places)
        for colour, one in _coloured(trend.series):
            axes.bar(places, one.counts, bottom=height, width=0.85, color=colour, linewidth=0)
            height = [low + many for low, many in zip(height, one.counts, strict=True)]
    else:
        for colour, one in _coloured(trend.series):
            axes.plot(places, one.counts, color=colour, linewidth=2.2, solid_capstyle="round")
    most = max((max(one.counts, default=0) for one in trend.series), default=0)
    top = max(max(trend.totals, default=0) if trend.parts else most, 1)
    axes.set_ylim(0, top * 1.18)
    axes.set_xlim(-0.7, len(places) - 0.3)
    for mark, peak in zip(_MARKS, trend.peaks, strict=False):
        axes.annotate(
            mark,
            (peak.place, peak.many),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=TEXT,
            fontsize=_SIZE + 2,
        )
    axes.set_facecolor(BACKGROUND)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=FAINT, labelsize=_SIZE - 1, length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _days(axes: Axes, days: Sequence[date]) -> None:
    step = max(1, -(-len(days) // _TICKS))
    places = list(range(len(days) - 1, -1, -step))[::-1]
    axes.set_xticks(places, [day_of(days[place]) for place in places])


def _legend(figure: Figure, trend: Trend, height: float) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415 - as above

    many = len(trend.series)
    names = [
        _fitting(_drawable(one.name, f"no. {number}"), _SIZE - 2, "normal", _NAME)
        for number, one in enumerate(trend.series, 1)
    ]
    handles = [Patch(color=colour) for colour, _ in _coloured(trend.series)]
    legend = figure.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(_MARGIN - 0.015, height - 0.015),
        ncols=min(many, _COLUMNS),
        frameon=False,
        fontsize=_SIZE - 2,
        labelcolor=TEXT,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.1,
    )
    for text in legend.get_texts():
        text.set_parse_math(parse_math=False)


def _stories(trend: Trend) -> list[str]:
    rows = []
    for mark, peak in zip(_MARKS, trend.peaks, strict=False):
        day = day_of(trend.days[peak.place])
        story = _drawable(peak.story, f"{peak.many:,} items")
        rows.append(f"{mark} {day}  {story}")
    return rows


def _coloured(series: Sequence[Series]) -> list[tuple[str, Series]]:
    return [
        (FAINT if one.name == OTHERS else COLOURS[place % len(COLOURS)], one)
        for place, one in enumerate(series)
    ]


def _text(figure: Figure, x: float, y: float, text: str, size: float, colour: str) -> None:
    """A line of text that ends at the margin; large text is bold."""
    weight = "bold" if size > _SIZE else "normal"
    fits = _fitting(text, size, weight, 1 - x - _MARGIN)
    # A "$" in a headline begins no formula.
    figure.text(x, y, fits, fontsize=size, color=colour, weight=weight, parse_math=False)


def _fitting(text: str, size: float, weight: str, width: float) -> str:
    """``text``, shortened to ``width`` of the picture's own."""
    font = _font(weight)
    font.set_size(size, _DOTS)
    room = width * _INCHES[0] * _DOTS * 64  # a font measures in 64ths of a dot
    while text:
        font.set_text(text)
        long = font.get_width_height()[0]
        if long <= room:
            break
        text = shorten(text, max(1, min(len(text) - 1, int(len(text) * room / long))))
    return text


def _drawable(text: str, instead: str) -> str:
    """``text``, if the font has its letters and puts them in order by itself; else ``instead``."""
    text = shorten(text, _LONGEST)
    known = _letters()
    fits = text.strip() and all(ord(char) in known for char in text)
    return text if fits else instead


@cache
def _letters() -> frozenset[int]:
    """What can be drawn: letters that stand side by side from left to right, as they are."""
    known = [_font(weight).get_charmap().keys() for weight in ("normal", "bold")]
    return frozenset(code for code in known[0] & known[1] if code not in _LEFTWARD)


@cache
def _font(weight: str) -> FT2Font:
    from matplotlib import font_manager  # noqa: PLC0415 - as above
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415

    return FT2Font(font_manager.findfont(f"DejaVu Sans:weight={weight}"))
