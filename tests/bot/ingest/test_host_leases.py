import asyncio
import time
from datetime import timedelta

import pytest

from bot.errors import LeaseLostError, StoreUnavailableError
from bot.ingest.host_leases import HostLeases
from bot.store.feeds.feeds import NewFeed, add_feed

LENGTH = timedelta(seconds=0.4)


@pytest.fixture
async def host(world):
    async with world.database.writing() as connection:
        await add_feed(connection, NewFeed("https://a.org/feed", "a.org"), now=world.clock())
    return "a.org"


def make_leases(world) -> HostLeases:
    start, now = time.monotonic(), world.clock.now
    clock = lambda: now + timedelta(seconds=time.monotonic() - start)  # noqa: E731
    return HostLeases(world.database, clock, length=LENGTH)


async def test_a_lease_is_renewed_while_the_poll_runs(world, host):
    first, second = make_leases(world), make_leases(world)
    assert [feed.host for feed in await first.claim_due_feeds(10)] == [host]
    async with first.renewing(host):
        deadline = time.monotonic() + 3 * LENGTH.total_seconds()
        while time.monotonic() < deadline:
            assert await second.claim_due_feeds(10) == []
            assert not await second.acquire(host)
            await asyncio.sleep(0.05)
    await first.close()


async def test_the_hosts_of_a_dead_process_are_free_when_the_leases_expire(world, host):
    first, second = make_leases(world), make_leases(world)
    assert await first.claim_due_feeds(10)
    assert await second.claim_due_feeds(10) == []
    async with asyncio.timeout(10):
        feeds = []
        while not feeds:
            await asyncio.sleep(0.05)
            feeds = await second.claim_due_feeds(10)
    assert [feed.host for feed in feeds] == [host]


async def test_a_poll_is_cancelled_if_its_lease_cannot_be_renewed(world, host, monkeypatch):
    async def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailableError("it does not answer")

    monkeypatch.setattr("bot.ingest.host_leases.renew_hosts", refuse)
    first = make_leases(world)
    assert await first.claim_due_feeds(10)

    with pytest.raises(LeaseLostError):
        async with asyncio.timeout(10), first.renewing(host):
            await asyncio.Event().wait()
    await first.close()


async def test_the_renewal_ends_with_the_last_poll(world, host):
    first = make_leases(world)
    assert await first.claim_due_feeds(10)
    async with first.renewing(host):
        pass
    await asyncio.wait_for(first._renewal, 10)
