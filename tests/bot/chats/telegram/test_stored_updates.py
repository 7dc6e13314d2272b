"""Updates are confirmed when they are stored, and each command is executed once and answered."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bot.errors import StoreUnavailableError
from bot.runtime.backoff import Backoff
from bot.runtime.clock import utc_now
from bot.store.updates import StoredUpdate, store_updates
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World

COUNT = 40


async def pending_count(running: RunningBot) -> int:
    async with running.world.database.reading() as connection:
        statement = text("SELECT count(*) FROM updates WHERE body IS NOT NULL")
        return (await connection.execute(statement)).scalar_one()


async def all_finished(running: RunningBot) -> None:
    """Poll the database until every stored update is finished."""
    async with asyncio.timeout(15):
        while await pending_count(running):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def answered(server) -> dict[int, int]:
    """Return the number of answers by chat."""
    counts: dict[int, int] = {}
    for message in server.messages:
        counts[message.chat] = counts.get(message.chat, 0) + 1
    return counts


@pytest.fixture
def away(monkeypatch):
    """Return a block during which the database does not answer."""
    monkeypatch.setattr(
        "bot.chats.telegram.intake._STORE_BACKOFF", Backoff(first_seconds=0.02, max_seconds=0.05)
    )

    @asynccontextmanager
    async def database_away(database):
        @asynccontextmanager
        async def fail(**_):
            raise StoreUnavailableError("the database does not answer")
            yield

        with monkeypatch.context() as patch:
            patch.setattr(database, "writing", fail)
            patch.setattr(database, "reading", fail)
            yield

    return database_away


async def test_commands_while_the_database_is_away_are_executed_afterwards(running, away):
    server = running.server
    async with away(running.world.database):
        for chat in range(100, 105):
            server.write("/subscribe sanctions", chat=chat)
        polls = len(server.calls_to("getUpdates"))
        await asyncio.sleep(0.5)
        # The updates were fetched and not confirmed.
        assert len(server.calls_to("getUpdates")) <= polls + 1
        assert server.updates
    await server.wait_until(lambda: answered(server) == dict.fromkeys(range(100, 105), 1))
    for chat in range(100, 105):
        assert await running.topics(chat) == ["sanctions"]
    await all_finished(running)


async def test_commands_around_a_stop_are_executed_once_by_the_next_start(database, server):
    world = World(database, utc_now)
    chats = range(100, 100 + COUNT)
    async with RunningBot(world, server) as running:
        for chat in chats:
            server.write("/subscribe sanctions", chat=chat)
            server.write("/unsubscribe 1", chat=chat)
            server.write("/subscribe missiles", chat=chat)
        await server.wait_until(lambda: len(server.messages) >= COUNT // 2)
    assert len(server.messages) < 3 * COUNT  # the stop did not wait for all of them
    async with RunningBot(world, server) as running:
        await server.wait_until(lambda: answered(server) == dict.fromkeys(chats, 3))
        for chat in chats:
            assert await running.topics(chat) == ["missiles"]
        await all_finished(running)


async def test_an_update_that_was_stored_before_a_crash_is_handled_by_the_next_start(
    database, server
):
    world = World(database, utc_now)
    server.write("/subscribe sanctions", chat=100)
    raw_update = server.updates[-1]
    stored = StoredUpdate(str(raw_update["update_id"]), json.dumps(raw_update))
    async with world.database.writing() as connection:
        await store_updates(connection, "telegram", "123456", [stored], now=utc_now())
    # Telegram sends the update again, because it was not confirmed.
    async with RunningBot(world, server) as running:
        await server.wait_until(lambda: server.in_chat(100))
        await running.send("/help", chat=101)
        assert await running.topics(100) == ["sanctions"]
    assert answered(server)[100] == 1


async def test_messages_between_people_are_not_stored(running):
    running.server.write("hello all", chat=-1001)
    await running.send("/help")
    async with running.world.database.reading() as connection:
        stored = (await connection.execute(text("SELECT count(*) FROM updates"))).scalar_one()
    assert stored == 1
