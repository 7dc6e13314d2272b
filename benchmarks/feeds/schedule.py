"""Measure the schedule with 100,000 feeds: memory, idle CPU, event loop delay, cost of a claim.

    python -m benchmarks.feeds.schedule [--feeds 100000] [--seconds 60]

Each measurement runs in its own process with the components of a running Tocsin: the store (SQLite), the feed
poller, its worker, the clock and the HTTP client. For the delay, the feeds become due evenly over 30 minutes,
and a server on loopback serves 1,000 hosts (127.0.x.y) that answer 304.

"bare" is the control: the same event loop just before, with the store and the client open but without work. Its
delay is caused by the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
HOSTS = 1_000
HALF_HOUR_SECONDS = 1_800.0
HEARTBEAT_SECONDS = 0.002
WARM_UP_SECONDS = 5.0
CLAIM_SIZE = 64


async def fill(file: Path, count: int, port: int, *, first: float, over: float) -> None:
    """Create a store with ``count`` feeds, due from ``first`` seconds on, evenly ``over`` seconds."""
    from sqlalchemy import insert

    from bot.store.tables import cursors, sources

    database = await open_database(file)
    now = datetime.now(UTC)
    about = json.dumps({"times": [int(now.timestamp()) - 3600 * n for n in range(30)], "ttl": 1800})
    entries = "\n".join(f"{n:011} {n:011} {n:011} {n:011} {n:022}" for n in range(40))
    for start in range(0, count, 10_000):
        numbers = range(start, min(start + 10_000, count))
        async with database.writing() as connection:
            rows = [
                {
                    "kind": "feed",
                    "address": f"http://{host_of(n)}:{port}/{n}.xml",
                    "host": host_of(n),
                    "created_at": now,
                    "baseline_at": now,
                    "due_at": now + timedelta(seconds=first + over * n / count),
                    "title": f"Feed {n}",
                    "tags": [],
                }
                for n in numbers
            ]
            await connection.execute(insert(sources), rows)
            cursor_values = {"etag": '"1"', "about": about, "entries": entries, "body": "x" * 32}
            await connection.execute(
                insert(cursors),
                [
                    {"source_id": n + 1, "name": name, "value": value}
                    for n in numbers
                    for name, value in cursor_values.items()
                ],
            )
    await database.close()


def host_of(number: int) -> str:
    host = number % HOSTS
    return f"127.0.{host // 250}.{host % 250 + 1}"


async def open_database(file: Path):  # noqa: ANN201
    from sqlalchemy.engine import make_url

    from bot.store import Database, migrate

    database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
    await migrate(database)
    return database


async def spread_due_times(database, over: float) -> None:  # noqa: ANN001
    """Make the feeds due evenly from now on, because the store was filled some minutes ago."""
    from sqlalchemy import bindparam, func, select, update

    from bot.store.tables import sources

    now = datetime.now(UTC)
    async with database.writing() as connection:
        count = await connection.scalar(select(func.count()).select_from(sources))
        await connection.execute(
            update(sources).where(sources.c.id == bindparam("row")).values(due_at=bindparam("due")),
            [
                {"row": n + 1, "due": now + timedelta(seconds=over * n / count)}
                for n in range(count)
            ],
        )


async def run(file: Path, seconds: float) -> dict[str, float]:
    """Poll the feeds for ``seconds``, as a running Tocsin does."""
    from bot.ingest.feed_poll import FeedPoll, FeedPollContext
    from bot.ingest.feed_poller import FeedPoller
    from bot.ingest.pipeline import IngestPipeline, Matcher
    from bot.runtime.clock import utc_now
    from bot.runtime.worker import run_periodically
    from watchers import TopicIndex
    from watchers.fetching.client import HttpClient, HttpOptions
    from watchers.fetching.proxies import Proxies
    from watchers.process_pool import SandboxPool

    database = await open_database(file)
    options = HttpOptions(allow_networks=(ip_network("127.0.0.0/8"),))
    stop = asyncio.Event()
    requests = 0
    async with HttpClient(options, proxies=Proxies({})) as client, SandboxPool() as isolation:

        async def fetch(url: str, **arguments: object) -> object:
            nonlocal requests
            requests += 1
            return await client(url, **arguments)  # type: ignore[arg-type]

        ingest = IngestPipeline(database, Matcher(TopicIndex()), utc_now)
        poller = FeedPoller(
            database,
            FeedPoll(database, ingest, FeedPollContext(fetch, isolation), utc_now),
            utc_now,
        )  # type: ignore[arg-type]
        # As the application does.
        gc.collect()
        gc.freeze()
        bare = await measure_delays(seconds / 2)
        if file.name == "due":
            await spread_due_times(database, HALF_HOUR_SECONDS)
        worker = poller.worker
        worker_task = asyncio.create_task(worker.run(stop))
        with run_periodically({worker.wake: 1.0}):
            await asyncio.sleep(WARM_UP_SECONDS)
            requests = 0
            started = time.perf_counter()
            # Without the heartbeat, which needs CPU itself.
            cpu_share = await measure_cpu_share(seconds / 2)
            delays = await measure_delays(seconds / 2)
            polls = requests / (time.perf_counter() - started)
        stop.set()
        await worker_task
        await poller.close()
    await database.close()
    return {
        "cpu": cpu_share,
        "polls": polls,
        "bare p99": bare[int(len(bare) * 0.99)],
        "bare": bare[-1],
        "delay p99": delays[int(len(delays) * 0.99)],
        "delay": delays[-1],
        "rss": psutil.Process().memory_info().rss / 1e6,
    }


async def measure_delays(seconds: float) -> list[float]:
    """Return the delays of the event loop in seconds, sorted."""
    delays: list[float] = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        delays.append(time.perf_counter() - now - HEARTBEAT_SECONDS)
    return sorted(delays)


async def measure_cpu_share(seconds: float) -> float:
    """Return the share of one processor that this process uses during ``seconds``."""
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - started)


async def measure_claims(file: Path, rounds: int = 60) -> dict[str, float]:
    """Return the milliseconds to claim 64 feeds, and to find that no feed is due."""
    from bot.store.feeds.feed_queue import claim_feeds, is_any_due, release_all_hosts

    database = await open_database(file)
    claim_seconds: list[float] = []
    check_seconds: list[float] = []
    now = datetime.now(UTC)
    for _ in range(rounds):
        started = time.perf_counter()
        async with database.writing() as connection:
            claimed = await claim_feeds(
                connection, owner="me", limit=CLAIM_SIZE, now=now + timedelta(days=2)
            )
        claim_seconds.append(time.perf_counter() - started)
        if len(claimed) != CLAIM_SIZE:
            raise SystemExit(f"{len(claimed)} feeds were claimed, not {CLAIM_SIZE}")
        async with database.writing() as connection:
            await release_all_hosts(connection)
        started = time.perf_counter()
        async with database.reading() as connection:
            await is_any_due(connection, now=now - timedelta(days=2))
        check_seconds.append(time.perf_counter() - started)
    await database.close()
    return {
        "claim": statistics.median(claim_seconds) * 1e3,
        "check": statistics.median(check_seconds) * 1e3,
    }


def run_in_process(*arguments: str) -> dict[str, float]:
    """Run a measurement in its own process and return its result."""
    command = [sys.executable, "-m", "benchmarks.feeds.schedule", *arguments]
    completed = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return json.loads(completed.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--claims", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(asyncio.run(run(Path(options.run), options.seconds))))
        return
    if options.claims:
        print(json.dumps(asyncio.run(measure_claims(Path(options.claims)))))
        return
    http = ROOT / "benchmarks" / "feeds" / "http_client.py"
    server = subprocess.Popen(
        [sys.executable, str(http), "--serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        port = int(server.stdout.readline())  # type: ignore[union-attr]
        with tempfile.TemporaryDirectory() as folder:
            measure_all(Path(folder), port, options)
    finally:
        server.terminate()
        server.wait()


def measure_all(folder: Path, port: int, options: argparse.Namespace) -> None:
    stores = {"empty": 0, "idle": options.feeds, "due": options.feeds, "late": options.feeds}
    for name, count in stores.items():
        first = {"due": 0.0, "late": -HALF_HOUR_SECONDS}.get(name, 86_400.0)
        over = HALF_HOUR_SECONDS if name in {"due", "late"} else 3_600.0
        asyncio.run(fill(folder / name, count, port, first=first, over=over))
    seconds = ("--seconds", str(options.seconds))
    results = {name: run_in_process("--run", str(folder / name), *seconds) for name in stores}
    cost = run_in_process("--claims", str(folder / "idle"))
    print(f"{options.feeds:,} feeds; {HOSTS:,} hosts; {options.seconds:g} s each\n")
    print(
        f"{'':34}{'polls/s':>9}{'CPU':>8}{'bare p99':>10}{'worst':>10}{'delay p99':>10}{'worst':>10}{'RSS MB':>9}{'+ MB':>7}"
    )
    rows = {
        "empty": "no feeds",
        "idle": "none is due",
        "due": "due evenly over 30 minutes",
        "late": "all overdue, as after a pause",
    }
    for name, label in rows.items():
        row = results[name]
        print(
            f"{label:34}{row['polls']:>9.1f}{row['cpu']:>8.1%}"
            f"{row['bare p99'] * 1e3:>7.1f} ms{row['bare'] * 1e3:>7.1f} ms{row['delay p99'] * 1e3:>7.1f} ms"
            f"{row['delay'] * 1e3:>7.1f} ms{row['rss']:>9.0f}{row['rss'] - results['empty']['rss']:>7.0f}"
        )
    print(
        f"\nclaiming 64 feeds: {cost['claim']:.1f} ms; finding that no feed is due: {cost['check']:.1f} ms"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
