"""Writes the results of alerts to the database, right after each send.

Results that arrive during a commit share the next commit. Results that could not be saved are kept
in memory, and sending stops until they are saved.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.runtime.clock import Clock
from bot.runtime.telemetry import Metrics
from bot.store import Database
from bot.store.outbox.outbox import DeliveryResult, record_results
from bot.store.tables import SENT


class ResultWriter:
    """Writes the results of one account, several per transaction where several wait."""

    def __init__(self, database: Database, clock: Clock, platform: str, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._platform = platform
        self._metrics = metrics
        # Each result with the seconds from the discovery of its item to the send.
        self._unwritten: dict[DeliveryResult, float | None] = {}
        self._lock = asyncio.Lock()
        self._last_write_failed = False

    @property
    def has_unwritten(self) -> bool:
        """Whether the last write failed: messages were sent, and their results are not saved."""
        return self._last_write_failed

    async def record(
        self, result: DeliveryResult, *, found_at: datetime | None = None
    ) -> list[DeliveryResult]:
        """Write a result, and return all results that this call has written.

        The result may also be written, and returned, by a concurrent call or by a later `flush`.
        ``found_at`` is when the item of the alert was found.

        Raises:
            StoreError: the database refused; `flush` tries again.
        """
        latency = (self._clock() - found_at).total_seconds() if found_at is not None else None
        self._unwritten[result] = latency
        return await self.flush()

    async def flush(self) -> list[DeliveryResult]:
        """Write all results that are not saved yet, and return them.

        Raises:
            StoreError: the database refused.
        """
        async with self._lock:
            if not self._unwritten:
                return []
            batch = list(self._unwritten)
            try:
                async with self._database.writing() as connection:
                    await record_results(connection, batch, now=self._clock())
            except BaseException:
                self._last_write_failed = True
                raise
            self._last_write_failed = False
            for result in batch:
                latency = self._unwritten.pop(result)
                seconds = latency if result.state == SENT else None
                self._metrics.record_delivery(self._platform, result.state, seconds)
            return batch
