"""The composition root: the only file that knows every other.

    seed folder ─ FolderWatch ─┐
    feeds ──────── FeedWatch ──┴► Ingest ─► store ─► fan-out ─► outbox ─► Sender ─► chat adapters
                                   ▲                                                   │
                                Matcher ◄──── topics ◄── Conversation ◄── people ──────┘

Each box that works by itself is a Worker; the clock and its neighbours wake it.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import structlog

from bot.announcing import Announcer
from bot.chats.adapter import ChatAdapter
from bot.chats.console import ConsoleChat
from bot.chats.console.plain import PipeScreen
from bot.chats.console.screen import Screen
from bot.chats.console.terminal import TerminalScreen
from bot.clock import Clock, utc_now
from bot.conversation.access import Access
from bot.conversation.conversation import Conversation
from bot.conversation.overview import Overview
from bot.delivery.accounts import Accounts
from bot.delivery.sender import Sender
from bot.errors import BotError
from bot.feed_list import FeedList
from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.fetching import feed_limits, http_options, listed_feeds
from bot.folder_watch import FolderWatch
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.page_watch import PageWatch
from bot.pages import PageReader
from bot.retention import EVERY as RETENTION_EVERY
from bot.retention import Retention
from bot.settings import Settings
from bot.single import only_process
from bot.spikes import EVERY, SpikeWatch
from bot.store import Database, migrate
from bot.store.chats import find_chat
from bot.store.digests import brief_page, is_brief_due
from bot.store.fanout import fan_out_page
from bot.store.feed_queue import free_every_host
from bot.store.leases import end_every_lease
from bot.store.subscriptions import list_subscriptions
from bot.store.thin_items import free_every_thin
from bot.summaries.counted import CountedModel
from bot.summaries.telling import Telling
from bot.summaries.writer import Writer
from bot.telemetry import NoTracer, Telemetry
from bot.ticks import ticking
from bot.tracing import tracer_to
from bot.web.counters import Counters
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.readings import Readings
from bot.web.server import Route, WebServer
from bot.web.status import PATH as PAGE
from bot.web.status import StatusPage
from bot.websub import PATH as WEBSUB_PATH
from bot.websub import HubWorld, WebSub
from bot.worker import Worker
from bot.writing import budget_of, endpoint_of
from watchers import TopicIndex
from watchers.fetching.http import HttpClient
from watchers.isolation import Isolation

if TYPE_CHECKING:
    from bot.chats.slack import Slack
    from bot.chats.telegram import TelegramChat

Role = Literal["all", "watch", "chat"]

_LOOK_AROUND: Final = 30.0  # seconds between looks at the whole folder: notices can be lost
_HUBS: Final = 30.0  # seconds between looks at which hubs are to be asked
_TICK: Final = 1.0  # seconds between looks at what is due
_FIRST_LOOK: Final = 10.0  # seconds that people wait for the first reading at most
_LONGEST_STOP: Final = 4.0  # seconds for what is under way when asked to stop

log = structlog.get_logger(__name__)


async def run(settings: Settings, *, console: bool = False, role: Role = "all") -> None:
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
        role: Role = "all",
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._watches = role in {"all", "watch"}
        self._chats = role in {"all", "chat"}
        self._stop = asyncio.Event()
        self._asked = False  # by a signal; otherwise the input has ended
        self._finishing: asyncio.Future[None] | None = None

        self._access = Access(settings.admins, settings.allowed)
        self._counters = Counters()
        self._tracer = tracer_to(settings.traces_url) if settings.traces_url else None
        self._telemetry = Telemetry(self._counters, self._tracer or NoTracer())
        self._client = HttpClient(http_options(settings))
        self._isolation = Isolation()
        world = FeedWorld(
            self._client, self._isolation, feed_limits(settings), telemetry=self._telemetry
        )
        self._fanout = Worker("fan-out", self._fan_out)
        self._briefing = Worker("briefings", self._brief)
        ingest = Ingest(
            database, Matcher(TopicIndex()), clock, self._telemetry, thin=settings.feed_thin
        )
        self._websub = self._make_websub(world, ingest)
        self._ask_hubs = Worker("hubs", self._websub.step) if self._websub else None
        self._feeds = FeedWatch(
            database,
            ingest,
            world,
            clock,
            on_news=self._fanout.wake,
            pushes=self._websub,
        )
        self._ask_feeds = Worker("feeds", self._feeds.step)
        self._feeds.wakes(self._ask_feeds.wake)
        self._feed_list = FeedList(
            database, world, self._feeds, clock, on_change=self._ask_feeds.wake
        )
        # Pages have workers of their own: no feed waits behind a page that never ends.
        self._page_isolation = Isolation(1)
        self._pages = PageWatch(
            database,
            ingest,
            replace(world, isolation=self._page_isolation),
            clock,
            on_news=self._fanout.wake,
            reads=settings.feed_thin > 0,
        )
        self._read_pages = Worker("pages", self._pages.step)
        self._pages.wakes(self._read_pages.wake)
        self._model = endpoint_of(settings)
        self._conversation = Conversation(
            database,
            clock,
            access=self._access,
            pages=PageReader(self._client, self._isolation, clock, database),
            feeds=self._feed_list,
            telling=Telling(
                database,
                clock,
                Writer(CountedModel(self._model, self._counters)) if self._model else None,
                budget_of(settings),
            ),
        )
        self._console = self._make_console() if console and self._chats else None
        self._telegram = self._make_telegram() if self._chats else None
        adapters: list[ChatAdapter] = [self._console] if self._console else []
        if self._telegram is not None:
            adapters.append(self._telegram)
        self._senders = [self._sender(adapter) for adapter in adapters]
        self._workspaces = Accounts(self._sender)  # they come and go
        self._slack = self._make_slack() if self._chats else None
        spikes = SpikeWatch(database, clock, on_spike=self._wake_senders)
        self._spikes = Worker("spikes", spikes.step)
        retention = Retention(
            database, clock, items=settings.keep_items, alerts=settings.keep_alerts
        )
        self._retention = Worker("retention", retention.step)
        announcer = Announcer(database, self._access, clock, on_queued=self._wake_senders)
        self._announcing = Worker("announcements", announcer.step)
        self._folder = FolderWatch(
            settings.seeds_dir,
            database,
            ingest,
            clock,
            on_news=self._fanout.wake,
            telemetry=self._telemetry,
        )
        self._watch = Worker("seed folder", self._folder.step)

    async def run(self) -> None:
        """Run until asked to stop, or until the console's input ends; then finish what is due."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # not every platform has them on the loop
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        async with self._client:
            try:
                await self._run()
            finally:
                if self._telegram is not None:
                    await self._telegram.close()
                await self._feeds.close()
                await self._pages.close()
                if self._model is not None:
                    await self._model.close()
                await self._isolation.close()
                await self._page_isolation.close()
                if self._tracer is not None:
                    await self._tracer.close()

    async def _run(self) -> None:
        if self._database.is_sqlite:
            async with self._database.writing() as connection:  # the file is ours alone
                await end_every_lease(connection, now=self._clock())
                await free_every_host(connection)
                await free_every_thin(connection, now=self._clock())
        ticks: dict[Callable[[], None], float] = {self._wake_senders: _TICK}
        if self._chats:
            ticks |= {self._briefing.wake: _TICK, self._announcing.wake: _TICK}
        if self._watches:
            await self._first_look()
            await self._feed_list.add_listed(listed_feeds(self._settings), again=False)
            ticks |= {
                self._folder.look_everywhere: _LOOK_AROUND,
                self._fanout.wake: _TICK,
                self._ask_feeds.wake: _TICK,
                **({self._read_pages.wake: _TICK} if self._settings.feed_thin else {}),
                **({self._ask_hubs.wake: _HUBS} if self._ask_hubs else {}),
                self._spikes.wake: EVERY,
                self._retention.wake: RETENTION_EVERY,
            }
        # What is there by now stays: looking through it again and again would halt everybody.
        gc.collect()
        gc.freeze()
        with ticking(ticks):
            input_ended = await self._live()
        if input_ended:
            self._finishing = asyncio.ensure_future(self._finish())
            with suppress(asyncio.CancelledError):
                await self._finishing

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._asked = True
        self._stop.set()
        if self._finishing is not None:
            self._finishing.cancel()
        for sender in self._senders:
            sender.stop()
        self._workspaces.stop()

    async def _first_look(self) -> None:
        """Read what came while we were away before the first command: its answer then counts it."""
        reading = asyncio.ensure_future(self._watch.drain())
        stopping = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait(
            {reading, stopping}, timeout=_FIRST_LOOK, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (reading, stopping):
            task.cancel()  # what it had not committed, it reads again
        with suppress(asyncio.CancelledError):
            try:
                await reading
            except BotError as error:
                log.error("cannot read the seed folder yet", problem=str(error))

    async def _live(self) -> bool:
        """Everything at once; whether it ended because the console's input did."""
        workers: list[Coroutine[Any, Any, None]] = []
        if self._watches:
            workers += [self._watch.run(self._stop), self._fanout.run(self._stop)]
            workers += [self._folder.listen(self._stop, wake=self._watch.wake)]
            workers += [self._ask_feeds.run(self._stop), self._spikes.run(self._stop)]
            workers.append(self._retention.run(self._stop))
            workers.append(self._read_pages.run(self._stop))
            workers += [self._ask_hubs.run(self._stop)] if self._ask_hubs else []
        if self._chats:
            workers += [self._briefing.run(self._stop), self._announcing.run(self._stop)]
        workers += [sender.run(self._stop) for sender in self._senders]
        others = self._senders[1:] if self._console else self._senders  # the console talks anyway
        workers += [sender.listen(self._stop) for sender in others]
        if self._slack is not None:
            workers.append(self._serve_slack(self._slack))
        if self._settings.web_port:
            workers.append(self._web_server().run(self._stop))
        tasks = [asyncio.ensure_future(worker) for worker in workers]
        stopping = asyncio.ensure_future(self._stop.wait())
        talking = asyncio.ensure_future(self._talk())
        try:
            done, _ = await asyncio.wait(
                {talking, stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED
            )
            asked_to_stop = stopping in done
            _raise_first(done)
        finally:
            self._stop.set()
            await _end([*tasks, talking, stopping])
            self._folder.close()
        return not asked_to_stop and not self._asked

    async def _talk(self) -> None:
        if self._console is not None:
            await self._console.run(self._senders[0], self._stop)
            return
        if self._chats and not self._senders and self._slack is None:
            log.warning("no chat is configured: nobody is told; --console talks right here")
        log.info("watching", folder=str(self._settings.seeds_dir))
        await self._stop.wait()

    async def _finish(self) -> None:
        """The input has ended: hand on all that is due, so that a script can drive us."""
        try:
            if self._watches:
                await self._folder.finish()
                await self._feeds.finish()
                await self._pages.finish()
                await self._fanout.drain()
            if self._chats:
                await self._briefing.drain()
                await self._announcing.drain()
            for sender in self._senders:
                await sender.drain()
        except BotError as error:
            log.error("could not finish; the rest comes at the next start", problem=str(error))

    async def _fan_out(self) -> bool:
        begun = time.time_ns()
        async with self._database.writing() as connection:
            worked = await fan_out_page(connection, now=self._clock())
        if worked:
            self._telemetry.tracer.took("fan-out", begun, rows=worked)
            self._wake_senders()
        return worked > 0

    async def _brief(self) -> bool:
        now = self._clock()
        async with self._database.reading() as connection:
            if not await is_brief_due(connection, now=now):
                return False
        async with self._database.writing() as connection:
            worked = await brief_page(connection, now=now)
        self._wake_senders()
        return worked > 0

    def _wake_senders(self) -> None:
        for sender in self._senders:
            sender.wake()
        self._workspaces.wake()

    def _sender(self, adapter: ChatAdapter) -> Sender:
        max_age = self._settings.alert_max_age
        return Sender(
            self._database, adapter, self._clock, max_age=max_age, telemetry=self._telemetry
        )

    async def _serve_slack(self, slack: Slack) -> None:
        try:
            await slack.run(self._stop)
        finally:
            await self._workspaces.close()

    def _web_server(self) -> WebServer:
        readings = Readings(self._database, self._clock)
        health, metrics = Health(self._database), Metrics(readings, self._counters)
        routes = [
            Route("GET", "/healthz", health.healthz),
            Route("GET", "/readyz", health.readyz),
            Route("GET", "/metrics", metrics.metrics),
        ]
        token = self._settings.web_token.get_secret_value()
        if token:
            page = StatusPage(self._database, readings, self._clock, token)
            routes += [Route("GET", PAGE, page.status), Route("POST", PAGE, page.enter)]
        if self._telegram is not None and (hook := self._telegram.webhook) is not None:
            routes.append(Route(hook.method, hook.path, hook.handle))
        if self._slack is not None:
            routes += [Route(one.method, one.path, one.handler) for one in self._slack.routes()]
        if self._websub is not None:
            routes.append(Route("GET", WEBSUB_PATH, self._websub.verify))
            routes.append(Route("POST", WEBSUB_PATH, self._websub.receive))
        return WebServer(self._settings.web_host, self._settings.web_port, routes)

    def _make_websub(self, world: FeedWorld, ingest: Ingest) -> WebSub | None:
        """Hubs can tell us of news where the outside reaches us."""
        settings = self._settings
        if not (self._watches and settings.public_url and settings.web_port):
            return None
        return WebSub(
            self._database,
            ingest,
            HubWorld(
                self._client.post_form,
                self._client,
                self._isolation,
                settings.public_url,
                world.limits,
            ),
            self._clock,
            on_news=self._fanout.wake,
        )

    def _make_slack(self) -> Slack | None:
        if not self._settings.has_slack:
            return None
        # Each SDK takes half a second to load: only who talks there waits for it.
        from bot.chats.slack import Slack  # noqa: PLC0415
        from bot.slack_setup import slack_options  # noqa: PLC0415

        options = slack_options(self._settings)
        if options is None:
            return None
        followed = Overview(self._database, self._clock)
        return Slack(
            options, self._database, self._conversation, followed, self._workspaces, self._clock
        )

    def _make_telegram(self) -> TelegramChat | None:
        token = self._settings.telegram_token.get_secret_value()
        if not token:
            return None
        brought = self._settings.public_url if self._settings.web_port else ""
        if self._settings.public_url and not brought:
            log.warning(
                "TOCSIN_PUBLIC_URL needs TOCSIN_WEB_PORT; Telegram is asked for news instead"
            )
        from bot.chats.telegram import TelegramChat, connect  # noqa: PLC0415 - as above

        bot = connect(token, self._settings.telegram_base_url)
        return TelegramChat(bot, self._conversation, public_url=brought)

    def _make_console(self) -> ConsoleChat:
        screen: Screen
        if sys.stdin.isatty() and sys.stdout.isatty():
            history = self._settings.data_dir / "console_history"
            history.parent.mkdir(parents=True, exist_ok=True)
            screen = TerminalScreen(self._conversation.commands, history)
        else:
            screen = PipeScreen(sys.stdin.fileno(), sys.stdout)
        folder = self._settings.data_dir / "console_files"
        return ConsoleChat(self._conversation, screen, self._topics_of, folder)

    async def _topics_of(self, ref: Ref) -> Sequence[str]:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            followed = await list_subscriptions(connection, chat_id) if chat_id else []
        return [one.label for one in followed]


def _raise_first(done: Iterable[asyncio.Future[Any]]) -> None:
    for task in done:
        error = task.exception()
        if error is not None:
            raise error


async def _end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Give every task the time to finish its step; cancel those that do not."""
    _, late = await asyncio.wait(tasks, timeout=_LONGEST_STOP)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
