"""Reading feeds: by their schedule where this process watches, by somebody's wish where it chats.

due, or a wish ──► FeedWatch ──► Ingest ──► on_news
hubs (WebSub) ────────────────────▲   └─► what says too little ──► PageWatch ──► Ingest
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.feed_list import FeedList
from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.fetching import feed_limits, http_options
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.page_watch import PageWatch
from bot.roles.role import Ground, Ticks, Works
from bot.web.server import Route
from bot.websub import PATH as WEBSUB_PATH
from bot.websub import HubWorld, WebSub
from bot.worker import Worker
from watchers import TopicIndex
from watchers.fetching.http import HttpClient
from watchers.isolation import Isolation

_TICK: Final = 1.0  # seconds between looks at which feeds are due
_HUBS: Final = 30.0  # seconds between looks at which hubs are to be asked


class Reading:
    """The feeds, what asks them, and what takes in what they say."""

    def __init__(
        self,
        ground: Ground,
        *,
        on_news: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        settings, database, clock = ground.settings, ground.database, ground.clock
        self.client = HttpClient(http_options(settings))
        self.isolation = Isolation()
        self.ingest = Ingest(
            database, Matcher(TopicIndex()), clock, ground.telemetry, thin=settings.feed_thin
        )
        world = FeedWorld(
            self.client,
            self.isolation,
            feed_limits(settings),
            lease=ground.leases.host,
            telemetry=ground.telemetry,
        )
        self._websub: WebSub | None = None
        if (
            settings.public_url and settings.web_port
        ):  # the outside reaches us: hubs can tell of news
            hubs = HubWorld(
                self.client.post_form,
                self.client,
                self.isolation,
                settings.public_url,
                world.limits,
            )
            self._websub = WebSub(database, self.ingest, hubs, clock, on_news=on_news)
        self._watch = FeedWatch(
            database, self.ingest, world, clock, on_news=on_news, pushes=self._websub
        )
        self._ask = Worker("feeds", self._watch.step)
        self._ask_hubs = Worker("hubs", self._websub.step) if self._websub else None
        self._watch.wakes(self._ask.wake)
        self._reads_pages = settings.feed_thin > 0
        # Pages have workers of their own: no feed waits behind a page that never ends.
        self._page_isolation = Isolation(1)
        self._pages = PageWatch(
            database,
            self.ingest,
            replace(world, isolation=self._page_isolation),
            clock,
            on_news=on_news,
            reads=self._reads_pages,
        )
        self._read_pages = Worker("pages", self._pages.step)
        self._pages.wakes(self._read_pages.wake)
        self.feeds = FeedList(database, world, self._watch, clock, on_change=on_change)

    def wake(self) -> None:
        """A feed may be due."""
        self._ask.wake()

    def ticks(self) -> Ticks:
        """As a role's."""
        hubs = {self._ask_hubs.wake: _HUBS} if self._ask_hubs else {}
        pages = {self._read_pages.wake: _TICK} if self._reads_pages else {}
        return {self._ask.wake: _TICK, **pages, **hubs}

    def works(self, stop: asyncio.Event) -> Works:
        """As a role's."""
        hubs = [self._ask_hubs.run(stop)] if self._ask_hubs else []
        return [self._ask.run(stop), self._read_pages.run(stop), *hubs]

    def routes(self) -> list[Route]:
        """As a role's."""
        if self._websub is None:
            return []
        return [
            Route("GET", WEBSUB_PATH, self._websub.verify),
            Route("POST", WEBSUB_PATH, self._websub.receive),
        ]

    async def finish(self) -> None:
        """As a role's."""
        await self._watch.finish()
        await self._pages.finish()

    async def close(self) -> None:
        """End what is being asked."""
        await self._watch.close()
        await self._pages.close()
        await self.isolation.close()
        await self._page_isolation.close()
