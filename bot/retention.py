"""Retention: what is old is deleted, a page at a time, and nobody waits for it.

tick ─► follow-ups ─► alerts ─► items ─► stories ─► notes ─► texts ─► sleep until the next tick
             each: find a page (reading) ─► drop it (a short transaction) ─► the next page

Where it is after a crash does not matter: a round begins anew, and finds what is left. One process at a
time goes round; on PostgreSQL another one takes over when it dies.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.store import Database, Transaction
from bot.store.leases import take_lease
from bot.store.retention import Cutoffs
from bot.store.retention.found import ITEMS, NOTES, STORIES
from bot.store.retention.texts import TEXTS
from bot.store.retention.told import ALERTS, ANNOUNCEMENTS, FOLLOW_UPS

EVERY: Final = 3_600.0
"""Seconds between two rounds."""

_LEASE: Final = "retention"
_HELD: Final = timedelta(minutes=2)  # far longer than a page takes
_ROUND: Final = (FOLLOW_UPS, ALERTS, ANNOUNCEMENTS, ITEMS, STORIES, NOTES, *TEXTS)

log = structlog.get_logger(__name__)


class Retention:
    """Goes round. `step` is a worker's step: a page of one sweep.

    ``items`` and ``alerts`` are how long each is kept; ``None``: for ever.
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
        self._items = items
        self._alerts = alerts
        self._owner = uuid4().hex
        self._sweep = 0
        self._after: Any = None
        self._dropped: Counter[str] = Counter()

    async def step(self) -> bool:
        """Look at one page, and delete what may go; whether the round goes on.

        Raises:
            StoreError: the database does not answer; the page is looked at again.
        """
        sweep, cutoffs = _ROUND[self._sweep], self._cutoffs()
        if self._sweep == 0 and self._after is None:
            async with self._database.writing() as connection:
                if not await self._is_ours(connection):
                    return False
        async with self._database.reading() as connection:
            found = await sweep.find(connection, self._after, cutoffs)
        if found.keys:
            async with self._database.writing() as connection:
                if not await self._is_ours(connection):
                    return self._end_round()
                self._dropped[sweep.name] += await sweep.drop(connection, found.keys, cutoffs)
        self._after = found.after
        if found.after is None:
            self._sweep += 1
        return self._sweep < len(_ROUND) or self._end_round()

    def _cutoffs(self) -> Cutoffs:
        now = self._clock()
        return Cutoffs(
            now,
            items=now - self._items if self._items else None,
            alerts=now - self._alerts if self._alerts else None,
        )

    async def _is_ours(self, connection: Transaction) -> bool:
        """Whether this process goes round: the lease is taken, or taken again."""
        now = self._clock()
        lease = await take_lease(connection, _LEASE, owner=self._owner, now=now, until=now + _HELD)
        return lease is not None

    def _end_round(self) -> bool:
        dropped = {name: many for name, many in self._dropped.items() if many}
        if dropped:
            log.info("what was old is deleted", **dropped)
        self._sweep, self._after = 0, None
        self._dropped.clear()
        return False
