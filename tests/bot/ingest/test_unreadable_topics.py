"""A stored topic that cannot be read does not stop the others."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.conversation.cards.overview import Overview
from bot.conversation.conversation import Conversation
from bot.conversation.registry import Access
from bot.conversation.request import IncomingMessage
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.jobs.fan_out import AnnouncementDispatcher
from bot.jobs.retention import Retention
from bot.models import ChatRef
from bot.store.chats.chats import find_chat
from bot.store.leases import acquire_lease
from bot.store.tables import announcements, counters, matches, subscriptions, topics
from tests.bot.conftest import CHAT, make_item
from tests.scenarios.process import Tocsin
from watchers import TopicIndex

ANN = ChatRef("fake", "bot", "ann")
OTHER = ChatRef("fake", "bot", "other")
MONTH = timedelta(days=30)
TOO_LONG = " OR ".join(f"{number:02}" + "x" * 27 for number in range(64))
"""A query that an older version stored. It has 2,108 characters."""


@pytest.fixture
def dispatcher(world) -> AnnouncementDispatcher:
    access = Access(["fake:ann"])
    world.conversation = Conversation(world.database, world.clock, access=access)
    return AnnouncementDispatcher(world.database, access, world.clock)


def card_text(card) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in card.lines)


def sent_to(world, ref) -> list[str]:
    return [card_text(card) for to, card in world.chat.sent if to == ref]


async def damage_topic(world, old: str = "embargo", new: str = TOO_LONG) -> int:
    """Write a text that cannot be read over a topic; return its id."""
    async with world.database.writing() as connection:
        statement = select(topics.c.id).where(topics.c.query == old)
        topic_id = (await connection.execute(statement)).scalar_one()
        await connection.execute(update(topics).where(topics.c.id == topic_id).values(query=new))
    return topic_id


def restart(world) -> None:
    world.matcher = Matcher(TopicIndex())
    world.ingest = IngestPipeline(world.database, world.matcher, world.clock)


async def run_pipeline(world, dispatcher) -> None:
    # The dispatcher sends notices to accounts that have a lease.
    async with world.database.writing() as connection:
        now = world.clock()
        await acquire_lease(connection, "fake/bot", owner="me", now=now, until=now)
    while await dispatcher.step():
        pass
    await world.run_pipeline()


async def start_with_damaged_topic(world, dispatcher, text: str = TOO_LONG) -> int:
    await world.send_command("/subscribe embargo")
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe sanctions", OTHER)
    topic_id = await damage_topic(world, new=text)
    restart(world)
    await world.ingest_items(make_item("a", "New sanctions"))
    await run_pipeline(world, dispatcher)
    return topic_id


@pytest.mark.parametrize("text", [TOO_LONG, '"never closed', "", "(" * 40 + "a" + ")" * 40])
async def test_the_other_topics_continue(world, dispatcher, text):
    await start_with_damaged_topic(world, dispatcher, text)
    assert "New sanctions" in world.chat.titles(CHAT)
    assert "New sanctions" in world.chat.titles(OTHER)


async def test_the_chat_and_the_operators_get_one_notice(world, dispatcher):
    await world.send_command("/topics", ANN)
    topic_id = await start_with_damaged_topic(world, dispatcher, "(sanctions OR")
    (notice,) = [text for text in sent_to(world, CHAT) if "cannot be read" in text]
    assert "“(sanctions OR”" in notice
    assert all(command in notice for command in ("/topics", "/edit", "/unsubscribe"))
    (report,) = sent_to(world, ANN)
    assert "1 stored topic cannot be read" in report
    assert f"{topic_id}, “(sanctions OR”" in report
    assert not any("cannot be read" in text for text in sent_to(world, OTHER))


async def test_a_restart_sends_no_notice_again_even_after_retention(world, dispatcher):
    await world.send_command("/topics", ANN)
    await start_with_damaged_topic(world, dispatcher)
    message_count = len(world.chat.sent)
    world.clock.advance(days=500)
    retention = Retention(world.database, world.clock, items=MONTH, alerts=MONTH)
    while await retention.step():
        pass
    async with world.database.reading() as connection:
        assert (await connection.execute(select(announcements.c.id))).all() == []
    for key in ("b", "c"):
        restart(world)
        await world.ingest_items(make_item(key, "Nothing of interest"))
        await run_pipeline(world, dispatcher)
    assert len(world.chat.sent) == message_count


async def test_a_notice_that_could_not_be_written_is_written_by_the_next_poll(
    world, dispatcher, monkeypatch
):
    await world.send_command("/subscribe embargo")
    await world.ingest_items()
    await damage_topic(world)
    restart(world)

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("simulated failure")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.outbox.unreadable_topics.notify_operators", fail)
        with pytest.raises(RuntimeError):
            await world.ingest_items(make_item("a"))
    async with world.database.reading() as connection:
        unreadable = select(counters.c.name).where(counters.c.name.like("unreadable%"))
        assert (await connection.execute(unreadable)).all() == []
    await world.ingest_items(make_item("a"))
    await run_pipeline(world, dispatcher)
    assert sum("cannot be read" in text for text in sent_to(world, CHAT)) == 1


async def test_many_unreadable_topics_are_one_notice_to_the_operators(world, dispatcher):
    await world.send_command("/topics", ANN)
    names = [f"word{number}" for number in range(7)]
    for name in names:
        await world.send_command(f"/subscribe {name}")
    for name in names:
        await damage_topic(world, name, f"({name}")
    restart(world)
    await world.ingest_items(make_item("a"))
    await run_pipeline(world, dispatcher)
    (report,) = sent_to(world, ANN)
    assert "7 stored topics cannot be read" in report
    assert all(f"“(word{number}”" in report for number in range(5))
    assert "2 more" in report
    assert "word5" not in report


async def test_the_topic_is_listed_as_unreadable_and_can_be_removed(world, dispatcher):
    topic_id = await start_with_damaged_topic(world, dispatcher)
    line = (await world.send_command("/topics")).partition("2.")[0]
    assert "1. embargo" in line
    assert "cannot be read" in line
    page = await Overview(world.database, world.clock).page(CHAT)
    assert "cannot be read" in card_text(page.topics[0])
    assert [button.action.verb for button in page.topics[0].buttons] == ["unsubscribe_topic"]
    await world.press_button("unsubscribe_topic", str(topic_id))
    assert "cannot be read" not in await world.send_command("/topics")
    await world.ingest_items(make_item("b", "Sanctions again"))
    await run_pipeline(world, dispatcher)
    assert "Sanctions again" in world.chat.titles(CHAT)


async def test_the_topic_can_be_written_in_a_new_way_in_its_place(world, dispatcher):
    await start_with_damaged_topic(world, dispatcher)
    assert "embargo" in await world.send_command("/edit 1 embargo")
    await world.ingest_items(make_item("b", "An embargo on ships"))
    await run_pipeline(world, dispatcher)
    assert "An embargo on ships" in world.chat.titles(CHAT)


async def test_every_command_about_topics_answers(world, dispatcher):
    topic_id = await start_with_damaged_topic(world, dispatcher)
    async with world.database.writing() as connection:
        item = (await connection.execute(select(matches.c.item_id))).scalars().first()
        row = {"item_id": item, "topic_id": topic_id, "spans": []}
        await connection.execute(insert(matches).values(row))
    for command in ("/latest", "/why 1", "/trend", "/mute 1 1d", "/unmute 1", "/rhythm", "/status"):
        assert await world.send_command(command)
    assert "cannot be read" in await world.send_command("/why 1")
    for command in ("/share 1", "/trend embargo"):
        assert "“embargo” cannot be read" in await world.send_command(command)
    for verb, argument in (
        ("less_topic", f"1 {topic_id}"),
        ("leave_out", f"{topic_id} football"),
    ):
        (card,) = await world.press_button(verb, argument)
        assert "cannot be read" in card_text(card)


async def test_an_export_keeps_the_text_and_an_import_names_it(world, dispatcher):
    await start_with_damaged_topic(world, dispatcher, '"never closed')
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/export", "me"))
    export = json.loads(card.file.data)
    assert [topic["query"] for topic in export["topics"]] == ['"never closed', "sanctions"]
    answer = await world.send_command(
        f"/import {card.file.data.decode()}", ChatRef("fake", "bot", "new")
    )
    assert "1 topic added" in answer
    assert "cannot be read" in answer


async def test_erasing_the_chat_deletes_the_unreadable_topic(world, dispatcher):
    await start_with_damaged_topic(world, dispatcher)
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/forget", "me"))
    erase = card.buttons[0].action
    await world.press_button(erase.verb, erase.argument)
    async with world.database.reading() as connection:
        assert await find_chat(connection, CHAT) is None
        texts = (await connection.execute(select(topics.c.query))).scalars().all()
    assert TOO_LONG not in texts


async def test_a_long_list_is_refused_and_alerts_continue(world):
    await world.send_command("/subscribe sanctions")
    typed = TOO_LONG.replace(" OR ", ",")
    answer = await world.send_command(f"/subscribe {typed}")
    assert "2,108 characters" in answer
    assert "two topics" in answer
    async with world.database.reading() as connection:
        assert len((await connection.execute(select(subscriptions.c.id))).all()) == 1
    await world.ingest_items(make_item("a", "New sanctions"))
    await world.run_pipeline()
    assert world.chat.titles() == ["New sanctions"]


async def test_ingest_that_keeps_failing_is_reported_until_a_poll_is_ingested(world, monkeypatch):
    await world.ingest_items()

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("simulated failure")

    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.pipeline.write_cursor", fail)
        for failures in (1, 2, 3):
            with pytest.raises(RuntimeError):
                await world.ingest_items(make_item("a"))
            assert (world.ingest.failure_reason() is None) == (failures < 3)
    assert "3 times in a row, last with RuntimeError" in world.ingest.failure_reason()
    world.clock.advance(minutes=6)
    # Another process may have the lease now.
    assert world.ingest.failure_reason() is None
    world.clock.advance(minutes=-6)
    await world.ingest_items(make_item("a"))
    assert world.ingest.failure_reason() is None


@pytest.mark.process
def test_a_database_with_an_unreadable_topic_starts_and_alerts(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.say("/subscribe embargo")
    tocsin.wait_for("Following", 2)
    tocsin.say(f"/subscribe {TOO_LONG.replace(' OR ', ',')}")
    tocsin.wait_for("2,108 characters")
    tocsin.drop("a.txt", "New sanctions\n\nText.")
    tocsin.wait_for("1 Summary")
    assert tocsin.end() == 0
    (file,) = tmp_path.rglob("*.sqlite3")
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE topics SET query = ? WHERE query = 'embargo'", (TOO_LONG,))
    connection.close()
    second = Tocsin(tmp_path)
    second.drop("b.txt", "Further sanctions\n\nText.")
    second.wait_for("Further *sanctions*")
    second.wait_for("cannot be read")
    second.say("/topics")
    second.wait_for("cannot be read", 2)
    assert second.end() == 0
    assert "Further sanctions" in second.alerts
    third = Tocsin(tmp_path)
    assert third.end() == 0
    assert not any("cannot be read" in line for line in third.printed)
