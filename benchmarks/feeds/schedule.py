"""100,000 feeds in the schedule: memory, idle CPU, the event loop's lag, and what a claim costs.

    python -m benchmarks.feeds.schedule [--feeds 100000] [--seconds 60]

Each measurement is a process of its own, with the parts that a running Tocsin has: the store (SQLite),
the watch over the feeds, its worker, the clock, the real HTTP client. For the lag, the feeds come due
evenly over 30 minutes, and a server on loopback plays 1,000 hosts (127.0.x.y) that answer 304.

"bare" is the control: the same loop in the same process with the store and the client open and nothing
at work, just before. What it is late by is the machine's doing.
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
HALF_HOUR = 1_800.0
BEAT = 0.002  # seconds between two looks at the loop's lag
WARM = 5.0  # seconds before anything is counted


async def fill(file: Path, many: int, port: int, *, first: float, over: float) -> None:
    """A store with so many feeds, due from ``first`` seconds from now on, evenly ``over`` some."""
    from sqlalchemy import insert

    from bot.store.tables import cursors, sources

    database = await opened(file)
    now = datetime.now(UTC)
    about = json.dumps({"times": [int(now.timestamp()) - 3600 * n for n in range(30)], "ttl": 1800})
    entries = "\n".join(f"{n:011} {n:011} {n:011} {n:011} {n:022}" for n in range(40))
    for start in range(0, many, 10_000):
        numbers = range(start, min(start + 10_000, many))
        async with database.writing() as connection:
            rows = [
                {
                    "kind": "feed",
                    "address": f"http://{host_of(n)}:{port}/{n}.xml",
                    "host": host_of(n),
                    "created_at": now,
                    "baseline_at": now,
                    "due_at": now + timedelta(seconds=first + over * n / many),
                    "title": f"Feed {n}",
                    "tags": [],
                }
                for n in numbers
            ]
            await connection.execute(insert(sources), rows)
            known = {"etag": '"1"', "about": about, "entries": entries, "body": "x" * 32}
            await connection.execute(
                insert(cursors),
                [
                    {"source_id": n + 1, "name": name, "value": value}
                    for n in numbers
                    for name, value in known.items()
                ],
            )
    await database.close()


def host_of(number: int) -> str:
    host = number % HOSTS
    return f"127.0.{host // 250}.{host % 250 + 1}"


async def opened(file: Path):  # noqa: ANN201
    from sqlalchemy.engine import make_url

    from bot.store import Database, migrate

    database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
    await migrate(database)
    return database


async def spread_anew(database, over: float) -> None:  # noqa: ANN001
    """Let every feed come due from now on, evenly: the store was filled some minutes ago."""
    from sqlalchemy import bindparam, func, select, update

    from bot.store.tables import sources

    now = datetime.now(UTC)
    async with database.writing() as connection:
        many = await connection.scalar(select(func.count()).select_from(sources))
        await connection.execute(
            update(sources).where(sources.c.id == bindparam("row")).values(due_at=bindparam("due")),
            [{"row": n + 1, "due": now + timedelta(seconds=over * n / many)} for n in range(many)],
        )


async def run(file: Path, seconds: float) -> dict[str, float]:
    """Watch the feeds for so long, as a running Tocsin does."""
    from bot.clock import utc_now
    from bot.feed_look import FeedWorld
    from bot.feed_watch import FeedWatch
    from bot.ingest import Ingest
    from bot.matcher import Matcher
    from bot.ticks import ticking
    from bot.worker import Worker
    from watchers import TopicIndex
    from watchers.fetching.http import HttpClient
    from watchers.fetching.http_options import HttpOptions
    from watchers.fetching.proxies import Proxies
    from watchers.isolation import Isolation

    database = await opened(file)
    options = HttpOptions(allow_networks=(ip_network("127.0.0.0/8"),))
    stop = asyncio.Event()
    asked = 0
    async with HttpClient(options, proxies=Proxies({})) as client, Isolation() as isolation:

        async def fetch(url: str, **more: object) -> object:
            nonlocal asked
            asked += 1
            return await client(url, **more)  # type: ignore[arg-type]

        ingest = Ingest(database, Matcher(TopicIndex()), utc_now)
        watch = FeedWatch(
            database, ingest, FeedWorld(fetch, isolation), utc_now, on_news=lambda: None
        )  # type: ignore[arg-type]
        gc.collect()
        gc.freeze()  # as the app does
        bare = await lateness(seconds / 2)
        if file.name == "due":
            await spread_anew(database, HALF_HOUR)
        worker = Worker("feeds", watch.step)
        watch.wakes(worker.wake)
        working = asyncio.create_task(worker.run(stop))
        with ticking({worker.wake: 1.0}):
            await asyncio.sleep(WARM)
            asked = 0
            started = time.perf_counter()
            quiet = await _rest(seconds / 2)  # CPU without the heartbeat's own
            late = await lateness(seconds / 2)
            polls = asked / (time.perf_counter() - started)
        stop.set()
        await working
        await watch.close()
    await database.close()
    return {
        "cpu": quiet,
        "polls": polls,
        "bare p99": bare[int(len(bare) * 0.99)],
        "bare": bare[-1],
        "lag p99": late[int(len(late) * 0.99)],
        "lag": late[-1],
        "rss": psutil.Process().memory_info().rss / 1e6,
    }


async def lateness(seconds: float) -> list[float]:
    """By how much the loop was late, look by look, the least first."""
    late: list[float] = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(BEAT)
        late.append(time.perf_counter() - now - BEAT)
    return sorted(late)


async def _rest(seconds: float) -> float:
    """The share of a processor that was used meanwhile."""
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - started)


async def claims(file: Path, times: int = 60) -> dict[str, float]:
    """Milliseconds that finding and claiming 64 feeds takes, and finding that nothing is due."""
    from bot.store.feed_queue import claim_feeds, free_every_host, is_any_due

    database = await opened(file)
    took: list[float] = []
    nothing: list[float] = []
    now = datetime.now(UTC)
    for _ in range(times):
        started = time.perf_counter()
        async with database.writing() as connection:
            found = await claim_feeds(connection, owner="me", most=64, now=now + timedelta(days=2))
        took.append(time.perf_counter() - started)
        if len(found) != 64:
            raise SystemExit(f"{len(found)} feeds were claimed, not 64")
        async with database.writing() as connection:
            await free_every_host(connection)
        started = time.perf_counter()
        async with database.reading() as connection:
            await is_any_due(connection, now=now - timedelta(days=2))
        nothing.append(time.perf_counter() - started)
    await database.close()
    return {"claim": statistics.median(took) * 1e3, "look": statistics.median(nothing) * 1e3}


def apart(*arguments: str) -> dict[str, float]:
    """What a measurement in a process of its own found."""
    command = [sys.executable, "-m", "benchmarks.feeds.schedule", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return json.loads(done.stdout.splitlines()[-1])


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
        print(json.dumps(asyncio.run(claims(Path(options.claims)))))
        return
    http = ROOT / "benchmarks" / "feeds" / "http_client.py"
    server = subprocess.Popen(
        [sys.executable, str(http), "--serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        port = int(server.stdout.readline())  # type: ignore[union-attr]
        with tempfile.TemporaryDirectory() as folder:
            show(Path(folder), port, options)
    finally:
        server.terminate()
        server.wait()


def show(folder: Path, port: int, options: argparse.Namespace) -> None:
    stores = {"empty": 0, "idle": options.feeds, "due": options.feeds, "late": options.feeds}
    for name, many in stores.items():
        first = {"due": 0.0, "late": -HALF_HOUR}.get(name, 86_400.0)
        over = HALF_HOUR if name in {"due", "late"} else 3_600.0
        asyncio.run(fill(folder / name, many, port, first=first, over=over))
    seconds = ("--seconds", str(options.seconds))
    found = {name: apart("--run", str(folder / name), *seconds) for name in stores}
    cost = apart("--claims", str(folder / "idle"))
    print(f"{options.feeds:,} feeds; {HOSTS:,} hosts; {options.seconds:g} s each\n")
    print(
        f"{'':34}{'polls/s':>9}{'CPU':>8}{'bare p99':>10}{'worst':>10}{'lag p99':>10}{'worst':>10}{'RSS MB':>9}{'+ MB':>7}"
    )
    rows = {
        "empty": "no feeds",
        "idle": "none of them due",
        "due": "due evenly over 30 minutes",
        "late": "all overdue, as after a night off",
    }
    for name, words in rows.items():
        row = found[name]
        print(
            f"{words:34}{row['polls']:>9.1f}{row['cpu']:>8.1%}"
            f"{row['bare p99'] * 1e3:>7.1f} ms{row['bare'] * 1e3:>7.1f} ms{row['lag p99'] * 1e3:>7.1f} ms"
            f"{row['lag'] * 1e3:>7.1f} ms{row['rss']:>9.0f}{row['rss'] - found['empty']['rss']:>7.0f}"
        )
    print(
        f"\nclaiming 64 feeds: {cost['claim']:.1f} ms; finding nothing due: {cost['look']:.1f} ms"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
