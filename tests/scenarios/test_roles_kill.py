"""Two watch and two chat processes on one PostgreSQL, killed at random moments and started anew.

feeds and documents ──► watch-1, watch-2 ──► PostgreSQL ──► chat-1 or chat-2 ──► Telegram

Every item is in the store once, every alert arrives, at most those in flight twice, in the order of the
outbox; no host is asked by two at once, and one process at a time asks Telegram for news.

A few feeds and kills every day; `FEEDS=1000 KILLS=20 pytest -s tests/scenarios/test_roles_kill.py`.
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

from bot.model import Ref
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.feeds import NewFeed, add_feed, ask_now
from bot.store.subscriptions import add_subscription
from bot.store.tables import alerts, chats, fanouts, items, sources
from bot.store.waiting import oldest_waiting
from tests.fakes.feed_sites import FeedSites
from tests.fakes.telegram_chats import StrictTelegram
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import SYLLABLES
from watchers import parse_query
from watchers.fetching.addresses import host_of

FEEDS = int(os.environ.get("FEEDS", "40"))
KILLS = int(os.environ.get("KILLS", "3"))
EACH = 2  # feeds a host
CHATS = 40
BATCH = max(6, FEEDS // 16)  # entries published between two kills
IN_FLIGHT = 32  # messages of a sender at most: what one kill may repeat
# Seconds: as they are outside of tests, or shorter where nobody wants to wait.
ACCOUNT_LEASE, HOST_LEASE = (3.0, 6.0) if FEEDS <= 100 else (12.0, 24.0)
LATE = 7  # the chat of a person who comes later
NAMES = ("watch-1", "watch-2", "chat-1", "chat-2")


class OneListener(StrictTelegram):
    """Telegram, which takes note of two who ask it for news at once."""

    def __init__(self) -> None:
        super().__init__(per_second=30, chat=(1, 1.0), group=(20, 60.0))
        self.conflicts = 0
        self._listening: dict[int, web.Request] = {}

    async def _serve(self, request: web.Request) -> web.Response:
        if request.match_info["method"].lower() != "getupdates":
            return await super()._serve(request)
        alive = [
            one
            for one in self._listening.values()
            if one.transport and not one.transport.is_closing()
        ]
        self.conflicts += bool(alive)
        self._listening[id(request)] = request
        try:
            return await super()._serve(request)
        finally:
            del self._listening[id(request)]


class World:
    """What is published, and what of it is known and told."""

    def __init__(self, database: Database, sites: FeedSites, cluster: Cluster) -> None:
        self.database = database
        self.sites = sites
        self.cluster = cluster
        self.chance = random.Random(KILLS)
        self.titles: dict[str, int] = {}  # and the chat that follows its word

    async def prepare(self) -> None:
        now = datetime.now(UTC)
        async with self.database.writing() as connection:
            for url in self.sites.urls:
                await add_feed(connection, NewFeed(url, host_of(url)), now=now)
            for chat in range(CHATS):
                ref = Ref("telegram", "123456", str(1_000 + chat))
                chat_id = await ensure_chat(connection, ref, now=now)
                await add_subscription(
                    connection,
                    chat_id,
                    parse_query(f"word{chat}"),
                    label=f"word{chat}",
                    by="",
                    now=now,
                )

    def publish(self, many: int) -> None:
        """New entries here and there, and a document."""
        for _ in range(many):
            feed = self.chance.randrange(len(self.sites.urls))
            self.sites.publish(feed, self._title())
        title = self._title()
        self.cluster.seed(f"{len(self.titles)}.txt", f"{title}\n\n{title}.\n")

    def publish_late(self, many: int) -> None:
        """Entries about the topic of the person who came later."""
        for _ in range(many):
            feed = self.chance.randrange(len(self.sites.urls))
            self.sites.publish(feed, self._title(CHATS))

    def _title(self, word: int | None = None) -> str:
        """No two say the same: each is a story of its own."""
        number, chat = len(self.titles), self.chance.randrange(CHATS)
        chat = chat if word is None else word
        said = ["".join(self.chance.choices(SYLLABLES, k=4)) for _ in range(8)]
        title = f"word{chat} {' '.join(said)} {number}"
        self.titles[title] = LATE if word is not None else 1_000 + chat
        return title

    async def keep_asking(self) -> None:
        """Somebody wishes all feeds to be asked, again and again."""
        while True:
            now = datetime.now(UTC)
            async with self.database.writing() as connection:
                due = timedelta(seconds=2)
                await ask_now(connection, None, now=now, not_since=now - due)
            await asyncio.sleep(1)

    async def count(self, what) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(what))).scalar_one()

    async def is_done(self) -> bool:
        async with self.database.reading() as connection:
            waiting = await oldest_waiting(connection)
        return (
            waiting is None
            and await self.count(items) >= len(self.titles)
            and not await self.count(fanouts)
        )

    async def state(self) -> str:
        """What is still to come, for a test that waited in vain."""
        async with self.database.reading() as connection:
            known = set((await connection.execute(select(items.c.title))).scalars())
            waiting = await oldest_waiting(connection)
            feeds = await connection.execute(
                select(sources.c.state, sources.c.problem, func.count()).group_by(
                    sources.c.state, sources.c.problem
                )
            )
            stood = [tuple(row) for row in feeds]
        missing = [title for title in self.titles if title not in known]
        left = await self.count(fanouts)
        return f"{len(missing)} unknown: {missing[:3]}; {left} fan-outs; {waiting} waits; {stood}"

    async def queued(self) -> list[tuple[int, str]]:
        """Every alert in the order of the outbox: chat, title."""
        statement = (
            select(chats.c.chat, items.c.title)
            .join(alerts, alerts.c.chat_id == chats.c.id)
            .join(items, items.c.id == alerts.c.item_id)
            .order_by(alerts.c.id)
        )
        async with self.database.reading() as connection:
            return [(int(row.chat), row.title) for row in await connection.execute(statement)]


async def _until(true, seconds: float, world: World) -> None:
    end = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < end, (world.cluster.complaints(), await world.state())
        await asyncio.sleep(0.2)


@pytest.mark.timeout(120 + FEEDS + 30 * KILLS)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_killed_at_any_moment_processes_of_each_role_lose_nothing(database, tmp_path):
    begun = time.monotonic()
    async with (
        OneListener() as telegram,
        FeedSites(hosts=FEEDS // EACH, each=EACH) as sites,
        Cluster(
            tmp_path, database, telegram.port, account_lease=ACCOUNT_LEASE, host_lease=HOST_LEASE
        ) as cluster,
    ):
        world = World(database, sites, cluster)
        await world.prepare()
        for name in NAMES:
            await cluster.start(name)
        unread = select(sources.c.id).where(sources.c.baseline_at.is_(None)).subquery()

        async def read() -> bool:  # what a source brings in its first reading is no news
            known = await world.count(sources) > FEEDS  # the folder among them
            return known and not await world.count(unread)

        await _until(read, 60 + FEEDS / 5, world)
        asking = asyncio.ensure_future(world.keep_asking())
        said = f"ready {time.monotonic() - begun:.0f} s"
        for kill in range(KILLS):
            world.publish(BATCH)
            if kill == KILLS // 2:  # a person follows a topic while processes die
                telegram.write(f"/subscribe word{CHATS}", chat=LATE)
            await asyncio.sleep(world.chance.uniform(0.0, 3.0))
            name = world.chance.choice(NAMES)
            await cluster.kill(name)
            await asyncio.sleep(world.chance.uniform(0.0, 1.0))
            await cluster.start(name)
        said += f", last kill {time.monotonic() - begun:.0f} s"

        async def follows() -> bool:
            return any("Following" in text for text in telegram.in_chat(LATE))

        await _until(follows, 60, world)
        world.publish(BATCH)
        world.publish_late(4)  # and it is matched at once, whoever reads the feed
        await _until(world.is_done, 90 + FEEDS / 5 + len(world.titles) / 5, world)
        assert not asking.done()
        asking.cancel()
        await cluster.stop()
        sys.stdout.write(f"\n{said}, all told {time.monotonic() - begun:.0f} s\n")
        _check(world, telegram, await world.queued(), begun)


def _check(world: World, telegram: OneListener, queued: list, begun: float) -> None:
    answers = [text for text in telegram.in_chat(LATE) if not text.startswith("word")]
    arrived = Counter(
        (message.chat, message.text.split("\n")[0])
        for message in telegram.messages
        if message.text.startswith("word")
    )
    wanted = {(chat, title) for title, chat in world.titles.items()}
    again = arrived.total() - len(arrived)
    sites, kills = world.sites, world.cluster.kills
    sys.stdout.write(
        f"\n{FEEDS} feeds, {len(world.titles)} items, {kills['watch']} watch and {kills['chat']} chat"
        f" processes killed in {time.monotonic() - begun:.0f} s: {len(arrived)} alerts, {again} twice;"
        f" {sites.asked.total()} requests, {len(sites.faults)} faults\n"
        f"{world.cluster.complaints()}\n"
    )
    assert sites.faults == []
    assert telegram.conflicts == 0
    assert telegram.refused == 0
    assert len(answers) == 1  # to what the person said
    assert Counter(queued) == Counter(wanted)  # each item once, and one alert of it
    assert set(arrived) == wanted
    assert again <= IN_FLIGHT * kills["chat"]
    order, found = defaultdict(list), defaultdict(list)
    for chat, title in queued:
        order[chat].append(title)
    for chat, title in arrived:  # a Counter keeps the order of the first time
        found[chat].append(title)
    assert found == order
