"""The status page: whether all is well, what waits, how quick it is, sources and the latest alerts.

Rendered here, without scripts, for light and dark and for phones. Pure: figures in, HTML out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.feeding import health
from bot.conversation.times import age, plural, until
from bot.store.alert_log import LoggedAlert
from bot.store.feeds import FeedRow
from bot.store.figures import FAILING, Figures
from bot.store.sources import SourceHealth
from bot.store.tables import DEAD, ENDED, FAILED, HELD, PAUSED, QUEUED, SENT, UNKNOWN
from bot.web.html import Markup, element, joined, void
from bot.web.sparkline import latency_figure
from bot.web.style import BELL, ICON, STYLE

MOST_FEEDS: Final = 200
"""Feeds on the page."""

_OPEN: Final = 12  # feeds that are seen at once; the others unfold
_LONG: Final = timedelta(minutes=10)  # of waiting, worth a word
_GONE: Final = timedelta(days=1)  # an account that nobody served for so long is not expected back
_TITLE: Final = 200  # characters
_HUES: Final = {SENT: "good", QUEUED: "warn", HELD: "dim", FAILED: "bad", UNKNOWN: "bad"}


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
    body = element(
        "body",
        element("header", _bell(), element("div", element("h1", "Tocsin"), _verdict(seen))),
        element(
            "main",
            _cards(seen),
            _section("How quick it is", latency_figure(seen.figures.latencies)),
            element(
                "div",
                _section("What is watched", _sources(seen)),
                _section("The latest alerts", _alerts(seen)),
                class_="two",
            ),
        ),
        element("footer", f"As of {seen.now:%Y-%m-%d %H:%M:%S} UTC, looked at anew every minute."),
    )
    return _document(body, void("meta", http_equiv="refresh", content="60"))


def door_page(*, is_wrong: bool) -> str:
    """What is shown to who has not given the token yet."""
    wrong = element("p", "That is not the token.", class_="bad", role="alert") if is_wrong else ""
    form = element(
        "form",
        # For those who let a browser remember it: it wants a name to go with it.
        void("input", autocomplete="username", value="tocsin", aria_label="Name", hidden=""),
        void(
            "input",
            name="token",
            type="password",
            aria_label="Token",
            placeholder="TOCSIN_WEB_TOKEN",
            autocomplete="current-password",
            required="",
            autofocus="",
        ),
        element("button", "Open"),
        method="post",
    )
    inside = element("section", element("h2", "This page opens with its token"), wrong, form)
    return _document(element("body", element("main", inside, class_="door")))


def _document(body: Markup, *more: Markup) -> str:
    head = element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="robots", content="noindex"),
        *more,
        void("link", rel="icon", href=ICON),
        element("title", "Tocsin"),
        element("style", Markup(STYLE)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _bell() -> Markup:
    path = element("path", d=BELL, fill="currentColor")
    return element("svg", path, viewBox="0 0 24 24", aria_hidden="true")


# ── in one line ───────────────────────────────────────────────────────────────────────────────────


def _verdict(seen: Seen) -> Markup:
    troubles = list(_troubles(seen))
    if not troubles:
        return element("p", element("b", "All is well.", class_="good"), class_="verdict")
    said = "; ".join(troubles)
    return element("p", element("b", "Worth a look: ", class_="warn"), f"{said}.", class_="verdict")


def _troubles(seen: Seen) -> Iterator[str]:
    figures, now = seen.figures, seen.now
    failing = sum(
        many for (_, state), many in figures.sources.items() if state in {FAILING, DEAD, ENDED}
    )
    if failing:
        yield f"{plural(failing, 'source')} cannot be read"
    for platform, queue in sorted(figures.queues.items()):
        if queue.oldest and now - queue.oldest > _LONG:
            yield f"an alert has waited on {platform} since {age(queue.oldest, now)}"
    for account, held in sorted(figures.accounts.items()):
        if now - _GONE < held <= now:
            yield f"nobody serves {account}"
    late, since = figures.overdue
    if since and now - since > _LONG:
        yield f"{plural(late, 'feed')} should have been asked"


# ── figures ───────────────────────────────────────────────────────────────────────────────────────


def _cards(seen: Seen) -> Markup:
    figures, now = seen.figures, seen.now
    waiting = sum(queue.many for queue in figures.queues.values())
    oldest = min((q.oldest for q in figures.queues.values() if q.oldest), default=None)
    everybody = sum(one.many for one in figures.chats.values())
    unreached = sum(one.suspended for one in figures.chats.values())
    sources = sum(figures.sources.values())
    due = min((one.due_at for one in seen.feeds if one.due_at), default=None)
    return element(
        "div",
        _card(sources, "sources", f"next look {until(due, now)}" if due else ""),
        _card(figures.items, "items came"),
        _card(figures.topics, "topics are followed"),
        _card(everybody, "chats", f"{unreached:,} cannot be reached" if unreached else ""),
        _card(waiting, "alerts wait", _since(oldest, now) if oldest else "nothing is late"),
        class_="cards",
    )


def _card(number: int, what: str, more: str = "") -> Markup:
    note = element("span", more, class_="dim") if more else ""
    return element("div", element("b", f"{number:,}"), element("span", what), note, class_="card")


def _since(moment: datetime, now: datetime) -> str:
    return f"since {age(moment, now).replace('just now', 'a moment ago')}"


def _section(title: str, inside: Markup) -> Markup:
    return element("section", element("h2", title), inside)


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


def _sources(seen: Seen) -> Markup:
    rows = [_folder(one, seen.now) for one in seen.folders]
    feeds = sorted(seen.feeds, key=lambda one: (not one.problem, one.id))
    rows += [_feed(one, seen.now) for one in feeds[:_OPEN]]
    if not rows:
        return element("p", "Nothing is watched.", class_="dim")
    rest = feeds[_OPEN:]
    every = sum(many for (kind, _), many in seen.figures.sources.items() if kind == "feed")
    beyond = every - len(feeds)
    unfolds = element(
        "details",
        element("summary", f"{plural(len(rest), 'more feed')}"),
        _list(_feed(one, seen.now) for one in rest),
    )
    and_more = element("p", f"… and {beyond:,} that are not shown here", class_="dim")
    return joined(_list(rows), unfolds if rest else "", and_more if beyond > 0 else "")


def _folder(one: SourceHealth, now: datetime) -> Markup:
    if one.problem:
        return _row("bad", one.source.address, f"cannot be read: {one.problem}", is_bad=True)
    said = f"folder, last change read {age(one.polled_at, now) or 'never'}"
    return _row("good", one.source.address, said)


def _feed(one: FeedRow, now: datetime) -> Markup:
    when = element("time", until(one.due_at, now), title=_exact(one.due_at)) if one.due_at else ""
    hue = "bad" if one.problem else "dim" if one.state == PAUSED or not one.polled_at else "good"
    return _row(hue, one.name, health(one, age(one.news_at, now)), when, is_bad=bool(one.problem))


def _alerts(seen: Seen) -> Markup:
    if not seen.alerts:
        return element("p", "No alerts yet.", class_="dim")
    return _list(
        _row(
            _HUES.get(one.state, "warn"),
            one.title[:_TITLE],
            f"{one.state}, {one.ref.platform}" + (f": {one.reason}" if one.reason else ""),
            element("time", age(one.created_at, seen.now), title=_exact(one.created_at)),
            is_bad=one.state == FAILED,
        )
        for one in seen.alerts
    )


def _list(rows: Iterable[Markup]) -> Markup:
    return element("ul", *rows)


def _row(
    hue: str, name: str, what: str, when: Markup | str = "", *, is_bad: bool = False
) -> Markup:
    dot = element("i", class_=hue, aria_hidden="true")
    said = element("small", what, class_="bad") if is_bad else element("small", what)
    return element("li", dot, element("div", element("strong", name), said), when)


def _exact(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
