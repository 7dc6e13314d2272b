"""A trend as it is told: in words, by a line of signs, and with its picture where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import regex

from bot.charts.draw import INSTALL
from bot.charts.trend import Trend
from bot.charts.words import alt_text, day_of, span_of, sparkline
from bot.conversation.card import (
    Action,
    Button,
    Card,
    Image,
    Line,
    Piece,
    Style,
    code,
    dim,
    line,
    say,
    strong,
)
from bot.conversation.times import plural

_SHARES: Final = 5  # sources named in words
_NO_PICTURE: Final = f"For a picture, whoever runs Tocsin may install: {INSTALL}"


def trend_card(
    trend: Trend,
    notes: Sequence[Line],
    *,
    again: str,
    picture: bytes | None,
    known: int | None = None,
) -> Card:
    """What /trend answers. ``again``: what was asked, for buttons that ask of other lengths; "": none.

    ``picture`` is the trend as `draw` made it; ``None``: nothing can draw here. ``known``: days of it of
    which anything can be known; all of them, unless given.
    """
    card = say(*_lines(trend, known), *notes, buttons=_buttons(trend, again), apart=True)
    if not trend.total:
        return card
    sketch = sparkline(trend.totals)
    if picture is None:
        return replace(card, lines=(line(code(sketch)), *card.lines, line(dim(_NO_PICTURE))))
    name = regex.sub(r"[^\p{Ll}\p{Nd}]+", "-", trend.name.casefold())[:40].strip("-") or "topic"
    last = trend.days[-1]
    image = Image(f"trend-{name}-{last.isoformat()}.png", picture, alt_text(trend), sketch)
    return replace(card, image=image)


def _lines(trend: Trend, known: int | None) -> list[Line]:
    unit = "day" if trend.step == 1 else "week"
    if not trend.total:
        return [line(strong(trend.name), f": nothing, {span_of(trend)}.")]
    if not trend.parts:
        lines = [line(strong(trend.name), f": items per {unit}, {span_of(trend)}")]
        lines += [
            (
                Piece(f"{one.total:,}  "),
                Piece(one.name),
                Piece(f"  {sparkline(one.counts)}", Style.DIM),
            )
            for one in trend.series
        ]
        return lines
    whole = trend.step * len(trend.days)
    rate = trend.total * trend.step / max(1, min(whole, known or whole))
    said = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"  # noqa: PLR2004
    many = plural(trend.total, "item")
    lines = [line(strong(trend.name), f": {many}, {span_of(trend)}, about {said} a {unit}")]
    for peak in trend.peaks:
        story = f": {peak.story}" if peak.story else ""
        lines.append(line(f"• {day_of(trend.days[peak.place])}, {peak.many:,}{story}"))
    shares = ", ".join(f"{one.name} {one.total:,}" for one in trend.series[:_SHARES])
    lines.append(line(dim(shares)))
    return lines


def _buttons(trend: Trend, again: str) -> tuple[Button, ...]:
    if not again:
        return ()
    days = trend.step * len(trend.days)
    text, _, _ = again.rpartition(" ")
    others = [length for length in (7, 30, 90) if length != days]
    return tuple(
        Button(f"{length} days", Action("trend", f"{text} {length}d")) for length in others
    )
