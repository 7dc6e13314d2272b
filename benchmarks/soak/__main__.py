"""A long run with many faults: python -m benchmarks.soak [--minutes 30]

A watch and a chat process use one PostgreSQL, which is killed and started again every two minutes. A third
of the feeds hang, trickle, break off, send garbage or a compression bomb, or redirect without end. Telegram
rejects one message in ten, and some chats have blocked the bot. Prints memory, tasks and blocks per minute,
and the missing messages at the end.

The exit code is 1 if memory grew by more than 5 % after the warm-up, the number of tasks grew, a process
ended, or a message is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median

import psutil
from sqlalchemy import func, select

from benchmarks.scaling.server import Server, running
from benchmarks.soak.faults import FAULTS, FaultyTelegram, bomb
from bot.errors import StoreError
from bot.ingest.feed_poll import FeedPoll
from bot.ingest.feed_poller import MAX_CONCURRENT_POLLS
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import add_subscription
from bot.store.feeds.feeds import NewFeed, add_feed, schedule_now
from bot.store.tables import alerts, chats, fanout_jobs, items, sources
from tests.fakes.feed_sites import FeedSites
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import SYLLABLES
from watchers import parse_query

CHATS = 40
BLOCKED = 4
WORDS = 3_000
SAMPLE_SECONDS = 5.0
RESTART_SECONDS = 120.0
NAMES = ("watch-1", "chat-1")
MAX_GROWTH = 1.05
# The name of the coroutine of a running poll in the counts of process.py.
POLL_TASK = FeedPoll.run.__qualname__


@dataclass
class Soak:
    """The state of the run."""

    server: Server
    database: Database
    sites: FeedSites
    telegram: FaultyTelegram
    cluster: Cluster
    home: Path
    healthy: list[int] = field(default_factory=list)
    titles: dict[str, int] = field(default_factory=dict)
    memory: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {name: [] for name in NAMES}
    )
    restarts: int = 0
    problems: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        now = utc_now()
        async with self.database.writing() as connection:
            for number, url in enumerate(self.sites.urls):
                await add_feed(connection, NewFeed(url, self.sites.host(number)), now=now)
                if number % 3 == 0:
                    self.sites.behave[number] = FAULTS[number // 3 % len(FAULTS)]
                else:
                    self.healthy.append(number)
            for chat in range(CHATS):
                ref = ChatRef("telegram", "123456", str(1_000 + chat))
                chat_id = await get_or_create_chat(connection, ref, now=now)
                query = parse_query(f"word{chat}")
                await add_subscription(
                    connection, chat_id, query, label=str(query), user_id="", now=now
                )
        self.telegram.blocked = {1_000 + chat for chat in range(BLOCKED)}

    async def wait_for_first_polls(self) -> None:
        """Wait for the first poll of each healthy feed, whose items are not alerted."""
        urls = [self.sites.urls[number] for number in self.healthy]
        unread = select(func.count()).where(
            sources.c.address.in_(urls), sources.c.baseline_at.is_(None)
        )
        async with asyncio.timeout(300):
            while True:
                async with self.database.reading() as connection:
                    if not (await connection.execute(unread)).scalar_one():
                        return
                await asyncio.sleep(0.5)

    # ── background activity ───────────────────────────────────────────────────────────────────────

    async def publish(self, rate: float) -> None:
        chance = random.Random(1)
        # A bounded vocabulary, as in real news: caches of words are full after some minutes.
        vocabulary = ["".join(chance.choices(SYLLABLES, k=4)) for _ in range(WORDS)]
        published: dict[int, list[set[str]]] = defaultdict(list)
        while True:
            number, chat = len(self.titles), chance.randrange(CHATS)
            words = chance.sample(vocabulary, k=8)
            if any(len(other.intersection(words)) > 1 for other in published[chat]):
                # Two rare words in common would make one story, which is alerted once.
                continue
            published[chat].append(set(words))
            title = f"word{chat} {' '.join(words)} {number}"
            self.titles[title] = 1_000 + chat
            if number % 20 == 0:
                self.cluster.seed(f"{number}.txt", f"{title}\n\n{title}.\n")
            else:
                self.sites.publish(chance.choice(self.healthy), title)
            await asyncio.sleep(chance.expovariate(rate))

    async def schedule_polls(self) -> None:
        """Make all feeds due again and again, whatever their schedules are."""
        while True:
            try:
                async with self.database.writing() as connection:
                    now = utc_now()
                    interval = timedelta(seconds=10)
                    await schedule_now(connection, None, now=now, not_polled_since=now - interval)
            except StoreError:
                # The database is being restarted.
                pass
            await asyncio.sleep(2)

    async def restart_database(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await asyncio.to_thread(self.server.restart)
            self.restarts += 1

    async def sample(self) -> None:
        while True:
            for name in NAMES:
                process = self.cluster.running[name]
                if process.returncode is not None:
                    self.problems.append(f"{name} ended with {process.returncode}")
                    return
                root = psutil.Process(process.pid)
                # The worker processes of the parsers are not counted: they are temporary.
                self.memory[name].append((time.time(), root.memory_info().rss / 1e6))
            await asyncio.sleep(SAMPLE_SECONDS)

    async def run_for(self, seconds: float, tasks: list[asyncio.Future[None]]) -> None:
        """Wait for the duration. The samples measure it, so a suspended machine does not shorten it."""
        while len(self.memory[NAMES[0]]) * SAMPLE_SECONDS < seconds:
            done, _ = await asyncio.wait(
                tasks, timeout=SAMPLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                self.problems += [f"{task}" for task in done]
                return

    # ── the end ───────────────────────────────────────────────────────────────────────────────────

    async def settle(self) -> None:
        """Wait until all items are stored and delivered."""
        self.telegram.is_faulty = False
        async with asyncio.timeout(300):
            while True:
                if await self._is_done():
                    return
                await asyncio.sleep(1)

    async def _is_done(self) -> bool:
        stored = select(func.count()).select_from(items).where(items.c.title.like("word%"))
        waiting = select(func.count()).select_from(fanout_jobs)
        try:
            async with self.database.reading() as connection:
                item_count = (await connection.execute(stored)).scalar_one()
                job_count = (await connection.execute(waiting)).scalar_one()
        except StoreError:
            return False
        blocked = self.telegram.blocked
        expected = sum(chat not in blocked for chat in self.titles.values())
        arrived = sum(chat not in blocked for chat, _ in self.telegram.arrived)
        return item_count >= len(self.titles) and not job_count and arrived >= expected

    async def missing(self) -> list[str]:
        """Return the titles that did not arrive, with the state of their alerts."""
        statement = (
            select(alerts.c.state, alerts.c.reason)
            .join(items, items.c.id == alerts.c.item_id)
            .join(chats, chats.c.id == alerts.c.chat_id)
        )
        missing = []
        async with self.database.reading() as connection:
            for title, chat in self.titles.items():
                if chat in self.telegram.blocked or (chat, title) in self.telegram.arrived:
                    continue
                row = (await connection.execute(statement.where(items.c.title == title))).first()
                missing.append(f"{title}: {tuple(row) if row else 'no alert'}")
        return missing

    def counts(self, name: str) -> list[dict]:
        lines = (self.home / f"{name}.log").read_text().splitlines()
        return [event for event in map(_parse_line, lines) if event.get("event") == "counts"]


def _parse_line(line: str) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--feeds", type=int, default=240)
    parser.add_argument(
        "--restart",
        type=float,
        default=RESTART_SECONDS,
        help="seconds between two kills of the database",
    )
    parser.add_argument(
        "--keep", type=Path, help="folder in which the logs of the processes are kept"
    )
    parser.add_argument("--rate", type=float, default=1.0, help="new entries per second")
    options = parser.parse_args()
    # Clients close the connections of faulty feeds. The fake server would log each one.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with running() as server, tempfile.TemporaryDirectory() as folder:
        raise SystemExit(asyncio.run(_run(server, options.keep or Path(folder), options)))


async def _run(server: Server, home: Path, options: argparse.Namespace) -> int:
    bomb()
    database = Database(await server.database("soak"))
    async with FaultyTelegram() as telegram, FeedSites(hosts=options.feeds // 2, each=2) as sites:
        cluster = Cluster(
            home,
            database,
            telegram.port,
            script=Path(__file__).with_name("process.py"),
            TOCSIN_ALERT_MAX_AGE="0",
        )
        async with cluster:
            soak = Soak(server, database, sites, telegram, cluster, home)
            await soak.prepare()
            for name in NAMES:
                await cluster.start(name)
            await soak.wait_for_first_polls()
            start = time.time()
            polling = asyncio.ensure_future(soak.schedule_polls())
            sampling = asyncio.ensure_future(soak.sample())
            tasks = [asyncio.ensure_future(soak.publish(options.rate))]
            tasks.append(asyncio.ensure_future(soak.restart_database(options.restart)))
            await soak.run_for(60 * options.minutes, [*tasks, sampling])
            for task in tasks:
                task.cancel()
            end = time.time()
            try:
                await soak.settle()
            except TimeoutError:
                soak.problems.append("not all messages arrived within five minutes")
            for task in (polling, sampling):
                task.cancel()
            _report(soak, start, end)
            missing = await soak.missing()
            for line in missing[:20]:
                print(f"missing: {line}")
            await cluster.stop()
    await database.close()
    _check(soak, start, end)
    for problem in soak.problems:
        print(f"problem: {problem}")
    print(f"missing {len(missing)}, problems {len(soak.problems)}")
    return 1 if missing or soak.problems else 0


def _report(soak: Soak, start: float, end: float) -> None:
    minutes = (end - start) / 60
    print(
        f"{minutes:.1f} minutes, {len(soak.sites.urls)} feeds, {soak.restarts} kills of the database"
    )
    print("\n| minute | " + " | ".join(f"{n}: MB | tasks | blocks" for n in NAMES) + " |")
    print("|---|" + "---|---|---|" * len(NAMES))
    step = max(1, round(minutes / 15))
    for minute in range(0, round(minutes), step):
        row = []
        for name in NAMES:
            first, last = start + 60 * minute, start + 60 * (minute + step)
            memory = [mb for time_, mb in soak.memory[name] if first <= time_ < last]
            counts = [event for event in soak.counts(name) if first <= event["at"] < last]
            row.append(f"{median(memory):.1f}" if memory else "-")
            row.append(f"{median(event['tasks'] for event in counts):.0f}" if counts else "-")
            row.append(f"{median(event['blocks'] for event in counts):,.0f}" if counts else "-")
        print(f"| {minute} | " + " | ".join(row) + " |")
    duplicates = sum(count - 1 for count in soak.telegram.arrived.values())
    print(
        f"\n{len(soak.titles):,} entries and documents, {soak.sites.asked.total():,} requests to feeds,"
        f" {len(soak.telegram.arrived):,} messages ({duplicates} twice), rejected:"
        f" {dict(soak.telegram.refusals)}, requests too soon: {len(soak.sites.faults)}"
    )
    for fault in soak.sites.faults[:10]:
        print(f"  too soon: {fault}")
    for line, count in soak.cluster.complaints().most_common(15):
        print(f"  {count:4} x {line[:150]}")


def _task_count(counts: dict) -> int:
    """Return the number of tasks without polls, whose number depends on how many feeds hang."""
    return counts["tasks"] - counts["names"].get(POLL_TASK, 0)


def _check(soak: Soak, start: float, end: float) -> None:
    """Report a problem if memory or tasks grew from the second third of the run to the last."""
    third = (end - start) / 3
    for name in NAMES:
        early = [mb for time_, mb in soak.memory[name] if third <= time_ - start < 2 * third]
        late = [mb for time_, mb in soak.memory[name] if 2 * third <= time_ - start <= 3 * third]
        if early and late:
            growth = median(late) / median(early)
            print(f"{name}: memory of the last third to the second {growth:.3f}")
            if growth > MAX_GROWTH:
                soak.problems.append(f"{name}: memory grew by {100 * growth - 100:.1f} %")
        counts = soak.counts(name)
        early_counts = [event for event in counts if third <= event["at"] - start < 2 * third]
        late_counts = [event for event in counts if 2 * third <= event["at"] - start <= 3 * third]
        if early_counts and late_counts:
            grew = Counter(late_counts[-1]["names"]) - Counter(early_counts[0]["names"])
            more = median(map(_task_count, late_counts)) - median(map(_task_count, early_counts))
            polls = max(event["names"].get(POLL_TASK, 0) for event in counts)
            print(f"{name}: tasks {more:+.0f}, at most {polls} concurrent polls; {dict(grew)}")
            if polls > MAX_CONCURRENT_POLLS:
                soak.problems.append(f"{name}: {polls} concurrent polls")
            if more > 5:
                soak.problems.append(f"{name}: {more:.0f} more tasks")


if __name__ == "__main__":
    sys.exit(main())
