import asyncio

import pytest
from sqlalchemy import text

from bot.store.sources import ensure_source, read_cursor
from tests.bot.conftest import brief
from watchers import Polled, Source

SEEDS = Source("folder", "/other")


async def _watched(world):
    async with world.database.writing() as connection:
        return await ensure_source(connection, SEEDS, now=world.clock())


async def test_what_a_source_brings_first_is_known_and_no_news(world):
    await world.say("/subscribe sanctions")
    watched = await _watched(world)
    await world.ingest.take(watched, Polled(items=(brief("a"),)), complete=False)
    await world.ingest.take(watched, Polled(items=(brief("b"),)), complete=True)
    await world.spread()
    assert world.chat.sent == []
    await world.ingest.take(
        await _watched(world), Polled(items=(brief("c", title="New sanctions"),)), complete=True
    )
    await world.spread()
    assert world.chat.titles() == ["New sanctions"]


async def test_items_and_cursor_are_written_together_or_not_at_all(world, monkeypatch):
    async def power_cut(*_: object) -> None:
        raise RuntimeError("the lights went out")

    watched = await _watched(world)
    monkeypatch.setattr("bot.ingest.write_cursor", power_cut)
    with pytest.raises(RuntimeError):
        await world.ingest.take(watched, Polled(items=(brief("a"),)), complete=True)
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM items"))).scalar() == 0
        assert (await connection.execute(text("SELECT count(*) FROM stories"))).scalar() == 0


async def test_a_cursor_is_changed_by_what_changed_in_it(world):
    watched = await _watched(world)
    await world.ingest.take(watched, Polled(cursor={"/a": "1", "/b": "1"}), complete=True)
    await world.ingest.take(
        watched, Polled(cursor={"/a": None, "/b": "2", "/c": "1"}), complete=True
    )
    async with world.database.reading() as connection:
        assert await read_cursor(connection, watched.id) == {"/b": "2", "/c": "1"}


async def test_a_topic_followed_a_moment_ago_matches_the_very_next_item(world):
    await world.find(brief("a", title="Nothing"))
    await world.say("/subscribe sanctions")
    await world.find(brief("b"))
    await world.spread()
    assert len(world.chat.sent) == 1


async def test_a_topic_that_nobody_follows_any_more_is_not_matched(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", title="Nothing"))
    assert len(world.matcher) == 1
    await world.say("/unsubscribe sanctions")
    await world.find(brief("b"))
    assert len(world.matcher) == 0
    await world.spread()
    assert world.chat.sent == []


async def test_nobody_moves_the_topics_while_items_are_being_written(world):
    """A topic followed during the transaction waits for its end, and then matches what comes."""
    from bot.store.topics import hold_revision

    held = asyncio.Event()
    following = None
    async with world.database.writing() as connection:
        await hold_revision(connection)
        following = asyncio.ensure_future(world.say("/subscribe sanctions"))
        following.add_done_callback(lambda _: held.set())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(held.wait(), 0.3)
    assert "Following" in await asyncio.wait_for(following, 20)
