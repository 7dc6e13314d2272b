"""The ingestion of feeds: polls by schedule in the watch role, and by command in the chat role.

due feeds, commands ──► FeedPoller ──► IngestPipeline ──► ProcessNotifier
hubs (WebSub) ─────────────────────────▲   └─► items with little text ──► FullTextFetcher ──┐
                                           ▲                                                │
                                           └────────────────────────────────────────────────┘
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.app.context import AppContext, BackgroundTasks, PeriodicCalls
from bot.app.factories import (
    fetches_full_text,
    make_feed_poll,
    make_feed_poll_context,
    make_http_client,
    make_ingest_pipeline,
    make_websub_context,
)
from bot.ingest.feed_poller import FeedPoller
from bot.ingest.feed_service import FeedService
from bot.ingest.fulltext_fetcher import FullTextFetcher
from bot.runtime.worker import Worker
from bot.store.pg_notify import NotificationTopic
from watchers.process_pool import SandboxPool

if TYPE_CHECKING:
    from bot.ingest.websub import WebSub
    from bot.web.server import Route

_POLL_INTERVAL_SECONDS: Final = 1.0
_HUB_INTERVAL_SECONDS: Final = 30.0


class FeedIngestion:
    """The components that poll feeds and ingest their items.

    Attributes:
        client: the HTTP client of feeds and pages.
        process_pool: the parsers of feeds and pages.
        ingest: the pipeline that stores and matches items.
        feeds: the list of feeds, for commands.
    """

    def __init__(self, context: AppContext) -> None:
        database, clock = context.database, context.clock
        on_news = context.notifier.announcer(NotificationTopic.NEWS)
        self.client = make_http_client(context)
        self.process_pool = SandboxPool()
        self.ingest = make_ingest_pipeline(context)
        poll_context = make_feed_poll_context(context, self.client, self.process_pool)
        websub_context = make_websub_context(context, self.client, self.process_pool)
        self._websub: WebSub | None = None
        if websub_context is not None:
            from bot.ingest.websub import WebSub  # noqa: PLC0415 - only with a web server

            self._websub = WebSub(database, self.ingest, websub_context, clock, on_news=on_news)
        self._hub_worker = Worker("hubs", self._websub.step) if self._websub else None
        poll = make_feed_poll(context, poll_context, self.ingest, self._websub)
        self._poller = FeedPoller(database, poll, clock)
        self._poll_worker = self._poller.worker
        # Pages have a process of their own, so that a slow page does not delay feeds.
        self._page_process_pool = SandboxPool(1)
        self._fetches_full_text = fetches_full_text(context)
        self._full_text = FullTextFetcher(
            database,
            self.ingest,
            replace(poll_context, sandbox=self._page_process_pool),
            clock,
            on_news=on_news,
            is_enabled=self._fetches_full_text,
        )
        self._full_text_worker = self._full_text.worker
        self.feeds = FeedService(
            database,
            poll_context,
            self._poller,
            clock,
            on_change=context.notifier.announcer(NotificationTopic.FEEDS),
        )

    def wake(self) -> None:
        """Poll soon: a feed may be due."""
        self._poll_worker.wake()

    def periodic(self) -> PeriodicCalls:
        """See `Role.periodic`."""
        calls: PeriodicCalls = {self._poll_worker.wake: _POLL_INTERVAL_SECONDS}
        if self._fetches_full_text:
            calls[self._full_text_worker.wake] = _POLL_INTERVAL_SECONDS
        if self._hub_worker is not None:
            calls[self._hub_worker.wake] = _HUB_INTERVAL_SECONDS
        return calls

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """See `Role.tasks`."""
        # Without full text, the worker still ingests the items that wait from an earlier run.
        tasks: BackgroundTasks = [self._poll_worker.run(stop), self._full_text_worker.run(stop)]
        if self._hub_worker is not None:
            tasks.append(self._hub_worker.run(stop))
        return tasks

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        if self._websub is None:
            return []
        from bot.ingest.websub import PATH  # noqa: PLC0415 - only with a web server
        from bot.web.server import Route  # noqa: PLC0415

        return [
            Route("GET", PATH, self._websub.handle_verification),
            Route("POST", PATH, self._websub.handle_push),
        ]

    async def drain(self) -> None:
        """See `Role.drain`."""
        await self._poller.finish()
        await self._full_text.finish()

    async def close(self) -> None:
        """Cancel running polls and fetches, and end the processes."""
        await self._poller.close()
        await self._full_text.close()
        await self.process_pool.close()
        await self._page_process_pool.close()
