"""Senders that are killed or stopped at random moments: no alert is lost or out of order.

The everyday tests use a few kills. For all of them, with the messages in flight of a Telegram account:
`KILLS=30 IN_FLIGHT=8 pytest tests/scenarios/test_delivery_kill.py -s`
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import pytest

from bot.store import Database
from bot.store.outbox.alert_log import oldest_queued_at
from tests.fakes.outbox import fill
from tests.fakes.telegram import FakeTelegram, jittered

KILLS = int(os.environ.get("KILLS", "3"))
ALERTS = 50 * KILLS
CHATS = 40
LEASE = 2.0  # seconds
IN_FLIGHT = int(os.environ.get("IN_FLIGHT", "3"))  # messages at most, however slow the machine
REPEATS = 3 * KILLS

# Each start of a process takes some seconds.
pytestmark = pytest.mark.timeout(120 + 15 * KILLS)


class Senders:
    """Sending processes, which are ended and restarted one after the other."""

    def __init__(self, database: Database, base_url: str, count: int) -> None:
        self._command = [
            sys.executable,
            str(Path(__file__).with_name("sending.py")),
            database.url.render_as_string(hide_password=False),
            base_url,
            str(LEASE),
            str(IN_FLIGHT),
        ]
        self._count = count
        self._running: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._running:  # after a failed test
            process.kill()
            await process.wait()

    async def start(self) -> None:
        while len(self._running) < self._count:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdout=asyncio.subprocess.PIPE
            )
            await asyncio.wait_for(process.stdout.readline(), 60)
            self._running.append(process)

    async def end_one(self, number: int, rng: random.Random) -> int:
        process = self._running.pop(rng.randrange(len(self._running)))
        process.send_signal(number)
        return await asyncio.wait_for(process.wait(), 60)

    async def remove(self) -> None:
        while self._running:
            assert await self.end_one(signal.SIGTERM, random.Random(0)) == 0


async def _run(database: Database, number: int, *, processes: int) -> tuple[Counter, list]:
    """Send with interruptions. Return the arrivals per alert in order, and the expected alerts."""
    rng = random.Random(KILLS)
    # No chat has more alerts than its limit of one per second allows in the time.
    queue = [(str(1_000 + chat), ALERTS // CHATS + 1) for chat in range(CHATS)]
    await fill(database, "telegram", "123456", queue)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            FakeTelegram(transit=jittered(0.01, 0.05), service=jittered(0.03, 0.09))
        )
        senders = await stack.enter_async_context(Senders(database, server.base_url, processes))
        await senders.start()
        total = sum(count for _, count in queue)
        for _ in range(KILLS):
            target = len(server.messages) + rng.randrange(10, 40)
            await server.wait_for(min(target, total), seconds=60)
            await asyncio.sleep(rng.uniform(0.0, 0.1))  # any moment of a send
            code = await senders.end_one(number, rng)
            assert code == (0 if number == signal.SIGTERM else -number)
            await senders.start()
        async with asyncio.timeout(120 + ALERTS / 10):
            while await _is_waiting(database):
                await server.wait_for(min(total, len(server.messages) + 1), seconds=60)
                await asyncio.sleep(0.1)
        await senders.remove()
        arrived = [(message.chat, message.text) for message in server.messages]
    return Counter(arrived), [
        (str(chat), f"Alert {n}") for chat, count in queue for n in range(count)
    ]


async def _is_waiting(database: Database) -> bool:
    async with database.reading() as connection:
        return await oldest_queued_at(connection) is not None


def _check(arrived: Counter, expected: list, *, repeats: int) -> None:
    first = defaultdict(list)
    for chat, text in arrived:  # a Counter keeps the order of the first time
        first[chat].append(int(text.removeprefix("Alert ")))
    repeated = arrived.total() - len(arrived)
    sys.stdout.write(f"\n{len(expected)} alerts, {KILLS} ends, {repeated} repeats\n")
    assert {(str(chat), text) for chat, text in arrived} == set(expected)
    for numbers in first.values():
        assert numbers == sorted(numbers)
    assert repeated <= repeats


async def test_a_killed_sender_loses_nothing_and_repeats_only_messages_in_flight(
    database: Database,
):
    processes = 1 if database.is_sqlite else 2
    arrived, expected = await _run(database, signal.SIGKILL, processes=processes)
    _check(arrived, expected, repeats=REPEATS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_stopped_sender_loses_nothing_and_repeats_nothing(
    database: Database,
):
    arrived, expected = await _run(database, signal.SIGTERM, processes=1)
    _check(arrived, expected, repeats=0)
