"""Measure one database snapshot for /metrics on a large SQLite store, statement by statement.

    python -m benchmarks.readings [THOUSANDS]

THOUSANDS (default 1,000) of chats and of sent alerts, a tenth as many feeds and queued alerts. The peer is
a snapshot that counts alerts by state and platform.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.runtime.clock import utc_now
from bot.store import Database, Transaction, migrate
from bot.store.admin.metrics_snapshot import read_snapshot
from bot.web.metrics import SnapshotCache

FILL = (
    (
        "INSERT INTO sources (id, kind, address, created_at, tags, host, state, due_at, told_dead) "
        "SELECT n, 'feed', 'https://' || n || '.example/', :now, '[]', n || '.example', 'active', :later, 0 "
        "FROM numbers WHERE n <= :tenth"
    ),
    "INSERT INTO stories (id, created_at) SELECT n, :now FROM numbers WHERE n <= 1000",
    (
        "INSERT INTO items (id, source_id, story_id, key, digest, found_at, changed_at, title, source, lead,"
        " text, tags) SELECT n, 1, n, n, '', :now, :now, 'A title of some words', 'x', '', '', '[]'"
        " FROM numbers WHERE n <= 1000"
    ),
    (
        "INSERT INTO chats (id, platform, account, chat, created_at, suspended_at) "
        "SELECT n, CASE n % 5 WHEN 0 THEN 'slack' ELSE 'telegram' END, '1', n, :now,"
        " CASE n % 50 WHEN 0 THEN :now END FROM numbers"
    ),
    (
        "INSERT INTO alerts (chat_id, story_id, item_id, state, created_at, ended_at) "
        "SELECT n, n % 1000 + 1, n % 1000 + 1, 'sent', :now, :now FROM numbers"
    ),
    (
        "INSERT INTO alerts (chat_id, story_id, item_id, state, created_at) "
        "SELECT n, (n + 1) % 1000 + 1, n % 1000 + 1, 'queued', :now FROM numbers WHERE n <= :tenth"
    ),
)
NUMBERS = (
    "CREATE TEMP TABLE numbers AS WITH RECURSIVE up(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < :many) SELECT n FROM up"
)
PEER = "SELECT platform, state, count(*) FROM alerts JOIN chats ON chats.id = chat_id GROUP BY 1, 2"


async def main(many: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{Path(folder) / 'large.sqlite3'}"))
        await migrate(database)
        now = utc_now()
        values = {"many": many, "tenth": many // 10, "now": f"{now:%Y-%m-%d %H:%M:%S.%f}"}
        values["later"] = values["now"].replace("20", "21", 1)
        async with database.writing() as connection:
            await connection.execute(text(NUMBERS), {"many": many})
            for statement in FILL:
                wanted = {name: values[name] for name in values if f":{name}" in statement}
                await connection.execute(text(statement), wanted)

        async def timed(work: Callable[[Transaction], Awaitable[None]]) -> float:
            begun = time.perf_counter()
            async with database.reading() as connection:
                await work(connection)
            return time.perf_counter() - begun

        async def figures(connection: Transaction) -> None:
            await read_snapshot(connection, now=now)

        async def peer(connection: Transaction) -> None:
            (await connection.execute(text(PEER))).all()

        ours = median([await timed(figures) for _ in range(5)])
        theirs = median([await timed(peer) for _ in range(3)])
        readings = SnapshotCache(database, utc_now)
        begun = time.perf_counter()
        await readings.newest()
        again = time.perf_counter()
        for _ in range(1_000):
            await readings.newest()
        served = (time.perf_counter() - again) / 1_000
        print(f"{many:,} chats, {many:,} alerts sent, {many // 10:,} queued, {many // 10:,} feeds")
        print(f"one reading: {ours * 1e3:,.1f} ms; it serves for {20 * (again - begun):,.1f} s")
        print(f"a scrape meanwhile: {served * 1e6:,.1f} µs")
        print(f"peer (counts all alerts by platform and state): {theirs * 1e3:,.1f} ms", end="; ")
        print(f"a reading takes {ours / theirs:.2f} times as long")
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(1_000 * int(sys.argv[1] if len(sys.argv) > 1 else 1_000)))
