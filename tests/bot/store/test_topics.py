from bot.model import Ref
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.subscriptions import (
    add_subscription,
    list_subscriptions,
    mute_subscription,
    remove_subscription,
)
from bot.store.topics import read_revision, topics_since
from watchers import parse_query

ONE, TWO = Ref("fake", "bot", "1"), Ref("fake", "bot", "2")


async def _follow(database: Database, ref: Ref, text: str, clock):
    async with database.writing() as connection:
        chat = await ensure_chat(connection, ref, now=clock())
        query = parse_query(text)
        topic, is_new = await add_subscription(
            connection, chat, query, label=text, by="me", now=clock()
        )
    return chat, topic, is_new


async def test_equal_queries_share_one_topic(database, clock):
    _, first, _ = await _follow(database, ONE, "missile AND sanctions", clock)
    _, second, _ = await _follow(database, TWO, "sanctions AND missile", clock)
    assert first == second


async def test_following_twice_is_following_once(database, clock):
    _, _, first = await _follow(database, ONE, "sanctions", clock)
    chat, _, second = await _follow(database, ONE, "sanctions", clock)
    assert (first, second) == (True, False)
    async with database.reading() as connection:
        assert len(await list_subscriptions(connection, chat)) == 1


async def test_a_chat_sees_its_topics_as_it_typed_them(database, clock):
    chat, _, _ = await _follow(database, ONE, '"North Korea"', clock)
    async with database.reading() as connection:
        (one,) = await list_subscriptions(connection, chat)
    assert one.label == '"North Korea"'


async def test_the_revision_tells_a_matcher_what_changed(database, clock):
    chat, topic, _ = await _follow(database, ONE, "sanctions", clock)
    async with database.reading() as connection:
        revision = await read_revision(connection)
        assert [(c.id, c.active) for c in await topics_since(connection, 0)] == [(topic, True)]
        assert await topics_since(connection, revision) == []
    async with database.writing() as connection:
        assert await remove_subscription(connection, chat, topic)
    async with database.reading() as connection:
        changes = await topics_since(connection, revision)
    assert [(c.id, c.active) for c in changes] == [(topic, False)]


async def test_a_topic_stays_on_while_somebody_follows_it(database, clock):
    chat, topic, _ = await _follow(database, ONE, "sanctions", clock)
    await _follow(database, TWO, "sanctions", clock)
    async with database.writing() as connection:
        await remove_subscription(connection, chat, topic)
        (change,) = await topics_since(connection, 0)
    assert change.active


async def test_a_mute_ends_by_itself(database, clock):
    chat, topic, _ = await _follow(database, ONE, "sanctions", clock)
    until = clock()
    async with database.writing() as connection:
        assert await mute_subscription(connection, chat, topic, until=until)
        (one,) = await list_subscriptions(connection, chat)
    clock.turn(seconds=-1)
    assert one.is_muted(clock())
    clock.turn(seconds=1)
    assert not one.is_muted(clock())
