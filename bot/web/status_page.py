"""Render the status page: overall state, queues, latency, sources and the newest alerts.

The page needs no script and supports light and dark mode and phones. All functions are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.commands.feeds import feed_status_text
from bot.conversation.durations import format_age, format_remaining, pluralise
from bot.store.admin.metrics_snapshot import FAILING, StoreSnapshot
from bot.store.feeds.feeds import FeedRow
from bot.store.feeds.sources import SourceHealth
from bot.store.outbox.alert_log import LoggedAlert
from bot.store.tables import DEAD, ENDED, FAILED, HELD, PAUSED, QUEUED, SENT, UNKNOWN
from bot.web.html import BELL, ICON, STYLE, Markup, element, join_markup, latency_figure, void

MAX_FEEDS: Final = 200
"""The number of feeds that the page lists."""

# Further feeds are inside a folded <details> element.
_MAX_UNFOLDED_FEEDS: Final = 12
# Shorter delays are normal and not reported.
_MAX_NORMAL_DELAY: Final = timedelta(minutes=10)
# An account whose lease expired earlier is considered removed, not failed.
_REMOVED_ACCOUNT_AGE: Final = timedelta(days=1)
_MAX_TITLE_CHARS: Final = 200
_STATE_COLOURS: Final = {SENT: "good", QUEUED: "warn", HELD: "dim", FAILED: "bad", UNKNOWN: "bad"}


@dataclass(frozen=True, slots=True)
class StatusData:
    """The data of the page at the time ``now``."""

    now: datetime
    figures: StoreSnapshot
    folders: Sequence[SourceHealth]
    feeds: Sequence[FeedRow]
    alerts: Sequence[LoggedAlert]


def status_page(data: StatusData) -> str:
    """Return the HTML of the page."""
    body = element(
        "body",
        element("header", _logo(), element("div", element("h1", "Tocsin"), _state_line(data))),
        element(
            "main",
            _cards(data),
            _section("Delivery latency", latency_figure(data.figures.latencies)),
            element(
                "div",
                _section("Sources", _sources(data)),
                _section("Newest alerts", _alerts(data)),
                class_="two",
            ),
        ),
        element(
            "footer", f"As of {data.now:%Y-%m-%d %H:%M:%S} UTC. The page reloads every minute."
        ),
    )
    return _document(body, void("meta", http_equiv="refresh", content="60"))


def login_page(*, is_wrong: bool) -> str:
    """Return the HTML of the login form."""
    wrong = element("p", "Wrong token.", class_="bad", role="alert") if is_wrong else ""
    form = element(
        "form",
        # Password managers store a password only together with a user name.
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
    inside = element("section", element("h2", "Enter the token of the status page"), wrong, form)
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


def _logo() -> Markup:
    path = element("path", d=BELL, fill="currentColor")
    return element("svg", path, viewBox="0 0 24 24", aria_hidden="true")


# ── state ─────────────────────────────────────────────────────────────────────────────────────────


def _state_line(data: StatusData) -> Markup:
    problems = list(_problems(data))
    if not problems:
        return element("p", element("b", "No problems.", class_="good"), class_="verdict")
    text = "; ".join(problems)
    return element("p", element("b", "Problems: ", class_="warn"), f"{text}.", class_="verdict")


def _problems(data: StatusData) -> Iterator[str]:
    figures, now = data.figures, data.now
    failing = sum(
        count for (_, state), count in figures.sources.items() if state in {FAILING, DEAD, ENDED}
    )
    if failing:
        yield f"{pluralise(failing, 'source')} cannot be read"
    for platform, queue in sorted(figures.queues.items()):
        if queue.oldest and now - queue.oldest > _MAX_NORMAL_DELAY:
            yield f"the oldest alert on {platform} was queued {format_age(queue.oldest, now)}"
    for account, lease_end in sorted(figures.accounts.items()):
        # An account that expired long ago was removed from the settings and is not a problem.
        if now - _REMOVED_ACCOUNT_AGE < lease_end <= now:
            yield f"no process serves {account}"
    overdue_count, overdue_since = figures.overdue
    if overdue_since and now - overdue_since > _MAX_NORMAL_DELAY:
        yield f"{pluralise(overdue_count, 'feed')} overdue"


# ── figures ───────────────────────────────────────────────────────────────────────────────────────


def _cards(data: StatusData) -> Markup:
    figures, now = data.figures, data.now
    waiting = sum(queue.size for queue in figures.queues.values())
    oldest = min((queue.oldest for queue in figures.queues.values() if queue.oldest), default=None)
    chat_count = sum(stats.count for stats in figures.chats.values())
    suspended_count = sum(stats.suspended for stats in figures.chats.values())
    sources = sum(figures.sources.values())
    next_poll = min((feed.due_at for feed in data.feeds if feed.due_at), default=None)
    return element(
        "div",
        _card(
            sources, "sources", f"next poll {format_remaining(next_poll, now)}" if next_poll else ""
        ),
        _card(figures.items, "items"),
        _card(figures.topics, "topics"),
        _card(chat_count, "chats", f"{suspended_count:,} suspended" if suspended_count else ""),
        _card(waiting, "queued alerts", _since(oldest, now) if oldest else "none delayed"),
        class_="cards",
    )


def _card(number: int, label: str, note_text: str = "") -> Markup:
    note = element("span", note_text, class_="dim") if note_text else ""
    return element("div", element("b", f"{number:,}"), element("span", label), note, class_="card")


def _since(moment: datetime, now: datetime) -> str:
    return f"since {format_age(moment, now).replace('just now', 'a moment ago')}"


def _section(title: str, inside: Markup) -> Markup:
    return element("section", element("h2", title), inside)


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


def _sources(data: StatusData) -> Markup:
    rows = [row for folder in data.folders for row in _folder(folder, data.now)]
    # Feeds with problems come first, because the list is folded after some feeds.
    feeds = sorted(data.feeds, key=lambda feed: (not feed.problem, feed.id))
    rows += [_feed(feed, data.now) for feed in feeds[:_MAX_UNFOLDED_FEEDS]]
    if not rows:
        return element("p", "No sources.", class_="dim")
    folded = feeds[_MAX_UNFOLDED_FEEDS:]
    feed_count = sum(count for (kind, _), count in data.figures.sources.items() if kind == "feed")
    unlisted_count = feed_count - len(feeds)
    details = element(
        "details",
        element("summary", f"{pluralise(len(folded), 'more feed')}"),
        _list(_feed(feed, data.now) for feed in folded),
    )
    unlisted = element("p", f"… and {unlisted_count:,} more", class_="dim")
    return join_markup(
        _list(rows), details if folded else "", unlisted if unlisted_count > 0 else ""
    )


def _folder(folder: SourceHealth, now: datetime) -> Iterator[Markup]:
    """Yield the row of a folder, and one row per document that cannot be used."""
    if folder.problem:
        problem = f"cannot be read: {folder.problem}"
        yield _row("bad", folder.source.address, problem, is_bad=True)
    else:
        documents = pluralise(folder.document_count, "document")
        text = f"folder, {documents}, last scan {format_age(folder.polled_at, now) or 'never'}"
        yield _row("good", folder.source.address, text)
    for document in folder.unreadable:
        yield _row("bad", document.name, f"cannot be read: {document.reason}", is_bad=True)
    unlisted = folder.unreadable_count - len(folder.unreadable)
    if unlisted > 0:
        yield _row("bad", f"{pluralise(unlisted, 'more document')}", "cannot be read", is_bad=True)


def _feed(feed: FeedRow, now: datetime) -> Markup:
    due = (
        element("time", format_remaining(feed.due_at, now), title=_exact(feed.due_at))
        if feed.due_at
        else ""
    )
    colour = (
        "bad" if feed.problem else "dim" if feed.state == PAUSED or not feed.polled_at else "good"
    )
    return _row(
        colour,
        feed.name,
        feed_status_text(feed, format_age(feed.news_at, now)),
        due,
        is_bad=bool(feed.problem),
    )


def _alerts(data: StatusData) -> Markup:
    if not data.alerts:
        return element("p", "No alerts yet.", class_="dim")
    return _list(
        _row(
            _STATE_COLOURS.get(alert.state, "warn"),
            alert.title[:_MAX_TITLE_CHARS],
            f"{alert.state}, {alert.ref.platform}" + (f": {alert.reason}" if alert.reason else ""),
            element("time", format_age(alert.created_at, data.now), title=_exact(alert.created_at)),
            is_bad=alert.state == FAILED,
        )
        for alert in data.alerts
    )


def _list(rows: Iterable[Markup]) -> Markup:
    return element("ul", *rows)


def _row(
    colour: str, name: str, text: str, time: Markup | str = "", *, is_bad: bool = False
) -> Markup:
    dot = element("i", class_=colour, aria_hidden="true")
    note = element("small", text, class_="bad") if is_bad else element("small", text)
    return element("li", dot, element("div", element("strong", name), note), time)


def _exact(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
