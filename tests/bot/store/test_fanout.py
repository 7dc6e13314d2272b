import asyncio

import pytest
from sqlalchemy import event, text

from bot.models import ChatRef
from bot.store.outbox.fanout import fan_out_batch
from tests.bot.conftest import CHAT, make_item
from watchers import Item


async def _count(world, table: str) -> int:
    async with world.database.reading() as connection:
        return (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


async def test_an_item_that_matches_two_topics_causes_one_alert_that_names_both(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command('/subscribe "North Korea"')
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Sanctions on North Korea"]
    (_, card) = world.chat.sent[0]
    assert "You follow “sanctions” and “North Korea”" in card.lines[-1][0].text


async def test_every_subscriber_is_alerted_once_across_batches(world):
    chats = [ChatRef("fake", "bot", str(number)) for number in range(23)]
    for ref in chats:
        await world.send_command("/subscribe sanctions", ref)
        await world.send_command("/subscribe korea", ref)
    await world.ingest_items(make_item("a"), make_item("b", title="More sanctions"))
    await world.fan_out(most=5)
    await world.deliver()
    for ref in chats:
        assert sorted(world.chat.titles(ref)) == ["More sanctions", "Sanctions on North Korea"]


async def test_a_completed_fan_out_job_is_deleted(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    assert await _count(world, "fanout_jobs") == 1
    await world.fan_out()
    assert await _count(world, "fanout_jobs") == 0


async def test_item_numbers_are_consecutive_in_each_chat(world):
    other = ChatRef("fake", "bot", "other")
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe missile", other)
    await world.ingest_items(
        make_item("a"),
        make_item("b", title="Sanctions and a missile"),
        make_item("c", title="Last sanctions"),
    )
    await world.fan_out()
    async with world.database.reading() as connection:
        rows = await connection.execute(
            text(
                "SELECT c.chat, n.number FROM chat_item_numbers n JOIN chats c ON c.id = n.chat_id"
                " ORDER BY 1, 2"
            )
        )
        assert [tuple(row) for row in rows] == [("other", 1), ("you", 1), ("you", 2), ("you", 3)]


async def test_an_alert_uses_the_number_that_a_list_assigned(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    assert "1. Sanctions" in (await world.send_command("/latest")).replace("*", "")
    await world.run_pipeline()
    (_, card) = world.chat.sent[0]
    assert "no. 1" in card.lines[1][0].text


async def test_a_muted_topic_causes_no_alert_and_its_items_stay_listed(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/mute sanctions 1h")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    assert world.chat.sent == []
    assert "Sanctions" in (await world.send_command("/latest")).replace("*", "")
    world.clock.advance(hours=2)
    await world.ingest_items(make_item("b", title="New sanctions"))
    await world.run_pipeline()
    assert world.chat.titles() == ["New sanctions"]


async def test_a_changed_item_causes_no_second_alert(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.ingest_items(make_item("a", text="Corrected: the sanctions are older."))
    await world.run_pipeline()
    assert len(world.chat.sent) == 1


async def test_a_changed_item_alerts_chats_whose_topic_it_now_matches(world):
    other = ChatRef("fake", "bot", "other")
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe uranium", other)
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.ingest_items(make_item("a", text="Uranium was found."))
    await world.run_pipeline()
    assert world.chat.titles(CHAT) == ["Sanctions on North Korea"]
    assert world.chat.titles(other) == ["Sanctions on North Korea"]


async def test_the_number_of_statements_does_not_depend_on_the_number_of_items(world):
    for number in range(5):
        await world.send_command("/subscribe sanctions", ChatRef("fake", "bot", str(number)))
    counts = []
    for item_count in (2, 40):
        await world.ingest_items(
            *(make_item(f"{item_count}-{n}", title=f"Sanctions {n}") for n in range(item_count))
        )
        executed: list[str] = []
        async with world.database.writing() as connection:
            event.listen(
                connection.sync_connection,
                "before_cursor_execute",
                lambda *event, executed=executed: executed.append(event[2]),
            )
            await fan_out_batch(connection, now=world.clock())
        counts.append(sum("fanout_jobs" in sql or "subscriptions" not in sql for sql in executed))
    # The only statement per item reads its subscribers.
    assert counts[1] - counts[0] <= 2


async def test_the_first_of_two_items_of_a_story_in_a_batch_causes_the_alert(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(
        make_item("a", title="Sanctions first"), make_item("b", title="Sanctions second")
    )
    async with world.database.writing() as connection:
        await connection.execute(text("UPDATE items SET story_id = (SELECT min(id) FROM stories)"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Sanctions first"]


@pytest.mark.slow
async def test_concurrent_batches_do_not_deadlock(world):
    for number in range(60):
        await world.send_command("/subscribe sanctions", ChatRef("fake", "bot", str(number)))
    await world.ingest_items(*(make_item(str(n), title=f"Sanctions {n}") for n in range(30)))

    async def fan_out() -> bool:
        async with world.database.writing() as connection:
            return await fan_out_batch(connection, now=world.clock(), limit=100) > 0

    async with asyncio.timeout(60):
        while any(await asyncio.gather(fan_out(), fan_out(), fan_out())):
            pass
    assert await _count(world, "alerts") == 60 * 30


async def test_a_muted_story_gets_no_follow_up_even_after_an_earlier_reply(world):
    await world.send_command("/subscribe storm")
    await world.ingest_items(_storm_item("Harbour Post", toll=12))
    await world.run_pipeline()
    await world.ingest_items(_storm_item("Daily Lantern", toll=40))
    await world.run_pipeline()
    assert len(world.chat.sent) == 2  # the alert and a reply
    await world.send_command("/mute story 1")
    await world.ingest_items(_storm_item("North Courier", toll=90))
    await world.run_pipeline()
    assert len(world.chat.sent) == 2
    assert await _count(world, "fanout_jobs") == 0


def _storm_item(source: str, *, toll: int) -> Item:
    return Item(
        key=source,
        title=f"Storm Eva kills {toll} people in Lima",
        lead=f"At least {toll} people died when storm Eva hit Lima, mayor Rosa Quintana said.",
        url=f"https://{source.split(maxsplit=1)[0].lower()}.example/eva",
        source=source,
        language="en",
    )
