"""Compares delivery with the stock rate limiters: python -m benchmarks.delivery [SCENARIO …] [--scale 0.2]

    fanout   1,500 private chats, a server that accepts 30 per second, one command every 2 s
    group    45 alerts of one group ahead of 600 private chats
    secret   a server that accepts 20 per second, an unannounced limit
    slack    1,000 messages to 200 channels of 10 workspaces
    backlog  1,000,000 queued alerts: memory and rate

Each scenario runs the sender of Tocsin (SQLite, the real SDK, one attempt per message) and the common
limiters: AIORateLimiter of python-telegram-bot (default, and 10 retries) and
AsyncRateLimitErrorRetryHandler of slack_sdk (1 retry, the default, and 10). The server is a process of
its own on loopback, with 10 to 50 ms of latency, and answers after 30 to 90 ms.
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
from bot.conversation.cards.card import make_card
from bot.delivery.sender import Sender
from bot.errors import DeliveryError
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from bot.store import Database, migrate
from tests.fakes.outbox import fill
from tests.fakes.telegram import TOKEN
from tests.fakes.thin import ThinSlack, ThinTelegram

Queue = list[tuple[str, int]]
HEADER = f"{'':34}{'seconds':>8}{'per second':>11}{'lost':>6}{'429s':>7}{'order':>7}{'reply p50':>11}{'max':>8}"


class CommandUser:
    """Sends a command every 2 s, each time in another chat, and measures the reply times."""

    def __init__(self, send_command: Callable[[int], Awaitable[object]]) -> None:
        self._send_command = send_command
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
            await self._send_command(chat)
        except (DeliveryError, telegram.error.TelegramError):
            self.failed += 1
        else:
            self.waits.append(watch())

    async def end(self) -> None:
        await asyncio.gather(*self._tasks)


def row(name: str, arrived: Arrived, expected: int, user: CommandUser | None = None) -> None:
    seconds = arrived.seconds()
    received = len(arrived.alerts())
    replies = f"{'-':>11}{'-':>8}"
    if user is not None and user.waits:
        replies = f"{median(user.waits):>10.2f}s{max(user.waits):>7.2f}s"
        replies += f"  {user.failed} of {user.failed + len(user.waits)} without reply" * bool(
            user.failed
        )
    lost = expected - received + arrived.repeats()
    rate = received / seconds if seconds else 0.0
    print(
        f"{name:34}{seconds:>8.1f}{rate:>11.1f}{lost:>6,}{arrived.refused:>7,}{arrived.inversions():>7,}{replies}",
        flush=True,
    )


async def run_sender(
    queue: Queue, url: str, *, watch: Callable[[Sender], Awaitable[object]] | None = None
) -> CommandUser:
    """Run the sender on a new database until all alerts are sent. Return the reply times."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{folder}/bench.sqlite3"))
        await migrate(database)
        adapter = ThinTelegram(url)
        await fill(database, TELEGRAM, adapter.account, queue)
        await adapter.bot.initialize()
        sender = Sender(database, adapter, utc_now)
        card = make_card("Here you are")
        user = CommandUser(
            lambda chat: sender.reply_channel.reply(
                ChatRef(TELEGRAM, adapter.account, str(chat)), card
            )
        )
        stop = asyncio.Event()
        running = asyncio.ensure_future(sender.run(stop))
        user_task = asyncio.ensure_future(user.run())
        await (watch(sender) if watch else until_sent(database))
        user_task.cancel()
        await user.end()
        stop.set()
        await running
        await adapter.bot.shutdown()
        await database.close()
    return user


async def until_sent(database: Database) -> None:
    """Wait until the outbox is empty."""
    from bot.store.outbox.alert_log import oldest_queued_at

    while True:
        async with database.reading() as connection:
            if await oldest_queued_at(connection) is None:
                return
        await asyncio.sleep(0.25)


async def run_stock_limiter(queue: Queue, url: str, *, retries: int) -> CommandUser:
    """Run python-telegram-bot with its AIORateLimiter, with all messages at once."""
    limiter = telegram.ext.AIORateLimiter(max_retries=retries)
    request = telegram.request.HTTPXRequest(
        connection_pool_size=256, pool_timeout=600, read_timeout=60
    )
    bot = telegram.ext.ExtBot(TOKEN, base_url=url, request=request, rate_limiter=limiter)
    await bot.initialize()
    user = CommandUser(lambda chat: bot.send_message(chat, "Here you are"))
    user_task = asyncio.ensure_future(user.run())
    sends = [
        bot.send_message(int(chat), f"Alert {number}")
        for chat, count in queue
        for number in range(count)
    ]
    await asyncio.gather(*sends, return_exceptions=True)
    user_task.cancel()
    await user.end()
    await bot.shutdown()
    return user


def private(count: int) -> Queue:
    return [(str(1_000 + number), 1) for number in range(count)]


async def compare(title: str, queue: Queue, **limits: object) -> dict[str, Arrived]:
    """Run the sender and the stock limiters, each on its own server."""
    expected = sum(count for _, count in queue)
    print(f"\n{title}\n{HEADER}")
    results = {}
    runs = {
        "Tocsin": lambda url: run_sender(queue, url),
        "AIORateLimiter()": lambda url: run_stock_limiter(queue, url, retries=0),
        "AIORateLimiter(max_retries=10)": lambda url: run_stock_limiter(queue, url, retries=10),
    }
    for name, run in runs.items():
        with server(TELEGRAM, **limits) as platform:
            user = await run(platform.base_url)
            await asyncio.sleep(0.3)
            results[name] = platform.stats()
            row(name, results[name], expected, user)
    return results


async def fanout(scale: float) -> None:
    count = int(1_500 * scale)
    results = await compare(f"{count:,} private chats, 30 per second", private(count))
    arrived = results["Tocsin"]
    alerts, with_replies = (100 * each / 30 for each in (count / arrived.seconds(), arrived.rate()))
    print(
        f"  rate: {with_replies:.1f} % of 30 per second, {alerts:.1f} % without the replies,"
        f" refused {1_000 * arrived.refused / count:.1f} of 1,000"
    )


async def group(scale: float) -> None:
    count, queued = int(600 * scale), int(45 * max(scale, 0.5))
    alone = await compare(f"{count:,} private chats alone", private(count))
    queue = [("-1001", queued), *private(count)]
    both = await compare(f"a group of {queued} alerts ahead of {count:,} private chats", queue)
    chats = [chat for chat, _ in private(count)]
    for name, arrived in both.items():
        slower = arrived.seconds(chats=chats) / alone[name].seconds(chats=chats) - 1
        print(f"  {name}: private chats {100 * slower:+.0f} %")


async def secret(scale: float) -> None:
    count = int(1_000 * scale)
    results = await compare(
        f"{count:,} private chats, 20 per second, unannounced", private(count), per_second=20
    )
    arrived = results["Tocsin"]
    alerts, with_replies = (100 * each / 20 for each in (count / arrived.seconds(), arrived.rate()))
    print(
        f"  rate: {with_replies:.1f} % of the limit of the server, {alerts:.1f} % without the replies"
    )


async def slack(scale: float) -> None:
    each, teams = 5, 10
    channels = max(2, int(20 * scale))
    tokens = {f"xoxb-{team}": f"T{team}" for team in range(teams)}
    queue = {
        team: [(f"C{team}{number:03}", each) for number in range(channels)]
        for team in tokens.values()
    }
    expected = sum(count for chats in queue.values() for _, count in chats)
    print(
        f"\n{expected:,} messages to {channels * teams} channels of {teams} workspaces; ideal {each - 1} s\n{HEADER}"
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
        arrived = platform.stats()
        row("Tocsin", arrived, expected)
        print(f"  {100 * arrived.seconds() / (each - 1) - 100:+.0f} % compared to the ideal")
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
                    for team, chats in queue.items()
                    for channel, count in chats
                    for number in range(count)
                ]
                await asyncio.gather(*sends, return_exceptions=True)
            row(f"AsyncRateLimitErrorRetryHandler({retries})", platform.stats(), expected)


async def backlog(scale: float) -> None:
    count = int(1_000_000 * scale)
    chats = count // 10
    queue = [*[(str(1_000 + number), 5) for number in range(chats)], ("77", count - 5 * chats)]
    print(
        f"\n{count:,} alerts queued for {chats + 1:,} chats, half of them for one; 30 s of sending\n{HEADER}"
    )
    before, peak = psutil.Process().memory_info().rss, 0

    async def watch(_: Sender) -> None:
        nonlocal peak, before
        before = psutil.Process().memory_info().rss
        for _ in range(300):
            await asyncio.sleep(0.1)
            peak = max(peak, psutil.Process().memory_info().rss)

    with server(TELEGRAM) as platform:
        user = await run_sender(queue, platform.base_url, watch=watch)
        results = platform.stats()
        row("Tocsin", results, len(results.alerts()) - results.repeats(), user)
    print(f"  memory: {peak / 1e6:.0f} MB peak, {(peak - before) / 1e6:+.0f} MB while sending")


SCENARIOS = {"fanout": fanout, "group": group, "secret": secret, "slack": slack, "backlog": backlog}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS], default=[])
    parser.add_argument("--scale", type=float, default=1.0, help="of all counts")
    options = parser.parse_args()
    logging.disable(logging.ERROR)  # the stock limiters log each dropped message
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    started_at = time.monotonic()
    for name in options.scenarios or SCENARIOS:
        asyncio.run(SCENARIOS[name](options.scale))
    print(f"\n{time.monotonic() - started_at:.0f} s")


if __name__ == "__main__":
    main()
