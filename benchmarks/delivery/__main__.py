"""Delivery beside the stock limiters: python -m benchmarks.delivery [SCENARIO …] [--scale 0.2]

    fanout   1,500 private chats, a server that takes 30 a second, a person asking every 2 s
    group    45 alerts of one group ahead of 600 private chats
    secret   a server that takes 20 a second and does not say so
    slack    1,000 messages to 200 channels of 10 workspaces
    backlog  1,000,000 queued alerts: memory and pace

Each runs our sender (the real one: SQLite, the real SDK, one try a message) and, in the same run, the
limiter that people use: python-telegram-bot's AIORateLimiter (as it comes, and with 10 retries), and
slack_sdk's AsyncRateLimitErrorRetryHandler (with 1 retry as it comes, and with 10). The server is a
process of its own on loopback, 10 to 50 ms away, and answers after 30 to 90 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import aiohttp
import psutil
import structlog
import telegram.ext
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import make_url

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.delivery.world import (
    SLACK,
    TELEGRAM,
    Arrived,
    Stopwatch,
    server,
)
from bot.clock import utc_now
from bot.conversation.card import say
from bot.delivery.sender import Sender
from bot.errors import DeliveryError
from bot.model import Ref
from bot.store import Database, migrate
from tests.fakes.outbox import fill
from tests.fakes.telegram import TOKEN
from tests.fakes.thin import ThinSlack, ThinTelegram

Queue = list[tuple[str, int]]
HEADER = f"{'':34}{'seconds':>8}{'a second':>10}{'lost':>6}{'429s':>7}{'order':>7}{'reply p50':>11}{'max':>8}"


class Asker:
    """A person who asks every 2 s, each time in another chat."""

    def __init__(self, ask: Callable[[int], Awaitable[object]]) -> None:
        self._ask = ask
        self.waits: list[float] = []
        self.failed = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        number = 900_000_000
        while True:
            await asyncio.sleep(2.0)
            number += 1
            self._tasks.append(asyncio.ensure_future(self._once(number)))

    async def _once(self, chat: int) -> None:
        watch = Stopwatch()
        try:
            await self._ask(chat)
        except (DeliveryError, telegram.error.TelegramError):
            self.failed += 1
        else:
            self.waits.append(watch())

    async def end(self) -> None:
        await asyncio.gather(*self._tasks)


def row(name: str, arrived: Arrived, wanted: int, asker: Asker | None = None) -> None:
    seconds = arrived.seconds()
    there = len(arrived.alerts())
    replies = f"{'-':>11}{'-':>8}"
    if asker is not None and asker.waits:
        replies = f"{median(asker.waits):>10.2f}s{max(asker.waits):>7.2f}s"
        replies += f"  {asker.failed} of {asker.failed + len(asker.waits)} unanswered" * bool(
            asker.failed
        )
    lost = wanted - there + arrived.repeats()
    rate = there / seconds if seconds else 0.0
    print(
        f"{name:34}{seconds:>8.1f}{rate:>10.1f}{lost:>6,}{arrived.refused:>7,}{arrived.inversions():>7,}{replies}",
        flush=True,
    )


async def ours(
    queue: Queue, url: str, *, watch: Callable[[Sender], Awaitable[object]] | None = None
) -> Asker:
    """Our sender on a fresh database, until everything was sent; who asked meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{folder}/bench.sqlite3"))
        await migrate(database)
        adapter = ThinTelegram(url)
        await fill(database, TELEGRAM, adapter.account, queue)
        await adapter.bot.initialize()
        sender = Sender(database, adapter, utc_now)
        card = say("Here you are")
        asker = Asker(
            lambda chat: sender.outlet.reply(Ref(TELEGRAM, adapter.account, str(chat)), card)
        )
        stop = asyncio.Event()
        running = asyncio.ensure_future(sender.run(stop))
        asking = asyncio.ensure_future(asker.run())
        await (watch(sender) if watch else until_sent(database))
        asking.cancel()
        await asker.end()
        stop.set()
        await running
        await adapter.bot.shutdown()
        await database.close()
    return asker


async def until_sent(database: Database) -> None:
    """Wait until the outbox is empty."""
    from bot.store.waiting import oldest_waiting

    while True:
        async with database.reading() as connection:
            if await oldest_waiting(connection) is None:
                return
        await asyncio.sleep(0.25)


async def stock(queue: Queue, url: str, *, retries: int) -> Asker:
    """python-telegram-bot with its AIORateLimiter, everything handed to it at once."""
    limiter = telegram.ext.AIORateLimiter(max_retries=retries)
    request = telegram.request.HTTPXRequest(
        connection_pool_size=256, pool_timeout=600, read_timeout=60
    )
    bot = telegram.ext.ExtBot(TOKEN, base_url=url, request=request, rate_limiter=limiter)
    await bot.initialize()
    asker = Asker(lambda chat: bot.send_message(chat, "Here you are"))
    asking = asyncio.ensure_future(asker.run())
    sends = [
        bot.send_message(int(chat), f"Alert {number}")
        for chat, many in queue
        for number in range(many)
    ]
    await asyncio.gather(*sends, return_exceptions=True)
    asking.cancel()
    await asker.end()
    await bot.shutdown()
    return asker


def private(many: int) -> Queue:
    return [(str(1_000 + number), 1) for number in range(many)]


async def compare(title: str, queue: Queue, **limits: object) -> dict[str, Arrived]:
    """Our sender and the stock one, on a server each."""
    wanted = sum(many for _, many in queue)
    print(f"\n{title}\n{HEADER}")
    found = {}
    runs = {
        "our sender": lambda url: ours(queue, url),
        "AIORateLimiter()": lambda url: stock(queue, url, retries=0),
        "AIORateLimiter(max_retries=10)": lambda url: stock(queue, url, retries=10),
    }
    for name, run in runs.items():
        with server(TELEGRAM, **limits) as platform:
            asker = await run(platform.base_url)
            await asyncio.sleep(0.3)
            found[name] = platform.stats()
            row(name, found[name], wanted, asker)
    return found


async def fanout(scale: float) -> None:
    many = int(1_500 * scale)
    found = await compare(f"{many:,} private chats, 30 a second", private(many))
    mine = found["our sender"]
    alerts, all_of_it = (100 * each / 30 for each in (many / mine.seconds(), mine.rate()))
    print(
        f"  our pace is {all_of_it:.1f} % of 30 a second, {alerts:.1f} % without the replies,"
        f" refused {1_000 * mine.refused / many:.1f} of 1,000"
    )


async def group(scale: float) -> None:
    many, queued = int(600 * scale), int(45 * max(scale, 0.5))
    alone = await compare(f"{many:,} private chats alone", private(many))
    queue = [("-1001", queued), *private(many)]
    both = await compare(f"a group of {queued} alerts ahead of {many:,} private chats", queue)
    chats = [chat for chat, _ in private(many)]
    for name, arrived in both.items():
        slower = arrived.seconds(chats=chats) / alone[name].seconds(chats=chats) - 1
        print(f"  {name}: private chats {100 * slower:+.0f} %")


async def secret(scale: float) -> None:
    many = int(1_000 * scale)
    found = await compare(
        f"{many:,} private chats, 20 a second, unsaid", private(many), per_second=20
    )
    mine = found["our sender"]
    alerts, all_of_it = (100 * each / 20 for each in (many / mine.seconds(), mine.rate()))
    print(
        f"  our pace is {all_of_it:.1f} % of what the server takes, {alerts:.1f} % without the replies"
    )


async def slack(scale: float) -> None:
    each, teams = 5, 10
    channels = max(2, int(20 * scale))
    tokens = {f"xoxb-{team}": f"T{team}" for team in range(teams)}
    queue = {
        team: [(f"C{team}{number:03}", each) for number in range(channels)]
        for team in tokens.values()
    }
    wanted = sum(many for one in queue.values() for _, many in one)
    print(
        f"\n{wanted:,} messages to {channels * teams} channels of {teams} workspaces; ideal {each - 1} s\n{HEADER}"
    )
    with server(SLACK, tokens=tokens) as platform, tempfile.TemporaryDirectory() as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{folder}/bench.sqlite3"))
        await migrate(database)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=400)) as session:
            senders = []
            for token, team in tokens.items():
                adapter = ThinSlack(platform.base_url, token, team, session)
                await fill(database, SLACK, team, queue[team])
                senders.append(Sender(database, adapter, utc_now))
            stop = asyncio.Event()
            running = [asyncio.ensure_future(sender.run(stop)) for sender in senders]
            await until_sent(database)
            stop.set()
            await asyncio.gather(*running)
        await database.close()
        mine = platform.stats()
        row("our sender", mine, wanted)
        print(f"  {100 * mine.seconds() / (each - 1) - 100:+.0f} % beside the ideal")
    for retries in (1, 10):
        with server(SLACK, tokens=tokens) as platform:
            handler = AsyncRateLimitErrorRetryHandler(max_retry_count=retries)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=400)) as session:
                clients = {
                    team: AsyncWebClient(
                        token=token,
                        base_url=platform.base_url,
                        session=session,
                        retry_handlers=[handler],
                    )
                    for token, team in tokens.items()
                }
                sends = [
                    clients[team].chat_postMessage(channel=channel, text=f"Alert {number}")
                    for team, one in queue.items()
                    for channel, many in one
                    for number in range(many)
                ]
                await asyncio.gather(*sends, return_exceptions=True)
            row(f"AsyncRateLimitErrorRetryHandler({retries})", platform.stats(), wanted)


async def backlog(scale: float) -> None:
    many = int(1_000_000 * scale)
    chats = many // 10
    queue = [*[(str(1_000 + number), 5) for number in range(chats)], ("77", many - 5 * chats)]
    print(
        f"\n{many:,} alerts queued for {chats + 1:,} chats, half of them for one; 30 s of sending\n{HEADER}"
    )
    before, peak = psutil.Process().memory_info().rss, 0

    async def watch(_: Sender) -> None:
        nonlocal peak, before
        before = psutil.Process().memory_info().rss
        for _ in range(300):
            await asyncio.sleep(0.1)
            peak = max(peak, psutil.Process().memory_info().rss)

    with server(TELEGRAM) as platform:
        asker = await ours(queue, platform.base_url, watch=watch)
        found = platform.stats()
        row("our sender", found, len(found.alerts()) - found.repeats(), asker)
    print(
        f"  the process: {peak / 1e6:.0f} MB at most, {(peak - before) / 1e6:+.0f} MB while sending"
    )


SCENARIOS = {"fanout": fanout, "group": group, "secret": secret, "slack": slack, "backlog": backlog}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS], default=[])
    parser.add_argument("--scale", type=float, default=1.0, help="of all counts")
    options = parser.parse_args()
    logging.disable(logging.ERROR)  # the stock limiters log each message that they give up
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    begun = time.monotonic()
    for name in options.scenarios or SCENARIOS:
        asyncio.run(SCENARIOS[name](options.scale))
    print(f"\n{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
