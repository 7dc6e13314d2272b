"""The chat role: handles messages of people and sends alerts.

people ◄──► adapters ◄──► Conversation ──► store
               ▲
outbox ──► one Sender per account ◄── briefings, announcements, wake
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.app.context import AppContext, BackgroundTasks, NotificationHandlers, PeriodicCalls
from bot.app.factories import (
    make_access,
    make_chat_limits,
    make_console,
    make_sender,
    make_slack,
    make_summary_service,
    make_telegram,
)
from bot.app.feeds import FeedIngestion
from bot.app.options import make_llm_client
from bot.chats.adapter import ChatAdapter
from bot.conversation.conversation import Conversation
from bot.conversation.limits import Workload
from bot.delivery.sender_pool import SenderPool
from bot.ingest.page_reader import PageReader
from bot.jobs.fan_out import AnnouncementDispatcher, BriefingJob
from bot.runtime.worker import Worker
from bot.store.pg_notify import NotificationTopic
from watchers.process_pool import SandboxPool

if TYPE_CHECKING:
    from bot.chats.slack import Slack
    from bot.web.server import Route

_WAKE_INTERVAL_SECONDS: Final = 1.0

_WORKERS_PER_CHAT: Final = 1
# Time of one file or page while other chats wait.
_CONTENDED_SECONDS: Final = 2.0
# A page of 1.5 MB needs 145 MB of address space.
_WORKER_MEMORY_BYTES: Final = 256 << 20

log = structlog.get_logger(__name__)


class ChatRole:
    """All accounts that the settings name, and the console if requested.

    Attributes:
        slack: the Slack service, if it is configured.
    """

    def __init__(self, context: AppContext, ingestion: FeedIngestion, *, console: bool) -> None:
        database, clock = context.database, context.clock
        access = make_access(context.settings)
        self._llm_client = make_llm_client(context.settings)
        # Pages and files of users have workers of their own, so that they never delay feeds.
        self._sandbox = SandboxPool(
            memory_limit_bytes=_WORKER_MEMORY_BYTES,
            workers_per_owner=_WORKERS_PER_CHAT,
            contended_seconds=_CONTENDED_SECONDS,
        )
        pages = PageReader(ingestion.client, self._sandbox, clock, database)
        conversation = Conversation(
            database,
            clock,
            access=Workload(access, make_chat_limits(context.settings), sandbox=self._sandbox),
            pages=pages,
            feeds=ingestion.feeds,
            summaries=make_summary_service(context, self._llm_client),
        )
        self._console = make_console(context, conversation) if console else None
        self._telegram = make_telegram(context, conversation)
        adapters: list[ChatAdapter | None] = [self._console, self._telegram]
        self._senders = [make_sender(context, access, adapter) for adapter in adapters if adapter]
        # Workspaces are added and removed at run time.
        self._workspaces = SenderPool(lambda adapter: make_sender(context, access, adapter))
        self.slack = make_slack(context, conversation, self._workspaces)
        on_alerts = context.notifier.announcer(NotificationTopic.ALERTS)
        briefings = BriefingJob(database, clock, on_alerts=on_alerts)
        self._briefing_worker = Worker("briefings", briefings.step)
        announcements = AnnouncementDispatcher(database, access, clock, on_queued=on_alerts)
        self._announcement_worker = Worker("announcements", announcements.step)

    async def run_console(self, stop: asyncio.Event) -> None:
        """Run the console until its input ends. Without a console, wait for ``stop``."""
        if self._console is not None:
            await self._console.listen(self._senders[0].reply_channel, stop)
            return
        if not self._senders and self.slack is None:
            log.warning("no_chat_configured", hint="use --console to chat in this terminal")
        await stop.wait()

    def wake(self) -> None:
        """Wake all senders: alerts may have been queued."""
        for sender in self._senders:
            sender.wake()
        self._workspaces.wake()

    def periodic(self) -> PeriodicCalls:
        """See `Role.periodic`."""
        wakes = (self.wake, self._briefing_worker.wake, self._announcement_worker.wake)
        return dict.fromkeys(wakes, _WAKE_INTERVAL_SECONDS)

    def notification_handlers(self) -> NotificationHandlers:
        """See `Role.notification_handlers`."""
        return {
            NotificationTopic.ALERTS: self.wake,
            NotificationTopic.LEASES: self._retry_leases,
        }

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """See `Role.tasks`."""
        # `run_console` listens to the console.
        listening = self._senders[1:] if self._console else self._senders
        return [
            self._briefing_worker.run(stop),
            self._announcement_worker.run(stop),
            *(sender.run(stop) for sender in self._senders),
            *(sender.listen(stop) for sender in listening),
            *([self._run_slack(self.slack, stop)] if self.slack else []),
        ]

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        from bot.web.server import Route  # noqa: PLC0415 - only with a web server

        routes = []
        if self._telegram is not None and (hook := self._telegram.webhook) is not None:
            routes.append(Route(hook.method, hook.path, hook.handle))
        if self.slack is not None:
            routes += [
                Route(route.method, route.path, route.handler) for route in self.slack.routes()
            ]
        return routes

    def stop(self) -> None:
        """See `Role.stop`."""
        for sender in self._senders:
            sender.stop()
        self._workspaces.stop()

    async def drain(self) -> None:
        """See `Role.drain`."""
        await self._briefing_worker.drain()
        await self._announcement_worker.drain()
        for sender in self._senders:
            await sender.drain()

    async def close(self) -> None:
        """See `Role.close`."""
        await self._sandbox.close()
        if self._telegram is not None:
            await self._telegram.close()
        if self._llm_client is not None:
            await self._llm_client.close()

    def _retry_leases(self) -> None:
        for sender in self._senders:
            sender.retry_lease()
        self._workspaces.retry_leases()

    async def _run_slack(self, slack: Slack, stop: asyncio.Event) -> None:
        try:
            await slack.run(stop)
        finally:
            await self._workspaces.close()
