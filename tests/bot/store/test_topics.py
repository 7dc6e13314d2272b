from bot.models import ChatRef
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import (
    add_subscription,
    list_subscriptions,
    mute_subscription,
    remove_subscription,
)
from bot.store.chats.topics import read_revision, topics_since
from watchers import parse_query

ONE, TWO = ChatRef("fake", "bot", "1"), ChatRef("fake", "bot", "2")


async def _subscribe(database: Database, ref: ChatRef, text: str, clock):
    async with database.writing() as connection:
        chat = await get_or_create_chat(connection, ref, now=clock())
        query = parse_query(text)
        topic, is_new = await add_subscription(
            connection, chat, query, label=text, user_id="me", now=clock()
        )
    return chat, topic, is_new


async def test_equal_queries_share_one_topic(database, clock):
    _, first, _ = await _subscribe(database, ONE, "missile AND sanctions", clock)
    _, second, _ = await _subscribe(database, TWO, "sanctions AND missile", clock)
    assert first == second


async def test_a_second_subscription_to_a_topic_changes_nothing(database, clock):
    _, _, first = await _subscribe(database, ONE, "sanctions", clock)
    chat, _, second = await _subscribe(database, ONE, "sanctions", clock)
    assert (first, second) == (True, False)
    async with database.reading() as connection:
        assert len(await list_subscriptions(connection, chat)) == 1


async def test_a_subscription_keeps_the_typed_topic(database, clock):
    chat, _, _ = await _subscribe(database, ONE, '"North Korea"', clock)
    async with database.reading() as connection:
        (subscription,) = await list_subscriptions(connection, chat)
    assert subscription.label == '"North Korea"'


async def test_topics_that_changed_since_a_revision_are_returned(database, clock):
    chat, topic, _ = await _subscribe(database, ONE, "sanctions", clock)
    async with database.reading() as connection:
        revision = await read_revision(connection)
        assert [(change.id, change.active) for change in await topics_since(connection, 0)] == [
            (topic, True)
        ]
        assert await topics_since(connection, revision) == []
    async with database.writing() as connection:
        assert await remove_subscription(connection, chat, topic)
    async with database.reading() as connection:
        changes = await topics_since(connection, revision)
    assert [(change.id, change.active) for change in changes] == [(topic, False)]


async def test_a_topic_stays_active_while_a_chat_follows_it(database, clock):
    chat, topic, _ = await _subscribe(database, ONE, "sanctions", clock)
    await _subscribe(database, TWO, "sanctions", clock)
    async with database.writing() as connection:
        await remove_subscription(connection, chat, topic)
        (change,) = await topics_since(connection, 0)
    assert change.active


async def test_a_mute_ends_at_its_time(database, clock):
    chat, topic, _ = await _subscribe(database, ONE, "sanctions", clock)
    until = clock()
    async with database.writing() as connection:
        assert await mute_subscription(connection, chat, topic, until=until)
        (subscription,) = await list_subscriptions(connection, chat)
    clock.advance(seconds=-1)
    assert subscription.is_muted(clock())
    clock.advance(seconds=1)
    assert not subscription.is_muted(clock())


async def test_the_list_of_subscriptions_does_not_parse_the_topics(database, clock, monkeypatch):
    query = parse_query("North Korea")
    async with database.writing() as connection:
        chat_id = await get_or_create_chat(connection, ChatRef("fake", "bot", "lazy"), now=clock())
        await add_subscription(
            connection, chat_id, query, label="north korea", user_id="", now=clock()
        )

    def fail(_text: str) -> None:
        raise AssertionError("the stored topic was parsed")

    monkeypatch.setattr("bot.models.parse_query", fail)
    async with database.reading() as connection:
        (subscription,) = await list_subscriptions(connection, chat_id)
    assert (subscription.canonical, subscription.label) == (str(query), "north korea")
    monkeypatch.undo()
    assert subscription.query == query
