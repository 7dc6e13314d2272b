"""The watch role: finds new items, queues their alerts, and deletes old rows.

folders ───── FolderIngestion ┐
feeds ─────── FeedIngestion ─┴► IngestPipeline ─► store ─► fan-out ─► outbox ─► announce_alerts
                                                            spikes ─────▲
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.app.context import AppContext, BackgroundTasks, NotificationHandlers, PeriodicCalls
from bot.app.factories import make_retention
from bot.app.feeds import FeedIngestion
from bot.app.folders import FolderIngestion
from bot.app.options import configured_feeds
from bot.jobs.fan_out import FanOutJob
from bot.jobs.retention import INTERVAL_SECONDS as RETENTION_INTERVAL_SECONDS
from bot.jobs.search_terms import SearchTermsRebuild
from bot.jobs.spikes import INTERVAL_SECONDS as SPIKE_INTERVAL_SECONDS
from bot.jobs.spikes import SpikeDetector
from bot.runtime.huge_pages import INTERVAL_SECONDS as HUGE_PAGES_INTERVAL_SECONDS
from bot.runtime.huge_pages import huge_pages_step
from bot.runtime.worker import Worker
from bot.store.pg_notify import NotificationTopic

if TYPE_CHECKING:
    from bot.web.server import Route

_FAN_OUT_INTERVAL_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


class WatchRole:
    """The folders, the feeds, the fan-out, spikes and retention."""

    def __init__(self, context: AppContext, ingestion: FeedIngestion) -> None:
        database, clock = context.database, context.clock
        self._ingestion = ingestion
        self._configured_feeds = configured_feeds(context.settings)
        on_alerts = context.notifier.announcer(NotificationTopic.ALERTS)
        fan_out = FanOutJob(
            database,
            clock,
            context.telemetry.tracer,
            on_alerts=on_alerts,
            max_follow_ups=context.settings.story_follow_ups,
        )
        self._fan_out_worker = Worker("fan-out", fan_out.step)
        spikes = SpikeDetector(database, clock, on_spike=on_alerts)
        self._spike_worker = Worker("spikes", spikes.step)
        self._retention_worker = Worker("retention", make_retention(context).step)
        self._search_terms_worker = Worker("search-terms", SearchTermsRebuild(database).step)
        self._huge_pages_worker = Worker("memory", huge_pages_step)
        self._folders = FolderIngestion(
            context, ingestion.ingest, on_news=self._fan_out_worker.wake
        )

    async def start(self, stop: asyncio.Event) -> None:
        """Scan the folders before the first command, so that its answer counts new documents."""
        await self._folders.start(stop)
        await self._ingestion.feeds.add_many(self._configured_feeds, restore_removed=False)
        log.info("watch_started", folders=self._folders.addresses)

    def periodic(self) -> PeriodicCalls:
        """See `Role.periodic`."""
        return {
            **self._folders.periodic(),
            self._fan_out_worker.wake: _FAN_OUT_INTERVAL_SECONDS,
            self._spike_worker.wake: SPIKE_INTERVAL_SECONDS,
            self._retention_worker.wake: RETENTION_INTERVAL_SECONDS,
            self._huge_pages_worker.wake: HUGE_PAGES_INTERVAL_SECONDS,
            **self._ingestion.periodic(),
        }

    def notification_handlers(self) -> NotificationHandlers:
        """See `Role.notification_handlers`."""
        return {
            NotificationTopic.NEWS: self._fan_out_worker.wake,
            NotificationTopic.FEEDS: self._ingestion.wake,
            **self._folders.notification_handlers(),
        }

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """See `Role.tasks`."""
        return [
            *self._folders.tasks(stop),
            self._fan_out_worker.run(stop),
            self._spike_worker.run(stop),
            self._retention_worker.run(stop),
            self._search_terms_worker.run(stop),
            self._huge_pages_worker.run(stop),
            *self._ingestion.tasks(stop),
        ]

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        return self._ingestion.routes()

    def stop(self) -> None:
        """See `Role.stop`."""

    async def drain(self) -> None:
        """See `Role.drain`."""
        await self._folders.drain()
        await self._ingestion.drain()
        await self._fan_out_worker.drain()

    async def close(self) -> None:
        """See `Role.close`."""
        await self._folders.close()
