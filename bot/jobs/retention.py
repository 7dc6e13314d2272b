"""Delete old rows in small batches, without blocking other work.

every hour ─► follow-ups ─► alerts ─► announcements ─► items ─► stories ─► tombstones ─► short-lived rows
      each pass: find a batch (read) ─► delete it (short transaction) ─► next batch

A crash needs no recovery: the next round starts at the beginning and finds the remaining rows. A lease lets
one process run the round. On PostgreSQL, another process takes over when the lease expires.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from bot.runtime.clock import Clock
from bot.store import Database, Transaction
from bot.store.admin.retention import Cutoffs
from bot.store.admin.retention.alerts import ALERTS, ANNOUNCEMENTS, FOLLOW_UPS, SHORT_LIVED
from bot.store.admin.retention.items import ITEMS, STORIES, TOMBSTONES
from bot.store.leases import acquire_lease

INTERVAL_SECONDS: Final = 3_600.0
"""Seconds between two rounds."""

_LEASE_NAME: Final = "retention"
# One batch takes far less time than this.
_LEASE_LENGTH: Final = timedelta(minutes=2)
_PASSES: Final = (FOLLOW_UPS, ALERTS, ANNOUNCEMENTS, ITEMS, STORIES, TOMBSTONES, *SHORT_LIVED)

log = structlog.get_logger(__name__)


class Retention:
    """Deletes old rows. `step` is the step of a worker: one batch of one pass.

    ``items`` and ``alerts`` are the times for which rows are kept. ``None``: for ever.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        items: timedelta | None,
        alerts: timedelta | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep_items = items
        self._keep_alerts = alerts
        self._owner = uuid4().hex
        self._pass_index = 0
        self._position: Any = None
        self._deleted: Counter[str] = Counter()

    async def step(self) -> bool:
        """Delete one batch. Return True if the round has more batches.

        Raises:
            StoreError: the database does not answer; the next call repeats the batch.
        """
        current, cutoffs = _PASSES[self._pass_index], self._cutoffs()
        if self._pass_index == 0 and self._position is None:
            async with self._database.writing() as connection:
                if not await self._acquire_lease(connection):
                    return False
        async with self._database.reading() as connection:
            batch = await current.find(connection, self._position, cutoffs)
        if batch.keys:
            async with self._database.writing() as connection:
                if not await self._acquire_lease(connection):
                    return self._end_round()
                self._deleted[current.name] += await current.drop(connection, batch.keys, cutoffs)
        self._position = batch.next_position
        if self._position is None:
            self._pass_index += 1
        return self._pass_index < len(_PASSES) or self._end_round()

    def _cutoffs(self) -> Cutoffs:
        now = self._clock()
        return Cutoffs(
            now,
            items=now - self._keep_items if self._keep_items else None,
            alerts=now - self._keep_alerts if self._keep_alerts else None,
        )

    async def _acquire_lease(self, connection: Transaction) -> bool:
        """Acquire or renew the lease of the round. Return False if another process has it."""
        now = self._clock()
        lease = await acquire_lease(
            connection, _LEASE_NAME, owner=self._owner, now=now, until=now + _LEASE_LENGTH
        )
        return lease is not None

    def _end_round(self) -> bool:
        deleted = {name: count for name, count in self._deleted.items() if count}
        if deleted:
            log.info("retention_pass_finished", **deleted)
        self._pass_index, self._position = 0, None
        self._deleted.clear()
        return False
