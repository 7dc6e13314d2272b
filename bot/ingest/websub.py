"""WebSub: hubs push the updates of feeds. Polling stays as a fallback.

feed names a hub ──► subscribe (form) ──► hub verifies the intent (GET) ──► active until its lease ends
                                          hub pushes content (POST, signed) ──► ingest, like a poll

Pushed content is used only if its signature matches the secret of the subscription. A push without
content makes the feed due. If a poll finds items that the hub did not push, the feed is polled at its
normal interval again. The specification is https://www.w3.org/TR/websub/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

import structlog
from aiohttp import web

from bot.ingest.pipeline import IngestPipeline
from bot.runtime.backoff import Backoff
from bot.runtime.clock import Clock
from bot.store import Database, Transaction
from bot.store.feeds.feeds import FeedRow, get_feed, schedule_now
from bot.store.feeds.sources import read_cursor
from bot.store.feeds.websub import (
    Push,
    claim_pushes,
    confirm_push,
    is_pushed,
    mark_push_unreliable,
    push_by_token,
    record_hub,
    remove_hub,
    reschedule_push,
)
from watchers import SourceError
from watchers.fetching.addresses import display_url
from watchers.fetching.result import Fetch, FetchResult
from watchers.process_pool import SandboxPool
from watchers.sources.feed import PollOptions, read_pushed
from watchers.sources.schedule import IntervalLimits
from watchers.sources.source import FeedInfo
from watchers.sources.websub import (
    SUBSCRIPTION_LEASE,
    SubscriptionDenied,
    has_valid_signature,
    parse_hub_request,
    subscription_form,
)

PATH: Final = "/websub/{token}"
"""The path of callbacks below PUBLIC_URL. Each feed has a secret token in it."""

# The limit applies to subscription requests per step, and to pushes that are parsed concurrently.
_MAX_CONCURRENT: Final = 8
# A subscription is renewed after this part of its lease.
_RENEW_AFTER: Final = 0.8
_RETRY_BACKOFF: Final = Backoff(first_seconds=3_600.0, max_seconds=7 * 86_400.0)

PostForm = Callable[[str, Mapping[str, str]], Awaitable[int]]
"""Sends a form and returns the status code: `HttpClient.post_form`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebSubContext:
    """The dependencies of WebSub. Hubs reach this process at ``public_url``."""

    post: PostForm
    fetch: Fetch
    sandbox: SandboxPool
    public_url: str
    limits: IntervalLimits


class WebSub:
    """Subscribes to hubs (`step` is the step of a worker) and handles their requests."""

    def __init__(
        self,
        database: Database,
        ingest: IngestPipeline,
        context: WebSubContext,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        random: Random | None = None,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._context = context
        self._clock = clock
        self._on_news = on_news
        # The random numbers only spread the due times of feeds.
        self._random = random or Random()  # noqa: S311
        self._push_slots = asyncio.Semaphore(_MAX_CONCURRENT)

    # ── calls from feed polls ─────────────────────────────────────────────────────────────────────

    async def is_pushed(self, connection: Transaction, feed_id: int) -> bool:
        """Return True if a hub pushes the updates of this feed."""
        return await is_pushed(connection, feed_id, now=self._clock())

    async def hub_declared(self, connection: Transaction, feed: FeedRow, about: FeedInfo) -> None:
        """Store the hub that a feed names. Remove the subscription if the feed names none."""
        if not about.hubs:
            await remove_hub(connection, feed.id)
            return
        topic = about.topic or feed.address
        await record_hub(connection, feed.id, hub=about.hubs[0], topic=topic, now=self._clock())

    async def update_missed(self, connection: Transaction, feed_id: int) -> None:
        """Record that a poll found items that the hub did not push."""
        await mark_push_unreliable(connection, feed_id)

    # ── subscriptions ─────────────────────────────────────────────────────────────────────────────

    async def step(self) -> bool:
        """Send due subscription requests. Return True if more may be due."""
        async with self._database.writing() as connection:
            due = await claim_pushes(connection, limit=_MAX_CONCURRENT, now=self._clock())
        await asyncio.gather(*(self._subscribe(push) for push in due))
        return len(due) == _MAX_CONCURRENT

    async def _subscribe(self, push: Push) -> None:
        callback = self._context.public_url.rstrip("/") + PATH.format(token=push.token)
        fields = subscription_form(
            "subscribe", topic=push.topic, callback=callback, secret=push.secret
        )
        try:
            await self._context.post(push.hub, fields)
        except SourceError as error:
            await self._schedule_retry(push, str(getattr(error, "reason", error)))

    async def _schedule_retry(self, push: Push, problem: str) -> None:
        due = self._clock() + timedelta(seconds=_RETRY_BACKOFF.delay(push.failures + 1))
        async with self._database.writing() as connection:
            await reschedule_push(connection, push, due=due, problem=problem)
        log.info("websub_subscription_refused", hub=display_url(push.hub), problem=problem)

    # ── requests of hubs ──────────────────────────────────────────────────────────────────────────

    async def handle_verification(self, request: web.Request) -> web.Response:
        """Handle GET: return the challenge of the hub if this process sent the request."""
        push = await self._find_subscription(request)
        intent = parse_hub_request(request.query)
        if isinstance(intent, SubscriptionDenied):
            if push is not None and intent.topic == push.topic:
                await self._schedule_retry(
                    push, f"the hub denies it: {intent.reason or 'no reason given'}"
                )
            return web.Response(status=200)
        if intent is None:
            return web.Response(status=400)
        if push is None or intent.topic != push.topic or intent.mode == "unsubscribe":
            # An unsubscription is confirmed only for an unknown token: the feed is not polled now.
            is_removed = push is None and intent.mode == "unsubscribe"
            return _challenge(intent.challenge) if is_removed else web.Response(status=404)
        lease, now = intent.lease or SUBSCRIPTION_LEASE, self._clock()
        async with self._database.writing() as connection:
            await confirm_push(
                connection, push, lease_until=now + lease, renew_at=now + lease * _RENEW_AFTER
            )
        log.info(
            "websub_subscription_confirmed",
            hub=display_url(push.hub),
            feed=display_url(push.source.address),
        )
        return _challenge(intent.challenge)

    async def handle_push(self, request: web.Request) -> web.Response:
        """Handle POST: ingest the pushed content.

        The answer is 202 for wrong signatures too (section 7.1 of the specification), so that a sender
        cannot test secrets.
        """
        push = await self._find_subscription(request)
        if push is None:
            # 410 ends the subscription at the hub (section 7 of the specification).
            return web.Response(status=410)
        body = await request.read()
        if not has_valid_signature(body, request.headers.get("X-Hub-Signature", ""), push.secret):
            log.warning("websub_signature_invalid", feed=display_url(push.source.address))
            return web.Response(status=202)
        async with self._push_slots:
            await self._ingest_push(push, body, request.headers.get("Content-Type", ""))
        return web.Response(status=202)

    async def _find_subscription(self, request: web.Request) -> Push | None:
        async with self._database.reading() as connection:
            return await push_by_token(connection, request.match_info["token"])

    async def _ingest_push(self, push: Push, body: bytes, content_type: str) -> None:
        async with self._database.reading() as connection:
            feed = await get_feed(connection, push.feed_id)
            cursor = await read_cursor(connection, push.feed_id)
        if feed is None:
            return
        # The initial import must be a complete poll: a push may contain the newest entry only.
        if not feed.is_baselined or not body:
            await self._schedule_poll(feed)
            return
        options = PollOptions(
            now=self._clock(),
            fetch=self._context.fetch,
            sandbox=self._context.sandbox,
            limits=self._context.limits,
            jitter=self._random.random(),
            has_push=True,
        )
        fetched = FetchResult(url=feed.address, body=body, content_type=content_type)
        try:
            polled = await read_pushed(feed.watched.source, cursor, options, fetched)
        except SourceError as error:
            log.info("websub_push_unreadable", feed=display_url(feed.address), problem=str(error))
            await self._schedule_poll(feed)
            return
        if polled.items:
            result = await self._ingest.ingest(feed.watched, polled, is_complete=True)
            if result.announced:
                self._on_news()

    async def _schedule_poll(self, feed: FeedRow) -> None:
        """Make a feed due as soon as its minimum poll interval allows."""
        now = self._clock()
        due = max(now, (feed.polled_at or now) + self._context.limits.floor)
        async with self._database.writing() as connection:
            await schedule_now(connection, [feed.id], now=due, not_polled_since=now)


def _challenge(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/plain")
