from datetime import timedelta

import pytest

from bot.store.feeds import NewFeed, add_feed
from bot.store.thin_items import (
    LEASE,
    claim_thin,
    drop_thin,
    forget_thin,
    free_every_thin,
    is_thin_due,
    late_thin,
    put_off_thin,
    queue_thin,
)
from watchers import Item

SECOND = timedelta(seconds=1)


class Waiting:
    """One feed's items that wait, a call a transaction."""

    def __init__(self, database, clock, feed) -> None:
        self.database = database
        self.clock = clock
        self.feed = feed

    async def do(self, function, *arguments, **more):
        async with self.database.writing() as connection:
            return await function(connection, *arguments, **more)

    async def queue(self, *keys: str, host: str = "", title: str = "A title"):
        found = [(Item(key=key, title=title), host or f"{key}.example") for key in keys]
        await self.do(queue_thin, self.feed.id, found, now=self.clock())

    async def claim(self, owner: str = "me", most: int = 9):
        return await self.do(claim_thin, owner=owner, most=most, now=self.clock())


@pytest.fixture
async def waiting(database, clock):
    async with database.writing() as connection:
        new = NewFeed("https://example.org/feed", "example.org", "The Example")
        feed, _ = await add_feed(connection, new, now=clock())
    return Waiting(database, clock, feed)


async def test_an_item_is_claimed_once_with_all_it_says_and_its_feed(waiting):
    await waiting.queue("a")
    (one,) = await waiting.claim()
    assert (one.item, one.tries) == (Item(key="a", title="A title"), 1)
    assert one.watched.names == ("The Example", "https://example.org/feed")
    assert await waiting.claim("other") == []


async def test_one_of_each_host_is_claimed_at_a_time(waiting):
    await waiting.queue("a", "b", host="same.example")
    await waiting.queue("c")
    assert len(await waiting.claim()) == 2


async def test_a_claim_ends_by_itself(waiting):
    await waiting.queue("a")
    await waiting.claim("dead")
    waiting.clock.turn(seconds=LEASE.total_seconds() + 1)
    (again,) = await waiting.claim("other")
    assert again.tries == 2


async def test_a_start_takes_back_what_was_claimed(waiting):
    await waiting.queue("a")
    await waiting.claim("dead")
    assert not await waiting.do(is_thin_due, now=waiting.clock())
    waiting.clock.turn(seconds=LEASE.total_seconds() / 2)
    await waiting.do(free_every_thin, now=waiting.clock())
    waiting.clock.turn(seconds=LEASE.total_seconds())
    assert len(await waiting.claim("other")) == 1


async def test_one_that_is_put_off_comes_due_then(waiting):
    await waiting.queue("a")
    (one,) = await waiting.claim()
    until = waiting.clock() + 10 * LEASE
    await waiting.do(put_off_thin, one, until=until)
    assert not await waiting.do(is_thin_due, now=until - SECOND)
    assert await waiting.do(is_thin_due, now=until)


async def test_one_that_came_anew_meanwhile_is_not_dropped_with_the_old_one(waiting):
    await waiting.queue("a")
    (old,) = await waiting.claim()
    waiting.clock.turn(seconds=1)
    await waiting.queue("a", title="Corrected")
    assert not await waiting.do(drop_thin, old)
    waiting.clock.turn(seconds=LEASE.total_seconds())
    (new,) = await waiting.claim()
    assert (new.item.title, new.tries) == ("Corrected", 1)
    assert await waiting.do(drop_thin, new)
    assert await waiting.do(late_thin, before=waiting.clock(), most=9) == []


async def test_what_is_outdated_waits_no_more(waiting):
    await waiting.queue("a", "b")
    await waiting.do(forget_thin, waiting.feed.id, ["a", "c"])
    assert [one.item.key for one in await waiting.claim()] == ["b"]


async def test_who_waits_longest_is_late_first(waiting):
    await waiting.queue("a")
    waiting.clock.turn(seconds=5)
    await waiting.queue("b")
    found = await waiting.do(late_thin, before=waiting.clock(), most=9)
    assert [one.item.key for one in found] == ["a", "b"]
    early = await waiting.do(late_thin, before=waiting.clock() - SECOND, most=9)
    assert [one.item.key for one in early] == ["a"]
