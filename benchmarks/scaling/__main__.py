"""Measure throughput and failover with several processes: python -m benchmarks.scaling [--seconds 8]

    rates           match, ingest, and bare batched inserts of the same rows: 1,000 topics, two matches per
                    item, one process on SQLite, one and two on PostgreSQL; items per second and disk
    takeover        the time until another process has the account or the host lease of a killed process
    latency         from a document on the disk to the message, with watch and chat in two processes, with
                    and without notifications between them

The ratio compares with one process in the same run. All processes and the database share the cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from benchmarks.scaling.load import POLL, topics
from benchmarks.scaling.server import Server, running, version
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from bot.runtime.lease import LEASE_SECONDS
from bot.settings import sqlite_path, sqlite_url
from bot.store import Database, migrate
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import add_subscription
from bot.store.feeds.feed_queue import release_all_hosts
from bot.store.feeds.feeds import NewFeed, add_feed, schedule_now
from tests.fakes.feed_sites import FeedSites
from tests.fakes.telegram import FakeTelegram, Params
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import words
from watchers import parse_query

TOPICS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8, help="duration per row")
    parser.add_argument("--tries", type=int, default=5, help="takeovers of each kind")
    parser.add_argument(
        "--only", choices=("rates", "takeover", "latency"), help="run one part only"
    )
    parser.add_argument("--documents", type=int, default=40, help="documents for the latency")
    options = parser.parse_args()
    with running() as server:
        print(f"PostgreSQL {version(server)}, {os.cpu_count()} cores for all processes\n")
        if options.only in {None, "rates"}:
            asyncio.run(_rates(server, options.seconds))
        if options.only in {None, "takeover"}:
            asyncio.run(_takeover(server, options.tries))
        if options.only in {None, "latency"}:
            asyncio.run(_latency(server, options.documents))


# ── rates ─────────────────────────────────────────────────────────────────────────────────────────


async def _rates(server: Server, seconds: float) -> None:
    print(
        "| | processes | items/s | ratio to one | ratio to bare inserts | matches per item |"
        " call p50 ms | p95 ms | CPU ms per item | transaction p50 ms | bytes per item |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    await _subscribe_to_topics(await server.database("subscribed"))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "subscribed.sqlite3"
        store = Database(sqlite_url(template))
        await migrate(store)
        await store.close()
        await _subscribe_to_topics(sqlite_url(template))

        async def new_database(engine: str, name: str) -> URL:
            if engine == "PostgreSQL":
                return await server.database(name, like="subscribed")
            return sqlite_url(Path(shutil.copy(template, Path(folder) / f"{name}.sqlite3")))

        bare_rates: dict[tuple[str, int], float] = {}
        for engine, kind, process_counts in (
            ("PostgreSQL", "match", (1, 2)),
            ("PostgreSQL", "bare", (1, 2)),
            ("PostgreSQL", "ingest", (1, 2)),
            # One process has a SQLite file.
            ("SQLite", "bare", (1,)),
            ("SQLite", "ingest", (1,)),
        ):
            single_rate = 0.0
            for process_count in process_counts:
                url = await new_database(engine, f"{engine}_{kind}_{process_count}".lower())
                size_before = await _database_size(url)
                results = await _run_workers(url, kind, process_count, seconds)
                rate = sum(result["items"] / result["seconds"] for result in results)
                single_rate = single_rate or rate
                if kind == "bare":
                    bare_rates[engine, process_count] = rate
                bare = bare_rates.get((engine, process_count), 0.0)
                size = await _database_size(url) - size_before
                name = f"{engine}: {_KIND_NAMES[kind]}"
                print(
                    f"| {name} | {process_count} | {rate:,.0f} | {rate / single_rate:.2f} |"
                    f" {rate / bare if bare else 0:.2f} {_figures(results, size)}",
                    flush=True,
                )
    print()


_KIND_NAMES = {
    "match": "match, 100 items per call",
    "bare": f"bare inserts, {POLL} items per transaction",
    "ingest": f"ingest, {POLL} items per poll",
}


def _figures(results: list[dict], size: int) -> str:
    """Return the columns of a row after the ratios."""
    item_count = sum(result["items"] for result in results)
    calls = [1_000 * call for result in results for call in result["call_seconds"]]
    transactions = [
        1_000 * length for result in results for length in result["transaction_seconds"]
    ]
    cpu = 1_000 * sum(result["cpu"] for result in results) / item_count
    p95 = quantiles(calls, n=20)[18] if len(calls) > 1 else calls[0]
    transaction = f"{median(transactions):.1f}" if transactions else "-"
    # Every item of a new poll is stored, and a match of the worker reports no rows.
    matches = sum(result["matches"] for result in results) / item_count
    stored = f"{size / item_count:,.0f}" if transactions else "-"
    return f"| {matches:.2f} | {median(calls):.1f} | {p95:.1f} | {cpu:.2f} | {transaction} | {stored} |"


async def _database_size(url: URL) -> int:
    """Return the size of a database in bytes."""
    file = sqlite_path(url)
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.stat().st_size
    database = Database(url)
    async with database.reading() as connection:
        statement = select(func.pg_database_size(func.current_database()))
        size = (await connection.execute(statement)).scalar_one()
    await database.close()
    return size


async def _subscribe_to_topics(url: URL) -> None:
    """Create one chat with a subscription to every topic."""
    database = Database(url)
    async with database.writing() as connection:
        chat = await get_or_create_chat(connection, ChatRef("telegram", "1", "1"), now=utc_now())
        for query in topics(TOPICS):
            await add_subscription(connection, chat, query, label="", user_id="", now=utc_now())
    await database.close()


async def _run_workers(url: URL, kind: str, process_count: int, seconds: float) -> list[dict]:
    address = url.render_as_string(hide_password=False)
    worker = str(Path(__file__).with_name("worker.py"))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            worker,
            address,
            str(number),
            kind,
            str(seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(process_count)
    ]
    for process in processes:
        assert (await process.stdout.readline()).strip() == b"ready"
    for process in processes:
        process.stdin.write(b"\n")
    answers = [(await process.communicate())[0] for process in processes]
    return [json.loads(answer) for answer in answers]


# ── takeover ──────────────────────────────────────────────────────────────────────────────────────


class Listeners(FakeTelegram):
    """A fake Telegram that records when a process starts to listen."""

    def __init__(self) -> None:
        super().__init__(per_second=None, chat=None, group=None)
        self.listening = asyncio.Event()

    async def call_getme(self, params: Params) -> Params:
        self.listening.set()
        return await super().call_getme(params)


async def _takeover(server: Server, tries: int) -> None:
    url = await server.database("takeover")
    database = Database(url)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with Listeners() as telegram, FeedSites(hosts=1, each=1) as sites:
            cluster = Cluster(home, database, telegram.port)
            async with cluster:
                print("| resource | end of the process | tries | seconds, each |")
                print("|---|---|---|---|")
                for ending in ("kill", "stop"):
                    times = [
                        await _account_takeover(cluster, telegram, ending) for _ in range(tries)
                    ]
                    resource = f"account of a bot (lease {LEASE_SECONDS:g} s)"
                    name = "kill -9" if ending == "kill" else "SIGTERM"
                    print(
                        f"| {resource} | {name} | {tries} | {' '.join(f'{t:.2f}' for t in times)} |",
                        flush=True,
                    )
                await cluster.stop()
                times = [
                    await _host_takeover(cluster, sites, database) for _ in range(min(tries, 3))
                ]
                shown = " ".join(f"{t:.2f}" for t in times)
                print(f"| host of a running poll | kill -9 | {len(times)} | {shown} |")
                await cluster.stop()
    await database.close()
    print()


async def _account_takeover(cluster: Cluster, telegram: Listeners, ending: str) -> float:
    """Return the seconds from the end of the listening process until another one listens."""
    if not cluster.running:
        telegram.listening.clear()
        await cluster.start("chat-1")
        await asyncio.wait_for(telegram.listening.wait(), 60)
    owner = next(iter(cluster.running))
    other = "chat-2" if owner == "chat-1" else "chat-1"
    await cluster.start(other)
    # The second process needs some seconds until it waits for the lease.
    await asyncio.sleep(6)
    telegram.listening.clear()
    start = time.perf_counter()
    if ending == "kill":
        await cluster.kill(owner)
    else:
        process = cluster.running.pop(owner)
        process.terminate()
        await process.wait()
        start = time.perf_counter()
    await asyncio.wait_for(telegram.listening.wait(), 60)
    return time.perf_counter() - start


async def _host_takeover(cluster: Cluster, sites: FeedSites, database: Database) -> float:
    """Return the seconds from the end of a polling process until another one polls the feed."""
    first_request = asyncio.Event()
    second_request = asyncio.Event()

    async def hang(_request: web.Request, _body: bytes) -> web.Response:
        (second_request if first_request.is_set() else first_request).set()
        await asyncio.sleep(60)
        return web.Response()

    sites.behave[0] = hang
    async with database.writing() as connection:
        await add_feed(connection, NewFeed(sites.urls[0], sites.host(0)), now=utc_now())
        await schedule_now(connection, None, now=utc_now(), not_polled_since=utc_now())
    await cluster.start("watch-1")
    await asyncio.wait_for(first_request.wait(), 60)
    await cluster.start("watch-2")
    await asyncio.sleep(4)
    await cluster.kill("watch-1")
    start = time.perf_counter()
    await asyncio.wait_for(second_request.wait(), 180)
    seconds = time.perf_counter() - start
    await cluster.kill("watch-2")
    async with database.writing() as connection:
        await release_all_hosts(connection)
    return seconds


# ── latency ───────────────────────────────────────────────────────────────────────────────────────


async def _latency(server: Server, documents: int) -> None:
    print("| document → message, two processes | p50 s | p95 s | max s |")
    print("|---|---|---|---|")
    for mode in ("with notifications", "without notifications"):
        url = await server.database(mode.partition(" ")[0] + "_latency")
        database = Database(url)
        async with database.writing() as connection:
            chat = await get_or_create_chat(
                connection, ChatRef("telegram", "123456", "7"), now=utc_now()
            )
            query = parse_query("bell")
            await add_subscription(connection, chat, query, label="bell", user_id="", now=utc_now())
        with tempfile.TemporaryDirectory() as folder:
            async with FakeTelegram(per_second=None, chat=None, group=None) as telegram:
                environment = {} if mode == "with notifications" else {"TEST_NO_NOTICES": "1"}
                cluster = Cluster(Path(folder), database, telegram.port, **environment)
                async with cluster:
                    await cluster.start("watch-1")
                    await cluster.start("chat-1")
                    await asyncio.sleep(10)
                    times = []
                    for number in range(documents):
                        start = time.perf_counter()
                        cluster.seed(f"{number}.txt", f"bell {words(number)}\n\n{words(number)}\n")
                        await telegram.wait_for(number + 1, seconds=30)
                        times.append(time.perf_counter() - start)
                        # The rate limit of a chat is one message per second.
                        await asyncio.sleep(1.3 + 0.1 * (number % 7))
                    cuts = quantiles(times, n=20)
                    row = (median(times), cuts[18], max(times))
                    print(f"| {mode} | " + " | ".join(f"{t:.2f}" for t in row) + " |", flush=True)
                    await cluster.stop()
        await database.close()


if __name__ == "__main__":
    main()
