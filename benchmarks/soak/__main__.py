"""A long run with everything going wrong: python -m benchmarks.soak [--minutes 30]

A watch and a chat process on one PostgreSQL, which is ended and started again every other minute. A third
of the feeds hang, trickle, break off, lie, lead in circles or into the desert, send a bomb; Telegram
refuses one message in ten, and some chats have blocked the bot. Prints memory, tasks and blocks minute
by minute, and at the end what is missing.

It fails (exit code 1) when memory grew by more than 5 % after the warm-up, the tasks grew, a process
ended, or something is missing.
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
from benchmarks.soak.faults import MANNERS, Refusing, bomb
from bot.clock import utc_now
from bot.errors import StoreError
from bot.feed_watch import AT_ONCE
from bot.model import Ref
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.feeds import NewFeed, add_feed, ask_now
from bot.store.subscriptions import add_subscription
from bot.store.tables import alerts, chats, fanouts, items, sources
from tests.fakes.feed_sites import FeedSites
from tests.scenarios.cluster import Cluster
from tests.watchers.sources.made_feeds import SYLLABLES
from watchers import parse_query

CHATS = 40
BLOCKED = 4
WORDS = 3_000
EVERY = 5.0  # seconds between samples
RESTART = 120.0  # seconds between two ends of the database
NAMES = ("watch-1", "chat-1")
GROWTH = 1.05
ASK = "FeedLook.ask"


@dataclass
class Soak:
    """What is measured."""

    server: Server
    database: Database
    sites: FeedSites
    telegram: Refusing
    cluster: Cluster
    home: Path
    honest: list[int] = field(default_factory=list)
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
                    self.sites.behave[number] = MANNERS[number // 3 % len(MANNERS)]
                else:
                    self.honest.append(number)
            for chat in range(CHATS):
                ref = Ref("telegram", "123456", str(1_000 + chat))
                chat_id = await ensure_chat(connection, ref, now=now)
                query = parse_query(f"word{chat}")
                await add_subscription(connection, chat_id, query, label=str(query), by="", now=now)
        self.telegram.blocked = {1_000 + chat for chat in range(BLOCKED)}

    async def wait_for_first_look(self) -> None:
        """What a feed brings in its first reading is no news."""
        urls = [self.sites.urls[number] for number in self.honest]
        unread = select(func.count()).where(
            sources.c.address.in_(urls), sources.c.baseline_at.is_(None)
        )
        async with asyncio.timeout(300):
            while True:
                async with self.database.reading() as connection:
                    if not (await connection.execute(unread)).scalar_one():
                        return
                await asyncio.sleep(0.5)

    # ── what happens all the time ─────────────────────────────────────────────────────────────────

    async def publish(self, rate: float) -> None:
        chance = random.Random(1)
        # As in real news, words come again: what remembers words is full after some minutes.
        vocabulary = ["".join(chance.choices(SYLLABLES, k=4)) for _ in range(WORDS)]
        told: dict[int, list[set[str]]] = defaultdict(list)
        while True:
            number, chat = len(self.titles), chance.randrange(CHATS)
            said = chance.sample(vocabulary, k=8)
            if any(len(other.intersection(said)) > 1 for other in told[chat]):
                continue  # rare words in common make one story, of which a chat is told once
            told[chat].append(set(said))
            title = f"word{chat} {' '.join(said)} {number}"
            self.titles[title] = 1_000 + chat
            if number % 20 == 0:
                self.cluster.seed(f"{number}.txt", f"{title}\n\n{title}.\n")
            else:
                self.sites.publish(chance.choice(self.honest), title)
            await asyncio.sleep(chance.expovariate(rate))

    async def ask(self) -> None:
        """All feeds are asked again and again, whatever their schedules say."""
        while True:
            try:
                async with self.database.writing() as connection:
                    now = utc_now()
                    rest = timedelta(seconds=10)
                    await ask_now(connection, None, now=now, not_since=now - rest)
            except StoreError:
                pass  # it is being restarted
            await asyncio.sleep(2)

    async def restart(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
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
                # The reading of PDFs and large pages has processes of its own: they come and go.
                self.memory[name].append((time.time(), root.memory_info().rss / 1e6))
            await asyncio.sleep(EVERY)

    async def last(self, seconds: float, tasks: list[asyncio.Future[None]]) -> None:
        """Until it has run for so long: a machine that was suspended meanwhile has not run."""
        while len(self.memory[NAMES[0]]) * EVERY < seconds:
            ended, _ = await asyncio.wait(tasks, timeout=EVERY, return_when=asyncio.FIRST_COMPLETED)
            if ended:
                self.problems += [f"{task}" for task in ended]
                return

    # ── the end ───────────────────────────────────────────────────────────────────────────────────

    async def settle(self) -> None:
        """Let everything that is honest come through."""
        self.telegram.bad = False
        async with asyncio.timeout(300):
            while True:
                if await self._is_done():
                    return
                await asyncio.sleep(1)

    async def _is_done(self) -> bool:
        known = select(func.count()).select_from(items).where(items.c.title.like("word%"))
        waiting = select(func.count()).select_from(fanouts)
        try:
            async with self.database.reading() as connection:
                found = (await connection.execute(known)).scalar_one()
                left = (await connection.execute(waiting)).scalar_one()
        except StoreError:
            return False
        suspended = self.telegram.blocked
        wanted = sum(chat not in suspended for chat in self.titles.values())
        arrived = sum(chat not in suspended for chat, _ in self.telegram.arrived)
        return found >= len(self.titles) and not left and arrived >= wanted

    async def missing(self) -> list[str]:
        """What did not arrive, and what the store says of it."""
        where = (
            select(alerts.c.state, alerts.c.reason)
            .join(items, items.c.id == alerts.c.item_id)
            .join(chats, chats.c.id == alerts.c.chat_id)
        )
        found = []
        async with self.database.reading() as connection:
            for title, chat in self.titles.items():
                if chat in self.telegram.blocked or (chat, title) in self.telegram.arrived:
                    continue
                row = (await connection.execute(where.where(items.c.title == title))).first()
                found.append(f"{title}: {tuple(row) if row else 'no alert'}")
        return found

    def counts(self, name: str) -> list[dict]:
        lines = (self.home / f"{name}.log").read_text().splitlines()
        return [one for one in map(_read, lines) if one.get("event") == "counts"]


def _read(line: str) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--feeds", type=int, default=240)
    parser.add_argument("--restart", type=float, default=RESTART, help="seconds between two ends")
    parser.add_argument("--keep", type=Path, help="where the logs of the processes stay")
    parser.add_argument("--rate", type=float, default=1.0, help="new entries a second")
    options = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # who hangs up on bad manners
    with running() as server, tempfile.TemporaryDirectory() as folder:
        raise SystemExit(asyncio.run(_run(server, options.keep or Path(folder), options)))


async def _run(server: Server, home: Path, options: argparse.Namespace) -> int:
    bomb()
    database = Database(await server.database("soak"))
    async with Refusing() as telegram, FeedSites(hosts=options.feeds // 2, each=2) as sites:
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
            await soak.wait_for_first_look()
            begun = time.time()
            asking = asyncio.ensure_future(soak.ask())
            sampling = asyncio.ensure_future(soak.sample())
            tasks = [asyncio.ensure_future(soak.publish(options.rate))]
            tasks.append(asyncio.ensure_future(soak.restart(options.restart)))
            await soak.last(60 * options.minutes, [*tasks, sampling])
            for task in tasks:
                task.cancel()
            ended = time.time()
            try:
                await soak.settle()
            except TimeoutError:
                soak.problems.append("not all came through in five minutes")
            for task in (asking, sampling):
                task.cancel()
            _report(soak, begun, ended)
            missing = await soak.missing()
            for line in missing[:20]:
                print(f"missing: {line}")
            await cluster.stop()
    await database.close()
    _judge(soak, begun, ended)
    for problem in soak.problems:
        print(f"problem: {problem}")
    print(f"missing {len(missing)}, problems {len(soak.problems)}")
    return 1 if missing or soak.problems else 0


def _report(soak: Soak, begun: float, ended: float) -> None:
    minutes = (ended - begun) / 60
    print(
        f"{minutes:.1f} minutes, {len(soak.sites.urls)} feeds, {soak.restarts} ends of the database"
    )
    print("\n| minute | " + " | ".join(f"{n}: MB | tasks | blocks" for n in NAMES) + " |")
    print("|---|" + "---|---|---|" * len(NAMES))
    step = max(1, round(minutes / 15))
    for minute in range(0, round(minutes), step):
        row = []
        for name in NAMES:
            start, end = begun + 60 * minute, begun + 60 * (minute + step)
            memory = [mb for at, mb in soak.memory[name] if start <= at < end]
            counts = [one for one in soak.counts(name) if start <= one["at"] < end]
            row.append(f"{median(memory):.1f}" if memory else "-")
            row.append(f"{median(c['tasks'] for c in counts):.0f}" if counts else "-")
            row.append(f"{median(c['blocks'] for c in counts):,.0f}" if counts else "-")
        print(f"| {minute} | " + " | ".join(row) + " |")
    twice = sum(many - 1 for many in soak.telegram.arrived.values())
    print(
        f"\n{len(soak.titles):,} entries and documents, {soak.sites.asked.total():,} requests to feeds,"
        f" {len(soak.telegram.arrived):,} messages ({twice} twice), refused:"
        f" {dict(soak.telegram.refusals)}, faults of politeness: {len(soak.sites.faults)}"
    )
    for fault in soak.sites.faults[:10]:
        print(f"  impolite: {fault}")
    for said, many in soak.cluster.complaints().most_common(15):
        print(f"  {many:4} x {said[:150]}")


def _own_tasks(counted: dict) -> int:
    """Those that are not feeds under way, of which there are as many as hang at the moment."""
    return counted["tasks"] - counted["names"].get(ASK, 0)


def _judge(soak: Soak, begun: float, ended: float) -> None:
    """After the first third, memory and tasks stay where they are."""
    third = (ended - begun) / 3
    for name in NAMES:
        early = [mb for at, mb in soak.memory[name] if third <= at - begun < 2 * third]
        late = [mb for at, mb in soak.memory[name] if 2 * third <= at - begun <= 3 * third]
        if early and late:
            growth = median(late) / median(early)
            print(f"{name}: memory of the last third to the second {growth:.3f}")
            if growth > GROWTH:
                soak.problems.append(f"{name}: memory grew by {100 * growth - 100:.1f} %")
        counts = soak.counts(name)
        then = [c for c in counts if third <= c["at"] - begun < 2 * third]
        now = [c for c in counts if 2 * third <= c["at"] - begun <= 3 * third]
        if then and now:
            grew = Counter(now[-1]["names"]) - Counter(then[0]["names"])
            more = median(map(_own_tasks, now)) - median(map(_own_tasks, then))
            asks = max(c["names"].get(ASK, 0) for c in counts)
            print(f"{name}: tasks {more:+.0f}, at most {asks} feeds asked at once; {dict(grew)}")
            if asks > AT_ONCE:
                soak.problems.append(f"{name}: {asks} feeds were asked at once")
            if more > 5:
                soak.problems.append(f"{name}: {more:.0f} tasks more")


if __name__ == "__main__":
    sys.exit(main())
