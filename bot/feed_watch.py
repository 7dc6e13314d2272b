"""The watch over the feeds: asks those that are due, as many at once as there are places.

    due ──► claim (one a host) ──► look (feed_look.py) ──► when it is due again
     ▲                                                           │
     └───────────────────────────────────────────────────────────┘

A slow feed holds a place, and nobody else up. Whoever dies while asking loses nothing: the feed comes
due again by itself, and its cursor was not moved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.feed_claims import Claims
from bot.feed_look import PAUSE, FeedLook, FeedWorld, Pushes
from bot.ingest import Ingest
from bot.store import Database
from bot.store.feed_queue import forget_hosts, is_any_due
from bot.store.feeds import FeedRow
from bot.under_way import UnderWay

AT_ONCE: Final = 64
"""Feeds that are asked at the same time."""

_REFILL: Final = (
    AT_ONCE * 3 // 4
)  # under way, at which more are begun: a claim for each would cost much
_TRIES: Final = 10  # to have a host for what somebody asks by hand
_BETWEEN_TRIES: Final = 0.5  # seconds
_TIDY: Final = timedelta(minutes=10)


class FeedWatch:
    """Asks feeds. `step` is a worker's step."""

    def __init__(
        self,
        database: Database,
        ingest: Ingest,
        world: FeedWorld,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        pushes: Pushes | None = None,
    ) -> None:
        self._database = database
        self._world = world
        self._clock = clock
        self._tidied = clock()
        self._is_full = False
        self._claims = Claims(database, clock, length=world.lease)
        self._look = FeedLook(
            database,
            ingest,
            world,
            clock,
            self._claims,
            on_news=on_news,
            pushes=pushes,
        )
        self._asking = UnderWay(
            AT_ONCE, complaint="a feed could not be asked", on_end=self._one_ended
        )
        self._wake: Callable[[], None] = lambda: None

    def wakes(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` when all places were taken, and some are free again."""
        self._wake = wake

    async def step(self) -> bool:
        """Begin to ask what is due, as far as there are places; whether there may be more."""
        places = self._asking.places
        self._is_full = places <= 0
        if self._is_full:
            return False
        if self._clock() - self._tidied >= _TIDY:
            await self._tidy()
        claimed = await self._claims.take(places)
        for feed in claimed:
            self._asking.begin(self._look.ask(feed), f"feed {feed.id}")
        self._is_full = len(claimed) == places
        # Even where there are places left: many of what was looked at may be of one host.
        return bool(claimed)

    async def finish(self) -> None:
        """Ask all that is due now, and wait for the answers, for half a minute at most."""
        await self._asking.finish(
            self.step, self._is_due_soon, pause=PAUSE, sleep=self._world.sleep
        )

    async def close(self) -> None:
        """End what is under way; it comes due again by itself."""
        await self._asking.close()
        await self._claims.close()

    async def _tidy(self) -> None:
        """Forget hosts that nobody asks."""
        self._tidied = self._clock()
        async with self._database.writing() as connection:
            await forget_hosts(connection, now=self._clock())

    async def _is_due_soon(self) -> bool:
        async with self._database.reading() as connection:
            return await is_any_due(connection, now=self._clock() + PAUSE)

    def _one_ended(self) -> None:
        if self._is_full and len(self._asking) <= _REFILL:
            self._is_full = False
            self._wake()

    async def visit(self, feed: FeedRow) -> bool:
        """Ask one feed now, by somebody's wish; False where its host is busy or wants its rest."""
        for attempt in range(_TRIES):
            if attempt:
                await self._world.sleep(_BETWEEN_TRIES)
            if await self._claims.take_host(feed.host):
                await self._look.ask(feed)
                return True
        return False
