"""A renewable database lease that makes this process the only one to perform a task.

One process at a time listens and sends for an account, and one watches the seed folder.

    acquire ──► held ──► renew, renew … ──► release
       ▲          │
       └── lost ◄─┘  (the store did not answer for too long, or another process has the lease)

The lease counts as held for three quarters of its length only: the clocks of two machines differ, and
a process that was frozen must not send what another process sends by now. Standby processes read the
expiry time of the lease and retry at that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Final
from uuid import uuid4

import structlog

from bot.errors import StoreError
from bot.runtime.clock import Clock
from bot.runtime.tasks import wait_first
from bot.store import Database, Transaction
from bot.store.leases import LeaseRow, acquire_lease, lease_expiry, lock_lease, renew_lease
from bot.store.pg_notify import NotificationTopic, notify

LEASE_SECONDS: Final = 12.0
"""The seconds for which a process that died keeps other processes out."""

# The part of its length for which the lease counts as held.
_SAFETY_FACTOR: Final = 0.75
_RENEWALS_PER_LENGTH: Final = 4
# A standby process waits so much longer than the expiry time, so that the lease has surely expired.
_EXPIRY_MARGIN_SECONDS: Final = 0.05

log = structlog.get_logger(__name__)


class Lease:
    """One lease of this process."""

    def __init__(
        self,
        database: Database,
        name: str,
        clock: Clock,
        monotonic: Callable[[], float],
        *,
        length: float = LEASE_SECONDS,
    ) -> None:
        self.name = name
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._length = length
        self._owner = uuid4().hex
        self._lease: LeaseRow | None = None
        self._held_until = -inf
        self._expires_elsewhere_at: datetime | None = None
        self._retry_requested = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether no other process can hold the lease now: the fence, checked before each action."""
        return self._lease is not None and self._monotonic() < self._held_until

    @property
    def lease(self) -> LeaseRow | None:
        """The row of the lease as it was acquired."""
        return self._lease

    async def acquire_or_renew(self) -> bool:
        """Acquire the lease, or extend it. Return True if this process has it.

        Raises:
            StoreError: the database does not answer.
        """
        # Read before the request: the answer may take a while, and the lease counts from now.
        requested_at = self._monotonic()
        now = self._clock()
        until = now + timedelta(seconds=self._length)
        async with self._database.writing(is_urgent=True) as connection:
            if self._lease is not None and not await renew_lease(
                connection, self._lease, until=until
            ):
                log.warning("lease_taken_by_another_process", lease=self.name)
                self._lease = None
            if self._lease is None:
                self._lease = await acquire_lease(
                    connection, self.name, owner=self._owner, now=now, until=until
                )
            acquired = self._lease is not None
            self._expires_elsewhere_at = (
                None if acquired else await lease_expiry(connection, self.name)
            )
        safe_until = requested_at + _SAFETY_FACTOR * self._length
        self._held_until = safe_until if self._lease is not None else -inf
        return self._lease is not None

    async def verify(self, connection: Transaction) -> bool:
        """Return True if this process has the lease until the end of this transaction."""
        lease = self._lease
        return lease is not None and await lock_lease(connection, lease)

    def retry_now(self) -> None:
        """Try to acquire the lease at once: another process may have released it."""
        self._retry_requested.set()

    async def maintain(self, on_change: Callable[[bool], None], ended: asyncio.Event) -> None:
        """Acquire the lease when it is free, and renew it, until ``ended``.

        A transaction is never cancelled. ``on_change`` is called when the lease is acquired or lost.
        """
        was_held = False
        while not ended.is_set():
            self._retry_requested.clear()
            attempt = asyncio.ensure_future(self._try_to_acquire())
            while not attempt.done():
                # A database that does not answer may need longer to fail than the lease lasts.
                remaining = self._held_until - self._monotonic()
                await asyncio.wait({attempt}, timeout=remaining if remaining > 0 else None)
                if self.is_held is not was_held:
                    was_held = self.is_held
                    on_change(was_held)
            await wait_first(
                ended.wait(),
                self._retry_requested.wait(),
                asyncio.sleep(self._seconds_until_attempt()),
            )

    async def release(self) -> None:
        """Let another process acquire the lease at once."""
        lease, self._lease, self._held_until = self._lease, None, -inf
        if lease is not None:
            try:
                async with self._database.writing() as connection:
                    await renew_lease(connection, lease, until=self._clock())
                    await notify(connection, NotificationTopic.LEASES)
            except StoreError as error:
                # The lease expires without this process.
                log.warning("lease_release_failed", lease=self.name, error=str(error))

    async def _try_to_acquire(self) -> None:
        try:
            await self.acquire_or_renew()
        except StoreError as error:
            log.warning("lease_renewal_failed", lease=self.name, error=str(error))

    def _seconds_until_attempt(self) -> float:
        """Return the seconds until the next renewal, or until the lease of another process expires."""
        interval = self._length / _RENEWALS_PER_LENGTH
        if self._expires_elsewhere_at is None:
            return interval
        remaining = (self._expires_elsewhere_at - self._clock()).total_seconds()
        return min(interval, max(remaining, 0.0) + _EXPIRY_MARGIN_SECONDS)
