"""The hosts that this process asks: claimed, kept for as long as it takes, and let go.

    claim ──► kept ──► let go, after its rest
                │ renewed, all in one statement
                └── could not be renewed in time ──► whoever asks is cut off: another process may ask by now

A process that dies keeps its hosts from others for the rest of a lease only, however long a feed takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.errors import LeaseLost, StoreError
from bot.store import Database, Transaction
from bot.store.feed_queue import LEASE, claim_feeds, claim_host, free_host, is_any_due, keep_hosts
from bot.store.feeds import FeedRow

_SURE: Final = 0.75  # of the length: clocks differ
_RENEWALS: Final = 4  # in each length

log = structlog.get_logger(__name__)


class Claims:
    """What this process has claimed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        length: timedelta = LEASE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._length = length
        self._owner = uuid4().hex
        self._asking: dict[str, asyncio.Task[object]] = {}
        self._sure_until: dict[str, float] = {}
        self._lost: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None

    async def take(self, most: int) -> list[FeedRow]:
        """Up to ``most`` feeds that are due, one a host; their hosts are ours."""
        now = self._clock()
        # Mostly nothing is due, and reading that holds up no writer.
        async with self._database.reading() as connection:
            if not await is_any_due(connection, now=now):
                return []
        asked = self._ticks()
        async with self._database.writing() as connection:
            found = await claim_feeds(
                connection, owner=self._owner, most=most, now=now, lease=self._length
            )
        for feed in found:
            self._note(feed.host, asked)
        return found

    async def take_host(self, host: str) -> bool:
        """Make one host ours; whether nobody else has it, and it was let rest."""
        asked = self._ticks()
        async with self._database.writing() as connection:
            is_ours = await claim_host(
                connection, host, owner=self._owner, now=self._clock(), lease=self._length
            )
        if is_ours:
            self._note(host, asked)
        return is_ours

    @asynccontextmanager
    async def kept(self, host: str) -> AsyncIterator[None]:
        """Keep a host that is ours while the block runs.

        Raises:
            LeaseLost: it could not be kept, and the block was cut off.
        """
        task = asyncio.current_task()
        if task is not None:
            self._asking[host] = task
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(), name="claims on hosts")
        try:
            yield
        except asyncio.CancelledError:
            if host in self._lost and task is not None and not task.uncancel():
                raise LeaseLost(host) from None
            raise
        finally:
            self._lost.discard(host)
            self._asking.pop(host, None)
            self._sure_until.pop(host, None)

    async def let_go(self, connection: Transaction, host: str, *, at: datetime) -> None:
        """Let anybody ask a host again from then on."""
        await free_host(connection, host, owner=self._owner, at=at)

    async def close(self) -> None:
        """Renew nothing any more."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    def _note(self, host: str, asked: float) -> None:
        self._sure_until[host] = asked + _SURE * self._length.total_seconds()

    async def _keep(self) -> None:
        """Renew what is being asked, until nothing is."""
        while self._asking:
            await asyncio.sleep(self._length.total_seconds() / _RENEWALS)
            asked, hosts = self._ticks(), sorted(self._asking)
            try:
                async with asyncio.timeout(self._length.total_seconds() / _RENEWALS):
                    kept = await self._renew(hosts)
            except (StoreError, TimeoutError) as error:
                log.warning("claims on hosts cannot be renewed", problem=str(error))
                kept = set()
            for host in kept:
                self._note(host, asked)
            self._cut_off()

    async def _renew(self, hosts: list[str]) -> set[str]:
        if not hosts:
            return set()
        async with self._database.writing() as connection:
            now = self._clock()
            return await keep_hosts(
                connection, hosts, owner=self._owner, now=now, lease=self._length
            )

    def _cut_off(self) -> None:
        """End who asks a host that may be another's before the next look."""
        soon = self._ticks() + self._length.total_seconds() / _RENEWALS
        for host, task in list(self._asking.items()):
            if self._sure_until.get(host, soon) < soon:
                self._lost.add(host)
                task.cancel()
