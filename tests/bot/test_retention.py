"""What is old goes, in pages; what is still needed stays, and nothing is told twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.retention import Retention
from bot.store.forgotten import forgotten_among
from bot.store.retention import PAGE
from bot.store.sources import ensure_source, write_cursor
from bot.store.tables import (
    alerts,
    announced,
    announcements,
    chats,
    forgotten,
    items,
    kept,
    matches,
    shown,
    stories,
    updates,
)
from bot.store.trends import known_from
from tests.bot.conftest import brief
from watchers import Source
from watchers.sources.seen import Known, path_entry, words_entry

YEAR = timedelta(days=365)
QUARTER = timedelta(days=90)


@pytest.fixture
def retention(world):
    return Retention(world.database, world.clock, items=YEAR, alerts=QUARTER)


async def go_round(retention):
    steps = 1
    while await retention.step():
        steps += 1
    return steps


async def count(world, table):
    async with world.database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def titles(world):
    async with world.database.reading() as connection:
        rows = await connection.execute(select(items.c.title).order_by(items.c.id))
        return list(rows.scalars())


async def newer(world):
    """Something that came just now, of a story of its own: the last rows stay in any case."""
    await world.find(brief("newest", "Volcano erupts on a far island", "Ash fell for hours."))


async def test_what_was_told_long_ago_goes_with_its_story_and_item(world, retention):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    world.clock.turn(days=91)
    await newer(world)
    await go_round(retention)
    assert await count(world, alerts) == 0
    assert await titles(world) == ["Sanctions on North Korea", "Volcano erupts on a far island"]
    world.clock.turn(days=275)
    await go_round(retention)
    assert await titles(world) == ["Volcano erupts on a far island"]
    for table in (matches, shown):
        assert await count(world, table) == 0
    assert await count(world, stories) == 1
    # Neither is it found by its words.
    assert "nothing known that matches" in await world.say("/search sanctions")


async def test_nothing_goes_where_everything_is_to_be_kept(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    world.clock.turn(days=4_000)
    await newer(world)
    await go_round(Retention(world.database, world.clock, items=None, alerts=None))
    assert await count(world, alerts) == 1
    assert await count(world, items) == 2


@pytest.mark.parametrize("state", ["queued", "held"])
async def test_what_is_still_to_be_told_stays_with_its_item_however_old(world, retention, state):
    await world.say("/subscribe sanctions")
    if state == "held":
        await world.say("/digest daily 08:00")
    await world.find(brief("a"))
    await world.fan_out()
    world.clock.turn(days=800)
    await newer(world)
    await go_round(retention)
    async with world.database.reading() as connection:
        row = (await connection.execute(select(alerts.c.state, alerts.c.item_id))).one()
    assert row.state == state
    assert "Sanctions on North Korea" in await titles(world)


async def test_an_item_that_is_not_yet_handed_on_stays(world, retention):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))  # and nobody fans out
    world.clock.turn(days=800)
    await newer(world)
    await go_round(retention)
    await world.spread()
    assert "Sanctions on North Korea" in world.chat.titles()


async def test_the_alert_of_a_story_that_still_grows_stays(world, retention):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    async with world.database.reading() as connection:
        story = (await connection.execute(select(stories.c.id))).scalar_one()
    world.clock.turn(days=100)
    await newer(world)
    async with world.database.writing() as connection:  # a report of today joins it
        await connection.execute(
            update(items).where(items.c.title.like("Volcano%")).values(story_id=story)
        )
    await go_round(retention)
    assert await count(world, alerts) == 1
    world.clock.turn(days=8)
    await go_round(retention)
    assert await count(world, alerts) == 0


async def test_a_briefing_stays_as_long_as_what_it_told(world, retention):
    await world.say("/subscribe sanctions")
    await world.say("/digest daily 08:00")
    await world.find(brief("a"))
    await world.fan_out()
    world.clock.turn(days=1)
    await world.brief()
    await world.deliver()
    assert await count(world, alerts) == 2
    world.clock.turn(days=89)
    await newer(world)
    async with world.database.writing() as connection:  # the one that it told has ended later
        await connection.execute(
            update(alerts)
            .where(alerts.c.briefing_id.is_not(None))
            .values(ended_at=world.clock() - timedelta(days=3))
        )
    world.clock.turn(days=2)
    await go_round(retention)
    assert await count(world, alerts) == 2
    world.clock.turn(days=90)
    await go_round(retention)  # the one that it told
    await go_round(retention)
    assert await count(world, alerts) == 0


async def test_an_entry_that_its_feed_still_shows_is_no_news_when_it_has_been_deleted(
    world, retention
):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", text="As it was."))
    await world.spread()
    assert len(world.chat.sent) == 1
    world.clock.turn(days=400)
    await newer(world)
    await go_round(retention)  # the alerts
    await go_round(retention)  # and then what they told
    assert await titles(world) == ["Volcano erupts on a far island"]
    # The same again: nothing is written. Other words: they are known, and told to nobody.
    await world.find(brief("a", text="As it was."))
    assert len(await titles(world)) == 1
    await world.find(brief("a", text="Edited after more than a year."))
    await world.spread()
    assert len(await titles(world)) == 2
    assert len(world.chat.sent) == 1
    assert await count(world, forgotten) == 0  # it is an item again
    assert "seeds/a.txt" in await world.say("/search sanctions")


async def test_an_item_that_was_changed_of_late_stays(world, retention):
    await world.find(brief("a", text="First."))
    world.clock.turn(days=300)
    await world.find(brief("a", text="Second."))
    world.clock.turn(days=100)
    await newer(world)
    await go_round(retention)
    assert "Sanctions on North Korea" in await titles(world)


async def test_a_document_that_lies_in_its_folder_stays_and_its_change_is_told(world, retention):
    document = brief("doc", text="One.")
    await world.find(document)
    async with world.database.writing() as connection:
        watched = await ensure_source(connection, Source("folder", "/seeds"), now=world.clock())
        there = {
            path_entry("doc.txt"): "[1,2,3]",
            words_entry(document.digest): Known("doc", "doc.txt").to_text(),
        }
        await write_cursor(connection, watched.id, there)
    world.clock.turn(days=500)
    await newer(world)
    await go_round(retention)
    assert "Sanctions on North Korea" in await titles(world)
    await world.say("/subscribe embargo")
    await world.find(brief("doc", text="An embargo is new in it."))
    await world.spread()
    assert len(world.chat.sent) == 1
    async with world.database.writing() as connection:  # it is taken out of the folder
        await write_cursor(connection, watched.id, {path_entry("doc.txt"): None})
    world.clock.turn(days=500)
    await newer(world)
    await go_round(retention)
    await go_round(retention)
    assert "Sanctions on North Korea" not in await titles(world)


async def test_a_note_goes_when_it_is_old_and_its_feed_shows_the_entry_no_more(world, retention):
    feed = Source("feed", "https://n.test/feed")
    async with world.database.writing() as connection:
        watched = await ensure_source(connection, feed, now=world.clock())
        for key in ("gone", "shown"):
            await connection.execute(
                forgotten.insert().values(
                    source_id=watched.id, key=key, digest="d", forgotten_at=world.clock()
                )
            )
        await write_cursor(connection, watched.id, {"entries": "k f w a shown\nk f w a other"})
    world.clock.turn(days=700)
    await go_round(retention)
    assert await count(world, forgotten) == 2
    world.clock.turn(days=60)
    await go_round(retention)
    async with world.database.reading() as connection:
        assert await forgotten_among(connection, watched.id, ["gone", "shown"]) == {"shown": "d"}


async def test_an_announcement_goes_after_the_alerts_that_said_it(world, retention):
    async with world.database.writing() as connection:
        at = {"created_at": world.clock(), "ended_at": world.clock()}
        one = {"id": 1, "text": "t", "audience": "everybody", "by": "me"} | at
        await connection.execute(announcements.insert(), one)
        chat = {"id": 1, "platform": "fake", "account": "bot", "chat": "you"}
        await connection.execute(chats.insert(), chat | {"created_at": world.clock()})
        await connection.execute(alerts.insert(), {"id": 1, "chat_id": 1, "state": "sent"} | at)
        await connection.execute(announced.insert(), {"alert_id": 1, "announcement_id": 1})
    await go_round(retention)
    assert await count(world, announcements) == 1
    world.clock.turn(days=91)
    await go_round(retention)
    assert (await count(world, alerts), await count(world, announcements)) == (0, 0)


async def test_texts_and_updates_go_where_nobody_writes_any_more(world, retention):
    async with world.database.writing() as connection:
        old = {"kept_at": world.clock(), "text": "t"}
        await connection.execute(kept.insert(), [{"key": f"k{n}"} | old for n in range(1_200)])
        seen = {"platform": "fake", "account": "bot", "seen_at": world.clock()}
        await connection.execute(updates.insert(), [{"update_id": "1"} | seen])
    world.clock.turn(days=401)
    await go_round(retention)
    assert await count(world, kept) == 0
    assert await count(world, updates) == 0


async def test_a_round_is_many_small_steps_and_goes_on_after_each(world, retention):
    watched = await _watched(world)
    many = 2 * PAGE + 1
    assert await go_round(retention) == 11  # a look at each table
    async with world.database.writing() as connection:
        moment = {"created_at": world.clock()}
        await connection.execute(stories.insert(), [{"id": n} | moment for n in range(1, many)])
        found = {"source_id": watched.id, "found_at": world.clock(), "changed_at": world.clock()}
        said = {"title": "t", "lead": "", "text": "", "source": "s", "tags": [], "digest": "d"}
        rows = [{"story_id": n, "key": f"k{n}"} | found | said for n in range(1, many)]
        await connection.execute(items.insert(), rows)
    world.clock.turn(days=500)
    await newer(world)
    assert await go_round(retention) == 11 + 2 + 2
    assert await count(world, items) == 1
    assert await count(world, stories) == 1


async def _watched(world):
    async with world.database.writing() as connection:
        return await ensure_source(connection, Source("folder", "/seeds"), now=world.clock())


async def test_one_process_at_a_time_goes_round(world, retention):
    other = Retention(world.database, world.clock, items=YEAR, alerts=QUARTER)
    await world.find(brief("a"))
    world.clock.turn(days=500)
    await newer(world)
    assert await retention.step()
    assert not await other.step()
    world.clock.turn(minutes=5)  # the first one died
    await go_round(other)
    assert await titles(world) == ["Volcano erupts on a far island"]


async def test_no_number_of_a_row_comes_again(world, retention):
    await world.find(brief("a"))
    world.clock.turn(days=4_000)
    await go_round(retention)
    assert await titles(world) == ["Sanctions on North Korea"]  # the newest of all
    await newer(world)
    await go_round(retention)
    async with world.database.reading() as connection:
        assert list((await connection.execute(select(items.c.id))).scalars()) == [2]
        assert list((await connection.execute(select(stories.c.id))).scalars()) == [2]


async def test_a_trend_says_since_when_everything_is_known(world, retention):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.fan_out()  # queued: it stays, and is all that is left of its time
    await world.find(brief("b", "A flood in the south", "Water rose."))
    world.clock.turn(days=500)
    await newer(world)
    await go_round(retention)
    assert len(await titles(world)) == 2
    async with world.database.reading() as connection:
        known = await known_from(connection, None)
    assert world.clock() - known <= YEAR + timedelta(seconds=1)


async def test_a_chat_keeps_counting_where_it_was(world, retention):
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    world.clock.turn(days=400)
    await newer(world)
    await go_round(retention)
    await go_round(retention)
    async with world.database.reading() as connection:
        assert (await connection.execute(select(chats.c.last_number))).scalar_one() == 1
        assert (await connection.execute(text("SELECT count(*) FROM follow_ups"))).scalar_one() == 0
