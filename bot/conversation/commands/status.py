"""Show the state of Tocsin: sources, items, alerts and problems. /status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from bot.conversation.cards.card import Card, Line, code, dim, line, make_card, strong
from bot.conversation.commands.admin import document_problem_lines, source_name
from bot.conversation.durations import format_age, pluralise
from bot.conversation.registry import Command
from bot.conversation.request import CommandRequest
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import count_chats, find_chat
from bot.store.chats.schedule import ChatSchedule, read_schedule
from bot.store.chats.subscriptions import count_subscriptions
from bot.store.feeds.sources import SourceHealth, list_sources
from bot.store.items.items import count_items
from bot.store.leases import blocked_accounts
from bot.store.outbox.alert_log import count_alerts, count_delayed_chats, oldest_queued_at
from bot.store.tables import QUEUED, SENT

# The other lines of the message must stay visible.
_MAX_SOURCES: Final = 20
# /sources lists more of them.
_MAX_DOCUMENT_PROBLEMS: Final = 5
# A shorter delay is normal.
_MIN_REPORTED_DELAY: Final = timedelta(seconds=90)


class StatusCommands:
    """The command /status."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (Command("status", self.status, "sources and pending alerts"),)

    async def status(self, request: CommandRequest) -> list[Card]:
        """Show sources, items, subscriptions and alerts, in a few lines."""
        now = self._clock()
        async with self._database.reading() as connection:
            sources = await list_sources(connection)
            item_count = await count_items(connection)
            subscription_count = await count_subscriptions(connection)
            _, suspended_chats = await count_chats(connection)
            alerts = await count_alerts(connection)
            oldest = await oldest_queued_at(connection)
            delayed_chats, _ = await count_delayed_chats(connection, now=now + _MIN_REPORTED_DELAY)
            accounts = await blocked_accounts(connection, now=now)
            chat_id = await find_chat(connection, request.ref)
            schedule = await read_schedule(connection, chat_id) if chat_id else ChatSchedule()
        age = f", the oldest for {format_age(oldest, now).removesuffix(' ago')}" if oldest else ""
        other_states = "".join(
            f", {count:,} {state}"
            for state, count in sorted(alerts.items())
            if state not in {QUEUED, SENT}
        )
        items, subscriptions = (
            pluralise(item_count, "stored item"),
            pluralise(subscription_count, "subscription"),
        )
        lines: list[Line] = [
            line(strong("Watching")),
            *self._source_lines(sources),
            line(f"{items}, {subscriptions}"),
            line(f"Alerts: {alerts[SENT]:,} sent, {alerts[QUEUED]:,} waiting{age}{other_states}"),
        ]
        if delayed_chats:
            text = f"{pluralise(delayed_chats, 'chat')} with alerts: delayed by rate limits"
            lines.append(line(text))
        for account, until in accounts.items():
            # Rounded up: the limit still holds in the last minute.
            minutes = pluralise(-(-int((until - now).total_seconds()) // 60), "minute")
            lines.append(line(strong(f"{account}: rate limit reached, no messages for {minutes}")))
        if suspended_chats:
            lines.append(line(f"{pluralise(suspended_chats, 'chat')} suspended: unreachable"))
        if schedule.is_paused(now):
            lines.append(line(strong("This chat is paused: "), code("/resume")))
        return [make_card(*lines)]

    def _source_lines(self, sources: Sequence[SourceHealth]) -> Iterator[Line]:
        """Yield the state of some sources, failing ones first, and a summary of the others."""
        ordered = sorted(sources, key=lambda source: not source.problem)
        for source in ordered[:_MAX_SOURCES]:
            yield self._source_line(source)
            yield from document_problem_lines(source, _MAX_DOCUMENT_PROBLEMS)
        unlisted = ordered[_MAX_SOURCES:]
        if unlisted:
            failing = sum(bool(source.problem) for source in unlisted)
            problem = f", {failing:,} of them cannot be read" if failing else ""
            yield line(dim(f"  and {pluralise(len(unlisted), 'source')} more{problem}"))

    def _source_line(self, source: SourceHealth) -> Line:
        kind, name = source.source.kind, source_name(source)
        if source.problem:
            return line(f"  {kind} {name}: ", strong(f"cannot be read: {source.problem}"))
        last_change = format_age(source.polled_at, self._clock()) or "not yet"
        documents = pluralise(source.document_count, "document")
        return line(f"  {kind} {name}", dim(f", {documents}, last change read {last_change}"))
