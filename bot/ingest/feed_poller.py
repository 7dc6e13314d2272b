"""Poll all due feeds, up to `MAX_CONCURRENT_POLLS` at the same time.

    due ──► lease the host (one feed per host) ──► poll (feed_poll.py) ──► next due time
     ▲                                                                           │
     └───────────────────────────────────────────────────────────────────────────┘

A slow feed occupies one slot and does not delay others. If the process ends during a poll, no item is
lost: the feed becomes due again when the lease on its host ends, and its cursor is unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.ingest.feed_poll import MIN_HOST_INTERVAL, FeedPoll
from bot.runtime.clock import Clock
from bot.runtime.tasks import TaskPool
from bot.runtime.worker import Worker
from bot.store import Database
from bot.store.feeds.feed_queue import is_any_due, prune_hosts
from bot.store.feeds.feeds import FeedRow

if TYPE_CHECKING:
    pass

MAX_CONCURRENT_POLLS: Final = 64
"""Feeds that are polled at the same time."""

# A claim for each finished poll would cost one transaction per poll, so slots are refilled together.
_REFILL_THRESHOLD: Final = MAX_CONCURRENT_POLLS * 3 // 4
_MAX_LEASE_ATTEMPTS: Final = 10
_LEASE_RETRY_SECONDS: Final = 0.5
_PRUNE_INTERVAL: Final = timedelta(minutes=10)


class FeedPoller:
    """Polls due feeds. `worker` runs `step`, also when slots become free."""

    def __init__(
        self,
        database: Database,
        poll: FeedPoll,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._poll = poll
        self._leases = poll.leases
        self._clock = clock
        self._sleep = sleep
        self._pruned_at = clock()
        self._is_full = False
        self._polls = TaskPool(
            MAX_CONCURRENT_POLLS, error_event="feed_poll_crashed", on_done=self._on_poll_end
        )
        self.worker = Worker("feeds", self.step)

    async def step(self) -> bool:
        """Start polls of due feeds in the free slots. Return True if more feeds may be due."""
        free_slots = self._polls.free_slots
        self._is_full = free_slots <= 0
        if self._is_full:
            return False
        if self._clock() - self._pruned_at >= _PRUNE_INTERVAL:
            await self._prune_hosts()
        feeds = await self._leases.claim_due_feeds(free_slots)
        for feed in feeds:
            self._polls.start(self._poll.run(feed), f"feed {feed.id}")
        self._is_full = len(feeds) == free_slots
        # Other feeds may be due even if slots are free: a claim takes one feed per host only.
        return bool(feeds)

    async def poll_now(self, feed: FeedRow) -> bool:
        """Poll one feed now. Return False if its host stays busy or must not be polled yet."""
        for attempt in range(_MAX_LEASE_ATTEMPTS):
            if attempt:
                await self._sleep(_LEASE_RETRY_SECONDS)
            if await self._leases.acquire(feed.host):
                await self._poll.run(feed)
                return True
        return False

    async def finish(self) -> None:
        """Poll all feeds that are due now and wait for the results, for half a minute at most."""
        await self._polls.drain(
            self.step, self._is_due_soon, pause=MIN_HOST_INTERVAL, sleep=self._sleep
        )

    async def close(self) -> None:
        """Cancel the running polls. Their feeds become due again when the host leases end."""
        await self._polls.close()
        await self._leases.close()

    async def _prune_hosts(self) -> None:
        self._pruned_at = self._clock()
        async with self._database.writing() as connection:
            await prune_hosts(connection, now=self._clock())

    async def _is_due_soon(self) -> bool:
        async with self._database.reading() as connection:
            return await is_any_due(connection, now=self._clock() + MIN_HOST_INTERVAL)

    def _on_poll_end(self) -> None:
        if self._is_full and len(self._polls) <= _REFILL_THRESHOLD:
            self._is_full = False
            self.worker.wake()
