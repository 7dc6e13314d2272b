"""Retention deletes old rows in batches, keeps rows that are still needed, and causes no second alert."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.jobs.retention import Retention
from bot.store.admin.retention import BATCH_SIZE
from bot.store.feeds.sources import get_or_create_source, write_cursor
from bot.store.items.items import find_tombstones
from bot.store.items.trends import data_since
from bot.store.tables import (
    alerts,
    announcement_alerts,
    announcements,
    callback_texts,
    chat_item_numbers,
    chats,
    item_tombstones,
    items,
    matches,
    stories,
    updates,
)
from tests.bot.conftest import make_item
from watchers import Source
from watchers.sources.folder_cursor import ContentRecord, digest_entry, path_entry

YEAR = timedelta(days=365)
QUARTER = timedelta(days=90)


@pytest.fixture
def retention(world):
    return Retention(world.database, world.clock, items=YEAR, alerts=QUARTER)


async def run_round(retention):
    step_count = 1
    while await retention.step():
        step_count += 1
    return step_count


async def count(world, table):
    async with world.database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def titles(world):
    async with world.database.reading() as connection:
        rows = await connection.execute(select(items.c.title).order_by(items.c.id))
        return list(rows.scalars())


async def add_newest_item(world):
    """Add an item with a story of its own: the newest rows are always kept."""
    await world.ingest_items(
        make_item("newest", "Volcano erupts on a far island", "Ash fell for hours.")
    )


async def test_old_alerts_are_deleted_and_then_their_items_and_stories(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    world.clock.advance(days=91)
    await add_newest_item(world)
    await run_round(retention)
    assert await count(world, alerts) == 0
    assert await titles(world) == ["Sanctions on North Korea", "Volcano erupts on a far island"]
    world.clock.advance(days=275)
    await run_round(retention)
    assert await titles(world) == ["Volcano erupts on a far island"]
    for table in (matches, chat_item_numbers):
        assert await count(world, table) == 0
    assert await count(world, stories) == 1
    # The full-text search does not find the item either.
    assert "Sanctions on North Korea" not in await world.send_command("/search sanctions")


async def test_nothing_is_deleted_without_limits(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    world.clock.advance(days=4_000)
    await add_newest_item(world)
    await run_round(Retention(world.database, world.clock, items=None, alerts=None))
    assert await count(world, alerts) == 1
    assert await count(world, items) == 2


@pytest.mark.parametrize("state", ["queued", "held"])
async def test_queued_and_held_alerts_are_kept_with_their_items(world, retention, state):
    await world.send_command("/subscribe sanctions")
    if state == "held":
        await world.send_command("/digest daily 08:00")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    world.clock.advance(days=800)
    await add_newest_item(world)
    await run_round(retention)
    async with world.database.reading() as connection:
        row = (await connection.execute(select(alerts.c.state, alerts.c.item_id))).one()
    assert row.state == state
    assert "Sanctions on North Korea" in await titles(world)


async def test_an_item_that_waits_for_the_fan_out_is_kept(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    world.clock.advance(days=800)
    await add_newest_item(world)
    await run_round(retention)
    await world.run_pipeline()
    assert "Sanctions on North Korea" in world.chat.titles()


async def test_the_alert_of_an_open_story_is_kept(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    async with world.database.reading() as connection:
        story = (await connection.execute(select(stories.c.id))).scalar_one()
    world.clock.advance(days=100)
    await add_newest_item(world)
    # A new item joins the old story.
    async with world.database.writing() as connection:
        await connection.execute(
            update(items).where(items.c.title.like("Volcano%")).values(story_id=story)
        )
    await run_round(retention)
    assert await count(world, alerts) == 1
    world.clock.advance(days=8)
    await run_round(retention)
    assert await count(world, alerts) == 0


async def test_a_briefing_is_kept_as_long_as_its_alerts(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/digest daily 08:00")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    world.clock.advance(days=1)
    await world.make_briefings()
    await world.deliver()
    assert await count(world, alerts) == 2
    world.clock.advance(days=89)
    await add_newest_item(world)
    # The alert in the briefing ended later than the briefing.
    async with world.database.writing() as connection:
        await connection.execute(
            update(alerts)
            .where(alerts.c.briefing_id.is_not(None))
            .values(ended_at=world.clock() - timedelta(days=3))
        )
    world.clock.advance(days=2)
    await run_round(retention)
    assert await count(world, alerts) == 2
    world.clock.advance(days=90)
    # The first round deletes the alert, the second one the briefing.
    await run_round(retention)
    await run_round(retention)
    assert await count(world, alerts) == 0


async def test_a_deleted_item_that_the_feed_still_shows_is_not_alerted_again(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a", text="Unchanged."))
    await world.run_pipeline()
    assert len(world.chat.sent) == 1
    world.clock.advance(days=400)
    await add_newest_item(world)
    # The first round deletes the alerts, the second one the items.
    await run_round(retention)
    await run_round(retention)
    assert await titles(world) == ["Volcano erupts on a far island"]
    # The same content is not written. Other content is written, but not alerted.
    await world.ingest_items(make_item("a", text="Unchanged."))
    assert len(await titles(world)) == 1
    await world.ingest_items(make_item("a", text="Edited after more than a year."))
    await world.run_pipeline()
    assert len(await titles(world)) == 2
    assert len(world.chat.sent) == 1
    assert await count(world, item_tombstones) == 0
    assert "seeds/a.txt" in await world.send_command("/search sanctions")


async def test_a_recently_changed_item_is_kept(world, retention):
    await world.ingest_items(make_item("a", text="First."))
    world.clock.advance(days=300)
    await world.ingest_items(make_item("a", text="Second."))
    world.clock.advance(days=100)
    await add_newest_item(world)
    await run_round(retention)
    assert "Sanctions on North Korea" in await titles(world)


async def test_a_document_in_its_folder_is_kept_and_its_change_is_alerted(world, retention):
    document = make_item("doc", text="One.")
    await world.ingest_items(document)
    async with world.database.writing() as connection:
        watched = await get_or_create_source(
            connection, Source("folder", "/seeds"), now=world.clock()
        )
        cursor = {
            path_entry("doc.txt"): "[1,2,3]",
            digest_entry(document.digest): ContentRecord("doc", "doc.txt").to_text(),
        }
        await write_cursor(connection, watched.id, cursor)
    world.clock.advance(days=500)
    await add_newest_item(world)
    await run_round(retention)
    assert "Sanctions on North Korea" in await titles(world)
    await world.send_command("/subscribe embargo")
    await world.ingest_items(make_item("doc", text="An embargo is new in it."))
    await world.run_pipeline()
    assert len(world.chat.sent) == 1
    # The document is removed from the folder.
    async with world.database.writing() as connection:
        await write_cursor(connection, watched.id, {path_entry("doc.txt"): None})
    world.clock.advance(days=500)
    await add_newest_item(world)
    await run_round(retention)
    await run_round(retention)
    assert "Sanctions on North Korea" not in await titles(world)


async def test_an_old_tombstone_is_deleted_when_its_feed_does_not_show_the_entry(world, retention):
    feed = Source("feed", "https://n.test/feed")
    async with world.database.writing() as connection:
        watched = await get_or_create_source(connection, feed, now=world.clock())
        for key in ("gone", "shown"):
            await connection.execute(
                item_tombstones.insert().values(
                    source_id=watched.id, key=key, digest="d", forgotten_at=world.clock()
                )
            )
        await write_cursor(connection, watched.id, {"entries": "k f w a shown\nk f w a other"})
    world.clock.advance(days=700)
    await run_round(retention)
    assert await count(world, item_tombstones) == 2
    world.clock.advance(days=60)
    await run_round(retention)
    async with world.database.reading() as connection:
        assert await find_tombstones(connection, watched.id, ["gone", "shown"]) == {"shown": "d"}


async def test_an_announcement_is_deleted_after_its_alerts(world, retention):
    async with world.database.writing() as connection:
        times = {"created_at": world.clock(), "ended_at": world.clock()}
        announcement = {"id": 1, "text": "t", "audience": "everybody", "by": "me"} | times
        await connection.execute(announcements.insert(), announcement)
        chat = {"id": 1, "platform": "fake", "account": "bot", "chat": "you"}
        await connection.execute(chats.insert(), chat | {"created_at": world.clock()})
        await connection.execute(alerts.insert(), {"id": 1, "chat_id": 1, "state": "sent"} | times)
        await connection.execute(
            announcement_alerts.insert(), {"alert_id": 1, "announcement_id": 1}
        )
    await run_round(retention)
    assert await count(world, announcements) == 1
    world.clock.advance(days=91)
    await run_round(retention)
    assert (await count(world, alerts), await count(world, announcements)) == (0, 0)


async def test_old_callback_texts_and_updates_are_deleted_without_new_writes(world, retention):
    async with world.database.writing() as connection:
        old_text = {"kept_at": world.clock(), "text": "t"}
        await connection.execute(
            callback_texts.insert(), [{"key": f"k{n}"} | old_text for n in range(1_200)]
        )
        old_update = {"platform": "fake", "account": "bot", "seen_at": world.clock()}
        await connection.execute(updates.insert(), [{"update_id": "1"} | old_update])
    world.clock.advance(days=401)
    await run_round(retention)
    assert await count(world, callback_texts) == 0
    assert await count(world, updates) == 0


async def test_a_round_consists_of_many_small_steps(world, retention):
    watched = await _watched(world)
    row_count = 2 * BATCH_SIZE + 1
    # One step per pass.
    assert await run_round(retention) == 11
    async with world.database.writing() as connection:
        moment = {"created_at": world.clock()}
        await connection.execute(
            stories.insert(), [{"id": n} | moment for n in range(1, row_count)]
        )
        stored = {"source_id": watched.id, "found_at": world.clock(), "changed_at": world.clock()}
        content = {"title": "t", "lead": "", "text": "", "source": "s", "tags": [], "digest": "d"}
        rows = [{"story_id": n, "key": f"k{n}"} | stored | content for n in range(1, row_count)]
        await connection.execute(items.insert(), rows)
    world.clock.advance(days=500)
    await add_newest_item(world)
    assert await run_round(retention) == 11 + 2 + 2
    assert await count(world, items) == 1
    assert await count(world, stories) == 1


async def _watched(world):
    async with world.database.writing() as connection:
        return await get_or_create_source(connection, Source("folder", "/seeds"), now=world.clock())


async def test_one_process_at_a_time_runs_the_round(world, retention):
    other = Retention(world.database, world.clock, items=YEAR, alerts=QUARTER)
    await world.ingest_items(make_item("a"))
    world.clock.advance(days=500)
    await add_newest_item(world)
    assert await retention.step()
    assert not await other.step()
    # The lease of the first process expires.
    world.clock.advance(minutes=5)
    await run_round(other)
    assert await titles(world) == ["Volcano erupts on a far island"]


async def test_no_id_is_used_again(world, retention):
    await world.ingest_items(make_item("a"))
    world.clock.advance(days=4_000)
    await run_round(retention)
    # The newest item is kept.
    assert await titles(world) == ["Sanctions on North Korea"]
    await add_newest_item(world)
    await run_round(retention)
    async with world.database.reading() as connection:
        assert list((await connection.execute(select(items.c.id))).scalars()) == [2]
        assert list((await connection.execute(select(stories.c.id))).scalars()) == [2]


async def test_the_start_of_complete_data_is_known(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    # The queued alert keeps its item. All other items of that time are deleted.
    await world.fan_out()
    await world.ingest_items(make_item("b", "A flood in the south", "Water rose."))
    world.clock.advance(days=500)
    await add_newest_item(world)
    await run_round(retention)
    assert len(await titles(world)) == 2
    async with world.database.reading() as connection:
        since = await data_since(connection, None)
    assert world.clock() - since <= YEAR + timedelta(seconds=1)


async def test_the_item_numbers_of_a_chat_continue(world, retention):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    world.clock.advance(days=400)
    await add_newest_item(world)
    await run_round(retention)
    await run_round(retention)
    async with world.database.reading() as connection:
        assert (await connection.execute(select(chats.c.last_number))).scalar_one() == 1
        assert (await connection.execute(text("SELECT count(*) FROM follow_ups"))).scalar_one() == 0
