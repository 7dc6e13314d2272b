"""The store's figures for /metrics and the status page, read at most a twentieth of the time.

A reading takes milliseconds, or as long as a million chats take to count. It then serves whoever asks
for twenty times as long: however often and by however many it is asked for, the store has its peace.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.store import Database
from bot.store.figures import Figures, read_figures

_SERVES: Final = 20.0  # times as long as it took


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures, as they were at ``at``."""

    figures: Figures
    at: datetime


class Readings:
    """Takes readings, one at a time, and serves them to all who ask meanwhile."""

    def __init__(
        self, database: Database, clock: Clock, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._turn = asyncio.Lock()
        self._last: Reading | None = None
        self._serves_until = 0.0

    async def newest(self) -> Reading:
        """The figures, as fresh as they can be had.

        Raises:
            StoreError: the database does not answer.
        """
        async with self._turn:
            begun = self._ticks()
            if self._last is not None and begun < self._serves_until:
                return self._last
            at = self._clock()
            async with self._database.reading() as connection:
                figures = await read_figures(connection, now=at)
            ended = self._ticks()
            self._last = Reading(figures, at)
            self._serves_until = ended + _SERVES * (ended - begun)
            return self._last
