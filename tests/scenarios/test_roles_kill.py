"""Two watch and two chat processes on one PostgreSQL, killed and restarted at random moments.

feeds and documents ──► watch-1, watch-2 ──► PostgreSQL ──► chat-1 or chat-2 ──► Telegram

Every item is stored once. Every alert arrives in the order of the outbox, and only alerts in flight
are repeated. No host is polled by two processes at once, and one process at a time polls Telegram.

The everyday tests use a few feeds and kills. For all of them:
`FEEDS=1000 KILLS=20 pytest -s tests/scenarios/test_roles_kill.py`
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot.models import ChatRef
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import add_subscription
from bot.store.feeds.feeds import NewFeed, add_feed, schedule_now
from bot.store.outbox.alert_log import oldest_queued_at
from bot.store.tables import alerts, chats, fanout_jobs, items, sources
from tests.fakes.feed_sites import FeedSites
from tests.fakes.telegram_chats import StrictTelegram
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import SYLLABLES
from watchers import parse_query
from watchers.fetching.addresses import url_host

FEEDS = int(os.environ.get("FEEDS", "40"))
KILLS = int(os.environ.get("KILLS", "3"))
FEEDS_PER_HOST = 2
CHATS = 40
BATCH = max(6, FEEDS // 16)  # entries published between two kills
IN_FLIGHT = 32  # the maximum per sender, which one kill may repeat
# Seconds: the production values, or shorter ones for a quick test.
ACCOUNT_LEASE, HOST_LEASE = (3.0, 6.0) if FEEDS <= 100 else (12.0, 24.0)
LATE = 7  # a chat that subscribes later
NAMES = ("watch-1", "watch-2", "chat-1", "chat-2")


class OneListener(StrictTelegram):
    """A fake Telegram that counts concurrent calls of getUpdates."""

    def __init__(self) -> None:
        super().__init__(per_second=30, chat=(1, 1.0), group=(20, 60.0))
        self.conflicts = 0
        self._listening: dict[int, web.Request] = {}

    async def _serve(self, request: web.Request) -> web.Response:
        if request.match_info["method"].lower() != "getupdates":
            return await super()._serve(request)
        alive = [
            waiting
            for waiting in self._listening.values()
            if waiting.transport and not waiting.transport.is_closing()
        ]
        self.conflicts += bool(alive)
        self._listening[id(request)] = request
        try:
            return await super()._serve(request)
        finally:
            del self._listening[id(request)]


class World:
    """The published entries, and what the processes have stored and sent."""

    def __init__(self, database: Database, sites: FeedSites, cluster: Cluster) -> None:
        self.database = database
        self.sites = sites
        self.cluster = cluster
        self.rng = random.Random(KILLS)
        self.titles: dict[str, int] = {}  # and the chat that is subscribed to its word

    async def prepare(self) -> None:
        now = datetime.now(UTC)
        async with self.database.writing() as connection:
            for url in self.sites.urls:
                await add_feed(connection, NewFeed(url, url_host(url)), now=now)
            for chat in range(CHATS):
                ref = ChatRef("telegram", "123456", str(1_000 + chat))
                chat_id = await get_or_create_chat(connection, ref, now=now)
                await add_subscription(
                    connection,
                    chat_id,
                    parse_query(f"word{chat}"),
                    label=f"word{chat}",
                    user_id="",
                    now=now,
                )

    def publish(self, count: int) -> None:
        """Publish entries in random feeds, and a document."""
        for _ in range(count):
            feed = self.rng.randrange(len(self.sites.urls))
            self.sites.publish(feed, self._title())
        title = self._title()
        self.cluster.seed(f"{len(self.titles)}.txt", f"{title}\n\n{title}.\n")

    def publish_late(self, count: int) -> None:
        """Publish entries that match the topic of the late chat."""
        for _ in range(count):
            feed = self.rng.randrange(len(self.sites.urls))
            self.sites.publish(feed, self._title(CHATS))

    def _title(self, word: int | None = None) -> str:
        """Return a unique title, so that each item is a story of its own."""
        number, chat = len(self.titles), self.rng.randrange(CHATS)
        chat = chat if word is None else word
        words = ["".join(self.rng.choices(SYLLABLES, k=4)) for _ in range(8)]
        title = f"word{chat} {' '.join(words)} {number}"
        self.titles[title] = LATE if word is not None else 1_000 + chat
        return title

    async def keep_polling(self) -> None:
        """Schedule all feeds for a poll every second."""
        while True:
            now = datetime.now(UTC)
            async with self.database.writing() as connection:
                due = timedelta(seconds=2)
                await schedule_now(connection, None, now=now, not_polled_since=now - due)
            await asyncio.sleep(1)

    async def count(self, table) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(table))).scalar_one()

    async def is_done(self) -> bool:
        async with self.database.reading() as connection:
            waiting = await oldest_queued_at(connection)
        return (
            waiting is None
            and await self.count(items) >= len(self.titles)
            and not await self.count(fanout_jobs)
        )

    async def state(self) -> str:
        """Return what is missing, for the message of a timeout."""
        async with self.database.reading() as connection:
            stored = set((await connection.execute(select(items.c.title))).scalars())
            waiting = await oldest_queued_at(connection)
            feeds = await connection.execute(
                select(sources.c.state, sources.c.problem, func.count()).group_by(
                    sources.c.state, sources.c.problem
                )
            )
            feed_states = [tuple(row) for row in feeds]
        missing = [title for title in self.titles if title not in stored]
        remaining = await self.count(fanout_jobs)
        return (
            f"{len(missing)} not stored: {missing[:3]}; {remaining} fan-outs; {waiting} waits;"
            f" {feed_states}"
        )

    async def queued(self) -> list[tuple[int, str]]:
        """Return the chat and the title of every alert, in the order of the outbox."""
        statement = (
            select(chats.c.chat, items.c.title)
            .join(alerts, alerts.c.chat_id == chats.c.id)
            .join(items, items.c.id == alerts.c.item_id)
            .order_by(alerts.c.id)
        )
        async with self.database.reading() as connection:
            return [(int(row.chat), row.title) for row in await connection.execute(statement)]


async def _until(condition, seconds: float, world: World) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, (world.cluster.complaints(), await world.state())
        await asyncio.sleep(0.2)


@pytest.mark.timeout(120 + FEEDS + 30 * KILLS)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_processes_of_each_role_lose_nothing_when_they_are_killed(database, tmp_path):
    started_at = time.monotonic()
    async with (
        OneListener() as telegram,
        FeedSites(hosts=FEEDS // FEEDS_PER_HOST, each=FEEDS_PER_HOST) as sites,
        Cluster(
            tmp_path, database, telegram.port, account_lease=ACCOUNT_LEASE, host_lease=HOST_LEASE
        ) as cluster,
    ):
        world = World(database, sites, cluster)
        await world.prepare()
        for name in NAMES:
            await cluster.start(name)
        not_polled = select(sources.c.id).where(sources.c.baseline_at.is_(None)).subquery()

        async def all_polled_once() -> bool:  # items of a first poll are not alerted
            has_folder = await world.count(sources) > FEEDS
            return has_folder and not await world.count(not_polled)

        await _until(all_polled_once, 60 + FEEDS / 5, world)
        polling = asyncio.ensure_future(world.keep_polling())
        timings = f"ready {time.monotonic() - started_at:.0f} s"
        for kill in range(KILLS):
            world.publish(BATCH)
            if kill == KILLS // 2:  # a chat subscribes while processes are killed
                telegram.write(f"/subscribe word{CHATS}", chat=LATE)
            await asyncio.sleep(world.rng.uniform(0.0, 3.0))
            name = world.rng.choice(NAMES)
            await cluster.kill(name)
            await asyncio.sleep(world.rng.uniform(0.0, 1.0))
            await cluster.start(name)
        timings += f", last kill {time.monotonic() - started_at:.0f} s"

        async def is_subscribed() -> bool:
            return any("Following" in text for text in telegram.in_chat(LATE))

        await _until(is_subscribed, 60, world)
        world.publish(BATCH)
        world.publish_late(4)  # every watch process must know the new topic
        await _until(world.is_done, 90 + FEEDS / 5 + len(world.titles) / 5, world)
        assert not polling.done()
        polling.cancel()
        await cluster.stop()
        sys.stdout.write(f"\n{timings}, total {time.monotonic() - started_at:.0f} s\n")
        _check(world, telegram, await world.queued(), started_at)


def _check(world: World, telegram: OneListener, queued: list, started_at: float) -> None:
    replies = [text for text in telegram.in_chat(LATE) if not text.startswith("word")]
    arrived = Counter(
        (message.chat, message.text.split("\n")[0])
        for message in telegram.messages
        if message.text.startswith("word")
    )
    expected = {(chat, title) for title, chat in world.titles.items()}
    repeated = arrived.total() - len(arrived)
    sites, kills = world.sites, world.cluster.kills
    sys.stdout.write(
        f"\n{FEEDS} feeds, {len(world.titles)} items, {kills['watch']} watch and {kills['chat']} chat"
        f" processes killed in {time.monotonic() - started_at:.0f} s: {len(arrived)} alerts,"
        f" {repeated} twice;"
        f" {sites.asked.total()} requests, {len(sites.faults)} faults\n"
        f"{world.cluster.complaints()}\n"
    )
    assert sites.faults == []
    assert telegram.conflicts == 0
    assert telegram.refused == 0
    assert len(replies) == 1  # to the command
    assert Counter(queued) == Counter(expected)  # one item and one alert per entry
    assert set(arrived) == expected
    assert repeated <= IN_FLIGHT * kills["chat"]
    order, received = defaultdict(list), defaultdict(list)
    for chat, title in queued:
        order[chat].append(title)
    for chat, title in arrived:  # a Counter keeps the order of the first time
        received[chat].append(title)
    assert received == order
