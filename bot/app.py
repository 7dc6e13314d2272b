"""The composition root: the only file that knows every other.

    seed folder ─ FolderWatch ─► Ingest ─► store ─► fan-out ─► outbox ─► Deliverer ─► chat adapters
                                   ▲                                                      │
                                Matcher ◄──── topics ◄── Conversation ◄── people ─────────┘

Each box that works by itself is a Worker; the clock and its neighbours wake it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal

import structlog

from bot.chats.adapter import ChatAdapter
from bot.chats.console import CONSOLE, ConsoleChat
from bot.chats.console.plain import PipeScreen
from bot.chats.console.screen import Screen
from bot.chats.console.terminal import TerminalScreen
from bot.clock import Clock, utc_now
from bot.conversation.conversation import Conversation
from bot.delivery.deliverer import Deliverer
from bot.errors import BotError
from bot.folder_watch import FolderWatch
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.settings import Settings
from bot.single import only_process
from bot.store import Database, migrate
from bot.store.chats import find_chat
from bot.store.fanout import fan_out_page
from bot.store.subscriptions import list_subscriptions
from bot.ticks import ticking
from bot.worker import Worker
from watchers import TopicIndex

Role = Literal["all", "watch", "chat"]

_LOOK_AROUND: Final = 30.0  # seconds between looks at the whole folder: notices can be lost
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

        self._conversation = Conversation(database, clock)
        self._console = self._make_console() if console and self._chats else None
        adapters: Mapping[str, ChatAdapter] = (
            {CONSOLE.platform: self._console} if self._console else {}
        )
        self._deliverer = Deliverer(database, adapters, clock)
        self._delivery = Worker("delivery", self._deliverer.step)
        self._fanout = Worker("fan-out", self._fan_out)
        self._folder = FolderWatch(
            settings.seeds_dir,
            database,
            Ingest(database, Matcher(TopicIndex()), clock),
            clock,
            on_news=self._fanout.wake,
        )
        self._watch = Worker("seed folder", self._folder.step)

    async def run(self) -> None:
        """Run until asked to stop, or until the console's input ends; then finish what is due."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # not every platform has them on the loop
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        if self._database.is_sqlite:
            await self._deliverer.take_over()  # the file is ours alone
        if self._watches:
            await self._first_look()
        ticks: dict[Callable[[], None], float] = {
            self._folder.look_everywhere: _LOOK_AROUND,
            self._fanout.wake: _TICK,
            self._delivery.wake: _TICK,
        }
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
        self._deliverer.stop()

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
        if self._chats:
            workers.append(self._delivery.run(self._stop))
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
            await self._console.run(self._stop)
            return
        if self._chats:
            log.warning("no chat is configured: nobody is told; --console talks right here")
        log.info("watching", folder=str(self._settings.seeds_dir))
        await self._stop.wait()

    async def _finish(self) -> None:
        """The input has ended: hand on all that is due, so that a script can drive us."""
        try:
            if self._watches:
                await self._folder.finish()
                await self._fanout.drain()
            await self._delivery.drain()
        except BotError as error:
            log.error("could not finish; the rest comes at the next start", problem=str(error))

    async def _fan_out(self) -> bool:
        async with self._database.writing() as connection:
            worked = await fan_out_page(connection, now=self._clock())
        if worked:
            self._delivery.wake()
        return worked > 0

    def _make_console(self) -> ConsoleChat:
        screen: Screen
        if sys.stdin.isatty() and sys.stdout.isatty():
            history = self._settings.data_dir / "console_history"
            history.parent.mkdir(parents=True, exist_ok=True)
            screen = TerminalScreen(self._conversation.commands, history)
        else:
            screen = PipeScreen(sys.stdin.fileno(), sys.stdout)
        return ConsoleChat(self._conversation, screen, self._topics_of)

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
