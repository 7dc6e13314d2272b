import asyncio
import time
from datetime import timedelta

import pytest

from bot.errors import LeaseLost, StoreUnreachable
from bot.feed_claims import Claims
from bot.store.feeds import NewFeed, add_feed

LENGTH = timedelta(seconds=0.4)


@pytest.fixture
async def host(world):
    async with world.database.writing() as connection:
        await add_feed(connection, NewFeed("https://a.org/feed", "a.org"), now=world.clock())
    return "a.org"


def claims(world) -> Claims:
    begun, now = time.monotonic(), world.clock.now
    clock = lambda: now + timedelta(seconds=time.monotonic() - begun)  # noqa: E731
    return Claims(world.database, clock, length=LENGTH)


async def test_a_host_is_kept_for_as_long_as_its_feed_takes(world, host):
    first, second = claims(world), claims(world)
    assert [feed.host for feed in await first.take(10)] == [host]
    async with first.kept(host):
        kept_until = time.monotonic() + 3 * LENGTH.total_seconds()
        while time.monotonic() < kept_until:
            assert await second.take(10) == []
            assert not await second.take_host(host)
            await asyncio.sleep(0.05)
    await first.close()


async def test_what_a_process_that_died_had_claimed_is_free_when_the_lease_ends(world, host):
    first, second = claims(world), claims(world)
    assert await first.take(10)
    assert await second.take(10) == []
    async with asyncio.timeout(10):
        found = []
        while not found:
            await asyncio.sleep(0.05)
            found = await second.take(10)
    assert [feed.host for feed in found] == [host]


async def test_who_cannot_renew_a_claim_asks_no_longer(world, host, monkeypatch):
    async def refuse(*_: object, **__: object) -> None:
        raise StoreUnreachable("it does not answer")

    monkeypatch.setattr("bot.feed_claims.keep_hosts", refuse)
    first = claims(world)
    assert await first.take(10)

    with pytest.raises(LeaseLost):
        async with asyncio.timeout(10), first.kept(host):
            await asyncio.Event().wait()
    await first.close()


async def test_nothing_is_renewed_when_nothing_is_asked(world, host):
    first = claims(world)
    assert await first.take(10)
    async with first.kept(host):
        pass
    await asyncio.wait_for(first._keeping, 10)
