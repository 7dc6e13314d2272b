"""The composition root: creates the roles of a process, runs them, and shuts them down.

    seed folder, feeds ──► WatchRole ──► store, outbox ──► ChatRole ──► people
                              ▲                               │
                              └──── FeedIngestion ◄── commands ┘

Each component that works independently is a Worker. Periodic calls and notifications wake it.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog

from bot.app.chat_role import ChatRole
from bot.app.context import (
    DEFAULT_LEASES,
    AppContext,
    BackgroundTasks,
    LeaseDurations,
    Role,
    RoleName,
)
from bot.app.factories import make_configured_tracer, make_web_server
from bot.app.feeds import FeedIngestion
from bot.app.options import check_settings
from bot.app.starter_documents import copy_starter_documents
from bot.app.watch_role import WatchRole
from bot.errors import BotError
from bot.runtime.clock import Clock, process_started_at, utc_now
from bot.runtime.file_permissions import restrict_permissions
from bot.runtime.metrics import Counters
from bot.runtime.notifications import ProcessNotifier
from bot.runtime.process_lock import exclusive_process
from bot.runtime.tasks import run_until_stopped
from bot.runtime.telemetry import NullTracer, Telemetry
from bot.runtime.worker import run_periodically
from bot.settings import Settings
from bot.store import Database, migrate
from bot.store.admin.backup import check_at_start
from bot.store.feeds.feed_queue import release_all_hosts
from bot.store.items.pending_fulltext import release_all_pending
from bot.store.leases import release_all_leases

log = structlog.get_logger(__name__)


async def run(
    settings: Settings,
    *,
    console: bool = False,
    role: RoleName = "all",
    on_documents_copied: Callable[[int], None] = lambda _: None,
) -> None:
    """Run Tocsin until it is stopped, or until the input of the console ends.

    ``on_documents_copied`` receives the number of documents that the first start put into the watched
    folder.

    Raises:
        SettingsError: a setting is wrong.
        InvalidConfigurationError: several settings are wrong.
        AlreadyRunningError: another process uses the same SQLite file.
        StoreError: the database cannot be opened or migrated.
    """
    check_settings(settings)
    with exclusive_process(settings.sqlite_file):
        changed = restrict_permissions(settings.data_dir, settings.sqlite_file)
        if changed:
            log.warning("file_permissions_restricted", files=list(map(str, changed)))
        if settings.sqlite_file is not None:
            await asyncio.to_thread(check_at_start, settings.sqlite_file)
        database = Database(settings.database)
        try:
            started_at = process_started_at()
            if role != "chat" and (copied := await copy_starter_documents(settings, database)):
                on_documents_copied(copied)
                folder = settings.seeds_dir[0]
                log.info("starter_documents_copied", folder=str(folder), count=copied)
                # The copies are known documents, not news.
                started_at = utc_now()
            for revision in await migrate(database):
                log.info("database_migrated", revision=revision)
            app = App(settings, database, console=console, role=role, started_at=started_at)
            await app.run()
        finally:
            await database.close()


class App:
    """One process: its roles and what they share.

    Attributes:
        watch: the watch role, if the process has it.
        chat: the chat role, if the process has it.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        console: bool = False,
        role: RoleName = "all",
        clock: Clock = utc_now,
        leases: LeaseDurations = DEFAULT_LEASES,
        started_at: datetime | None = None,
    ) -> None:
        self._stop = asyncio.Event()
        # Set by `stop`. Otherwise the input of the console has ended.
        self._stop_requested = False
        self._drain_task: asyncio.Future[None] | None = None
        self._database = database
        self._clock = clock
        self._counters = Counters()
        self._tracer = make_configured_tracer(settings)
        self._notifier = ProcessNotifier(database)
        telemetry = Telemetry(self._counters, self._tracer or NullTracer())
        self._context = context = AppContext(
            settings, database, clock, leases, telemetry, self._notifier, started_at
        )
        self._ingestion = FeedIngestion(context)
        has_watch, has_chat = role in {"all", "watch"}, role in {"all", "chat"}
        self.watch = WatchRole(context, self._ingestion) if has_watch else None
        self.chat = ChatRole(context, self._ingestion, console=console) if has_chat else None
        self._roles: list[Role] = [made for made in (self.watch, self.chat) if made is not None]
        for made in self._roles:
            self._notifier.subscribe(made.notification_handlers())

    async def run(self) -> None:
        """Run until a stop, or until the input of the console ends; then process pending work."""
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not every platform supports signal handlers on the event loop.
            with suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        async with self._ingestion.client:
            try:
                await self._run()
            finally:
                for role in reversed(self._roles):
                    await role.close()
                await self._ingestion.close()
                if self._tracer is not None:
                    await self._tracer.close()

    def stop(self) -> None:
        """Finish the current steps and end."""
        self._stop_requested = True
        self._stop.set()
        if self._drain_task is not None:
            self._drain_task.cancel()
        for role in self._roles:
            role.stop()

    async def _run(self) -> None:
        if self._database.is_sqlite:
            # No other process uses the file, so all leases are left over from a crash.
            async with self._database.writing() as connection:
                await release_all_leases(connection, now=self._clock())
                await release_all_hosts(connection)
                await release_all_pending(connection, now=self._clock())
        if self.watch is not None:
            await self.watch.start(self._stop)
        # The objects loaded so far stay: each full collection would scan them and block the process.
        gc.collect()
        gc.freeze()
        calls = {call: seconds for role in self._roles for call, seconds in role.periodic().items()}
        with run_periodically(calls):
            ended = await run_until_stopped(
                self._background_tasks(), self._run_console_or_wait(), self._stop
            )
        if ended and not self._stop_requested:
            self._drain_task = asyncio.ensure_future(self._drain())
            with suppress(asyncio.CancelledError):
                await self._drain_task

    def _background_tasks(self) -> BackgroundTasks:
        tasks = [self._notifier.run(self._stop)]
        tasks += [task for role in self._roles for task in role.tasks(self._stop)]
        # A chat process ingests on command only, too rarely for a readiness check.
        checks = [self._ingestion.ingest.failure_reason] if self.watch is not None else []
        server = make_web_server(self._context, self._counters, self._roles, checks)
        if server is not None:
            tasks.append(server.run(self._stop))
        return tasks

    async def _run_console_or_wait(self) -> None:
        if self.chat is not None:
            await self.chat.run_console(self._stop)
        else:
            await self._stop.wait()

    async def _drain(self) -> None:
        """Process all pending work after the end of the input, so that a script can drive Tocsin."""
        try:
            for role in self._roles:
                await role.drain()
        except BotError as error:
            log.error("drain_failed", error=str(error))
