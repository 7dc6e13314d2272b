"""The status page: sources and their health, what waits, how quick it is, the latest alerts.

Rendered here, without scripts, for light and dark and for phones. Pure: figures in, HTML out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from bot.conversation.feeding import health
from bot.conversation.times import age, plural
from bot.store.alert_log import LoggedAlert
from bot.store.feeds import FeedRow
from bot.store.figures import Figures
from bot.store.sources import SourceHealth
from bot.web.html import Markup, element, joined

MOST_FEEDS: Final = 200
"""Feeds on the page."""

_WIDTH, _HEIGHT = 240, 40  # of the sparkline, in its own units

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --bad: #b3261e; --good: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --dim: #aaa; --bad: #ff8a80; --good: #81c995; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
.dim { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); }
.cards { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.card { border: 1px solid var(--line); border-radius: .5rem; flex: 1 1 9rem; padding: .5rem .8rem; }
.card b { display: block; font-size: 1.4rem; }
.rows > div { border-top: 1px solid var(--line); padding: .35rem 0; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; } polyline { fill: none; stroke: currentColor; stroke-width: 2; }
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the page shows, as it was at ``now``."""

    now: datetime
    figures: Figures
    folders: Sequence[SourceHealth]
    feeds: Sequence[FeedRow]
    alerts: Sequence[LoggedAlert]


def status_page(seen: Seen) -> str:
    """The whole page."""
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta http-equiv="refresh" content="30">'),
        element("title", "Tocsin"),
        element("style", Markup(_STYLE)),
    )
    body = element(
        "body",
        element("h1", "Tocsin"),
        element("div", f"{seen.now:%Y-%m-%d %H:%M:%S} UTC", class_="dim"),
        _cards(seen),
        _section("How quick it is", _latency(seen.figures.latencies)),
        _section("What is watched", _sources(seen)),
        _section("The latest alerts", _alerts(seen)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _cards(seen: Seen) -> Markup:
    figures = seen.figures
    waiting = sum(queue.many for queue in figures.queues.values())
    oldest = min((q.oldest for q in figures.queues.values() if q.oldest), default=None)
    late, since = figures.overdue
    everybody, unreached = figures.chats
    return element(
        "div",
        _card(figures.items, "items came"),
        _card(figures.topics, "topics are followed"),
        _card(everybody, "chats", f"{unreached:,} cannot be reached" if unreached else ""),
        _card(waiting, "alerts wait", f"since {age(oldest, seen.now)}" if oldest else ""),
        _card(late, "feeds are due", f"since {age(since, seen.now)}" if since else ""),
        class_="cards",
    )


def _card(number: int, what: str, more: str = "") -> Markup:
    note = element("div", more, class_="dim") if more else ""
    return element("div", element("b", f"{number:,}"), what, note, class_="card")


def _section(title: str, inside: Markup) -> Markup:
    return element("section", element("h2", title), inside)


def _latency(latencies: Sequence[float]) -> Markup:
    """The newest alerts' way from item to chat, oldest first, as a line."""
    if len(latencies) < 2:  # noqa: PLR2004 - a line has two ends
        return element("p", "No alerts yet.", class_="dim")
    values = list(reversed(latencies))
    top = max(*values, 0.001)
    step = _WIDTH / (len(values) - 1)
    points = " ".join(
        f"{at * step:.1f},{_HEIGHT - 2 - value / top * (_HEIGHT - 4):.1f}"
        for at, value in enumerate(values)
    )
    said = f"median {_length(median(values))}, slowest {_length(top)}"
    line = element("polyline", points=points)
    drawing = element(
        "svg",
        element("title", f"From item to chat: {said}"),
        line,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=str(_WIDTH),
        role="img",
    )
    text = f"From item to chat, the newest {plural(len(values), 'alert')}: {said}."
    return joined(drawing, element("p", text, class_="dim"))


def _sources(seen: Seen) -> Markup:
    rows = [
        _row(f"Folder {one.source.address}", _folder(one, seen.now), bad=bool(one.problem))
        for one in seen.folders
    ]
    feeds = sorted(seen.feeds, key=lambda one: (not one.problem, one.id))
    for one in feeds:
        due = f", next look {_until(one.due_at, seen.now)}" if one.due_at else ""
        well = health(one, age(one.news_at, seen.now))
        rows.append(_row(one.name, f"{well}{due}", bad=bool(one.problem)))
    every = sum(many for (kind, _), many in seen.figures.sources.items() if kind == "feed")
    if every > len(feeds):
        rows.append(element("div", f"… and {every - len(feeds):,} more", class_="dim"))
    return _rows(rows, "Nothing is watched.")


def _folder(one: SourceHealth, now: datetime) -> str:
    if one.problem:
        return f"cannot be read: {one.problem}"
    return f"last change read {age(one.polled_at, now) or 'never'}"


def _alerts(seen: Seen) -> Markup:
    rows = [
        _row(
            one.title,
            f"{one.state}, {one.ref.platform}, {age(one.created_at, seen.now)}"
            + (f": {one.reason}" if one.reason else ""),
            bad=one.state == "failed",
        )
        for one in seen.alerts
    ]
    return _rows(rows, "No alerts yet.")


def _rows(rows: Iterable[Markup], nothing: str) -> Markup:
    made = list(rows)
    return element("div", *made, class_="rows") if made else element("p", nothing, class_="dim")


def _row(name: str, what: str, *, bad: bool) -> Markup:
    kind = "bad" if bad else "dim"
    return element("div", name, " ", element("span", what, class_=kind))


def _until(moment: datetime, now: datetime) -> str:
    seconds = (moment - now).total_seconds()
    return f"in {_length(seconds)}" if seconds > 0 else "now"


def _length(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"  # noqa: PLR2004
