"""The watch over the seed folder: from a change on the disk to items in the store.

changes ──► names to look at ──► poll ──► ingest ──► wake the fan-out
                 ▲                 │
                 └── rest, later ──┘

Where several processes see the folder, the one that holds its lease watches it. It goes on from what is
in the store, and what it reads is written only if the lease is still its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.ingest import Ingest
from bot.store import Database, Transaction
from bot.store.announcements import tell_operators
from bot.store.sources import (
    WatchedSource,
    ensure_source,
    finish_baseline,
    mark_told,
    read_cursor,
    record_gone,
)
from bot.telemetry import SILENT, Telemetry
from bot.tenure import Tenure
from watchers import Polled, Source, SourceGone, folder_changes, poll
from watchers.sources.whole import LONGEST_WAIT

_TOLD_AFTER: Final = timedelta(days=1)  # of being gone, those who run the bot are told
_LAST_PATIENCE: Final = 2.0  # seconds that a file being written is waited for at the end

log = structlog.get_logger(__name__)


class FolderWatch:
    """Watches one folder of documents. `step` is a worker's step; `listen` feeds it."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        ingest: Ingest,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        tenure: Tenure | None = None,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._folder = folder
        self._tenure = tenure  # None: nobody else can watch it
        self._source = Source("folder", str(folder.absolute()))
        self._database = database
        self._ingest = ingest
        self._clock = clock
        self._on_news = on_news
        self._telemetry = telemetry
        self._wake: Callable[[], None] = lambda: None
        self._watched: WatchedSource | None = None
        self._cursor: dict[str, str] = {}
        self._names: dict[str, None] = {}  # to look at, in order, each once
        self._everything = True
        self._is_stale = False  # somebody else may have watched it
        self._unfinished: dict[str, None] = {}  # being written by somebody
        self._since: dict[str, float] = {}  # when it was first seen being written, loop time
        self._patience = LONGEST_WAIT
        self._later: asyncio.TimerHandle | None = None
        self._gone = False
        self._gone_since: datetime | None = None

    def look_everywhere(self) -> None:
        """Compare the whole folder with what is known at the next step."""
        self._everything = True
        self._wake()

    def look_at(self, names: Iterable[str]) -> None:
        """Look at these documents at the next step."""
        self._names.update(dict.fromkeys(names))
        self._wake()

    def begin_anew(self) -> None:
        """Another process may have watched it meanwhile: go on from what is in the store."""
        self._is_stale = True
        self.look_everywhere()

    async def listen(self, stop: asyncio.Event, *, wake: Callable[[], None]) -> None:
        """Turn the system's notices into work, until ``stop``."""
        self._wake = wake
        async for names in folder_changes(self._folder, stop=stop):
            if names is None:
                self.look_everywhere()
            else:
                self.look_at(names)

    async def step(self) -> bool:
        """Read one batch of what is to be looked at; whether there is more to do right now."""
        if not self._everything and not self._names:
            return False
        if self._tenure is not None and not self._tenure.is_held:
            return False
        if self._is_stale:
            self._watched, self._is_stale = None, False
        watched = self._watched or await self._open()
        # Taken before anything is awaited: a notice that comes meanwhile is for the next step.
        asked = None if self._everything else tuple(self._names)
        self._everything, self._names = False, {}
        try:
            with self._telemetry.tracer.span("poll", kind="folder"):
                return await self._look(watched, asked)
        except LeaseLost as error:
            log.warning("the folder is watched by another process", reason=str(error))
            self._everything = True
            return False
        except SourceGone as error:
            self._everything = True
            await self._folder_is_gone(watched, error)
            return False
        except BaseException:
            self._everything = self._everything or asked is None
            self._names = dict.fromkeys((*(asked or ()), *self._names))
            raise

    async def _look(self, watched: WatchedSource, asked: Sequence[str] | None) -> bool:
        """Poll and ingest; whether there is more to look at right now."""
        polled = await poll(
            self._source, self._cursor, asked, now=self._clock(), impatient=self._impatient()
        )
        if self._gone:
            await self._folder_is_back(watched)
        complete = not polled.rest
        done = await self._ingest.take(watched, polled, complete=complete, fence=self._fence)
        self._accept(watched, polled, complete=complete)
        if done.announced:
            self._on_news()
        for name in asked or ():
            if name not in polled.rest:
                self._since.pop(name, None)
        if polled.wait:
            self._come_back(polled)
            return bool(self._everything or self._names)
        self._names = dict.fromkeys((*polled.rest, *self._names))
        return bool(self._everything or self._names)

    async def _fence(self, connection: Transaction) -> None:
        if self._tenure is not None and not await self._tenure.is_ours(connection):
            raise LeaseLost(self._tenure.name)

    def _impatient(self) -> list[str]:
        """The names that have been waited for long enough."""
        now = asyncio.get_running_loop().time()
        return [name for name, since in self._since.items() if now - since > self._patience]

    async def finish(self) -> None:
        """Read all there is, files that are just being written included."""
        self._patience = _LAST_PATIENCE
        self.look_everywhere()
        while await self.step() or self._later is not None:
            if self._later is not None:
                await asyncio.sleep(
                    max(0.0, self._later.when() - asyncio.get_running_loop().time())
                )

    def close(self) -> None:
        """Forget the look that was put off."""
        if self._later is not None:
            self._later.cancel()
            self._later = None

    async def _open(self) -> WatchedSource:
        async with self._database.writing() as connection:
            watched = await ensure_source(connection, self._source, now=self._clock())
        async with self._database.reading() as connection:
            self._cursor = await read_cursor(connection, watched.id)
        self._watched, self._gone = watched, watched.problem is not None
        return watched

    def _accept(self, watched: WatchedSource, polled: Polled, *, complete: bool) -> None:
        for name, value in polled.cursor.items():
            if value is None:
                self._cursor.pop(name, None)
            else:
                self._cursor[name] = value
        if complete and not watched.is_baselined:
            self._watched = WatchedSource(watched.id, watched.source, is_baselined=True)
        for problem in polled.problems:
            log.warning("a document cannot be used", name=problem.name, reason=problem.reason)

    def _come_back(self, polled: Polled) -> None:
        """Look again when the files that are being written may be whole."""
        self._unfinished.update(dict.fromkeys(polled.rest))
        loop = asyncio.get_running_loop()
        for name in polled.rest:
            self._since.setdefault(name, loop.time())
        if self._later is None:
            self._later = loop.call_later(polled.wait, self._look_again)

    def _look_again(self) -> None:
        names, self._unfinished, self._later = self._unfinished, {}, None
        self.look_at(names)

    async def _folder_is_gone(self, watched: WatchedSource, error: SourceGone) -> None:
        if not self._gone:
            self._gone = True
            log.warning("the folder cannot be read", problem=str(error))
            async with self._database.writing() as connection:
                if not watched.is_baselined and not self._folder.exists():
                    # Nothing is in a folder that is not there yet: what comes into it is news.
                    await finish_baseline(connection, watched.id, now=self._clock())
                    self._watched = replace(watched, is_baselined=True)
        now = self._clock()
        if self._gone_since is None or now - self._gone_since >= _TOLD_AFTER:
            text = f"The folder {self._folder} could not be read for a day: {error.reason}"
            async with self._database.writing() as connection:
                since = await record_gone(connection, watched.id, now=now, problem=error.reason)
                is_long = now - since >= _TOLD_AFTER
                if is_long and await mark_told(connection, watched.id, dead=True):
                    await tell_operators(connection, text, now=now)
            self._gone_since = now if is_long else since  # in a day, it is looked at again

    async def _folder_is_back(self, watched: WatchedSource) -> None:
        log.info("the folder is back", folder=str(self._folder))
        async with self._database.writing() as connection:
            if await mark_told(connection, watched.id, dead=False):
                text = f"The folder {self._folder} can be read again."
                await tell_operators(connection, text, now=self._clock())
        self._gone, self._gone_since = False, None
