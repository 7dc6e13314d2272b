"""Administer the bot and the chat: /sources, /failed and /stats for operators, /allow for a chat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import Final

from bot.conversation.cards.card import Card, Line, code, dim, line, make_card, strong
from bot.conversation.commands.feeds import feed_status_text
from bot.conversation.durations import format_age, format_remaining, pluralise
from bot.conversation.registry import CONSOLE_REF, Access, Command
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.admin.metrics_snapshot import read_statistics
from bot.store.chats.chats import anyone_may_edit, get_or_create_chat, set_anyone_may_edit
from bot.store.feeds.feeds import FeedRow, count_feeds, list_feeds_by_health
from bot.store.feeds.sources import SourceHealth, list_sources
from bot.store.outbox.alert_log import LoggedAlert, list_recent_alerts
from watchers.text.clean import truncate

_STATISTICS_PERIOD: Final = timedelta(days=1)
_MAX_TOP_TOPICS: Final = 10
_DEFAULT_LINES: Final = 10
# A message of any platform holds this many lines.
_MAX_LINES: Final = 30
_MAX_TITLE_LENGTH: Final = 60
_MAX_STATUS_LENGTH: Final = 80
_MAX_REASON_LENGTH: Final = 200
_ALLOW_WORDS: Final = {"everyone": True, "everybody": True, "all": True, "admins": False}


class AdminCommands:
    """The commands /stats and /allow."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "allow",
                self.allow,
                "who may change settings",
                "[everyone|admins]",
                # The console has one user.
                excluded_platforms=(CONSOLE_REF.platform,),
            ),
            Command("stats", self.stats, "counts of chats, topics and alerts", for_operators=True),
        )

    async def stats(self, request: CommandRequest) -> list[Card]:
        """Show the number of chats, topics and alerts. Only for operators."""
        self._access.require_operator(request.ref, request.user_id, "/stats")
        since = self._clock() - _STATISTICS_PERIOD
        async with self._database.reading() as connection:
            stats = await read_statistics(connection, since=since, limit=_MAX_TOP_TOPICS)
        lines: list[Line] = [line(strong("Chats"))]
        lines.extend(line(f"  {platform}: {count:,}") for platform, count in stats.chats.items())
        lines.append(line(f"{pluralise(stats.topics, 'topic')} followed"))
        alerts = ", ".join(f"{count:,} {state}" for state, count in stats.alerts.items())
        lines.append(line(f"Alerts of the last day: {alerts or 'none'}"))
        if stats.busiest:
            lines.append(line(strong("Topics with most chats")))
            lines.extend(line(f"  {count:,} × {topic}") for topic, count in stats.busiest.items())
        return [make_card(*lines)]

    async def allow(self, request: CommandRequest) -> list[Card]:
        """Show or set who may change the settings of a chat: ``/allow everyone`` or ``/allow admins``."""
        if not request.argument:
            async with self._database.reading() as connection:
                is_open = await anyone_may_edit(connection, request.ref)
            return [
                make_card(
                    line(f"{_who(is_open)} can change the settings of this chat. To change that:"),
                    line(code("/allow everyone"), " or ", code("/allow admins")),
                )
            ]
        opens = _ALLOW_WORDS.get(request.argument.lower())
        if opens is None:
            raise UserError(f"“{request.argument}” is neither everyone nor admins")
        if not request.is_admin:
            raise UserError("only an admin can decide who may change settings here")
        async with self._database.writing() as connection:
            await get_or_create_chat(connection, request.ref, now=self._clock())
            await set_anyone_may_edit(connection, request.ref, is_open=opens)
        return [make_card(f"{_who(opens)} can now change the settings of this chat.")]


class HealthCommands:
    """The commands /sources and /failed, for operators."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command("sources", self.sources, "health of the sources", "[N]", for_operators=True),
            Command("failed", self.failed, "delivery failures", "[N]", for_operators=True),
        )

    async def sources(self, request: CommandRequest) -> list[Card]:
        """Show the state and the next poll of all folders and of some feeds, failing ones first."""
        self._access.require_operator(request.ref, request.user_id, "/sources")
        limit = _parse_line_count(request.argument, "/sources")
        async with self._database.reading() as connection:
            folders = await list_sources(connection)
            feeds = await list_feeds_by_health(connection, limit=limit)
            state_counts = await count_feeds(connection)
        total = sum(state_counts.values())
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(state_counts.items()))
        lines: list[Line] = []
        for folder in folders:
            lines.append(self._folder_line(folder))
            lines += document_problem_lines(folder, limit)
        lines.append(line(strong(pluralise(total, "feed")), dim(f"  {states}" if states else "")))
        lines += [self._feed_line(feed) for feed in feeds]
        if total > len(feeds):
            lines.append(line(dim(f"… and {total - len(feeds):,} more")))
        return [make_card(*lines, private=True)]

    async def failed(self, request: CommandRequest) -> list[Card]:
        """List the newest delivery failures."""
        self._access.require_operator(request.ref, request.user_id, "/failed")
        limit = _parse_line_count(request.argument, "/failed")
        async with self._database.reading() as connection:
            alerts = await list_recent_alerts(connection, failed=True, limit=limit)
        if not alerts:
            return [make_card("There are no delivery failures.", private=True)]
        heading = line(strong("Delivery failures"), dim("  newest first"))
        return [make_card(heading, *map(self._alert_line, alerts), private=True)]

    def _folder_line(self, folder: SourceHealth) -> Line:
        kind, name = folder.source.kind, source_name(folder)
        if folder.problem:
            return line(f"{kind} {name}  ", strong(f"cannot be read: {folder.problem}"))
        last_change = format_age(folder.polled_at, self._clock()) or "not yet"
        documents = pluralise(folder.document_count, "document")
        return line(f"{kind} {name}", dim(f"  {documents}, last change read {last_change}"))

    def _feed_line(self, feed: FeedRow) -> Line:
        now = self._clock()
        next_poll = f"; next poll {format_remaining(feed.due_at, now)}" if feed.due_at else ""
        status = truncate(feed_status_text(feed, format_age(feed.news_at, now)), _MAX_STATUS_LENGTH)
        name = truncate(feed.name, _MAX_TITLE_LENGTH)
        return line(f"{feed.id}. {name}", dim(f"  {status}{next_poll}"))

    def _alert_line(self, alert: LoggedAlert) -> Line:
        chat = f"{alert.ref.platform}/{alert.ref.chat}"
        title = truncate(alert.title, _MAX_TITLE_LENGTH)
        reason = truncate(alert.reason or "", _MAX_STATUS_LENGTH)
        age = format_age(alert.created_at, self._clock())
        return line(f"{chat}  {title}", dim(f"  {age}, {reason}"))


def source_name(source: SourceHealth) -> str:
    """Return the name of a folder: the last part of its path."""
    return PurePath(source.source.address).name or source.source.address


def document_problem_lines(folder: SourceHealth, limit: int) -> Iterator[Line]:
    """Yield one line per file of a folder that cannot be used, at most ``limit``."""
    for problem in folder.unreadable[:limit]:
        name = truncate(problem.name, _MAX_TITLE_LENGTH)
        yield line(f"  {name}: ", strong(truncate(problem.reason, _MAX_REASON_LENGTH)))
    unlisted = folder.unreadable_count - len(folder.unreadable[:limit])
    if unlisted > 0:
        yield line(dim(f"  and {pluralise(unlisted, 'more document')} that cannot be read"))


def _who(is_open: bool) -> str:
    return "Everyone here" if is_open else "Only admins"


def _parse_line_count(text: str, command: str) -> int:
    if not text:
        return _DEFAULT_LINES
    if not text.isdecimal() or not 0 < int(text[:9]) <= _MAX_LINES:
        raise UserError(f"{command} takes the number of lines to show, at most {_MAX_LINES}")
    return int(text)
