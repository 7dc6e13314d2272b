"""What more processes bring, and how long one is missed: python -m benchmarks.scaling [--seconds 8]

    match, ingest   1, 2 and 4 watch processes on one PostgreSQL, 10,000 topics: items a second in all
    take-over       what a killed process had: a bot's account, the hosts of its feeds
    latency         from a document on the disk to the message, watch and chat in two processes, with and
                    without notices between them

The ratio is to one process in the same run. Everything shares the machine's cores, the database too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from benchmarks.scaling.load import POLL, topics
from benchmarks.scaling.server import Server, running, version
from bot.clock import utc_now
from bot.model import Ref
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.feed_queue import free_every_host
from bot.store.feeds import NewFeed, add_feed, ask_now
from bot.store.subscriptions import add_subscription
from bot.tenure import LENGTH
from tests.fakes.feed_sites import FeedSites
from tests.fakes.telegram import FakeTelegram, Params
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import words
from watchers import parse_query

TOPICS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8, help="for each row")
    parser.add_argument("--tries", type=int, default=5, help="take-overs of each kind")
    parser.add_argument("--only", choices=("rates", "takeover", "latency"), help="one of the three")
    parser.add_argument("--documents", type=int, default=40, help="for the latency")
    options = parser.parse_args()
    with running() as server:
        print(f"PostgreSQL {version(server)}, {os.cpu_count()} cores for all of it\n")
        if options.only in {None, "rates"}:
            asyncio.run(_rates(server, options.seconds))
        if options.only in {None, "takeover"}:
            asyncio.run(_take_over(server, options.tries))
        if options.only in {None, "latency"}:
            asyncio.run(_latency(server, options.documents))


# ── rates ─────────────────────────────────────────────────────────────────────────────────────────


async def _rates(server: Server, seconds: float) -> None:
    print(
        "| | processes | items/s | ratio to one | call p50 ms | p95 ms | CPU ms an item, in it"
        " | transaction p50 ms |"
    )
    print("|---|---|---|---|---|---|---|---|")
    await _follow(await server.database("followed"))
    for kind in ("match", "ingest"):
        alone = grown = 0.0
        for many in (1, 2, 4):
            url = await server.database(f"{kind}_{many}", like="followed")
            before = await _size(url)
            done = await _work(url, kind, many, seconds)
            grown = (await _size(url) - before) / sum(one["items"] for one in done)
            rate = sum(one["items"] / one["seconds"] for one in done)
            alone = alone or rate
            took = sorted(1_000 * each for one in done for each in one["took"])
            cuts = quantiles(took, n=20)
            cpu = 1_000 * sum(one["cpu"] for one in done) / sum(one["items"] for one in done)
            held = [1_000 * each for one in done for each in one["held"]]
            within = f"{median(held):.1f}" if held else "-"
            name = "match, 100 items a call" if kind == "match" else f"ingest, {POLL} items a poll"
            print(
                f"| {name} | {many} | {rate:,.0f} | {rate / alone:.2f} |"
                f" {median(took):.1f} | {cuts[18]:.1f} | {cpu:.2f} | {within} |",
                flush=True,
            )
    print(
        f"\nan item of 120 words takes {grown / 1_000:.1f} kB of the database, indexes included\n"
    )


async def _size(url: URL) -> int:
    """Bytes of a database."""
    database = Database(url)
    async with database.reading() as connection:
        size = select(func.pg_database_size(func.current_database()))
        found = (await connection.execute(size)).scalar_one()
    await database.close()
    return found


async def _follow(url: URL) -> None:
    """One chat that follows everything."""
    database = Database(url)
    async with database.writing() as connection:
        chat = await ensure_chat(connection, Ref("telegram", "1", "1"), now=utc_now())
        for query in topics(TOPICS):
            await add_subscription(connection, chat, query, label="", by="", now=utc_now())
    await database.close()


async def _work(url: URL, kind: str, many: int, seconds: float) -> list[dict]:
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
        for number in range(many)
    ]
    for process in processes:
        assert (await process.stdout.readline()).strip() == b"ready"
    for process in processes:
        process.stdin.write(b"\n")
    answers = [(await process.communicate())[0] for process in processes]
    return [json.loads(answer) for answer in answers]


# ── take-over ─────────────────────────────────────────────────────────────────────────────────────


class Listeners(FakeTelegram):
    """Telegram, which remembers when somebody began to listen."""

    def __init__(self) -> None:
        super().__init__(per_second=None, chat=None, group=None)
        self.began = asyncio.Event()

    async def call_getme(self, params: Params) -> Params:
        self.began.set()
        return await super().call_getme(params)


async def _take_over(server: Server, tries: int) -> None:
    url = await server.database("take_over")
    database = Database(url)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with Listeners() as telegram, FeedSites(hosts=1, each=1) as sites:
            cluster = Cluster(home, database, telegram.port)
            async with cluster:
                print("| taken over | how it ended | tries | seconds, each |")
                print("|---|---|---|---|")
                for how in ("kill", "stop"):
                    times = [await _account(cluster, telegram, how) for _ in range(tries)]
                    what = f"a bot's account (lease {LENGTH:g} s)"
                    name = "kill -9" if how == "kill" else "SIGTERM"
                    print(
                        f"| {what} | {name} | {tries} | {' '.join(f'{t:.2f}' for t in times)} |",
                        flush=True,
                    )
                await cluster.stop()
                times = [await _host(cluster, sites, database) for _ in range(min(tries, 3))]
                told = " ".join(f"{t:.2f}" for t in times)
                print(f"| a host whose feed was being asked | kill -9 | {len(times)} | {told} |")
                await cluster.stop()
    await database.close()
    print()


async def _account(cluster: Cluster, telegram: Listeners, how: str) -> float:
    """Seconds from the end of the one that listens until another one does."""
    if not cluster.running:
        telegram.began.clear()
        await cluster.start("chat-1")
        await asyncio.wait_for(telegram.began.wait(), 60)
    owner = next(iter(cluster.running))
    other = "chat-2" if owner == "chat-1" else "chat-1"
    await cluster.start(other)
    await asyncio.sleep(6)  # it stands by
    telegram.began.clear()
    begun = time.perf_counter()
    if how == "kill":
        await cluster.kill(owner)
    else:
        process = cluster.running.pop(owner)
        process.terminate()
        await process.wait()
        begun = time.perf_counter()
    await asyncio.wait_for(telegram.began.wait(), 60)
    return time.perf_counter() - begun


async def _host(cluster: Cluster, sites: FeedSites, database: Database) -> float:
    """Seconds from the end of who asks a feed until another one asks it."""
    asked = asyncio.Event()
    held = asyncio.Event()

    async def hang(_request: web.Request, _body: bytes) -> web.Response:
        held.set() if not held.is_set() else asked.set()
        await asyncio.sleep(60)
        return web.Response()

    sites.behave[0] = hang
    async with database.writing() as connection:
        await add_feed(connection, NewFeed(sites.urls[0], sites.host(0)), now=utc_now())
        await ask_now(connection, None, now=utc_now(), not_since=utc_now())
    await cluster.start("watch-1")
    await asyncio.wait_for(held.wait(), 60)
    await cluster.start("watch-2")
    await asyncio.sleep(4)
    await cluster.kill("watch-1")
    begun = time.perf_counter()
    await asyncio.wait_for(asked.wait(), 180)
    spent = time.perf_counter() - begun
    await cluster.kill("watch-2")
    async with database.writing() as connection:
        await free_every_host(connection)
    return spent


# ── latency ───────────────────────────────────────────────────────────────────────────────────────


async def _latency(server: Server, documents: int) -> None:
    print("| document → message, two processes | p50 s | p95 s | max s |")
    print("|---|---|---|---|")
    for way in ("with notices", "ticks alone"):
        url = await server.database(way.partition(" ")[0] + "_latency")
        database = Database(url)
        async with database.writing() as connection:
            chat = await ensure_chat(connection, Ref("telegram", "123456", "7"), now=utc_now())
            query = parse_query("bell")
            await add_subscription(connection, chat, query, label="bell", by="", now=utc_now())
        with tempfile.TemporaryDirectory() as folder:
            async with FakeTelegram(per_second=None, chat=None, group=None) as telegram:
                quiet = {} if way == "with notices" else {"TEST_NO_NOTICES": "1"}
                cluster = Cluster(Path(folder), database, telegram.port, **quiet)
                async with cluster:
                    await cluster.start("watch-1")
                    await cluster.start("chat-1")
                    await asyncio.sleep(10)
                    times = []
                    for number in range(documents):
                        begun = time.perf_counter()
                        cluster.seed(f"{number}.txt", f"bell {words(number)}\n\n{words(number)}\n")
                        await telegram.wait_for(number + 1, seconds=30)
                        times.append(time.perf_counter() - begun)
                        await asyncio.sleep(1.3 + 0.1 * (number % 7))  # a chat takes one a second
                    cuts = quantiles(times, n=20)
                    row = (median(times), cuts[18], max(times))
                    print(f"| {way} | " + " | ".join(f"{t:.2f}" for t in row) + " |", flush=True)
                    await cluster.stop()
        await database.close()


if __name__ == "__main__":
    main()
