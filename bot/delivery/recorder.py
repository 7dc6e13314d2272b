"""The recorder: how alerts ended, written down right after each send.

Endings that come while a commit is under way share the next one. Where the database refuses (a full
disk), what was sent is kept in mind, and the sender sends nothing more until it is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from bot.clock import Clock
from bot.store import Database
from bot.store.outbox import Ending, end_alerts
from bot.store.tables import SENT
from bot.telemetry import Counts


class Recorder:
    """Writes endings, several at a time where several wait."""

    def __init__(self, database: Database, clock: Clock, platform: str, counts: Counts) -> None:
        self._database = database
        self._clock = clock
        self._platform = platform
        self._counts = counts
        self._unwritten: dict[Ending, Callable[[], None]] = {}
        self._turn = asyncio.Lock()
        self._refused = False

    @property
    def is_stuck(self) -> bool:
        """Whether something that was sent could not be written down."""
        return self._refused

    async def record(
        self, ending: Ending, then: Callable[[], None], *, found_at: datetime | None = None
    ) -> None:
        """Write an ending, and call ``then`` once it is written, however long that takes.

        ``found_at``: when what it tells was found.

        Raises:
            StoreError: it could not be written yet; `flush` tries again.
        """
        took = (self._clock() - found_at).total_seconds() if found_at is not None else None

        def written() -> None:
            then()
            seconds = took if ending.state == SENT else None
            self._counts.settled(self._platform, ending.state, seconds)

        self._unwritten[ending] = written
        await self.flush()

    async def flush(self) -> None:
        """Write all that waits.

        Raises:
            StoreError: the database refuses.
        """
        async with self._turn:
            if not self._unwritten:
                return
            batch = dict(self._unwritten)
            try:
                async with self._database.writing() as connection:
                    await end_alerts(connection, list(batch), now=self._clock())
            except BaseException:
                self._refused = True
                raise
            self._refused = False
            for ending, then in batch.items():
                del self._unwritten[ending]
                then()
