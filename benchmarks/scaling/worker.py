"""One watch process of the benchmark: python worker.py DATABASE NUMBER KIND SECONDS

match: matches items against all topics. ingest: ingests polls of 100 items from its own feed, as a watch
process does. bare: writes the rows of such items, computed before, in batches. Prints "ready", waits for a line, works, and prints the figures.
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
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.runtime.clock import utc_now
from bot.store import Database, Transaction
from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.feeds.sources import write_cursor
from bot.store.items.items import _column_values
from bot.store.items.matches import index_items, queue_fan_out, write_matches
from bot.store.items.stored_terms import stored_terms
from bot.store.tables import items, stories
from watchers import PollResult, TopicIndex
from watchers.topics.candidates import IndexTermMaker
from watchers.topics.engine.tokenised_item import TokenisedItem

_BARE_POOL = 1_000


# The matches of all polls since the start of the measurement.
match_count = [0]


class TimedDatabase(Database):
    """Measures its write transactions: stories are assigned by one process at a time within them."""

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self.transaction_seconds: list[float] = []

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        start = time.perf_counter()
        async with super().writing() as connection:
            yield connection
        self.transaction_seconds.append(time.perf_counter() - start)


async def main() -> None:
    address, number, kind, seconds = sys.argv[1:]
    database = TimedDatabase(make_url(address))
    matcher = Matcher(TopicIndex())
    chance = random.Random(int(number))
    async with database.reading() as connection:
        await matcher.sync(connection)
    if kind == "match":
        work = _match(matcher, chance)
    elif kind == "ingest":
        work = await _ingest(database, matcher, chance)
    else:
        work = await _write_bare(database, matcher, chance, int(number))
    # The first call warms up the caches.
    await anext(work)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    database.transaction_seconds.clear()
    match_count[0] = 0
    start, item_count = time.perf_counter(), 0
    call_seconds: list[float] = []
    cpu_start = time.process_time()
    while time.perf_counter() - start < float(seconds):
        call_start = time.perf_counter()
        item_count += await anext(work)
        call_seconds.append(time.perf_counter() - call_start)
    elapsed = time.perf_counter() - start
    print(
        json.dumps(
            {
                "items": item_count,
                "seconds": elapsed,
                "cpu": time.process_time() - cpu_start,
                "call_seconds": call_seconds,
                "transaction_seconds": database.transaction_seconds,
                "matches": match_count[0],
            }
        )
    )
    await database.close()


async def _match(matcher: Matcher, chance: random.Random) -> AsyncIterator[int]:
    pool = [item(chance) for _ in range(1_000)]
    while True:
        batch = chance.sample(pool, 100)
        await matcher.match([TokenisedItem(one) for one in batch])
        yield len(batch)


async def _ingest(
    database: Database, matcher: Matcher, chance: random.Random
) -> AsyncIterator[int]:
    ingest = IngestPipeline(database, matcher, utc_now)
    url = f"http://{chance.random()}.example/feed.xml"
    async with database.writing() as connection:
        feed, _ = await add_feed(connection, NewFeed(url, url), now=utc_now())
    await ingest.ingest(feed.watched, PollResult(), is_complete=True)
    watched = type(feed.watched)(feed.id, feed.watched.source, is_baselined=True)

    async def work() -> AsyncIterator[int]:
        while True:
            items = tuple(item(chance) for _ in range(POLL))
            due = datetime.now(UTC) + timedelta(hours=1)
            polled = PollResult(items=items, cursor={"seen": items[0].key}, due_at=due)
            result = await ingest.ingest(watched, polled, is_complete=True)
            match_count[0] += result.matches
            yield POLL

    return work()


async def _write_bare(
    database: Database, matcher: Matcher, chance: random.Random, number: int
) -> AsyncIterator[int]:
    """Write the rows of items in one transaction per poll, without any decision or check."""
    url = f"http://bare{number}.example/feed.xml"
    async with database.writing() as connection:
        feed, _ = await add_feed(connection, NewFeed(url, url), now=utc_now())
    made = [item(chance) for _ in range(_BARE_POOL)]
    term_maker = IndexTermMaker()
    _, matched = await matcher.match([TokenisedItem(one) for one in made])
    terms = [stored_terms(term_maker.make(one)) for one in made]

    async def work() -> AsyncIterator[int]:
        # Each process has a range of IDs of its own.
        next_id = 1 + number * 100_000_000
        while True:
            picked = chance.sample(range(_BARE_POOL), POLL)
            ids = list(range(next_id, next_id + POLL))
            next_id += POLL
            now = utc_now()
            pairs = list(zip(ids, picked, strict=True))
            async with database.writing() as connection:
                new_stories = [{"id": row_id, "created_at": now} for row_id in ids]
                await connection.execute(stories.insert(), new_stories)
                rows = [
                    {
                        "id": row_id,
                        "source_id": feed.id,
                        "story_id": row_id,
                        "found_at": now,
                        "changed_at": now,
                        **_column_values(made[index]),
                        "key": f"{row_id}",
                    }
                    for row_id, index in pairs
                ]
                await connection.execute(items.insert(), rows)
                await index_items(
                    connection, [(row_id, terms[index]) for row_id, index in pairs], are_new=True
                )
                await write_matches(connection, {row_id: matched[index] for row_id, index in pairs})
                await queue_fan_out(connection, ids)
                await write_cursor(connection, feed.id, {"seen": f"{next_id}"})
            yield POLL

    return work()


if __name__ == "__main__":
    asyncio.run(main())
