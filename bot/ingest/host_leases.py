"""Leases on the hosts that this process polls.

    claim ──► renewed while the poll runs ──► released, with the earliest time of the next request
                │
                └── renewal failed ──► the poll is cancelled: another process may poll the host now

All leases are renewed in one statement. If a process ends, its hosts stay blocked for other processes
until the leases expire, however long the polls would have taken.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog

from bot.errors import LeaseLostError, StoreError
from bot.runtime.clock import Clock
from bot.store import Database, Transaction
from bot.store.feeds.feed_queue import (
    HOST_LEASE,
    claim_feeds,
    claim_host,
    is_any_due,
    release_host,
    renew_hosts,
)
from bot.store.feeds.feeds import FeedRow

# A lease counts as held for this part of its length only: the clocks of two machines differ.
_SAFETY_FACTOR: Final = 0.75
_RENEWALS_PER_LEASE: Final = 4

log = structlog.get_logger(__name__)


class HostLeases:
    """The host leases of this process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        length: timedelta = HOST_LEASE,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._length = length
        self._renewal_seconds = length.total_seconds() / _RENEWALS_PER_LEASE
        self._owner = uuid4().hex
        self._polls: dict[str, asyncio.Task[object]] = {}
        self._valid_until: dict[str, float] = {}
        self._lost: set[str] = set()
        self._renewal: asyncio.Task[None] | None = None

    async def claim_due_feeds(self, limit: int) -> list[FeedRow]:
        """Lease hosts of due feeds and return up to ``limit`` feeds, one per host."""
        now = self._clock()
        # Usually no feed is due. A read does not block writers, so it comes first.
        async with self._database.reading() as connection:
            if not await is_any_due(connection, now=now):
                return []
        requested_at = self._monotonic()
        async with self._database.writing() as connection:
            feeds = await claim_feeds(
                connection, owner=self._owner, limit=limit, now=now, lease=self._length
            )
        for feed in feeds:
            self._record_expiry(feed.host, requested_at)
        return feeds

    async def acquire(self, host: str) -> bool:
        """Lease one host. Return False if another process has it or it must not be polled yet."""
        requested_at = self._monotonic()
        async with self._database.writing() as connection:
            is_acquired = await claim_host(
                connection, host, owner=self._owner, now=self._clock(), lease=self._length
            )
        if is_acquired:
            self._record_expiry(host, requested_at)
        return is_acquired

    @asynccontextmanager
    async def renewing(self, host: str) -> AsyncIterator[None]:
        """Renew the lease on a host while the block runs.

        Raises:
            LeaseLostError: the lease could not be renewed, and the block was cancelled.
        """
        task = asyncio.current_task()
        if task is not None:
            self._polls[host] = task
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew_loop(), name="host lease renewal")
        try:
            yield
        except asyncio.CancelledError:
            # The renewal loop cancelled the task because the lease was lost. Any other
            # cancellation, also one at the same moment, must reach the caller.
            if host in self._lost and task is not None and not task.uncancel():
                raise LeaseLostError(host) from None
            raise
        finally:
            self._lost.discard(host)
            self._polls.pop(host, None)
            self._valid_until.pop(host, None)

    async def release(self, connection: Transaction, host: str, *, available_at: datetime) -> None:
        """End the lease on a host. Any process may poll the host from ``available_at``."""
        await release_host(connection, host, owner=self._owner, available_at=available_at)

    async def close(self) -> None:
        """Stop renewing leases."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _record_expiry(self, host: str, requested_at: float) -> None:
        # The lease began when the store wrote it, which is after the request.
        self._valid_until[host] = requested_at + _SAFETY_FACTOR * self._length.total_seconds()

    async def _renew_loop(self) -> None:
        """Renew the leases of the running polls until no poll runs."""
        while self._polls:
            await self._sleep(self._renewal_seconds)
            requested_at, hosts = self._monotonic(), sorted(self._polls)
            try:
                async with asyncio.timeout(self._renewal_seconds):
                    renewed = await self._renew(hosts)
            except (StoreError, TimeoutError) as error:
                log.warning("host_lease_renewal_failed", problem=str(error))
                renewed = set()
            for host in renewed:
                self._record_expiry(host, requested_at)
            self._cancel_expired()

    async def _renew(self, hosts: list[str]) -> set[str]:
        if not hosts:
            return set()
        async with self._database.writing() as connection:
            now = self._clock()
            return await renew_hosts(
                connection, hosts, owner=self._owner, now=now, lease=self._length
            )

    def _cancel_expired(self) -> None:
        """Cancel the polls whose leases may expire before the next renewal."""
        next_renewal = self._monotonic() + self._renewal_seconds
        for host, task in list(self._polls.items()):
            if self._valid_until.get(host, next_renewal) < next_renewal:
                self._lost.add(host)
                task.cancel()
