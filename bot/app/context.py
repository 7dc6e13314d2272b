"""The context that every part of a process receives, and the interface of a role."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from bot.runtime.clock import Clock
from bot.runtime.lease import LEASE_SECONDS
from bot.runtime.notifications import ProcessNotifier
from bot.runtime.telemetry import Telemetry
from bot.settings import Settings
from bot.store import Database
from bot.store.feeds.feed_queue import HOST_LEASE
from bot.store.pg_notify import NotificationTopic

if TYPE_CHECKING:
    from bot.web.server import Route

RoleName = Literal["all", "watch", "chat"]
"""What a process does: one of the two roles, or both."""

PeriodicCalls = dict[Callable[[], None], float]
"""Functions that are called periodically, and their intervals in seconds."""

BackgroundTasks = list[Coroutine[Any, Any, None]]
"""Coroutines that run side by side until they are stopped."""

NotificationHandlers = dict[NotificationTopic, Callable[[], None]]
"""Functions that are called when new rows of a topic exist."""


@dataclass(frozen=True, slots=True)
class LeaseDurations:
    """How long a process that died keeps other processes from its work.

    Attributes:
        account: seconds, for an account of a chat platform and for the seed folder.
        host: for the host of feeds.
    """

    account: float = LEASE_SECONDS
    host: timedelta = HOST_LEASE


DEFAULT_LEASES: Final = LeaseDurations()
"""The durations outside tests."""


@dataclass(frozen=True, slots=True)
class AppContext:
    """What every part of a process needs.

    Only bot/app/factories.py and bot/app/options.py read ``settings``. Components receive the values
    that they need. Documents that appeared after ``started_at`` are news even in the first scan of a
    folder; without it, the first scan stores all documents as known.
    """

    settings: Settings
    database: Database
    clock: Clock
    leases: LeaseDurations
    telemetry: Telemetry
    notifier: ProcessNotifier
    started_at: datetime | None = None


class Role(Protocol):
    """A part of a process that works independently."""

    def periodic(self) -> PeriodicCalls:
        """Return the calls that wake its workers."""

    def notification_handlers(self) -> NotificationHandlers:
        """Return the handlers of notifications."""

    def tasks(self, stop: asyncio.Event) -> BackgroundTasks:
        """Return all coroutines that work until ``stop``."""

    def routes(self) -> list[Route]:
        """Return the routes that the web server serves. Needs a running event loop."""

    def stop(self) -> None:
        """Start nothing new."""

    async def drain(self) -> None:
        """Process all pending work, so that a script can drive the console.

        Raises:
            BotError: the remaining work stays in the database.
        """

    async def close(self) -> None:
        """Release resources."""
