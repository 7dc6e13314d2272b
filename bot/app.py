"""The composition root: the only file that knows every other.

    seed folder, feeds ──► Watch ──► store, outbox ──► Chat ──► people
                             ▲                           │
                             └── Reading ◄── their wishes ┘

What each role makes and runs is in bot/roles. Each box that works by itself is a Worker; the clock and
its neighbours wake it.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import suppress

import structlog

from bot.clock import Clock, utc_now
from bot.errors import BotError
from bot.life import live
from bot.notices import Notices
from bot.roles.alerting import FanOut
from bot.roles.chat import Chat
from bot.roles.reading import Reading
from bot.roles.role import DEFAULT, Ground, Leases, Name, Role, Works
from bot.roles.watch import Watch
from bot.roles.web import web_server
from bot.settings import Settings
from bot.single import only_process
from bot.store import Database, migrate
from bot.store.feed_queue import free_every_host
from bot.store.leases import end_every_lease
from bot.store.notices import Subject
from bot.store.thin_items import free_every_thin
from bot.telemetry import NoTracer, Telemetry
from bot.ticks import ticking
from bot.tracing import tracer_to
from bot.web.counters import Counters
from bot.worker import Worker

log = structlog.get_logger(__name__)


async def run(settings: Settings, *, console: bool = False, role: Name = "all") -> None:
    """Run Tocsin until it is asked to stop, or until the console's input ends.

    Raises:
        AlreadyRunning: another process works on the same SQLite file.
        StoreError: the database cannot be opened or brought up to date.
    """
    with only_process(settings.sqlite_file):
        database = Database(settings.database)
        try:
            for revision in await migrate(database):
                log.info("the database was brought up to date", revision=revision)
            await App(settings, database, console=console, role=role).run()
        finally:
            await database.close()


class App:
    """The parts, put together."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        console: bool = False,
        role: Name = "all",
        clock: Clock = utc_now,
        leases: Leases = DEFAULT,
    ) -> None:
        self._stop = asyncio.Event()
        self._asked = False  # by a signal; otherwise the input has ended
        self._finishing: asyncio.Future[None] | None = None

        self._counters = Counters()
        self._tracer = tracer_to(settings.traces_url) if settings.traces_url else None
        telemetry = Telemetry(self._counters, self._tracer or NoTracer())
        self._ground = ground = Ground(settings, database, clock, leases, telemetry)
        # What a part makes concerns others, which are made later, and other processes.
        self._fan_out = Worker("fan-out", FanOut(ground, on_alerts=self._alerts).step)
        self._reading = Reading(ground, on_news=self._news, on_change=self._feeds)
        self.watch: Watch | None = None
        if role in {"all", "watch"}:
            self.watch = Watch(ground, self._reading, self._fan_out, on_alerts=self._alerts)
        self.chat: Chat | None = None
        if role in {"all", "chat"}:
            self.chat = Chat(ground, self._reading, console=console, on_alerts=self._alerts)
        self._roles: list[Role] = [one for one in (self.watch, self.chat) if one is not None]
        self._notices = Notices(database, [one.hears() for one in self._roles])

    async def run(self) -> None:
        """Run until asked to stop, or until the console's input ends; then finish what is due."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # not every platform has them on the loop
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        async with self._reading.client:
            try:
                await self._run()
            finally:
                for role in reversed(self._roles):
                    await role.close()
                await self._reading.close()
                if self._tracer is not None:
                    await self._tracer.close()

    async def _run(self) -> None:
        if self._ground.database.is_sqlite:
            async with self._ground.database.writing() as connection:  # the file is ours alone
                await end_every_lease(connection, now=self._ground.clock())
                await free_every_host(connection)
                await free_every_thin(connection, now=self._ground.clock())
        if self.watch is not None:
            await self.watch.begin(self._stop)
        # What is there by now stays: looking through it again and again would halt everybody.
        gc.collect()
        gc.freeze()
        with ticking({call: every for role in self._roles for call, every in role.ticks().items()}):
            ended = await live(self._works(), self._talk(), self._stop)
        if ended and not self._asked:
            self._finishing = asyncio.ensure_future(self._finish())
            with suppress(asyncio.CancelledError):
                await self._finishing

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._asked = True
        self._stop.set()
        if self._finishing is not None:
            self._finishing.cancel()
        for role in self._roles:
            role.stop()

    def _works(self) -> Works:
        works = [self._notices.run(self._stop)]
        works += [work for role in self._roles for work in role.works(self._stop)]
        if self._ground.settings.web_port:
            routes = [route for role in self._roles for route in role.routes()]
            # A process that only chats ingests on request, too rarely to be checked by it.
            checks = [self._reading.ingest.failing] if self.watch is not None else []
            server = web_server(self._ground, self._counters, routes, checks)
            works.append(server.run(self._stop))
        return works

    async def _talk(self) -> None:
        if self.chat is not None:
            await self.chat.talk(self._stop)
        else:
            await self._stop.wait()

    async def _finish(self) -> None:
        """The input has ended: hand on all that is due, so that a script can drive us."""
        try:
            for role in self._roles:
                await role.finish()
        except BotError as error:
            log.error("could not finish; the rest comes at the next start", problem=str(error))

    # ── what happens in one part, and concerns others ─────────────────────────────────────────────

    def _news(self) -> None:
        self._fan_out.wake()
        if self.watch is None:
            self._notices.tell(Subject.NEWS)

    def _feeds(self) -> None:
        self._reading.wake()
        if self.watch is None:
            self._notices.tell(Subject.FEEDS)

    def _alerts(self) -> None:
        if self.chat is not None:
            self.chat.wake()
        self._notices.tell(Subject.ALERTS)
