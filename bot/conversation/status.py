"""How Tocsin fares: what is watched, what waits, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Command
from bot.conversation.request import Request
from bot.conversation.times import age, plural
from bot.store import Database
from bot.store.chats import count_chats, find_chat
from bot.store.items import count_items
from bot.store.leases import held_accounts
from bot.store.sources import SourceHealth, list_sources
from bot.store.subscriptions import count_subscriptions
from bot.store.tables import QUEUED, SENT
from bot.store.timing import Habits, read_habits
from bot.store.waiting import count_alerts, count_held, oldest_waiting

_MOST_SOURCES: Final = 20  # told one by one: the rest of the message is to be seen
_SOON: Final = timedelta(seconds=90)  # a shorter wait is an everyday matter


class Status:
    """The use case of /status."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (Command("status", self.status, "what is watched and what waits"),)

    async def status(self, request: Request) -> list[Card]:
        """Sources, items, subscriptions and alerts, in a few lines."""
        now = self._clock()
        async with self._database.reading() as connection:
            sources = await list_sources(connection)
            known = await count_items(connection)
            followed = await count_subscriptions(connection)
            _, suspended = await count_chats(connection)
            alerts = await count_alerts(connection)
            oldest = await oldest_waiting(connection)
            held, _ = await count_held(connection, now=now + _SOON)
            accounts = await held_accounts(connection, now=now)
            chat_id = await find_chat(connection, request.ref)
            habits = await read_habits(connection, chat_id) if chat_id else Habits()
        lines: list[Line] = [line(strong("Watching"))]
        lines.extend(self._source_lines(sources))
        waits = f", the oldest for {age(oldest, now).removesuffix(' ago')}" if oldest else ""
        ended = "".join(
            f", {many:,} {state}"
            for state, many in sorted(alerts.items())
            if state not in {QUEUED, SENT}
        )
        lines.append(line(f"{plural(known, 'item')} known, {plural(followed, 'subscription')}"))
        lines.append(
            line(f"Alerts: {alerts[SENT]:,} sent, {alerts[QUEUED]:,} waiting{waits}{ended}")
        )
        if held:
            lines.append(line(f"{plural(held, 'chat')} with alerts must wait for the platform"))
        for name, until in accounts.items():
            minutes = plural(-(-int((until - now).total_seconds()) // 60), "minute")
            lines.append(line(strong(f"{name} was asked to wait: nothing is sent for {minutes}")))
        if suspended:
            lines.append(line(f"{plural(suspended, 'chat')} cannot be reached and wait"))
        if habits.is_paused(now):
            lines.append(line(strong("This chat is paused: "), code("/resume")))
        return [say(*lines)]

    def _source_lines(self, sources: Sequence[SourceHealth]) -> Iterator[Line]:
        """Some of them, what is wrong first; how the rest fares in a word."""
        ordered = sorted(sources, key=lambda one: not one.problem)
        yield from (self._source_line(one) for one in ordered[:_MOST_SOURCES])
        rest = ordered[_MOST_SOURCES:]
        if rest:
            broken = sum(bool(one.problem) for one in rest)
            more = f", {broken:,} of them cannot be read" if broken else ""
            yield line(dim(f"  and {plural(len(rest), 'source')} more{more}"))

    def _source_line(self, one: SourceHealth) -> Line:
        name = PurePath(one.source.address).name or one.source.address
        looked = age(one.polled_at, self._clock()) or "not yet"
        if one.problem:
            return line(f"  {one.source.kind} {name}: ", strong(f"cannot be read: {one.problem}"))
        return line(f"  {one.source.kind} {name}", dim(f", last change read {looked}"))
