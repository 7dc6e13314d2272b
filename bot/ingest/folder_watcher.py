"""Watch the seed folder: turn changed documents into items in the store.

changes ──► names to scan ──► poll ──► ingest ──► wake the fan-out
                 ▲              │
                 └── later ─────┘  (a file that is still being written)

If several processes see the folder, the one that holds its lease watches it. It continues from the cursor
in the store, and its results are written only while the lease is valid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from bot.errors import LeaseLostError
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.clock import Clock
from bot.runtime.lease import Lease
from bot.runtime.telemetry import NO_TELEMETRY, Telemetry
from bot.runtime.worker import Worker
from bot.store import Database
from bot.store.feeds.sources import (
    WatchedSource,
    complete_initial_import,
    get_or_create_source,
    mark_operators_notified,
    read_cursor,
    record_missing,
)
from bot.store.outbox.announcements import notify_operators
from watchers import PollResult, Source, SourceMissingError, folder_changes, poll
from watchers.sources.folder_cursor import MAX_OPEN_FILE_WAIT_SECONDS

_NOTIFY_OPERATORS_AFTER: Final = timedelta(days=1)
# At shutdown, a file that is still being written is waited for this long.
_SHUTDOWN_WAIT_SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


class FolderWatcher:
    """Watches one folder of documents. `worker` runs `step` when names are to be scanned.

    ``label`` is the name of the folder as a source, by default the last part of its path. Without a
    ``lease``, no other process can watch the folder. Documents that appeared after
    ``started_at`` are alerted even if the first scan of the folder finds them.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        folder: Path,
        database: Database,
        ingest: IngestPipeline,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        label: str | None = None,
        lease: Lease | None = None,
        telemetry: Telemetry = NO_TELEMETRY,
        started_at: datetime | None = None,
        follows_links: bool = False,
    ) -> None:
        self._folder = folder
        self._label = label or folder.name or folder.resolve().name
        self._started_at = started_at
        self._follows_links = follows_links
        self._lease = lease
        self._source = Source("folder", str(folder.absolute()))
        self._database = database
        self._ingest = ingest
        self._clock = clock
        self._on_news = on_news
        self._telemetry = telemetry
        self.worker = Worker("seed folder", self.step)
        self._watched: WatchedSource | None = None
        self._cursor: dict[str, str] = {}
        # The keys are an ordered set of names.
        self._names_to_scan: dict[str, None] = {}
        self._full_scan_requested = True
        # Another process may have written the cursor.
        self._is_cursor_stale = False
        self._unfinished: dict[str, None] = {}
        # Loop time at which a file was first seen being written.
        self._unfinished_since: dict[str, float] = {}
        self._max_wait_seconds = MAX_OPEN_FILE_WAIT_SECONDS
        self._rescan_timer: asyncio.TimerHandle | None = None
        self._is_missing = False
        self._missing_checked_at: datetime | None = None

    # ── requests ──────────────────────────────────────────────────────────────────────────────────

    def request_full_scan(self) -> None:
        """Compare the whole folder with the cursor in the next step."""
        self._full_scan_requested = True
        self.worker.wake()

    def request_scan(self, names: Iterable[str]) -> None:
        """Scan these documents in the next step."""
        self._names_to_scan.update(dict.fromkeys(names))
        self.worker.wake()

    def reload_cursor(self) -> None:
        """Load the cursor that another process may have written, and scan the folder."""
        self._is_cursor_stale = True
        self.request_full_scan()

    async def watch(self, stop: asyncio.Event) -> None:
        """Request scans for the change events of the file system until ``stop`` is set."""
        async for names in folder_changes(self._folder, stop=stop):
            if names is None:
                self.request_full_scan()
            else:
                self.request_scan(names)

    # ── scans ─────────────────────────────────────────────────────────────────────────────────────

    async def step(self) -> bool:
        """Scan one batch of documents. Return True if more documents are to be scanned now."""
        if not self._full_scan_requested and not self._names_to_scan:
            return False
        if self._lease is not None and not self._lease.is_held:
            return False
        if self._is_cursor_stale:
            self._watched, self._is_cursor_stale = None, False
        watched = self._watched or await self._open_source()
        # Take the requests before the first await: later requests belong to the next step.
        names = None if self._full_scan_requested else tuple(self._names_to_scan)
        self._full_scan_requested, self._names_to_scan = False, {}
        try:
            with self._telemetry.tracer.span("poll", kind="folder"):
                return await self._scan(watched, names)
        except LeaseLostError as error:
            log.warning("folder_lease_lost", reason=str(error))
            self._full_scan_requested = True
            return False
        except SourceMissingError as error:
            self._full_scan_requested = True
            await self._on_folder_missing(watched, error)
            return False
        except BaseException:
            self._full_scan_requested = self._full_scan_requested or names is None
            self._names_to_scan = dict.fromkeys((*(names or ()), *self._names_to_scan))
            raise

    async def _scan(self, watched: WatchedSource, names: Sequence[str] | None) -> bool:
        """Poll and ingest documents. Return True if more documents are to be scanned now."""
        polled = await poll(
            self._source,
            self._cursor,
            names,
            now=self._clock(),
            label=self._label,
            overdue=self._overdue_names(),
            started_at=self._started_at,
            follows_links=self._follows_links,
        )
        if self._is_missing:
            await self._on_folder_restored(watched)
        complete = not polled.remaining
        result = await self._ingest.ingest(watched, polled, is_complete=complete, lease=self._lease)
        self._apply_cursor(watched, polled, complete=complete)
        if result.announced:
            self._on_news()
        for name in names or ():
            if name not in polled.remaining:
                self._unfinished_since.pop(name, None)
        if polled.retry_after_seconds:
            self._schedule_rescan(polled)
        else:
            self._names_to_scan = dict.fromkeys((*polled.remaining, *self._names_to_scan))
        return bool(self._full_scan_requested or self._names_to_scan)

    async def finish(self) -> None:
        """Scan the whole folder once more, and wait a short time for files being written."""
        self._max_wait_seconds = _SHUTDOWN_WAIT_SECONDS
        self.request_full_scan()
        while await self.step() or self._rescan_timer is not None:
            if self._rescan_timer is not None:
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(max(0.0, self._rescan_timer.when() - now))

    def close(self) -> None:
        """Cancel the delayed scan."""
        if self._rescan_timer is not None:
            self._rescan_timer.cancel()
            self._rescan_timer = None

    async def _open_source(self) -> WatchedSource:
        first_seen_at = self._started_at or self._clock()
        async with self._database.writing() as connection:
            watched = await get_or_create_source(connection, self._source, now=first_seen_at)
        if self._started_at is not None and watched.created_at is not None:
            # A process that was killed during the first scan had started earlier.
            self._started_at = min(self._started_at, watched.created_at)
        async with self._database.reading() as connection:
            self._cursor = await read_cursor(connection, watched.id)
        self._watched, self._is_missing = watched, watched.problem is not None
        return watched

    def _apply_cursor(self, watched: WatchedSource, polled: PollResult, *, complete: bool) -> None:
        for name, value in polled.cursor.items():
            if value is None:
                self._cursor.pop(name, None)
            else:
                self._cursor[name] = value
        if complete and not watched.is_baselined:
            self._watched = WatchedSource(watched.id, watched.source, is_baselined=True)
        for problem in polled.problems:
            log.warning("document_unusable", name=problem.name, reason=problem.reason)

    # ── files that are being written ──────────────────────────────────────────────────────────────

    def _overdue_names(self) -> list[str]:
        """Return the names of files that are read now even if they are still being written."""
        now = asyncio.get_running_loop().time()
        return [
            name
            for name, since in self._unfinished_since.items()
            if now - since > self._max_wait_seconds
        ]

    def _schedule_rescan(self, polled: PollResult) -> None:
        """Scan the files that are being written again when they may be complete."""
        self._unfinished.update(dict.fromkeys(polled.remaining))
        loop = asyncio.get_running_loop()
        for name in polled.remaining:
            self._unfinished_since.setdefault(name, loop.time())
        if self._rescan_timer is None:
            self._rescan_timer = loop.call_later(polled.retry_after_seconds, self._rescan)

    def _rescan(self) -> None:
        names, self._unfinished, self._rescan_timer = self._unfinished, {}, None
        self.request_scan(names)

    # ── a missing folder ──────────────────────────────────────────────────────────────────────────

    async def _on_folder_missing(self, watched: WatchedSource, error: SourceMissingError) -> None:
        if not self._is_missing:
            self._is_missing = True
            log.warning("folder_missing", problem=str(error))
            async with self._database.writing() as connection:
                if not watched.is_baselined and not self._folder.exists():
                    # The folder does not exist yet, so it has no old documents: every document
                    # that appears in it later is to be alerted.
                    await complete_initial_import(connection, watched.id, now=self._clock())
                    self._watched = replace(watched, is_baselined=True)
        now = self._clock()
        checked_at = self._missing_checked_at
        if checked_at is None or now - checked_at >= _NOTIFY_OPERATORS_AFTER:
            notice = f"Tocsin could not read the folder {self._folder} for a day: {error.reason}"
            async with self._database.writing() as connection:
                since = await record_missing(connection, watched.id, now=now, problem=error.reason)
                is_long = now - since >= _NOTIFY_OPERATORS_AFTER
                if is_long and await mark_operators_notified(connection, watched.id, is_dead=True):
                    await notify_operators(connection, notice, now=now)
            # The next write follows a day after the folder was lost, then once a day.
            self._missing_checked_at = now if is_long else since

    async def _on_folder_restored(self, watched: WatchedSource) -> None:
        log.info("folder_restored", folder=str(self._folder))
        async with self._database.writing() as connection:
            if await mark_operators_notified(connection, watched.id, is_dead=False):
                notice = f"Tocsin can read the folder {self._folder} again."
                await notify_operators(connection, notice, now=self._clock())
        self._is_missing, self._missing_checked_at = False, None
