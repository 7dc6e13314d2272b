"""The chat role: who talks with people, and tells them.

people ◄──► adapters ◄──► Conversation ──► store
               ▲
outbox ──► a Sender an account ◄── briefings, announcements, wake (alerts may have been queued)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from bot.announcing import Announcer
from bot.chats.adapter import ChatAdapter
from bot.conversation.access import Access
from bot.conversation.conversation import Conversation
from bot.delivery.accounts import Accounts
from bot.delivery.sender import Sender
from bot.pages import PageReader
from bot.roles.adapters import make_console, make_slack, make_telegram
from bot.roles.alerting import Briefing
from bot.roles.reading import Reading
from bot.roles.role import Ground, Hears, Ticks, Works
from bot.store.notices import Subject
from bot.summaries.counted import CountedModel
from bot.summaries.telling import Telling
from bot.summaries.writer import Writer
from bot.web.server import Route
from bot.worker import Worker
from bot.writing import budget_of, endpoint_of

if TYPE_CHECKING:
    from bot.chats.slack import Slack

_TICK: Final = 1.0  # seconds between looks at what is due

log = structlog.get_logger(__name__)


class Chat:
    """Every account that the settings name, and the console where it is wanted."""

    def __init__(
        self,
        ground: Ground,
        reading: Reading,
        *,
        console: bool,
        on_alerts: Callable[[], None],
    ) -> None:
        settings, database, clock = ground.settings, ground.database, ground.clock
        self._ground = ground
        self._access = Access(settings.admins, settings.allowed)
        self._model = endpoint_of(settings)
        counts = ground.telemetry.counts
        writer = Writer(CountedModel(self._model, counts)) if self._model else None
        conversation = Conversation(
            database,
            clock,
            access=self._access,
            pages=PageReader(reading.client, reading.isolation, clock, database),
            feeds=reading.feeds,
            telling=Telling(database, clock, writer, budget_of(settings)),
        )
        self._console = make_console(settings, database, conversation) if console else None
        self._telegram = make_telegram(settings, conversation)
        adapters: list[ChatAdapter] = [self._console] if self._console else []
        if self._telegram is not None:
            adapters.append(self._telegram)
        self._senders = [self._sender(adapter) for adapter in adapters]
        self._workspaces = Accounts(self._sender)  # they come and go
        self.slack = make_slack(settings, database, conversation, self._workspaces, clock)
        self._brief = Worker("briefings", Briefing(ground, on_alerts=on_alerts).step)
        announcer = Announcer(database, self._access, clock, on_queued=on_alerts)
        self._announce = Worker("announcements", announcer.step)

    async def talk(self, stop: asyncio.Event) -> None:
        """Until the console's input ends, or ``stop``."""
        if self._console is not None:
            await self._console.run(self._senders[0].outlet, stop)
            return
        if not self._senders and self.slack is None:
            log.warning("no chat is configured: nobody is told; --console talks right here")
        await stop.wait()

    def wake(self) -> None:
        """Alerts may have been queued."""
        for sender in self._senders:
            sender.wake()
        self._workspaces.wake()

    def ticks(self) -> Ticks:
        """See `Role.ticks`."""
        return {self.wake: _TICK, self._brief.wake: _TICK, self._announce.wake: _TICK}

    def hears(self) -> Hears:
        """See `Role.hears`."""
        return {Subject.ALERTS: self.wake, Subject.LEASES: self._nudge}

    def works(self, stop: asyncio.Event) -> Works:
        """See `Role.works`."""
        others = self._senders[1:] if self._console else self._senders  # the console talks anyway
        return [
            self._brief.run(stop),
            self._announce.run(stop),
            *(sender.run(stop) for sender in self._senders),
            *(sender.listen(stop) for sender in others),
            *([self._serve_slack(self.slack, stop)] if self.slack else []),
        ]

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        found = []
        if self._telegram is not None and (hook := self._telegram.webhook) is not None:
            found.append(Route(hook.method, hook.path, hook.handle))
        if self.slack is not None:
            found += [Route(one.method, one.path, one.handler) for one in self.slack.routes()]
        return found

    def stop(self) -> None:
        """See `Role.stop`."""
        for sender in self._senders:
            sender.stop()
        self._workspaces.stop()

    async def finish(self) -> None:
        """See `Role.finish`."""
        await self._brief.drain()
        await self._announce.drain()
        for sender in self._senders:
            await sender.drain()

    async def close(self) -> None:
        """See `Role.close`."""
        if self._telegram is not None:
            await self._telegram.close()
        if self._model is not None:
            await self._model.close()

    def _nudge(self) -> None:
        for sender in self._senders:
            sender.nudge()
        self._workspaces.nudge()

    def _sender(self, adapter: ChatAdapter) -> Sender:
        ground = self._ground
        return Sender(
            ground.database,
            adapter,
            ground.clock,
            max_age=ground.settings.alert_max_age,
            lease_seconds=ground.leases.account,
            telemetry=ground.telemetry,
        )

    async def _serve_slack(self, slack: Slack, stop: asyncio.Event) -> None:
        try:
            await slack.run(stop)
        finally:
            await self._workspaces.close()
