"""The card of a trend: text, a sparkline, and a chart if one can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import regex

from bot.charts.render import INSTALL
from bot.charts.trend import Trend, alt_text, format_day, format_period, sparkline
from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Image,
    Line,
    Style,
    TextSpan,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.durations import pluralise

_MAX_NAMED_SOURCES: Final = 5
_MAX_FILE_NAME_LENGTH: Final = 40
_PERIODS_DAYS: Final = (7, 30, 90)
# Rates below this are shown with one decimal.
_MIN_WHOLE_RATE: Final = 10
_NO_CHART_HINT: Final = f"For a chart, ask the operator to install: {INSTALL}"


def trend_card(
    trend: Trend,
    notes: Sequence[Line],
    *,
    request: str,
    chart: bytes | None,
    days_with_data: int | None = None,
) -> Card:
    """Return the answer to /trend.

    Args:
        trend: the counts.
        notes: remarks on the data.
        request: the request, for buttons with other periods; "" for no buttons.
        chart: the chart as PNG; ``None`` if charts cannot be drawn here.
        days_with_data: the number of days of the trend with data; ``None`` means all of them.
    """
    card = make_card(
        *_trend_lines(trend, days_with_data),
        *notes,
        buttons=_period_buttons(trend, request),
        as_new_message=True,
    )
    if not trend.total:
        return card
    text_chart = sparkline(trend.totals)
    if chart is None:
        lines = (line(code(text_chart)), *card.lines, line(dim(_NO_CHART_HINT)))
        return replace(card, lines=lines)
    name = regex.sub(r"[^\p{Ll}\p{Nd}]+", "-", trend.name.casefold())[:_MAX_FILE_NAME_LENGTH]
    file_name = f"trend-{name.strip('-') or 'topic'}-{trend.days[-1].isoformat()}.png"
    return replace(card, image=Image(file_name, chart, alt_text(trend), text_chart))


def _trend_lines(trend: Trend, known: int | None) -> list[Line]:
    unit = "day" if trend.step == 1 else "week"
    if not trend.total:
        return [line(strong(trend.name), f": no items, {format_period(trend)}.")]
    if not trend.parts:
        lines = [line(strong(trend.name), f": items per {unit}, {format_period(trend)}")]
        lines += [
            (
                TextSpan(f"{series.total:,}  "),
                TextSpan(series.name),
                TextSpan(f"  {sparkline(series.counts)}", Style.DIM),
            )
            for series in trend.series
        ]
        return lines
    period_days = trend.step * len(trend.days)
    rate = trend.total * trend.step / max(1, min(period_days, known or period_days))
    rate_text = f"{rate:.0f}" if rate >= _MIN_WHOLE_RATE else f"{rate:.1f}"
    count = pluralise(trend.total, "item")
    period = format_period(trend)
    lines = [line(strong(trend.name), f": {count}, {period}, about {rate_text} per {unit}")]
    for peak in trend.peaks:
        story = f": {peak.story}" if peak.story else ""
        lines.append(line(f"• {format_day(trend.days[peak.place])}, {peak.many:,}{story}"))
    sources = ", ".join(
        f"{series.name} {series.total:,}" for series in trend.series[:_MAX_NAMED_SOURCES]
    )
    lines.append(line(dim(sources)))
    return lines


def _period_buttons(trend: Trend, again: str) -> tuple[Button, ...]:
    if not again:
        return ()
    current_days = trend.step * len(trend.days)
    topic, _, _ = again.rpartition(" ")
    return tuple(
        Button(f"{days} days", Action("trend", f"{topic} {days}d"))
        for days in _PERIODS_DAYS
        if days != current_days
    )
