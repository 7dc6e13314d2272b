"""One look at one feed: ask it, write down what it said, or why it said nothing.

poll ──► ingest: items, cursor, next due, in one transaction
└─ it failed ──► back-off, dead, ended; sometimes it has moved: look for it on its site
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from types import MappingProxyType
from typing import Final, Protocol

import structlog

from bot.clock import Clock
from bot.errors import LeaseLost, StoreError
from bot.feed_claims import Claims
from bot.ingest import Ingest
from bot.store import Database, Transaction
from bot.store.announcements import tell_operators
from bot.store.feed_looks import move_feed, record_failure, record_look
from bot.store.feed_queue import LEASE
from bot.store.feeds import FeedRow
from bot.store.sources import mark_told, read_cursor, write_cursor
from bot.telemetry import SILENT, Telemetry, kind_of
from watchers import Cursor, Polled, SourceError
from watchers.errors import FeedError, NotAFeed, Refused, TooSlow
from watchers.fetching.addresses import host_of, show
from watchers.fetching.fetched import Fetch
from watchers.isolation import Isolation
from watchers.sources.discovery import discover
from watchers.sources.feed import Look, poll_feed
from watchers.sources.schedule import Limits, after_failure, rest_of_host
from watchers.sources.source import About

PAUSE: Final = timedelta(seconds=1)
"""Between two requests to one host."""

_LONGEST_ASK: Final = 75.0  # seconds for one feed, with waiting for hosts it leads to
_LONGEST_SEARCH: Final = 30.0  # seconds to look for a lost one
_LOOK_FOR_IT: Final = 3  # failed looks, then twice and twice as many: it is sought on its site
_GONE: Final = frozenset({404, 410})
_TOLD_AFTER: Final = timedelta(days=1)  # of failing, those who run the bot are told
_DIED: Final = frozenset({"dead", "ended"})

log = structlog.get_logger(__name__)

_OUR_FAULT: Final = "something broke in Tocsin while reading it; it is in the log"
# What was said of the old address is not asked of the new one.
_ANOTHER_SERVER: Final = MappingProxyType({"etag": None, "modified": None, "body": None})


class Pushes(Protocol):
    """Who is told of by hubs: bot/websub.py."""

    async def is_pushed(self, connection: Transaction, feed_id: int) -> bool:
        """Whether a hub tells of this feed."""

    async def noticed(self, connection: Transaction, feed: FeedRow, about: About) -> None:
        """What a feed said about itself."""

    async def missed(self, connection: Transaction, feed_id: int) -> None:
        """The feed had news that its hub did not tell of."""


@dataclass(frozen=True, slots=True)
class FeedWorld:
    """What asking feeds needs of the world."""

    fetch: Fetch
    isolation: Isolation
    limits: Limits = field(default_factory=Limits)
    random: Random = field(default_factory=Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    telemetry: Telemetry = SILENT
    lease: timedelta = LEASE  # on a host, which is renewed


class FeedLook:
    """Looks at feeds whose hosts are ours: among ``claims``."""

    def __init__(
        self,
        database: Database,
        ingest: Ingest,
        world: FeedWorld,
        clock: Clock,
        claims: Claims,
        *,
        on_news: Callable[[], None],
        pushes: Pushes | None,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._world = world
        self._clock = clock
        self._claims = claims
        self._on_news = on_news
        self._pushes = pushes

    async def ask(self, feed: FeedRow) -> None:
        """Ask one feed whose host is ours, and write down what it said or why it said nothing."""
        try:
            async with self._claims.kept(feed.host):
                await self._watched(feed)
        except (StoreError, LeaseLost) as error:
            # It comes due again when the claim ends; the other workers tell of the database.
            log.error("a feed waits", feed=show(feed.address), problem=str(error))

    async def _watched(self, feed: FeedRow) -> None:
        """Ask it, and tell how it ended to whoever counts."""
        async with self._database.reading() as connection:
            cursor = await read_cursor(connection, feed.id)
            pushes = self._pushes
            pushed = pushes is not None and await pushes.is_pushed(connection, feed.id)
        with self._world.telemetry.tracer.span("poll", kind="feed", host=feed.host) as span:
            outcome = await self._ask(feed, cursor, pushed=pushed)
            span.note(outcome=outcome)
        self._world.telemetry.counts.fetched(outcome)

    async def _ask(self, feed: FeedRow, cursor: Cursor, *, pushed: bool) -> str:
        """How it ended, in a word."""
        try:
            polled = await self._poll(feed, cursor, pushed=pushed)
            await self._take(feed, polled, pushed=pushed)
        except SourceError as error:
            await self._failed(feed, error)
            return kind_of(error)
        except StoreError:
            raise
        except Exception:
            # A fault of ours is one feed's trouble, and waits as long as any other.
            log.exception("a feed broke Tocsin", feed=show(feed.address))
            await self._failed(feed, FeedError(_OUR_FAULT))
            return "our_fault"
        return "news" if polled.items else "unchanged"

    async def _poll(self, feed: FeedRow, cursor: Cursor, *, pushed: bool) -> Polled:
        try:
            async with asyncio.timeout(_LONGEST_ASK):
                return await poll_feed(feed.watched.source, cursor, self._look(pushed=pushed))
        except TimeoutError as error:
            raise TooSlow(_LONGEST_ASK, address=show(feed.address)) from error

    def _look(self, *, pushed: bool) -> Look:
        world = self._world
        return Look(
            now=self._clock(),
            fetch=world.fetch,
            isolation=world.isolation,
            limits=world.limits,
            chance=world.random.random(),
            pushed=pushed,
        )

    async def _take(self, feed: FeedRow, polled: Polled, *, pushed: bool) -> None:
        is_news = bool(polled.items) or not feed.is_baselined
        if is_news:
            done = await self._ingest.take(feed.watched, polled, complete=True)
            if done.announced:
                self._on_news()
        async with self._database.writing() as connection:
            now = self._clock()
            if not is_news:
                await write_cursor(connection, feed.id, polled.cursor)
                await record_look(connection, feed.id, polled, now=now, brought=0)
            if self._pushes is not None:
                if pushed and polled.items:
                    await self._pushes.missed(connection, feed.id)
                if polled.about is not None:
                    await self._pushes.noticed(connection, feed, polled.about)
            if polled.moved_to is not None and polled.moved_to != feed.address:
                await self._move(connection, feed, polled.moved_to)
            if feed.told_dead:
                await mark_told(connection, feed.id, dead=False)
                await tell_operators(connection, f"{feed.name} can be read again.", now=now)
            await self._claims.let_go(connection, feed.host, at=now + PAUSE)
        for problem in polled.problems:
            log.info("a feed is not quite right", feed=show(feed.address), problem=problem.reason)

    async def _failed(self, feed: FeedRow, error: SourceError) -> None:
        failures = feed.failures + 1
        lost = isinstance(error, NotAFeed) or (isinstance(error, Refused) and error.status in _GONE)
        is_final = isinstance(error, Refused) and error.is_final
        found = await self._look_for(feed) if lost and (is_final or _is_time(failures)) else None
        now = self._clock()
        outcome = after_failure(
            error,
            now=now,
            failures=failures,
            failing_since=feed.failing_since or now,
            chance=self._world.random.random(),
            limits=self._world.limits,
        )
        ill = outcome.state in _DIED or now - (feed.failing_since or now) >= _TOLD_AFTER
        tell = found is None and ill and not feed.told_dead
        problem = str(getattr(error, "reason", error))
        async with self._database.writing() as connection:
            state, due = (outcome.state, outcome.due) if found is None else ("active", now)
            await record_failure(connection, feed, now=now, problem=problem, state=state, due=due)
            if found is not None:
                await self._move(connection, feed, found)
                await write_cursor(connection, feed.id, _ANOTHER_SERVER)
            elif tell:
                await mark_told(connection, feed.id, dead=True)
                obituary = _obituary(feed, problem, state=outcome.state)
                await tell_operators(connection, obituary, now=now)
            rest = max(PAUSE, rest_of_host(error))
            await self._claims.let_go(connection, feed.host, at=now + rest)
        log.info(
            "a feed could not be read", feed=show(feed.address), problem=problem, failures=failures
        )

    async def _look_for(self, feed: FeedRow) -> str | None:
        """Where the feed is now, as its site tells: under its title, or as the only one there is."""
        try:
            async with asyncio.timeout(_LONGEST_SEARCH):
                found = await discover(
                    feed.site or feed.address,
                    self._world.fetch,
                    self._world.isolation,
                    now=self._clock(),
                )
        except (SourceError, TimeoutError):
            return None  # what was wrong with the feed itself is what people are told
        news = [one for one in found if one.kind != "comments"]
        same = [one for one in news if one.title and one.title == feed.title]
        new = same or (news if len(news) == 1 else [])
        return new[0].url if new and new[0].url != feed.address else None

    async def _move(self, connection: Transaction, feed: FeedRow, address: str) -> None:
        moved = await move_feed(
            connection, feed.id, address=address, host=host_of(address), now=self._clock()
        )
        log.info(
            "a feed has moved",
            feed=show(feed.address),
            to=show(address),
            followed_already=not moved,
        )


def _is_time(failures: int) -> bool:
    """Whether a lost feed is looked for: that costs its site a dozen requests."""
    times, rest = divmod(failures, _LOOK_FOR_IT)
    return rest == 0 and times.bit_count() == 1


def _obituary(feed: FeedRow, problem: str, *, state: str) -> str:
    if state == "ended":
        return f"{feed.name} is not asked any more: {problem}"
    length = "a week" if state == "dead" else "a day"
    return f"{feed.name} could not be read for {length}: {problem}"
