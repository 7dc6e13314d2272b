"""The ingestion of documents: one watcher per folder of TOCSIN_SEEDS_DIR.

folder ──► FolderWatcher ──► IngestPipeline ──► fan-out
             ▲
             └── lease: on PostgreSQL, one of several processes watches a folder
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bot.app.context import AppContext, BackgroundTasks, NotificationHandlers, PeriodicCalls
from bot.errors import BotError
from bot.ingest.folder_watcher import FolderWatcher
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.lease import Lease
from bot.runtime.tasks import wait_for_future_or_event
from bot.store.pg_notify import NotificationTopic

# The operating system may drop file notifications, so the whole folder is scanned at this interval.
_FULL_SCAN_INTERVAL_SECONDS: Final = 30.0
# The start waits at most this long for the first scan of the folders.
_INITIAL_SCAN_TIMEOUT_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


class FolderIngestion:
    """The watchers of all folders.

    Attributes:
        addresses: the absolute paths of the folders.
    """

    def __init__(
        self, context: AppContext, ingest: IngestPipeline, *, on_news: Callable[[], None]
    ) -> None:
        folders = context.settings.seeds_dir
        self.addresses = [str(folder.absolute()) for folder in folders]
        self._folders = [
            _LeasedFolder(context, ingest, folder, label, on_news=on_news)
            for folder, label in zip(folders, folder_labels(folders), strict=True)
        ]

    async def start(self, stop: asyncio.Event) -> None:
        """Scan all folders, for a limited time."""
        await asyncio.gather(*(folder.start(stop) for folder in self._folders))

    def periodic(self) -> PeriodicCalls:
        """See `Role.periodic`."""
        return {
            folder.watcher.request_full_scan: _FULL_SCAN_INTERVAL_SECONDS
            for folder in self._folders
        }

    def notification_handlers(self) -> NotificationHandlers:
        """See `Role.notification_handlers`."""
        leases = [folder.lease for folder in self._folders if folder.lease is not None]

        def retry_leases() -> None:
            for lease in leases:
                lease.retry_now()

        return {NotificationTopic.LEASES: retry_leases} if leases else {}

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """See `Role.tasks`."""
        return [task for folder in self._folders for task in folder.tasks(stop)]

    async def drain(self) -> None:
        """See `Role.drain`."""
        await asyncio.gather(*(folder.drain() for folder in self._folders))

    async def close(self) -> None:
        """See `Role.close`."""
        for folder in self._folders:
            await folder.close()


def folder_labels(folders: Sequence[Path]) -> list[str]:
    """Return the name of each folder as a source: the last parts of its path that no other has."""
    paths = [folder.absolute() for folder in folders]
    return [_label(path, [other for other in paths if other != path]) for path in paths]


def _label(path: Path, others: Sequence[Path]) -> str:
    parts = path.resolve().parts if not path.name else path.parts
    for count in range(1, len(parts)):
        if all(other.parts[-count:] != parts[-count:] for other in others):
            return "/".join(parts[-count:])
    return str(path)


class _LeasedFolder:
    """The watcher of one folder, with its lease if several processes may see the folder."""

    def __init__(
        self,
        context: AppContext,
        ingest: IngestPipeline,
        folder: Path,
        label: str,
        *,
        on_news: Callable[[], None],
    ) -> None:
        database, clock = context.database, context.clock
        # One process has the SQLite file, and with it the folder.
        self.lease = (
            None
            if database.is_sqlite
            else Lease(
                database,
                f"folder {folder.absolute()}",
                clock,
                time.monotonic,
                length=context.leases.account,
            )
        )
        self.watcher = FolderWatcher(
            folder,
            database,
            ingest,
            clock,
            label=label,
            on_news=on_news,
            lease=self.lease,
            telemetry=context.telemetry,
            started_at=context.started_at,
            follows_links=context.settings.seeds_links == "follow",
        )

    async def start(self, stop: asyncio.Event) -> None:
        """Scan the folder, for a limited time."""
        await self._acquire()
        scan = asyncio.ensure_future(self.watcher.worker.drain())
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

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """Return the tasks that watch the folder and keep its lease."""
        return [
            self.watcher.worker.run(stop),
            self.watcher.watch(stop),
            *([self.lease.maintain(self._on_lease_changed, stop)] if self.lease else []),
        ]

    async def drain(self) -> None:
        """Read the documents that are complete, if this process watches the folder."""
        if await self._acquire():
            await self.watcher.finish()

    async def close(self) -> None:
        """Cancel the delayed scan and release the lease."""
        self.watcher.close()
        if self.lease is not None:
            await self.lease.release()

    async def _acquire(self) -> bool:
        """Return True if this process may watch the folder."""
        if self.lease is None:
            return True
        try:
            return await self.lease.acquire_or_renew()
        except BotError as error:
            log.error("folder_lease_failed", error=str(error))
            return False

    def _on_lease_changed(self, is_held: bool) -> None:
        if is_held:
            # Another process may have advanced the cursor.
            self.watcher.reload_cursor()
