"""WebSub: hubs tell us of a feed's news at once; asking it becomes a backup.

feed names a hub ──► subscribe (form) ──► hub asks whether we meant it (GET) ──► active, for its lease
                                          hub sends the news (POST, signed)  ──► ingest, as if asked

What a hub sends is believed only with our secret's signature. A ping without content makes the feed due.
A hub that forgets to tell is found out by the backup, and the feed is asked at its own pace again.
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

from bot.clock import Clock
from bot.ingest import Ingest
from bot.store import Database, Transaction
from bot.store.feeds import FeedRow, ask_now, one_feed
from bot.store.sources import read_cursor
from bot.store.websub import (
    Push,
    claim_pushes,
    confirm_push,
    distrust_push,
    forget_hub,
    is_pushed,
    notice_hub,
    push_by_token,
    put_off_push,
)
from watchers import SourceError
from watchers.fetching.addresses import show
from watchers.fetching.fetched import Fetch, Fetched
from watchers.isolation import Isolation
from watchers.sources.feed import Look, read_pushed
from watchers.sources.schedule import Limits
from watchers.sources.source import About
from watchers.sources.websub import LEASE, Denied, is_signed, read_intent, request_fields

PATH: Final = "/websub/{token}"
"""Where hubs call us, below PUBLIC_URL: one unguessable address for each feed."""

_AT_ONCE: Final = 8  # hubs that are asked, and pings that are read, at the same time
_RENEW: Final = 0.8  # of a lease
_FIRST_PAUSE: Final = timedelta(hours=1)  # after a failure, doubled with each
_LONGEST_PAUSE: Final = timedelta(days=7)
_MOST_DOUBLINGS: Final = 8

PostForm = Callable[[str, Mapping[str, str]], Awaitable[int]]
"""Sends a form: `HttpClient.post_form`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HubWorld:
    """What talking with hubs needs of the world; ``public_url`` is how they reach us."""

    post: PostForm
    fetch: Fetch
    isolation: Isolation
    public_url: str
    limits: Limits


class WebSub:
    """Subscribes to hubs (`step` is a worker's step) and answers them (`verify`, `receive`)."""

    def __init__(
        self,
        database: Database,
        ingest: Ingest,
        world: HubWorld,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        random: Random | None = None,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._world = world
        self._clock = clock
        self._on_news = on_news
        self._random = random or Random()  # noqa: S311 - it spreads looks, and keeps no secret
        self._places = asyncio.Semaphore(_AT_ONCE)

    # ── what the watch over the feeds asks and tells ──────────────────────────────────────────────

    async def is_pushed(self, connection: Transaction, feed_id: int) -> bool:
        """Whether a hub tells of this feed."""
        return await is_pushed(connection, feed_id, now=self._clock())

    async def noticed(self, connection: Transaction, feed: FeedRow, about: About) -> None:
        """What a feed said about itself: it may name a hub, another hub, or none any more."""
        if not about.hubs:
            await forget_hub(connection, feed.id)
            return
        topic = about.topic or feed.address
        await notice_hub(connection, feed.id, hub=about.hubs[0], topic=topic, now=self._clock())

    async def missed(self, connection: Transaction, feed_id: int) -> None:
        """The feed had news that nobody told of."""
        await distrust_push(connection, feed_id)

    # ── asking hubs ───────────────────────────────────────────────────────────────────────────────

    async def step(self) -> bool:
        """Ask some hubs whose turn it is; whether there may be more."""
        async with self._database.writing() as connection:
            due = await claim_pushes(connection, most=_AT_ONCE, now=self._clock())
        await asyncio.gather(*(self._subscribe(one) for one in due))
        return len(due) == _AT_ONCE

    async def _subscribe(self, push: Push) -> None:
        callback = self._world.public_url.rstrip("/") + PATH.format(token=push.token)
        fields = request_fields(
            "subscribe", topic=push.topic, callback=callback, secret=push.secret
        )
        try:
            await self._world.post(push.hub, fields)
        except SourceError as error:
            await self._refused(push, str(getattr(error, "reason", error)))

    async def _refused(self, push: Push, problem: str) -> None:
        pause = _FIRST_PAUSE * 2 ** min(push.failures, _MOST_DOUBLINGS)
        until = self._clock() + min(pause, _LONGEST_PAUSE)
        async with self._database.writing() as connection:
            await put_off_push(connection, push, until=until, problem=problem)
        log.info("a hub will not tell", hub=show(push.hub), problem=problem)

    # ── answering hubs ────────────────────────────────────────────────────────────────────────────

    async def verify(self, request: web.Request) -> web.Response:
        """GET: did we mean it? The challenge where we did."""
        push = await self._called(request)
        intent = read_intent(request.query)
        if isinstance(intent, Denied):
            if push is not None and intent.topic == push.topic:
                await self._refused(
                    push, f"the hub denies it: {intent.reason or 'no reason given'}"
                )
            return web.Response(status=200)
        if intent is None:
            return web.Response(status=400)
        wants = push is not None and intent.topic == push.topic
        if push is None or not wants or intent.mode == "unsubscribe":
            # Whom nothing is known of may well end: then we did mean it.
            ends = push is None and intent.mode == "unsubscribe"
            return _challenge(intent.challenge) if ends else web.Response(status=404)
        lease, now = intent.lease or LEASE, self._clock()
        async with self._database.writing() as connection:
            await confirm_push(connection, push, until=now + lease, renew=now + lease * _RENEW)
        log.info("a hub tells of a feed", hub=show(push.hub), feed=show(push.source.address))
        return _challenge(intent.challenge)

    async def receive(self, request: web.Request) -> web.Response:
        """POST: the news. Answered with 202 whether it is believed or not (section 7.1)."""
        push = await self._called(request)
        if push is None:
            return web.Response(status=410)  # ends the subscription (section 7)
        body = await request.read()
        if not is_signed(body, request.headers.get("X-Hub-Signature", ""), push.secret):
            log.warning("a ping was not signed as agreed", feed=show(push.source.address))
            return web.Response(status=202)
        async with self._places:
            await self._read(push, body, request.headers.get("Content-Type", ""))
        return web.Response(status=202)

    async def _called(self, request: web.Request) -> Push | None:
        async with self._database.reading() as connection:
            return await push_by_token(connection, request.match_info["token"])

    async def _read(self, push: Push, body: bytes, content_type: str) -> None:
        async with self._database.reading() as connection:
            feed = await one_feed(connection, push.feed_id)
            cursor = await read_cursor(connection, push.feed_id)
        if feed is None:
            return
        fetched = Fetched(url=feed.address, body=body, content_type=content_type)
        if not feed.is_baselined or not body:
            await self._ask(feed)
            return
        look = Look(
            now=self._clock(),
            fetch=self._world.fetch,
            isolation=self._world.isolation,
            limits=self._world.limits,
            chance=self._random.random(),
            pushed=True,
        )
        try:
            polled = await read_pushed(feed.watched.source, cursor, look, fetched)
        except SourceError as error:
            log.info("a ping is no feed", feed=show(feed.address), problem=str(error))
            await self._ask(feed)
            return
        if polled.items:
            done = await self._ingest.take(feed.watched, polled, complete=True)
            if done.announced:
                self._on_news()

    async def _ask(self, feed: FeedRow) -> None:
        """There is news, and we were not told what: ask the feed, as soon as its floor allows."""
        now = self._clock()
        due = max(now, (feed.polled_at or now) + self._world.limits.floor)
        async with self._database.writing() as connection:
            await ask_now(connection, [feed.id], now=due, not_since=now)


def _challenge(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/plain")
