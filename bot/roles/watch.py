"""The watch role: what finds news, makes alerts of it, and drops what is old.

seed folder ─ FolderWatch ─┐
feeds ──────── Reading ────┴► Ingest ─► store ─► fan-out ─► outbox ─► on_alerts
                                                  spikes ────▲
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from bot.errors import BotError
from bot.fetching import listed_feeds
from bot.folder_watch import FolderWatch
from bot.huge_pages import EVERY as HUGE_PAGES_EVERY
from bot.huge_pages import ask_for_huge_pages
from bot.retention import EVERY as RETENTION_EVERY
from bot.retention import Retention
from bot.roles.reading import Reading
from bot.roles.role import Ground, Hears, Ticks, Works
from bot.spikes import EVERY, SpikeWatch
from bot.store.notices import Subject
from bot.tenure import Tenure
from bot.web.server import Route
from bot.worker import Worker

_LOOK_AROUND: Final = 30.0  # seconds between looks at the whole folder: notices can be lost
_TICK: Final = 1.0  # seconds between looks at what is to be told
_FIRST_LOOK: Final = 10.0  # seconds that people wait for the first reading at most

log = structlog.get_logger(__name__)


class Watch:
    """Watches the seed folder and the feeds."""

    def __init__(
        self,
        ground: Ground,
        reading: Reading,
        fan_out: Worker,
        *,
        on_alerts: Callable[[], None],
    ) -> None:
        settings, database, clock = ground.settings, ground.database, ground.clock
        self._settings = settings
        self._reading = reading
        self._fan_out = fan_out
        self._spikes = Worker("spikes", SpikeWatch(database, clock, on_spike=on_alerts).step)
        retention = Retention(
            database, clock, items=settings.keep_items, alerts=settings.keep_alerts
        )
        self._retention = Worker("retention", retention.step)
        self._memory = Worker("memory", ask_for_huge_pages)
        name = f"folder {settings.seeds_dir.absolute()}"
        # A SQLite file is one process's own, and so is the folder then.
        alone = database.is_sqlite
        self._tenure = (
            None
            if alone
            else Tenure(database, name, clock, time.monotonic, length=ground.leases.account)
        )
        self._folder = FolderWatch(
            settings.seeds_dir,
            database,
            reading.ingest,
            clock,
            on_news=fan_out.wake,
            tenure=self._tenure,
            telemetry=ground.telemetry,
        )
        self._look = Worker("seed folder", self._folder.step)

    async def begin(self, stop: asyncio.Event) -> None:
        """Read what came while we were away before the first command: its answer then counts it."""
        await self._take_folder()
        looking = asyncio.ensure_future(self._look.drain())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait(
            {looking, stopping}, timeout=_FIRST_LOOK, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (looking, stopping):
            task.cancel()  # what it had not committed, it reads again
        with suppress(asyncio.CancelledError):
            try:
                await looking
            except BotError as error:
                log.error("cannot read the seed folder yet", problem=str(error))
            except Exception:
                # The worker tries again: one fault in the first look must not prevent the start.
                log.exception("cannot read the seed folder yet")
        await self._reading.feeds.add_listed(listed_feeds(self._settings), again=False)
        log.info("watching", folder=str(self._settings.seeds_dir))

    def ticks(self) -> Ticks:
        """See `Role.ticks`."""
        return {
            self._folder.look_everywhere: _LOOK_AROUND,
            self._fan_out.wake: _TICK,
            self._spikes.wake: EVERY,
            self._retention.wake: RETENTION_EVERY,
            self._memory.wake: HUGE_PAGES_EVERY,
            **self._reading.ticks(),
        }

    def hears(self) -> Hears:
        """See `Role.hears`."""
        leases = {Subject.LEASES: self._tenure.nudge} if self._tenure else {}
        return {
            Subject.NEWS: self._fan_out.wake,
            Subject.FEEDS: self._reading.wake,
            **leases,
        }

    def works(self, stop: asyncio.Event) -> Works:
        """See `Role.works`."""
        return [
            self._look.run(stop),
            self._folder.listen(stop, wake=self._look.wake),
            self._fan_out.run(stop),
            self._spikes.run(stop),
            self._retention.run(stop),
            self._memory.run(stop),
            *self._reading.works(stop),
            *([self._tenure.keep(self._folder_is_ours, stop)] if self._tenure else []),
        ]

    def routes(self) -> list[Route]:
        """See `Role.routes`."""
        return self._reading.routes()

    def stop(self) -> None:
        """See `Role.stop`."""

    async def finish(self) -> None:
        """See `Role.finish`."""
        if await self._take_folder():
            await self._folder.finish()
        await self._reading.finish()
        await self._fan_out.drain()

    async def close(self) -> None:
        """See `Role.close`."""
        self._folder.close()
        if self._tenure is not None:
            await self._tenure.leave()

    async def _take_folder(self) -> bool:
        """Whether the folder is ours to watch."""
        if self._tenure is None:
            return True
        try:
            return await self._tenure.take()
        except BotError as error:
            log.error("cannot take the seed folder yet", problem=str(error))
            return False

    def _folder_is_ours(self, is_held: bool) -> None:
        if is_held:
            self._folder.begin_anew()
