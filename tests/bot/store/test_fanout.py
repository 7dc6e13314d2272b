import asyncio

from sqlalchemy import event, text

from bot.model import Ref
from bot.store.fanout import fan_out_page
from tests.bot.conftest import YOU, brief


async def _count(world, table: str) -> int:
    async with world.database.reading() as connection:
        return (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


async def test_a_chat_reached_through_two_topics_gets_one_alert_that_names_both(world):
    await world.say("/subscribe sanctions")
    await world.say('/subscribe "North Korea"')
    await world.find(brief("a"))
    await world.spread()
    assert world.chat.titles() == ["Sanctions on North Korea"]
    (_, card) = world.chat.sent[0]
    assert "You follow “sanctions” and “North Korea”" in card.lines[-1][0].text


async def test_every_follower_is_alerted_once_in_pages(world):
    chats = [Ref("fake", "bot", str(number)) for number in range(23)]
    for ref in chats:
        await world.say("/subscribe sanctions", ref)
        await world.say("/subscribe korea", ref)
    await world.find(brief("a"), brief("b", title="More sanctions"))
    await world.fan_out(most=5)
    await world.deliver()
    for ref in chats:
        assert sorted(world.chat.titles(ref)) == ["More sanctions", "Sanctions on North Korea"]


async def test_nothing_is_left_of_a_fan_out_that_is_done(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    assert await _count(world, "fanouts") == 1
    await world.fan_out()
    assert await _count(world, "fanouts") == 0


async def test_numbers_count_up_in_each_chat_without_gaps(world):
    other = Ref("fake", "bot", "other")
    await world.say("/subscribe sanctions")
    await world.say("/subscribe missile", other)
    await world.find(
        brief("a"), brief("b", title="Sanctions and a missile"), brief("c", title="Last sanctions")
    )
    await world.fan_out()
    async with world.database.reading() as connection:
        rows = await connection.execute(
            text(
                "SELECT c.chat, s.number FROM shown s JOIN chats c ON c.id = s.chat_id ORDER BY 1, 2"
            )
        )
        assert [tuple(row) for row in rows] == [("other", 1), ("you", 1), ("you", 2), ("you", 3)]


async def test_an_item_seen_in_a_list_keeps_its_number_in_the_alert(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    assert "1. Sanctions" in (await world.say("/latest")).replace("*", "")
    await world.spread()
    (_, card) = world.chat.sent[0]
    assert "no. 1" in card.lines[1][0].text


async def test_a_muted_topic_alerts_nobody_and_its_items_stay_readable(world):
    await world.say("/subscribe sanctions")
    await world.say("/mute sanctions 1h")
    await world.find(brief("a"))
    await world.spread()
    assert world.chat.sent == []
    assert "Sanctions" in (await world.say("/latest")).replace("*", "")
    world.clock.turn(hours=2)
    await world.find(brief("b", title="New sanctions"))
    await world.spread()
    assert world.chat.titles() == ["New sanctions"]


async def test_an_item_that_changes_is_told_again_to_nobody_who_knows_it(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    await world.find(brief("a", text="Corrected: the sanctions are older."))
    await world.spread()
    assert len(world.chat.sent) == 1


async def test_an_item_that_comes_to_match_is_told_then(world):
    other = Ref("fake", "bot", "other")
    await world.say("/subscribe sanctions")
    await world.say("/subscribe uranium", other)
    await world.find(brief("a"))
    await world.spread()
    await world.find(brief("a", text="Uranium was found."))
    await world.spread()
    assert world.chat.titles(YOU) == ["Sanctions on North Korea"]
    assert world.chat.titles(other) == ["Sanctions on North Korea"]


async def test_a_page_takes_the_same_few_statements_however_many_items_it_is_about(world):
    for number in range(5):
        await world.say("/subscribe sanctions", Ref("fake", "bot", str(number)))
    counts = []
    for many in (2, 40):
        await world.find(*(brief(f"{many}-{n}", title=f"Sanctions {n}") for n in range(many)))
        ran = []
        async with world.database.writing() as connection:
            event.listen(
                connection.sync_connection,
                "before_cursor_execute",
                lambda *about, ran=ran: ran.append(about[2]),
            )
            await fan_out_page(connection, now=world.clock())
        counts.append(sum("fanouts" in one or "subscriptions" not in one for one in ran))
    # One question an item, who follows it; all else is once a page.
    assert counts[1] - counts[0] <= 2


async def test_of_two_items_of_one_story_in_a_page_the_first_is_the_alert(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", title="Sanctions first"), brief("b", title="Sanctions second"))
    async with world.database.writing() as connection:
        await connection.execute(text("UPDATE items SET story_id = (SELECT min(id) FROM stories)"))
    await world.spread()
    assert world.chat.titles() == ["Sanctions first"]


async def test_two_pages_at_once_do_not_lock_each_other_out(world):
    for number in range(60):
        await world.say("/subscribe sanctions", Ref("fake", "bot", str(number)))
    await world.find(*(brief(str(n), title=f"Sanctions {n}") for n in range(30)))

    async def page() -> bool:
        async with world.database.writing() as connection:
            return await fan_out_page(connection, now=world.clock(), most=100) > 0

    async with asyncio.timeout(60):
        while any(await asyncio.gather(page(), page(), page())):
            pass
    assert await _count(world, "alerts") == 60 * 30
