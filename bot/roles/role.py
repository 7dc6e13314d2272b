"""What every role offers to the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Protocol

from bot.clock import Clock, utc_now
from bot.settings import Settings
from bot.store import Database
from bot.store.feed_queue import LEASE
from bot.store.notices import Subject
from bot.telemetry import SILENT, Telemetry
from bot.tenure import LENGTH
from bot.web.server import Route

Name = Literal["all", "watch", "chat"]
"""What a process does: all of it, or one of the two."""

Ticks = dict[Callable[[], None], float]
"""What the clock calls, and every how many seconds."""

Works = list[Coroutine[Any, Any, None]]
"""What runs side by side until it is asked to stop."""


@dataclass(frozen=True, slots=True)
class Leases:
    """For how long a process that died keeps others from what it had."""

    account: float = LENGTH  # seconds: an account of a chat platform, the seed folder
    host: timedelta = LEASE  # of feeds


DEFAULT: Final = Leases()
"""As they are outside of tests."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part of a process stands on."""

    settings: Settings
    database: Database
    clock: Clock = utc_now
    leases: Leases = DEFAULT
    telemetry: Telemetry = SILENT


Hears = dict[Subject, Callable[[], None]]
"""What is called when another process tells of something."""


class Role(Protocol):
    """A part of a process that lives by itself."""

    def ticks(self) -> Ticks:
        """What the clock wakes."""

    def hears(self) -> Hears:
        """What other processes wake."""

    def works(self, stop: asyncio.Event) -> Works:
        """All that works until ``stop``."""

    def routes(self) -> list[Route]:
        """What the web server serves for it. Needs a running loop."""

    def stop(self) -> None:
        """Begin nothing new."""

    async def finish(self) -> None:
        """Hand on all that is due, so that a script can drive us.

        Raises:
            BotError: the rest waits in the database.
        """

    async def close(self) -> None:
        """Let go of what is held open."""
