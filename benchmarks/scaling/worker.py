"""One watch process of a measurement: python worker.py DATABASE NUMBER KIND SECONDS

match: holds items against all topics; ingest: polls of ten items each, of feeds of its own, written as
a watch process writes them. Says "ready", waits for a line, works, prints what it did.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy.engine import URL, make_url

from benchmarks.scaling.load import POLL, item
from bot.clock import utc_now
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.store import Database, Transaction
from bot.store.feeds import NewFeed, add_feed
from watchers import Polled, TopicIndex


class Timed(Database):
    """Knows how long its transactions that write took: stories are decided by one at a time within."""

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self.held: list[float] = []

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        begun = time.perf_counter()
        async with super().writing() as connection:
            yield connection
        self.held.append(time.perf_counter() - begun)


async def main() -> None:
    address, number, kind, seconds = sys.argv[1:]
    database = Timed(make_url(address))
    matcher = Matcher(TopicIndex())
    chance = random.Random(int(number))
    async with database.reading() as connection:
        await matcher.follow(connection)
    work = _match(matcher, chance) if kind == "match" else await _ingest(database, matcher, chance)
    await anext(work)  # one to warm up
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    database.held.clear()
    begun, items, took = time.perf_counter(), 0, []
    cpu = time.process_time()
    while time.perf_counter() - begun < float(seconds):
        before = time.perf_counter()
        items += await anext(work)
        took.append(time.perf_counter() - before)
    spent = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "items": items,
                "seconds": spent,
                "cpu": time.process_time() - cpu,
                "took": took,
                "held": database.held,
            }
        )
    )
    await database.close()


async def _match(matcher: Matcher, chance: random.Random) -> AsyncIterator[int]:
    pool = [item(chance) for _ in range(1_000)]
    while True:
        some = chance.sample(pool, 100)
        await matcher.match(some)
        yield len(some)


async def _ingest(
    database: Database, matcher: Matcher, chance: random.Random
) -> AsyncIterator[int]:
    ingest = Ingest(database, matcher, utc_now)
    url = f"http://{chance.random()}.example/feed.xml"
    async with database.writing() as connection:
        feed, _ = await add_feed(connection, NewFeed(url, url), now=utc_now())
    await ingest.take(feed.watched, Polled(), complete=True)
    watched = type(feed.watched)(feed.id, feed.watched.source, is_baselined=True)

    async def work() -> AsyncIterator[int]:
        while True:
            items = tuple(item(chance) for _ in range(POLL))
            due = datetime.now(UTC) + timedelta(hours=1)
            polled = Polled(items=items, cursor={"seen": items[0].key}, due=due)
            await ingest.take(watched, polled, complete=True)
            yield POLL

    return work()


if __name__ == "__main__":
    asyncio.run(main())
