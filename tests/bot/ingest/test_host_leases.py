import asyncio

import pytest

from bot.errors import LeaseLostError, StoreUnavailableError
from bot.ingest.host_leases import HostLeases
from bot.store.feeds.feed_queue import HOST_LEASE
from bot.store.feeds.feeds import NewFeed, add_feed


class Steps:
    """The waits of a renewal loop, which end when the test advances the clock."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self._waits: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()

    async def sleep(self, seconds):
        wait = (seconds, asyncio.Event())
        self._waits.put_nowait(wait)
        await wait[1].wait()

    async def advance(self):
        """End the next wait at its time."""
        seconds, ended = await self._waits.get()
        self._clock.advance(seconds=seconds)
        ended.set()

    async def until_idle(self):
        """Return when the loop waits."""
        self._waits.put_nowait(await self._waits.get())


@pytest.fixture
def steps(clock):
    return Steps(clock)


@pytest.fixture
async def host(world):
    async with world.database.writing() as connection:
        await add_feed(connection, NewFeed("https://a.org/feed", "a.org"), now=world.clock())
    return "a.org"


def make_leases(world, steps) -> HostLeases:
    return HostLeases(
        world.database,
        world.clock,
        monotonic=lambda: world.clock().timestamp(),
        sleep=steps.sleep,
    )


async def test_a_lease_is_renewed_while_the_poll_runs(world, host, steps):
    first, second = make_leases(world, steps), make_leases(world, steps)
    assert [feed.host for feed in await first.claim_due_feeds(10)] == [host]
    start = world.clock()
    async with first.renewing(host):
        while world.clock() < start + 3 * HOST_LEASE:
            assert await second.claim_due_feeds(10) == []
            assert not await second.acquire(host)
            await steps.advance()
            await steps.until_idle()
    await first.close()


async def test_the_hosts_of_a_dead_process_are_free_when_the_leases_expire(world, host, steps):
    first, second = make_leases(world, steps), make_leases(world, steps)
    assert await first.claim_due_feeds(10)
    world.clock.advance(seconds=HOST_LEASE.total_seconds() - 1)
    assert await second.claim_due_feeds(10) == []
    world.clock.advance(seconds=1)
    assert [feed.host for feed in await second.claim_due_feeds(10)] == [host]


async def test_a_poll_is_cancelled_if_its_lease_cannot_be_renewed(world, host, steps, monkeypatch):
    async def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailableError("it does not answer")

    monkeypatch.setattr("bot.ingest.host_leases.renew_hosts", refuse)
    first = make_leases(world, steps)
    assert await first.claim_due_feeds(10)
    start = world.clock()

    with pytest.raises(LeaseLostError):
        async with asyncio.timeout(60), first.renewing(host):
            while True:
                await steps.advance()
    assert world.clock() < start + HOST_LEASE
    await first.close()


async def test_the_renewal_ends_with_the_last_poll(world, host, steps):
    first = make_leases(world, steps)
    assert await first.claim_due_feeds(10)
    async with first.renewing(host):
        await steps.until_idle()
    await steps.advance()
    await asyncio.wait_for(first._renewal, 60)
