from datetime import timedelta

import pytest

from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.items.pending_fulltext import (
    PAGE_LEASE,
    claim_pending,
    delete_pending,
    delete_superseded,
    is_pending_due,
    overdue_pending,
    queue_pending,
    release_all_pending,
    reschedule_pending,
)
from watchers import Item

SECOND = timedelta(seconds=1)


class PendingItems:
    """The pending items of one feed; each call is one transaction."""

    def __init__(self, database, clock, feed) -> None:
        self.database = database
        self.clock = clock
        self.feed = feed

    async def do(self, function, *arguments, **more):
        async with self.database.writing() as connection:
            return await function(connection, *arguments, **more)

    async def queue(self, *keys: str, host: str = "", title: str = "A title"):
        items = [(Item(key=key, title=title), host or f"{key}.example") for key in keys]
        await self.do(queue_pending, self.feed.id, items, now=self.clock())

    async def claim(self, owner: str = "me", most: int = 9):
        return await self.do(claim_pending, owner=owner, limit=most, now=self.clock())


@pytest.fixture
async def pending(database, clock):
    async with database.writing() as connection:
        new = NewFeed("https://example.org/feed", "example.org", "The Example")
        feed, _ = await add_feed(connection, new, now=clock())
    return PendingItems(database, clock, feed)


async def test_an_item_is_claimed_once_with_its_fields_and_its_feed(pending):
    await pending.queue("a")
    (item,) = await pending.claim()
    assert (item.item, item.tries) == (Item(key="a", title="A title"), 1)
    assert item.watched.names == ("The Example", "https://example.org/feed")
    assert await pending.claim("other") == []


async def test_one_item_per_host_is_claimed_at_a_time(pending):
    await pending.queue("a", "b", host="same.example")
    await pending.queue("c")
    assert len(await pending.claim()) == 2


async def test_a_claim_expires(pending):
    await pending.queue("a")
    await pending.claim("dead")
    pending.clock.advance(seconds=PAGE_LEASE.total_seconds() + 1)
    (claimed,) = await pending.claim("other")
    assert claimed.tries == 2


async def test_a_start_releases_all_claims(pending):
    await pending.queue("a")
    await pending.claim("dead")
    assert not await pending.do(is_pending_due, now=pending.clock())
    pending.clock.advance(seconds=PAGE_LEASE.total_seconds() / 2)
    await pending.do(release_all_pending, now=pending.clock())
    pending.clock.advance(seconds=PAGE_LEASE.total_seconds())
    assert len(await pending.claim("other")) == 1


async def test_a_rescheduled_item_is_due_at_the_new_time(pending):
    await pending.queue("a")
    (item,) = await pending.claim()
    until = pending.clock() + 10 * PAGE_LEASE
    await pending.do(reschedule_pending, item, retry_at=until)
    assert not await pending.do(is_pending_due, now=until - SECOND)
    assert await pending.do(is_pending_due, now=until)


async def test_an_item_that_was_queued_again_is_not_dropped_with_the_old_version(pending):
    await pending.queue("a")
    (old,) = await pending.claim()
    pending.clock.advance(seconds=1)
    await pending.queue("a", title="Corrected")
    assert not await pending.do(delete_pending, old)
    pending.clock.advance(seconds=PAGE_LEASE.total_seconds())
    (new,) = await pending.claim()
    assert (new.item.title, new.tries) == ("Corrected", 1)
    assert await pending.do(delete_pending, new)
    assert await pending.do(overdue_pending, before=pending.clock(), limit=9) == []


async def test_superseded_items_are_dropped(pending):
    await pending.queue("a", "b")
    await pending.do(delete_superseded, pending.feed.id, ["a", "c"])
    assert [item.item.key for item in await pending.claim()] == ["b"]


async def test_overdue_items_are_ordered_by_waiting_time(pending):
    await pending.queue("a")
    pending.clock.advance(seconds=5)
    await pending.queue("b")
    overdue = await pending.do(overdue_pending, before=pending.clock(), limit=9)
    assert [item.item.key for item in overdue] == ["a", "b"]
    early = await pending.do(overdue_pending, before=pending.clock() - SECOND, limit=9)
    assert [item.item.key for item in early] == ["a"]
