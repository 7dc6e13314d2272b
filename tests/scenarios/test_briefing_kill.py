"""A process that is killed while it makes a digest: the digest comes once, and whole."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from sqlalchemy import text

from bot.models import ChatRef
from tests.bot.conftest import World, make_item

CHATS = [ChatRef("fake", "bot", str(number)) for number in range(3)]
TITLES = (
    "Sanctions hit the harvest of northern farmers",
    "Viennese bank fined for breach of sanctions",
    "Tanker under sanctions seized off Malta",
)


async def _killed(world: World) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("briefing.py")),
        world.database.url.render_as_string(hide_password=False),
        world.clock().isoformat(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line == b"made 3\n"
    finally:
        process.send_signal(signal.SIGKILL)
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL


async def test_killed_while_it_makes_a_digest_a_process_leaves_it_to_the_next_one(database, clock):
    world = World(database, clock)
    for ref in CHATS:
        await world.send_command("/subscribe sanctions", ref)
        await world.send_command("/digest daily 08:00", ref)
    await world.ingest_items(*(make_item(title, title) for title in TITLES))
    await world.run_pipeline()
    clock.advance(days=1)
    for _ in range(2):
        await _killed(world)
    assert world.chat.sent == []
    async with asyncio.timeout(60):
        await world.run_pipeline()
        # PostgreSQL may still hold what the killed process had locked: others do not wait for it.
        while len(world.chat.sent) < len(CHATS):
            await world.run_pipeline()
    for ref in CHATS:
        assert world.chat.titles(ref) == ["Briefing: 3 stories"]
    await world.run_pipeline()
    assert len(world.chat.sent) == len(CHATS)
    async with database.reading() as connection:
        left = "SELECT count(*) FROM alerts WHERE state <> 'sent'"
        assert (await connection.execute(text(left))).scalar_one() == 0
