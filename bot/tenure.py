"""Tenure: this process is the one that does something, by a lease in the store.

To listen and send for an account is done by one process at a time, and so is watching the seed folder.

    take ──► held ──► renew, renew … ──► leave
      ▲        │
      └─ lost ◄┘  (the store did not answer for too long, or another process has it)

It counts as held for three quarters of its length only: clocks of two machines differ, and a process
that was frozen must not send what another one is sending by now. Who stands by tries again at the moment
at which the lease ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.errors import StoreError
from bot.life import first
from bot.store import Database, Transaction
from bot.store.leases import Lease, hold_lease, lease_ends, renew_lease, take_lease
from bot.store.notices import Subject, notify

LENGTH: Final = 12.0
"""Seconds for which a process that died keeps others out."""

_SURE: Final = 0.75  # of the length
_RENEWALS: Final = 4  # in each length
_AFTER_THE_END: Final = 0.05  # seconds after another's lease ended, so that it surely has

log = structlog.get_logger(__name__)


class Tenure:
    """One lease, kept."""

    def __init__(
        self,
        database: Database,
        name: str,
        clock: Clock,
        ticks: Callable[[], float],
        *,
        length: float = LENGTH,
    ) -> None:
        self.name = name
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._length = length
        self._owner = uuid4().hex
        self._lease: Lease | None = None
        self._sure_until = -inf
        self._others_until: datetime | None = None
        self._nudged = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether nobody else can be at it now: the fence, looked at right before each deed."""
        return self._lease is not None and self._ticks() < self._sure_until

    @property
    def lease(self) -> Lease | None:
        """The lease as it was taken."""
        return self._lease

    async def take(self) -> bool:
        """Take the lease, or hold it for longer; whether it is ours.

        Raises:
            StoreError: the database does not answer.
        """
        asked = self._ticks()
        now = self._clock()
        until = now + timedelta(seconds=self._length)
        async with self._database.writing() as connection:
            if self._lease is not None and not await renew_lease(
                connection, self._lease, until=until
            ):
                log.warning("another process has the lease now", lease=self.name)
                self._lease = None
            if self._lease is None:
                self._lease = await take_lease(
                    connection, self.name, owner=self._owner, now=now, until=until
                )
            taken = self._lease is not None
            self._others_until = None if taken else await lease_ends(connection, self.name)
        self._sure_until = asked + _SURE * self._length if self._lease is not None else -inf
        return self._lease is not None

    async def is_ours(self, connection: Transaction) -> bool:
        """Whether it is still ours, and stays so until this transaction ends: the fence of a write."""
        lease = self._lease
        return lease is not None and await hold_lease(connection, lease)

    def nudge(self) -> None:
        """Another process may have left: try at once."""
        self._nudged.set()

    async def keep(self, on_change: Callable[[bool], None], ended: asyncio.Event) -> None:
        """Take it when it is free, and renew it, until ``ended``: never cut off in a transaction."""
        was_held = False
        while not ended.is_set():
            self._nudged.clear()
            trying = asyncio.ensure_future(self._try())
            while not trying.done():
                # A database that does not answer may take longer to say so than the lease lasts.
                left = self._sure_until - self._ticks()
                await asyncio.wait({trying}, timeout=left if left > 0 else None)
                if self.is_held is not was_held:
                    was_held = self.is_held
                    on_change(was_held)
            await first(ended.wait(), self._nudged.wait(), asyncio.sleep(self._pause()))

    async def _try(self) -> None:
        try:
            await self.take()
        except StoreError as error:
            log.warning("the lease cannot be renewed", lease=self.name, problem=str(error))

    def _pause(self) -> float:
        """Seconds until the lease is renewed, or tried for again: as soon as another's ends."""
        pause = self._length / _RENEWALS
        if self._others_until is None:
            return pause
        left = (self._others_until - self._clock()).total_seconds() + _AFTER_THE_END
        return min(pause, max(left, _AFTER_THE_END))

    async def leave(self) -> None:
        """Let others have it at once."""
        lease, self._lease, self._sure_until = self._lease, None, -inf
        if lease is not None:
            try:
                async with self._database.writing() as connection:
                    await renew_lease(connection, lease, until=self._clock())
                    await notify(connection, Subject.LEASES)
            except StoreError as error:
                log.warning("the lease ends by itself", lease=self.name, problem=str(error))
