"""The watch over the feeds: asks those that are due, as many at once as there are places.

    due ──► claim (one a host) ──► poll ──► ingest: items, cursor, next due, in one transaction
     ▲                              │
     └──── back-off, dead, ended ◄──┴── it failed; sometimes it has moved: look for it on its site

A slow feed holds a place, and nobody else up. Whoever dies while asking loses nothing: the feed comes
due again by itself, and its cursor was not moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.errors import StoreError
from bot.ingest import Ingest
from bot.store import Database, Transaction
from bot.store.feeds import (
    FeedRow,
    claim_feeds,
    forget_hosts,
    free_host,
    mark_told,
    move_feed,
    next_due,
    record_failure,
    record_look,
)
from bot.store.sources import read_cursor, write_cursor
from watchers import Polled, SourceError
from watchers.errors import NotAFeed, Refused
from watchers.isolation import Isolation
from watchers.sources.addresses import host_of, show
from watchers.sources.discovery import discover
from watchers.sources.feed import Look, poll_feed
from watchers.sources.fetched import Fetch
from watchers.sources.schedule import Limits, after_failure

AT_ONCE: Final = 64
"""Feeds that are asked at the same time."""

_PAUSE: Final = timedelta(seconds=1)  # between two requests to one host
_LAST_PATIENCE: Final = 30.0  # seconds for what is due at the end
_LOOK_FOR_IT: Final = 3  # failed looks, and as many again, at which it is looked for on its site
_DEAD_TOLD_AFTER: Final = timedelta(days=1)  # admins hear of a feed that fails for so long
_GONE: Final = frozenset({404, 410})

log = structlog.get_logger(__name__)

Tell = Callable[[str], Awaitable[None]]
"""Says something to the people who run this."""


async def _tell_nobody(_text: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class FeedWorld:
    """What asking feeds needs of the world."""

    fetch: Fetch
    isolation: Isolation
    limits: Limits = field(default_factory=Limits)
    random: Random = field(default_factory=Random)


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
        tell: Tell = _tell_nobody,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._world = world
        self._clock = clock
        self._on_news = on_news
        self._tell = tell
        self._owner = uuid4().hex
        self._asking: set[asyncio.Task[None]] = set()
        self._wake: Callable[[], None] = lambda: None

    def wakes(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever a place is free again."""
        self._wake = wake

    async def step(self) -> bool:
        """Begin to ask what is due, as far as there are places; whether there may be more."""
        places = AT_ONCE - len(self._asking)
        if places <= 0:
            return False
        async with self._database.writing() as connection:
            claimed = await claim_feeds(
                connection, owner=self._owner, most=places, now=self._clock()
            )
        for feed in claimed:
            task = asyncio.create_task(self.ask(feed), name=f"feed {feed.id}")
            self._asking.add(task)
            task.add_done_callback(self._done)
        return len(claimed) == places

    async def finish(self) -> None:
        """Ask all that is due now, and wait for the answers."""
        patience = asyncio.get_running_loop().time() + _LAST_PATIENCE
        while asyncio.get_running_loop().time() < patience:
            await self.step()
            if self._asking:
                await asyncio.wait(self._asking, return_when=asyncio.FIRST_COMPLETED)
            elif await self._is_due():
                await asyncio.sleep(_PAUSE.total_seconds())  # its host was asked a moment ago
            else:
                return

    async def close(self) -> None:
        """End what is under way; it comes due again by itself."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def tidy(self) -> None:
        """Forget hosts that nobody asks."""
        async with self._database.writing() as connection:
            await forget_hosts(connection, now=self._clock())

    async def _is_due(self) -> bool:
        async with self._database.reading() as connection:
            due = await next_due(connection)
        return due is not None and due <= self._clock()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a feed could not be asked", task=task.get_name(), problem=str(error))
        self._wake()

    # ── One feed ──────────────────────────────────────────────────────────────────────────────────

    async def ask(self, feed: FeedRow) -> None:
        """Ask one feed now, and write down what it said or why it said nothing."""
        try:
            async with self._database.reading() as connection:
                cursor = await read_cursor(connection, feed.id)
            try:
                polled = await poll_feed(feed.watched.source, cursor, self._look())
            except SourceError as error:
                await self._failed(feed, error)
            else:
                await self._take(feed, polled)
        except StoreError as error:
            # It comes due again when the claim ends; the other workers tell of the database.
            log.error("a feed waits for the database", feed=show(feed.address), problem=str(error))

    def _look(self) -> Look:
        world = self._world
        return Look(
            now=self._clock(),
            fetch=world.fetch,
            isolation=world.isolation,
            limits=world.limits,
            chance=world.random.random(),
        )

    async def _take(self, feed: FeedRow, polled: Polled) -> None:
        if polled.items or not feed.is_baselined:
            done = await self._ingest.take(feed.watched, polled, complete=True)
            if done.announced:
                self._on_news()
        async with self._database.writing() as connection:
            now = self._clock()
            if feed.is_baselined and not polled.items:
                await write_cursor(connection, feed.id, polled.cursor)
                await record_look(connection, feed.id, polled, now=now, brought=0)
            if polled.moved_to is not None and polled.moved_to != feed.address:
                await self._move(connection, feed, polled.moved_to)
            if feed.told_dead:
                await mark_told(connection, feed.id, told=False)
            await free_host(connection, feed.host, owner=self._owner, at=now + _PAUSE)
        for problem in polled.problems:
            log.info("a feed is not quite right", feed=show(feed.address), problem=problem.reason)
        if feed.told_dead:
            await self._tell(f"{feed.name} can be read again.")

    async def _failed(self, feed: FeedRow, error: SourceError) -> None:
        now, failures = self._clock(), feed.failures + 1
        since = feed.failing_since or now
        outcome = after_failure(
            error,
            now=now,
            failures=failures,
            failing_since=since,
            chance=self._world.random.random(),
            limits=self._world.limits,
        )
        lost = isinstance(error, NotAFeed) or (isinstance(error, Refused) and error.status in _GONE)
        is_time = outcome.state == "ended" or failures % _LOOK_FOR_IT == 0
        found = await self._look_for(feed) if lost and is_time else None
        tell = not feed.told_dead and (outcome.state == "ended" or now - since >= _DEAD_TOLD_AFTER)
        problem = str(getattr(error, "reason", error))
        async with self._database.writing() as connection:
            state, due = (outcome.state, outcome.due) if found is None else ("active", now)
            await record_failure(connection, feed, now=now, problem=problem, state=state, due=due)
            if found is not None:
                await self._move(connection, feed, found)
            elif tell:
                await mark_told(connection, feed.id, told=True)
            await free_host(connection, feed.host, owner=self._owner, at=now + _PAUSE)
        log.info(
            "a feed could not be read", feed=show(feed.address), problem=problem, failures=failures
        )
        if tell and found is None:
            ending = "It is gone for good and will not be asked again." if due is None else ""
            await self._tell(f"{feed.name} cannot be read: {problem}. {ending}".strip())

    async def _look_for(self, feed: FeedRow) -> str | None:
        """Where the feed is now, as its site tells: under its title, or as the only one there is."""
        try:
            found = await discover(
                feed.site or feed.address,
                self._world.fetch,
                self._world.isolation,
                now=self._clock(),
            )
        except SourceError:
            return None  # what was wrong with the feed itself is what people are told
        same = [one for one in found if one.title and one.title == feed.title]
        new = same or (list(found) if len(found) == 1 else [])
        return new[0].url if new and new[0].url != feed.address else None

    async def _move(self, connection: Transaction, feed: FeedRow, address: str) -> None:
        moved = await move_feed(connection, feed.id, address=address, host=host_of(address))
        log.info(
            "a feed has moved",
            feed=show(feed.address),
            to=show(address),
            followed_already=not moved,
        )
