"""Feeds in a small world: a made-up web, a clock to turn, and the real watch over the feeds."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import func, select

from bot.feed_list import FeedList
from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.store.feeds import NewFeed, add_feed, one_feed
from bot.store.tables import OPERATORS, announcements, sources
from bot.telemetry import SILENT, Telemetry
from tests.watchers.sources.made_feeds import Server
from watchers.fetching.addresses import host_of
from watchers.fetching.fetched import Fetch
from watchers.isolation import Isolation
from watchers.sources.schedule import Limits

NEXT_DUE = select(func.min(sources.c.due_at))
TOLD = (
    select(announcements.c.text)
    .where(announcements.c.audience == OPERATORS)
    .order_by(announcements.c.id)
)
URL = "https://example.org/feed.xml"


class Feeds:
    """The list of feeds of a `World`, whose web is `server`."""

    def __init__(
        self,
        world,
        isolation: Isolation,
        fetch: Fetch | None = None,
        pushes=None,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self.world = world
        self.server = Server()
        self.clock = world.clock
        around = FeedWorld(
            fetch or self.server, isolation, Limits(), Random(1), self._sleep, telemetry
        )
        self.watch = FeedWatch(
            world.database,
            world.ingest,
            around,
            world.clock,
            on_news=lambda: None,
            pushes=pushes,
        )
        self.list = FeedList(world.database, around, self.watch, world.clock)

    async def told(self) -> list[str]:
        """What those who run the bot are told."""
        async with self.world.database.reading() as connection:
            return list((await connection.execute(TOLD)).scalars())

    async def _sleep(self, seconds: float) -> None:
        self.clock.turn(seconds=seconds)

    async def add(self, address: str = URL, **more):
        async with self.world.database.writing() as connection:
            new = NewFeed(address, host_of(address), **more)
            return (await add_feed(connection, new, now=self.clock()))[0]

    async def row(self, feed):
        async with self.world.database.reading() as connection:
            return await one_feed(connection, feed.id)

    async def ask(self, feed):
        """Ask it now, whatever its schedule says; how it stands then."""
        self.clock.turn(seconds=2)
        assert await self.watch.visit(await self.row(feed))
        return await self.row(feed)

    async def live(self, **length: float) -> None:
        """Let so much time go by, asking what comes due at the moment it does."""
        end = self.clock() + timedelta(**length)
        while True:
            due = await self._next_due()
            if due is None or due > end or self.clock() > end:
                self.clock.now = max(end, self.clock())
                return
            self.clock.now = max(due, self.clock())
            await self.watch.finish()
            if await self._next_due() == due:
                self.clock.turn(seconds=5)  # its host is left alone for a while

    async def _next_due(self):
        async with self.world.database.reading() as connection:
            return (await connection.execute(NEXT_DUE)).scalar_one()
