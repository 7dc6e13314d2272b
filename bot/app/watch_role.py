"""The watch role: finds new items, queues their alerts, and deletes old rows.

seed folder ─ FolderWatcher ─┐
feeds ─────── FeedIngestion ─┴► IngestPipeline ─► store ─► fan-out ─► outbox ─► announce_alerts
                                                            spikes ─────▲
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from bot.app.context import AppContext, BackgroundTasks, NotificationHandlers, PeriodicCalls
from bot.app.factories import make_retention
from bot.app.feeds import FeedIngestion
from bot.app.options import configured_feeds
from bot.errors import BotError
from bot.ingest.folder_watcher import FolderWatcher
from bot.jobs.fan_out import FanOutJob
from bot.jobs.retention import INTERVAL_SECONDS as RETENTION_INTERVAL_SECONDS
from bot.jobs.spikes import INTERVAL_SECONDS as SPIKE_INTERVAL_SECONDS
from bot.jobs.spikes import SpikeDetector
from bot.runtime.huge_pages import INTERVAL_SECONDS as HUGE_PAGES_INTERVAL_SECONDS
from bot.runtime.huge_pages import huge_pages_step
from bot.runtime.lease import Lease
from bot.runtime.tasks import wait_for_future_or_event
from bot.runtime.worker import Worker
from bot.store.pg_notify import NotificationTopic

if TYPE_CHECKING:
    from bot.web.server import Route

# The operating system may drop file notifications, so the whole folder is scanned at this interval.
_FULL_SCAN_INTERVAL_SECONDS: Final = 30.0
_FAN_OUT_INTERVAL_SECONDS: Final = 1.0
# The start waits at most this long for the first scan of the folder.
_INITIAL_SCAN_TIMEOUT_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


class WatchRole:
    """The seed folder, the feeds, the fan-out, spikes and retention."""

    def __init__(self, context: AppContext, ingestion: FeedIngestion) -> None:
        database, clock = context.database, context.clock
        self._ingestion = ingestion
        self._configured_feeds = configured_feeds(context.settings)
        self._seeds_dir = context.settings.seeds_dir
        on_alerts = context.notifier.announcer(NotificationTopic.ALERTS)
        fan_out = FanOutJob(database, clock, context.telemetry.tracer, on_alerts=on_alerts)
        self._fan_out_worker = Worker("fan-out", fan_out.step)
        spikes = SpikeDetector(database, clock, on_spike=on_alerts)
        self._spike_worker = Worker("spikes", spikes.step)
        self._retention_worker = Worker("retention", make_retention(context).step)
        self._huge_pages_worker = Worker("memory", huge_pages_step)
        # One process has the SQLite file, and with it the folder.
        self._lease = (
            None
            if database.is_sqlite
            else Lease(
                database,
                f"folder {self._seeds_dir.absolute()}",
                clock,
                time.monotonic,
                length=context.leases.account,
            )
        )
        self._folder = FolderWatcher(
            self._seeds_dir,
            database,
            ingestion.ingest,
            clock,
            on_news=self._fan_out_worker.wake,
            lease=self._lease,
            telemetry=context.telemetry,
            started_at=context.started_at,
        )
        self._folder_worker = self._folder.worker

    async def start(self, stop: asyncio.Event) -> None:
        """Scan the folder before the first command, so that its answer counts new documents."""
        await self._acquire_folder()
        scan = asyncio.ensure_future(self._folder_worker.drain())
        with suppress(TimeoutError):
            async with asyncio.timeout(_INITIAL_SCAN_TIMEOUT_SECONDS):
                await wait_for_future_or_event(scan, stop)
        # Documents that the scan has not committed are read again by the worker.
        scan.cancel()
        with suppress(asyncio.CancelledError):
            try:
                await scan
            except BotError as error:
                log.error("initial_folder_scan_failed", error=str(error))
            except Exception:
                # The worker scans again: an internal error here must not prevent the start.
                log.exception("initial_folder_scan_crashed")
        await self._ingestion.feeds.add_many(self._configured_feeds, restore_removed=False)
        log.info("watch_started", folder=str(self._seeds_dir))

    def periodic(self) -> PeriodicCalls:
        """See `Role.periodic`."""
        return {
            self._folder.request_full_scan: _FULL_SCAN_INTERVAL_SECONDS,
            self._fan_out_worker.wake: _FAN_OUT_INTERVAL_SECONDS,
            self._spike_worker.wake: SPIKE_INTERVAL_SECONDS,
            self._retention_worker.wake: RETENTION_INTERVAL_SECONDS,
            self._huge_pages_worker.wake: HUGE_PAGES_INTERVAL_SECONDS,
            **self._ingestion.periodic(),
        }

    def notification_handlers(self) -> NotificationHandlers:
        """See `Role.notification_handlers`."""
        handlers: NotificationHandlers = {
            NotificationTopic.NEWS: self._fan_out_worker.wake,
            NotificationTopic.FEEDS: self._ingestion.wake,
        }
        if self._lease is not None:
            handlers[NotificationTopic.LEASES] = self._lease.retry_now
        return handlers

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """See `Role.tasks`."""
        return [
            self._folder_worker.run(stop),
            self._folder.watch(stop),
            self._fan_out_worker.run(stop),
            self._spike_worker.run(stop),
            self._retention_worker.run(stop),
            self._huge_pages_worker.run(stop),
            *self._ingestion.tasks(stop),
            *([self._lease.maintain(self._on_lease_changed, stop)] if self._lease else []),
        ]

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        return self._ingestion.routes()

    def stop(self) -> None:
        """See `Role.stop`."""

    async def drain(self) -> None:
        """See `Role.drain`."""
        if await self._acquire_folder():
            await self._folder.finish()
        await self._ingestion.drain()
        await self._fan_out_worker.drain()

    async def close(self) -> None:
        """See `Role.close`."""
        self._folder.close()
        if self._lease is not None:
            await self._lease.release()

    async def _acquire_folder(self) -> bool:
        """Return True if this process may watch the folder."""
        if self._lease is None:
            return True
        try:
            return await self._lease.acquire_or_renew()
        except BotError as error:
            log.error("folder_lease_failed", error=str(error))
            return False

    def _on_lease_changed(self, is_held: bool) -> None:
        if is_held:
            # Another process may have advanced the cursor.
            self._folder.reload_cursor()
