"""A stored topic that cannot be read is set aside: everything else continues."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.announcing import Announcer
from bot.conversation.access import Access
from bot.conversation.conversation import Conversation
from bot.conversation.overview import Overview
from bot.conversation.request import Message
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.retention import Retention
from bot.store.chats import find_chat
from bot.store.leases import take_lease
from bot.store.tables import announcements, marks, matches, subscriptions, topics
from tests.bot.conftest import YOU, brief
from tests.scenarios.process import Tocsin
from watchers import TopicIndex

ANN = Ref("fake", "bot", "ann")
OTHER = Ref("fake", "bot", "other")
MONTH = timedelta(days=30)
TOO_LONG = " OR ".join(f"{number:02}" + "x" * 27 for number in range(64))
"""As an older version stored it: 2,108 characters."""


@pytest.fixture
def announcer(world) -> Announcer:
    access = Access(["fake:ann"])
    world.conversation = Conversation(world.database, world.clock, access=access)
    return Announcer(world.database, access, world.clock)


def words(card) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in card.lines)


def sent_to(world, ref) -> list[str]:
    return [words(card) for to, card in world.chat.sent if to == ref]


async def damage(world, old: str = "embargo", new: str = TOO_LONG) -> int:
    """Write a text that cannot be read over a topic; return its id."""
    async with world.database.writing() as connection:
        found = select(topics.c.id).where(topics.c.query == old)
        topic_id = (await connection.execute(found)).scalar_one()
        await connection.execute(update(topics).where(topics.c.id == topic_id).values(query=new))
    return topic_id


def restart(world) -> None:
    world.matcher = Matcher(TopicIndex())
    world.ingest = Ingest(world.database, world.matcher, world.clock)


async def spread(world, announcer) -> None:
    async with world.database.writing() as connection:  # the account is known to the announcer
        now = world.clock()
        await take_lease(connection, "fake/bot", owner="me", now=now, until=now)
    while await announcer.step():
        pass
    await world.spread()


async def started_with_damage(world, announcer, text: str = TOO_LONG) -> int:
    await world.say("/subscribe embargo")
    await world.say("/subscribe sanctions")
    await world.say("/subscribe sanctions", OTHER)
    topic_id = await damage(world, new=text)
    restart(world)
    await world.find(brief("a", "New sanctions"))
    await spread(world, announcer)
    return topic_id


@pytest.mark.parametrize("text", [TOO_LONG, '"never closed', "", "(" * 40 + "a" + ")" * 40])
async def test_the_other_topics_continue(world, announcer, text):
    await started_with_damage(world, announcer, text)
    assert "New sanctions" in world.chat.titles(YOU)
    assert "New sanctions" in world.chat.titles(OTHER)


async def test_the_chat_and_the_operators_get_one_notice(world, announcer):
    await world.say("/topics", ANN)
    topic_id = await started_with_damage(world, announcer, "(sanctions OR")
    (notice,) = [text for text in sent_to(world, YOU) if text.startswith("Notice")]
    assert notice == (
        "Notice from Tocsin\n"
        "Your topic “(sanctions OR” cannot be read, so it brings no alerts. Your other topics"
        " continue. Send /topics to see its number N. Then send /edit N TOPIC to write it in a new"
        " way, or /unsubscribe N to remove it."
    )
    (report,) = sent_to(world, ANN)
    assert report.startswith("For those who run Tocsin\n1 stored topic cannot be read and brings")
    assert f"No. {topic_id}, “(sanctions OR”" in report
    assert not any("cannot be read" in text for text in sent_to(world, OTHER))


async def test_a_restart_sends_no_notice_again_even_after_retention(world, announcer):
    await world.say("/topics", ANN)
    await started_with_damage(world, announcer)
    many = len(world.chat.sent)
    world.clock.turn(days=500)
    retention = Retention(world.database, world.clock, items=MONTH, alerts=MONTH)
    while await retention.step():
        pass
    async with world.database.reading() as connection:
        assert (await connection.execute(select(announcements.c.id))).all() == []
    for key in ("b", "c"):
        restart(world)
        await world.find(brief(key, "Nothing of interest"))
        await spread(world, announcer)
    assert len(world.chat.sent) == many


async def test_a_notice_that_could_not_be_written_is_written_by_the_next_poll(
    world, announcer, monkeypatch
):
    await world.say("/subscribe embargo")
    await world.find()
    await damage(world)
    restart(world)

    async def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.unreadable.tell_operators", power_cut)
        with pytest.raises(RuntimeError):
            await world.find(brief("a"))
    async with world.database.reading() as connection:
        unreadable = select(marks.c.name).where(marks.c.name.like("unreadable%"))
        assert (await connection.execute(unreadable)).all() == []
    await world.find(brief("a"))
    await spread(world, announcer)
    assert sum(text.startswith("Notice") for text in sent_to(world, YOU)) == 1


async def test_many_unreadable_topics_are_one_notice_to_the_operators(world, announcer):
    await world.say("/topics", ANN)
    names = [f"word{number}" for number in range(7)]
    for name in names:
        await world.say(f"/subscribe {name}")
    for name in names:
        await damage(world, name, f"({name}")
    restart(world)
    await world.find(brief("a"))
    await spread(world, announcer)
    (report,) = sent_to(world, ANN)
    assert "7 stored topics cannot be read and bring no alerts" in report
    assert "“(word4”; and 2 more." in report


async def test_the_topic_is_listed_as_unreadable_and_can_be_removed(world, announcer):
    topic_id = await started_with_damage(world, announcer)
    listed = await world.say("/topics")
    assert "1. embargo  cannot be read, brings no alerts" in listed
    page = await Overview(world.database, world.clock).page(YOU)
    assert "cannot be read" in words(page.topics[0])
    assert [button.label for button in page.topics[0].buttons] == ["Remove"]
    await world.press("unsubscribe_topic", str(topic_id))
    assert "cannot be read" not in await world.say("/topics")
    await world.find(brief("b", "Sanctions again"))
    await spread(world, announcer)
    assert "Sanctions again" in world.chat.titles(YOU)


async def test_the_topic_can_be_written_in_a_new_way_in_its_place(world, announcer):
    await started_with_damage(world, announcer)
    assert "No. 1 is now" in await world.say("/edit 1 embargo")
    await world.find(brief("b", "An embargo on ships"))
    await spread(world, announcer)
    assert "An embargo on ships" in world.chat.titles(YOU)


async def test_every_command_about_topics_answers(world, announcer):
    topic_id = await started_with_damage(world, announcer)
    async with world.database.writing() as connection:
        item = (await connection.execute(select(matches.c.item_id))).scalars().first()
        row = {"item_id": item, "topic_id": topic_id, "spans": []}
        await connection.execute(insert(matches).values(row))
    for command in ("/latest", "/why 1", "/trend", "/mute 1 1d", "/unmute 1", "/rhythm", "/status"):
        assert await world.say(command)
    assert "this topic cannot be read now" in await world.say("/why 1")
    for command in ("/share 1", "/trend embargo"):
        assert "he topic “embargo” cannot be read" in await world.say(command)
    for verb, argument in (
        ("less_topic", f"1 {topic_id}"),
        ("leave_out", f"{topic_id} football"),
    ):
        (card,) = await world.press(verb, argument)
        assert "cannot be read" in words(card)


async def test_an_export_keeps_the_text_and_an_import_names_it(world, announcer):
    await started_with_damage(world, announcer, '"never closed')
    (card,) = await world.conversation.hear(Message(YOU, "/export", "me"))
    found = json.loads(card.file.data)
    assert [one["query"] for one in found["topics"]] == ['"never closed', "sanctions"]
    answer = await world.say(f"/import {card.file.data.decode()}", Ref("fake", "bot", "new"))
    assert "1 topic added" in answer
    assert "I cannot read this topic" in answer


async def test_an_erased_chat_leaves_nothing_of_it(world, announcer):
    await started_with_damage(world, announcer)
    (card,) = await world.conversation.hear(Message(YOU, "/forget", "me"))
    erase = card.buttons[0].action
    await world.press(erase.verb, erase.argument)
    async with world.database.reading() as connection:
        assert await find_chat(connection, YOU) is None
        texts = (await connection.execute(select(topics.c.query))).scalars().all()
    assert TOO_LONG not in texts


async def test_a_long_list_is_refused_and_alerts_continue(world):
    await world.say("/subscribe sanctions")
    typed = TOO_LONG.replace(" OR ", ",")
    answer = await world.say(f"/subscribe {typed}")
    assert "the topic has 2,108 characters once every operator is written out" in answer
    assert "Make two topics of it." in answer
    async with world.database.reading() as connection:
        assert len((await connection.execute(select(subscriptions.c.id))).all()) == 1
    await world.find(brief("a", "New sanctions"))
    await world.spread()
    assert world.chat.titles() == ["New sanctions"]


async def test_ingest_that_keeps_failing_is_reported_until_a_poll_is_ingested(world, monkeypatch):
    await world.find()

    async def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.write_cursor", power_cut)
        for failures in (1, 2, 3):
            with pytest.raises(RuntimeError):
                await world.find(brief("a"))
            assert (world.ingest.failing() is None) == (failures < 3)
    assert world.ingest.failing() == (
        "ingest failed 3 times in a row, last with RuntimeError; the log says more"
    )
    world.clock.turn(minutes=6)
    assert world.ingest.failing() is None  # another process has the lease by now
    world.clock.turn(minutes=-6)
    await world.find(brief("a"))
    assert world.ingest.failing() is None


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
    second.wait_for("cannot be read, so it brings no alerts")
    second.say("/topics")
    second.wait_for("cannot be read, brings no alerts")
    assert second.end() == 0
    assert "Further sanctions" in second.alerts
    third = Tocsin(tmp_path)
    assert third.end() == 0
    assert not any("cannot be read, so" in line for line in third.printed)
