"""Tenure: this process is the one that listens and sends for an account, by a lease in the store.

    take ──► held ──► renew, renew … ──► leave
      ▲        │
      └─ lost ◄┘  (the store did not answer for too long, or another process has it)

It counts as held for three quarters of its length only: clocks of two machines differ, and a process
that was frozen must not send what another one is sending by now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from math import inf
from typing import Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.errors import StoreError
from bot.store import Database
from bot.store.leases import Lease, renew_lease, take_lease

LENGTH: Final = 12.0
"""Seconds for which a process that died keeps others out."""

_SURE: Final = 0.75  # of the length
_RENEWALS: Final = 4  # in each length

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

    @property
    def is_held(self) -> bool:
        """Whether nobody else can be sending now: the fence, looked at right before each send."""
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
                log.warning("another process sends for this account now", account=self.name)
                self._lease = None
            if self._lease is None:
                self._lease = await take_lease(
                    connection, self.name, owner=self._owner, now=now, until=until
                )
        self._sure_until = asked + _SURE * self._length if self._lease is not None else -inf
        return self._lease is not None

    async def keep(self, on_change: Callable[[bool], None], ended: asyncio.Event) -> None:
        """Take it when it is free, and renew it, until ``ended``: never cut off in a transaction."""
        was_held = False
        while not ended.is_set():
            try:
                await self.take()
            except StoreError as error:
                log.warning("the lease cannot be renewed", account=self.name, problem=str(error))
            if self.is_held is not was_held:
                was_held = self.is_held
                on_change(was_held)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._length / _RENEWALS):
                    await ended.wait()

    async def leave(self) -> None:
        """Let others have it at once."""
        lease, self._lease, self._sure_until = self._lease, None, -inf
        if lease is not None:
            try:
                async with self._database.writing() as connection:
                    await renew_lease(connection, lease, until=self._clock())
            except StoreError as error:
                log.warning("the lease ends by itself", account=self.name, problem=str(error))
