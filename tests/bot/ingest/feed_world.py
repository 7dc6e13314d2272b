"""Feeds for tests: a fake web, a clock that a test advances, and the real feed poller."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import func, select

from bot.ingest.feed_poll import FeedPoll, FeedPollContext
from bot.ingest.feed_poller import FeedPoller
from bot.ingest.feed_service import FeedService
from bot.runtime.telemetry import NO_TELEMETRY, Telemetry
from bot.store.feeds.feeds import NewFeed, add_feed, get_feed
from bot.store.tables import OPERATOR_AUDIENCE, announcements, items, sources
from tests.watchers.sources.made_feeds import FeedServer
from watchers.fetching.addresses import url_host
from watchers.fetching.result import Fetch
from watchers.process_pool import SandboxPool

NEXT_DUE = select(func.min(sources.c.due_at))
OPERATOR_NOTICES = (
    select(announcements.c.text)
    .where(announcements.c.audience == OPERATOR_AUDIENCE)
    .order_by(announcements.c.id)
)
URL = "https://example.org/feed.xml"


class FeedWorld:
    """The feeds of a `World`. Their web is `server`."""

    def __init__(
        self,
        world,
        isolation: SandboxPool,
        fetch: Fetch | None = None,
        websub=None,
        telemetry: Telemetry = NO_TELEMETRY,
    ) -> None:
        self.world = world
        self.server = FeedServer()
        self.clock = world.clock
        context = FeedPollContext(
            fetch or self.server, isolation, Random(1), self._sleep, telemetry
        )
        poll = FeedPoll(world.database, world.ingest, context, world.clock, websub=websub)
        self.poller = FeedPoller(world.database, poll, world.clock, sleep=self._sleep)
        self.service = FeedService(world.database, context, self.poller, world.clock)

    async def item_titles(self) -> set[str]:
        """The titles of all stored items."""
        async with self.world.database.reading() as connection:
            return set((await connection.execute(select(items.c.title))).scalars())

    async def operator_notices(self) -> list[str]:
        """The texts of the announcements to the operators."""
        async with self.world.database.reading() as connection:
            return list((await connection.execute(OPERATOR_NOTICES)).scalars())

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    async def add(self, address: str = URL, **fields):
        async with self.world.database.writing() as connection:
            new_feed = NewFeed(address, url_host(address), **fields)
            return (await add_feed(connection, new_feed, now=self.clock()))[0]

    async def row(self, feed):
        """The stored state of a feed."""
        async with self.world.database.reading() as connection:
            return await get_feed(connection, feed.id)

    async def poll(self, feed):
        """Poll a feed now, whatever its schedule is. Return its new state."""
        self.clock.advance(seconds=2)
        assert await self.poller.poll_now(await self.row(feed))
        return await self.row(feed)

    async def advance(self, **duration: float) -> None:
        """Advance the clock, and poll each feed at the moment at which it is due."""
        end = self.clock() + timedelta(**duration)
        while True:
            due = await self._next_due()
            if due is None or due > end or self.clock() > end:
                self.clock.now = max(end, self.clock())
                return
            self.clock.now = max(due, self.clock())
            await self.poller.finish()
            if await self._next_due() == due:
                # The host of the feed must not be polled yet.
                self.clock.advance(seconds=5)

    async def _next_due(self):
        async with self.world.database.reading() as connection:
            return (await connection.execute(NEXT_DUE)).scalar_one()
