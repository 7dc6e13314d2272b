"""The workers that make alerts: fan-out, of what matched, and briefings, of what was held."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.roles.role import Ground
from bot.store.digests import brief_page, is_brief_due
from bot.store.fanout import fan_out_page


class FanOut:
    """Turns what matched into alerts. `step` is a worker's step: a page of chats."""

    def __init__(self, ground: Ground, *, on_alerts: Callable[[], None]) -> None:
        self._database = ground.database
        self._clock = ground.clock
        self._tracer = ground.telemetry.tracer
        self._on_alerts = on_alerts

    async def step(self) -> bool:
        """Make alerts for some chats; whether there may be more."""
        begun = time.time_ns()
        async with self._database.writing() as connection:
            worked = await fan_out_page(connection, now=self._clock())
        if worked:
            self._tracer.took("fan-out", begun, rows=worked)
            self._on_alerts()
        return worked > 0


class Briefing:
    """Makes the briefings that are due. `step` is a worker's step: a few chats."""

    def __init__(self, ground: Ground, *, on_alerts: Callable[[], None]) -> None:
        self._database = ground.database
        self._clock = ground.clock
        self._on_alerts = on_alerts

    async def step(self) -> bool:
        """Make the briefings of some chats; whether there may be more."""
        now = self._clock()
        async with self._database.reading() as connection:
            if not await is_brief_due(connection, now=now):
                return False
        async with self._database.writing() as connection:
            worked = await brief_page(connection, now=now)
        self._on_alerts()
        return worked > 0
