"""The watch over items that say too little: reads the pages of their articles, before they are matched.

    thin ──► claim (one a host) ──► its page ──► ingest: the item, with the text of the page
               ▲                      │   └─ cannot be read, or not in time ─► the item, as it came
               └──── a little later ──┘

No other item waits for these. Whoever dies while reading loses nothing: the item waits in its table, and
comes due again. A page that brings down whoever reads it is not tried for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.feed_look import FeedWorld
from bot.ingest import Ingest
from bot.store import Database
from bot.store.feed_queue import free_host
from bot.store.thin_items import ThinItem, claim_thin, is_thin_due, late_thin, put_off_thin
from bot.under_way import UnderWay
from watchers import Item, SourceError
from watchers.errors import Refused, TooSlow, Unreachable
from watchers.fetching.addresses import show
from watchers.sources.page import read_page
from watchers.sources.schedule import rest_of_host
from watchers.sources.thin import enriched

AT_ONCE: Final = 8
"""Pages that are read at the same time, each of another host."""

PATIENCE: Final = timedelta(minutes=10)
"""How long an item waits for its page; after that it goes on as it came."""

MOST_TRIES: Final = 3
"""How often a page is asked for."""

_PAUSE: Final = timedelta(seconds=1)  # between two requests to one host
_FIRST_WAIT: Final = timedelta(seconds=30)  # after a failure that may pass, doubled with each
_LONGEST_READ: Final = 60.0  # seconds for one page, with waiting for hosts it leads to
_LATE_AT_ONCE: Final = 50
_SERVER_ERRORS: Final = 500
_PASSING: Final = frozenset({408, 425, 429})

log = structlog.get_logger(__name__)


class PageWatch:
    """Reads pages of thin items. `step` is a worker's step.

    ``reads`` is whether any are to be read; if not, what still waits goes on as it came.
    """

    def __init__(
        self,
        database: Database,
        ingest: Ingest,
        world: FeedWorld,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        reads: bool = True,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._world = world
        self._clock = clock
        self._on_news = on_news
        self._patience = PATIENCE if reads else timedelta()
        self._owner = uuid4().hex
        self._wake: Callable[[], None] = lambda: None
        # One that raised comes due again when its claim ends.
        self._reading = UnderWay(
            AT_ONCE, complaint="a page could not be read", on_end=self._one_ended
        )

    def wakes(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` when a place is free again."""
        self._wake = wake

    async def step(self) -> bool:
        """Begin to read what is due, as far as there are places; whether there may be more."""
        now = self._clock()
        async with self._database.reading() as connection:
            late = await late_thin(connection, before=now - self._patience, most=_LATE_AT_ONCE)
        for thin in late:
            await self._take(thin, _as_it_came(thin))
        places = self._reading.places
        if late or places <= 0:
            return bool(late)
        async with self._database.reading() as connection:
            if not await is_thin_due(connection, now=now):
                return False
        async with self._database.writing() as connection:
            claimed = await claim_thin(connection, owner=self._owner, most=places, now=now)
        for thin in claimed:
            self._reading.begin(self._read(thin), f"page {thin.item.url}")
        return bool(claimed)

    async def finish(self) -> None:
        """Read all that is due now, for half a minute at most; what is left waits for the next start."""
        await self._reading.finish(
            self.step, self._is_due_soon, pause=_PAUSE, sleep=self._world.sleep
        )

    async def close(self) -> None:
        """End what is under way; it comes due again by itself."""
        await self._reading.close()

    def _one_ended(self) -> None:
        self._wake()

    async def _is_due_soon(self) -> bool:
        async with self._database.reading() as connection:
            return await is_thin_due(connection, now=self._clock() + _PAUSE)

    async def _read(self, thin: ThinItem) -> None:
        if thin.tries > MOST_TRIES:  # whoever read it before did not live to tell
            await self._take(thin, _as_it_came(thin))
            await self._free(thin, _PAUSE)
            return
        rest = _PAUSE
        try:
            item = await self._with_page(thin)
        except SourceError as error:
            rest = max(rest, rest_of_host(error))
            until = self._clock() + _wait(error, thin.tries)
            if thin.tries < MOST_TRIES and _may_pass(error) and until < self._last_chance(thin):
                async with self._database.writing() as connection:
                    await put_off_thin(connection, thin, until=until)
                await self._free(thin, rest)
                return
            log.info("an item goes without its page", problem=str(error))
            item = _as_it_came(thin)
        await self._take(thin, item)
        await self._free(thin, rest)

    async def _with_page(self, thin: ThinItem) -> Item:
        url = thin.item.url or ""
        world = self._world
        try:
            async with asyncio.timeout(_LONGEST_READ):
                page = await read_page(url, world.fetch, world.isolation, now=self._clock())
        except TimeoutError as error:
            raise TooSlow(_LONGEST_READ, address=show(url)) from error
        return enriched(thin.item, page)

    async def _take(self, thin: ThinItem, item: Item) -> None:
        done = await self._ingest.take_thin(thin, item)
        if done.announced:
            self._on_news()

    async def _free(self, thin: ThinItem, rest: timedelta) -> None:
        async with self._database.writing() as connection:
            at = self._clock() + rest
            await free_host(connection, thin.host, owner=self._owner, at=at)

    def _last_chance(self, thin: ThinItem) -> datetime:
        return thin.queued_at + self._patience


def _as_it_came(thin: ThinItem) -> Item:
    """The item without its page; what is known of an earlier one is kept."""
    item = thin.item
    return item if item.text or not thin.known_text else replace(item, text=thin.known_text)


def _may_pass(error: SourceError) -> bool:
    """Whether it may be better in a minute."""
    if isinstance(error, Refused):
        return error.status >= _SERVER_ERRORS or error.status in _PASSING
    return isinstance(error, TooSlow | Unreachable)


def _wait(error: SourceError, tries: int) -> timedelta:
    wait = _FIRST_WAIT * 2.0 ** (tries - 1)
    asked = error.retry_after if isinstance(error, Refused) else None
    return max(wait, timedelta(seconds=asked or 0.0))
