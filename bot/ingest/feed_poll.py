"""Poll one feed and store the result or the failure.

poll ──► ingest: items, cursor and the next due time, in one transaction
└─ failure ──► backoff, dead, ended; a lost feed is searched for on its site
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import LeaseLostError, StoreError
from bot.ingest.host_leases import HostLeases
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.clock import Clock
from bot.runtime.telemetry import NO_TELEMETRY, Telemetry, error_kind
from bot.store import Database, Transaction
from bot.store.feeds.feed_queue import HOST_LEASE
from bot.store.feeds.feeds import FeedRow
from bot.store.feeds.host_intervals import (
    HostInterval,
    read_host_interval,
    write_host_interval,
)
from bot.store.feeds.poll_results import move_feed, record_failure, record_poll_success
from bot.store.feeds.sources import (
    mark_operators_notified,
    read_cursor,
    restart_initial_import,
    write_cursor,
)
from bot.store.outbox.announcements import notify_operators
from watchers import Cursor, PollResult, SourceError
from watchers.errors import FeedError, FetchTimeout, HttpStatusError, NotAFeedError
from watchers.fetching.addresses import display_url, url_host
from watchers.fetching.result import Fetch
from watchers.process_pool import SandboxPool
from watchers.sources.discovery import discover
from watchers.sources.feed import PollOptions, poll_feed
from watchers.sources.schedule import (
    DEAD_AFTER,
    IntervalLimits,
    host_cooldown,
    interval_after_refusal,
    interval_after_successes,
    is_host_refusal,
    plan_after_failure,
)

if TYPE_CHECKING:
    from bot.ingest.websub import WebSub

MIN_HOST_INTERVAL: Final = timedelta(seconds=1)
"""The minimum time between two requests to one host."""

# The timeout covers redirects, and the waiting for a free request slot of the hosts they lead to.
_POLL_TIMEOUT_SECONDS: Final = 75.0
_REDISCOVERY_TIMEOUT_SECONDS: Final = 30.0
# Many sites answer 404 for hours during an outage, so a missing feed is not yet lost.
_REDISCOVER_AFTER: Final = timedelta(days=3)
_GONE_STATUSES: Final = frozenset({404, 410})
_NOTIFY_OPERATORS_AFTER: Final = timedelta(days=1)
_TERMINAL_STATES: Final = frozenset({"dead", "ended"})
_INTERNAL_ERROR: Final = "an internal error in Tocsin; the log has the details"
# ETag and Last-Modified belong to the old address. The new server must not get them.
_RESET_VALIDATORS: Final = MappingProxyType({"etag": None, "modified": None, "body": None})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedPollContext:
    """The dependencies of a poll.

    Attributes:
        fetch: sends a request to a public address.
        sandbox: runs the parsers in worker processes.
        random: spreads the due times of feeds.
        sleep: waits for a number of seconds; tests replace it.
        telemetry: counts and traces polls.
        lease: the length of a host lease. A running poll renews it.
    """

    fetch: Fetch
    sandbox: SandboxPool
    random: Random = field(default_factory=Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    telemetry: Telemetry = NO_TELEMETRY
    lease: timedelta = HOST_LEASE


class FeedPoll:
    """Polls feeds whose hosts this process has leased.

    ``limits`` are the minimum and maximum interval between two polls of a feed.
    """

    def __init__(
        self,
        database: Database,
        ingest: IngestPipeline,
        context: FeedPollContext,
        clock: Clock,
        *,
        limits: IntervalLimits | None = None,
        on_news: Callable[[], None] = lambda: None,
        websub: WebSub | None = None,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._context = context
        self._limits = limits or IntervalLimits()
        self._clock = clock
        self._leases = HostLeases(database, clock, length=context.lease)
        self._on_news = on_news
        self._websub = websub

    @property
    def leases(self) -> HostLeases:
        """The leases on the hosts of the feeds. A poll releases the lease of its host."""
        return self._leases

    async def run(self, feed: FeedRow) -> None:
        """Poll one feed and store the result or the failure."""
        try:
            async with self._leases.renewing(feed.host):
                await self._run_traced(feed)
        except (StoreError, LeaseLostError) as error:
            # The feed becomes due again when the lease on its host ends.
            log.error("feed_poll_deferred", feed=display_url(feed.address), problem=str(error))

    async def _run_traced(self, feed: FeedRow) -> None:
        """Poll a feed, trace the poll and count its outcome."""
        async with self._database.reading() as connection:
            cursor = await read_cursor(connection, feed.id)
            websub = self._websub
            is_pushed = websub is not None and await websub.is_pushed(connection, feed.id)
        with self._context.telemetry.tracer.span("poll", kind="feed", host=feed.host) as span:
            outcome = await self._poll_and_store(feed, cursor, is_pushed=is_pushed)
            span.set_attributes(outcome=outcome)
        self._context.telemetry.metrics.record_poll(outcome)

    async def _poll_and_store(self, feed: FeedRow, cursor: Cursor, *, is_pushed: bool) -> str:
        """Poll a feed, store the result and return the outcome as a metric label."""
        try:
            polled = await self._poll(feed, cursor, is_pushed=is_pushed)
            await self._store_success(feed, polled, is_pushed=is_pushed)
        except SourceError as error:
            await self._store_failure(feed, error)
            return error_kind(error)
        except StoreError:
            raise
        except Exception:
            # A defect that one feed triggers must not stop the others: this feed backs off.
            log.exception("feed_poll_crashed", feed=display_url(feed.address))
            await self._store_failure(feed, FeedError(_INTERNAL_ERROR))
            return "internal_error"
        return "news" if polled.items else "unchanged"

    async def _poll(self, feed: FeedRow, cursor: Cursor, *, is_pushed: bool) -> PollResult:
        options = PollOptions(
            now=self._clock(),
            fetch=self._context.fetch,
            sandbox=self._context.sandbox,
            limits=self._limits,
            jitter=self._context.random.random(),
            has_push=is_pushed,
        )
        try:
            async with asyncio.timeout(_POLL_TIMEOUT_SECONDS):
                return await poll_feed(feed.watched.source, cursor, options)
        except TimeoutError as error:
            raise FetchTimeout(_POLL_TIMEOUT_SECONDS, address=display_url(feed.address)) from error

    async def _store_success(self, feed: FeedRow, polled: PollResult, *, is_pushed: bool) -> None:
        # The first poll of a feed is ingested without items too: it ends the initial import.
        must_ingest = bool(polled.items) or not feed.is_baselined
        if must_ingest:
            result = await self._ingest.ingest(feed.watched, polled, is_complete=True)
            if result.announced:
                self._on_news()
        async with self._database.writing() as connection:
            now = self._clock()
            if not must_ingest:
                await write_cursor(connection, feed.id, polled.cursor)
                await record_poll_success(connection, feed.id, polled, now=now, item_count=0)
            if self._websub is not None:
                if is_pushed and polled.items:
                    await self._websub.update_missed(connection, feed.id)
                if polled.feed_info is not None:
                    await self._websub.hub_declared(connection, feed, polled.feed_info)
            if polled.moved_to is not None and polled.moved_to != feed.address:
                await self._move(connection, feed, polled.moved_to)
            if feed.are_operators_notified:
                await mark_operators_notified(connection, feed.id, is_dead=False)
                await notify_operators(connection, f"Tocsin can read {feed.name} again.", now=now)
            pause = await self._pause_after_success(connection, feed.host)
            await self._leases.release(connection, feed.host, available_at=now + pause)
        for problem in polled.problems:
            log.info("feed_problem_found", feed=display_url(feed.address), problem=problem.reason)

    async def _pause_after_success(self, connection: Transaction, host: str) -> timedelta:
        """Return the time until the next request to a host that has answered one."""
        learned = await read_host_interval(connection, host)
        if not learned.interval:
            return MIN_HOST_INTERVAL
        successes = learned.successes + 1
        interval = interval_after_successes(learned.interval, successes)
        changed = HostInterval(interval, successes if interval == learned.interval else 0)
        await write_host_interval(connection, host, changed)
        return max(MIN_HOST_INTERVAL, interval)

    async def _store_refusal(self, feed: FeedRow, error: SourceError) -> None:
        """Store that a host allows fewer requests. This is not a failure of the feed.

        The other due feeds of the host come first: the host may refuse the requests for one feed only.
        """
        now = self._clock()
        failing_since = feed.failing_since or now
        is_long = now - failing_since >= _NOTIFY_OPERATORS_AFTER
        async with self._database.writing() as connection:
            learned = await read_host_interval(connection, feed.host)
            interval = interval_after_refusal(error, learned.interval)
            await write_host_interval(connection, feed.host, HostInterval(interval))
            pause = max(interval, host_cooldown(error))
            problem = (
                f"{feed.host} refuses requests (429); Tocsin sends it at most one per"
                f" {interval.total_seconds():,.0f} s, in turn for all its feeds"
            )
            await record_failure(
                connection,
                feed,
                now=now,
                problem=problem,
                state="active",
                due=now + pause + interval,
                is_fault_of_host=True,
            )
            if is_long and not feed.are_operators_notified:
                await mark_operators_notified(connection, feed.id, is_dead=True)
                notice = f"Tocsin could not read {feed.name} for a day: {problem}"
                await notify_operators(connection, notice, now=now)
            await self._leases.release(connection, feed.host, available_at=now + pause)
        log.info("host_refused_request", host=feed.host, interval_seconds=interval.total_seconds())

    async def _store_failure(self, feed: FeedRow, error: SourceError) -> None:
        if is_host_refusal(error):
            await self._store_refusal(feed, error)
            return
        failures = feed.failures + 1
        is_gone = isinstance(error, HttpStatusError) and error.status in _GONE_STATUSES
        is_lost = is_gone or isinstance(error, NotAFeedError)
        is_final = isinstance(error, HttpStatusError) and error.is_gone
        new_address = None
        now = self._clock()
        failing_since = feed.failing_since or now
        if is_lost and (is_final or _is_rediscovery_due(now - failing_since)):
            new_address = await self._rediscover(feed)
        outcome = plan_after_failure(
            error,
            now=now,
            failures=failures,
            failing_since=failing_since,
            jitter=self._context.random.random(),
            limits=self._limits,
        )
        state, due = outcome.state, outcome.due_at
        if new_address is not None:
            state, due = "active", now
        is_persistently_failing = (
            outcome.state in _TERMINAL_STATES or now - failing_since >= _NOTIFY_OPERATORS_AFTER
        )
        should_notify = (
            new_address is None and is_persistently_failing and not feed.are_operators_notified
        )
        problem = str(getattr(error, "reason", error))
        async with self._database.writing() as connection:
            await record_failure(connection, feed, now=now, problem=problem, state=state, due=due)
            if new_address is not None:
                await self._move(connection, feed, new_address)
                await write_cursor(connection, feed.id, _RESET_VALIDATORS)
                # The old entries of the new address are not news.
                await restart_initial_import(connection, feed.id)
                notice = (
                    f"Tocsin could not read {feed.name} ({problem}) and follows the feed with the same"
                    f" title at {display_url(new_address)} instead. Its old entries cause no alerts."
                )
                await notify_operators(connection, notice, now=now)
            elif should_notify:
                await mark_operators_notified(connection, feed.id, is_dead=True)
                notice = _failure_notice(feed, problem, state=outcome.state)
                await notify_operators(connection, notice, now=now)
            cooldown = max(MIN_HOST_INTERVAL, host_cooldown(error))
            await self._leases.release(connection, feed.host, available_at=now + cooldown)
        log.info(
            "feed_poll_failed",
            feed=display_url(feed.address),
            problem=problem,
            failures=failures,
        )

    async def _rediscover(self, feed: FeedRow) -> str | None:
        """Return the new address of a lost feed, or ``None`` if its site does not name one.

        A feed of the site is accepted only if it has the title of the lost feed: the only other feed of
        a site may have a wider subject. Comment feeds do not count.
        """
        try:
            async with asyncio.timeout(_REDISCOVERY_TIMEOUT_SECONDS):
                discovered = await discover(
                    feed.site or feed.address,
                    self._context.fetch,
                    self._context.sandbox,
                    now=self._clock(),
                )
        except (SourceError, TimeoutError):
            # The error of the feed itself is stored: it explains more than this one.
            return None
        same_title = [
            candidate.url
            for candidate in discovered
            if candidate.kind != "comments" and candidate.title and candidate.title == feed.title
        ]
        return same_title[0] if same_title and same_title[0] != feed.address else None

    async def _move(self, connection: Transaction, feed: FeedRow, address: str) -> None:
        is_moved = await move_feed(
            connection, feed.id, address=address, host=url_host(address), now=self._clock()
        )
        log.info(
            "feed_moved",
            feed=display_url(feed.address),
            to=display_url(address),
            is_duplicate=not is_moved,
        )


def _is_rediscovery_due(failing_for: timedelta) -> bool:
    """Return True if a lost feed is to be searched for after this time of failures.

    The search costs its site a dozen requests. A feed that fails for days is polled about once a day, and
    a dead feed (after a week) is searched for at intervals that double.
    """
    days = failing_for.days
    return failing_for >= _REDISCOVER_AFTER and (failing_for < DEAD_AFTER or days.bit_count() == 1)


def _failure_notice(feed: FeedRow, problem: str, *, state: str) -> str:
    if state == "ended":
        return f"Tocsin does not poll {feed.name} any more: {problem}"
    duration = "a week" if state == "dead" else "a day"
    return f"Tocsin could not read {feed.name} for {duration}: {problem}"
