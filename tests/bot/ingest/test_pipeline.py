import asyncio

import pytest
from sqlalchemy import text

from bot.store.feeds.sources import get_or_create_source, read_cursor
from tests.bot.conftest import make_item
from watchers import PollResult, Source

SEEDS = Source("folder", "/other")


async def _watched(world):
    async with world.database.writing() as connection:
        return await get_or_create_source(connection, SEEDS, now=world.clock())


async def test_items_of_the_first_poll_are_stored_but_not_alerted(world):
    await world.send_command("/subscribe sanctions")
    watched = await _watched(world)
    await world.ingest.ingest(watched, PollResult(items=(make_item("a"),)), is_complete=False)
    await world.ingest.ingest(watched, PollResult(items=(make_item("b"),)), is_complete=True)
    await world.run_pipeline()
    assert world.chat.sent == []
    await world.ingest.ingest(
        await _watched(world),
        PollResult(items=(make_item("c", title="New sanctions"),)),
        is_complete=True,
    )
    await world.run_pipeline()
    assert world.chat.titles() == ["New sanctions"]


async def test_items_and_cursor_are_committed_together(world, monkeypatch):
    async def fail(*_: object) -> None:
        raise RuntimeError("simulated failure")

    watched = await _watched(world)
    monkeypatch.setattr("bot.ingest.pipeline.write_cursor", fail)
    with pytest.raises(RuntimeError):
        await world.ingest.ingest(watched, PollResult(items=(make_item("a"),)), is_complete=True)
    async with world.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM items"))).scalar() == 0
        assert (await connection.execute(text("SELECT count(*) FROM stories"))).scalar() == 0


async def test_only_changed_cursor_entries_are_written(world):
    watched = await _watched(world)
    await world.ingest.ingest(watched, PollResult(cursor={"/a": "1", "/b": "1"}), is_complete=True)
    await world.ingest.ingest(
        watched, PollResult(cursor={"/a": None, "/b": "2", "/c": "1"}), is_complete=True
    )
    async with world.database.reading() as connection:
        assert await read_cursor(connection, watched.id) == {"/b": "2", "/c": "1"}


async def test_a_new_topic_matches_the_next_item(world):
    await world.ingest_items(make_item("a", title="Nothing"))
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("b"))
    await world.run_pipeline()
    assert len(world.chat.sent) == 1


async def test_a_topic_without_subscribers_is_not_matched(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a", title="Nothing"))
    assert len(world.matcher) == 1
    await world.send_command("/unsubscribe sanctions")
    await world.ingest_items(make_item("b"))
    assert len(world.matcher) == 0
    await world.run_pipeline()
    assert world.chat.sent == []


async def test_topics_do_not_change_while_items_are_being_written(world):
    """A subscription during the transaction waits for the commit."""
    from bot.store.chats.topics import lock_revision_shared

    is_subscribed = asyncio.Event()
    async with world.database.writing() as connection:
        await lock_revision_shared(connection)
        subscribing = asyncio.ensure_future(world.send_command("/subscribe sanctions"))
        subscribing.add_done_callback(lambda _: is_subscribed.set())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(is_subscribed.wait(), 0.3)
    assert "Following" in await asyncio.wait_for(subscribing, 60)
