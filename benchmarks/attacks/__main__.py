"""Attack one process from many chats, and print the effect on another chat.

    python -m benchmarks.attacks [--chats 50] [--seconds 10]

Each attack runs for some seconds. During it, another chat sends /topics and a small document again and
again. The limits per hour are off, so that only the slots and the workers protect the other chat.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
from sqlalchemy.engine import make_url

from bot.conversation.conversation import Conversation
from bot.conversation.limits import Workload
from bot.conversation.registry import Access
from bot.conversation.request import Attachment, IncomingMessage
from bot.ingest.page_reader import PageReader
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from bot.store import Database, migrate
from bot.store.feeds.sources import get_or_create_source
from watchers import Item, PollResult, Source, TopicIndex
from watchers.process_pool import SandboxPool

ITEMS = 20_000
BATCH = 500
VICTIM = ChatRef("fake", "bot", "victim")
HOSTILE_HTML = Attachment("a.html", b"<p " + b"a=1 " * 700_000 + b">x</p>")
SMALL = Attachment("b.txt", b"A bank was closed. The police came.")

Attack = Callable[[Conversation, ChatRef], Awaitable[object]]


async def fetch_without_end(_url: str, *_arguments: object, **_options: object) -> object:
    """Behave like a server that never answers."""
    return await asyncio.Event().wait()


def attack_by(text: str, *attachments: Attachment) -> Attack:
    """Return an attack that sends one message."""

    async def attack(conversation: Conversation, ref: ChatRef) -> object:
        return await conversation.handle_message(IncomingMessage(ref, text, "x", attachments))

    return attack


ATTACKS = {
    "none": None,
    "searches without index": attack_by("/search source:zzzz"),
    "searches with NOT": attack_by("/search -zzzz since 1m page 900"),
    "previews": attack_by("/preview tag:zzzz"),
    "HTML of attributes": attack_by("", HOSTILE_HTML),
    "hanging pages": attack_by("/summary https://slow.example/x"),
    "commands": attack_by("/topics"),
}


async def fill(database: Database) -> None:
    """Store items that the searches compare."""
    pipeline = IngestPipeline(database, Matcher(TopicIndex()), utc_now)
    async with database.writing() as connection:
        source = await get_or_create_source(connection, Source("folder", "/x"), now=utc_now())
    for start in range(0, ITEMS, BATCH):
        items = tuple(
            Item(
                key=str(number),
                title=f"Title {number} about word{number}",
                text=f"Sentence {number} of a text. " * 40,
                source="x/a.txt",
                language="en",
            )
            for number in range(start, start + BATCH)
        )
        await pipeline.ingest(source, PollResult(items=items), is_complete=False)


async def measure(
    conversation: Conversation, attack: Attack | None, chats: int, seconds: float
) -> tuple[list[float], list[float], float]:
    """Return the durations of the other chat's commands and documents, and the peak memory in MB."""

    async def repeat(ref: ChatRef) -> None:
        while attack is not None:
            await attack(conversation, ref)
            await asyncio.sleep(0)

    attackers = [
        asyncio.create_task(repeat(ChatRef("fake", "bot", str(number)))) for number in range(chats)
    ]
    commands: list[float] = []
    documents: list[float] = []
    peak = 0.0
    end = perf_counter() + seconds
    while perf_counter() < end:
        await asyncio.sleep(0.2)
        for durations, message in (
            (commands, IncomingMessage(VICTIM, "/topics", "me")),
            (documents, IncomingMessage(VICTIM, "", "me", (SMALL,))),
        ):
            started = perf_counter()
            await conversation.handle_message(message)
            durations.append(perf_counter() - started)
        peak = max(peak, memory_mb())
    for task in attackers:
        task.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)
    return commands, documents, peak


def memory_mb() -> float:
    """Return the memory of this process and its workers."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


async def main() -> None:
    """Run each attack and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{Path(folder) / 'x.sqlite3'}"))
        await migrate(database)
        await fill(database)
        async with SandboxPool(
            2, memory_limit_bytes=256 << 20, workers_per_owner=1, contended_seconds=2.0
        ) as sandbox:
            conversation = Conversation(
                database,
                utc_now,
                access=Workload(Access(), sandbox=sandbox),
                pages=PageReader(fetch_without_end, sandbox, utc_now, database),  # type: ignore[arg-type]
            )
            print(f"{options.chats} chats, {ITEMS:,} items; seconds of another chat")
            print(f"{'attack':24} {'command':>16} {'document':>16} {'memory':>8}")
            for name, attack in ATTACKS.items():
                commands, documents, peak = await measure(
                    conversation, attack, options.chats, options.seconds
                )
                print(f"{name:24} {_row(commands)} {_row(documents)} {peak:5.0f} MB", flush=True)
        await database.close()


def _row(durations: list[float]) -> str:
    return f"{median(durations):7.2f} {max(durations):7.2f}"


if __name__ == "__main__":
    asyncio.run(main())
