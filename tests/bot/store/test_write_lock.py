"""The lock of the writer: urgent transactions first, others in order."""

import asyncio

import pytest

from bot.runtime.clock import utc_now
from bot.runtime.lease import Lease
from bot.store.write_lock import WriteLock


async def test_urgent_waiters_come_first_and_others_in_order():
    lock, order = WriteLock(), []

    async def work(name: str, *, is_urgent: bool = False) -> None:
        async with lock.hold(is_urgent=is_urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with lock.hold():
        tasks = [asyncio.ensure_future(work(f"{number}")) for number in range(5)]
        tasks.append(asyncio.ensure_future(work("urgent", is_urgent=True)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["urgent", "0", "1", "2", "3", "4"]


async def test_a_cancelled_waiter_passes_the_lock_on():
    lock, order = WriteLock(), []

    async def work(name: str) -> None:
        async with lock.hold():
            order.append(name)
            await asyncio.sleep(0.01)

    first, second, third = (asyncio.ensure_future(work(name)) for name in "abc")
    await asyncio.sleep(0)
    second.cancel()
    await first
    with pytest.raises(asyncio.CancelledError):
        await second
    await third
    async with lock.hold():
        assert order == ["a", "c"]


async def test_a_waiter_that_is_cancelled_when_it_gets_the_lock_releases_it():
    lock = WriteLock()
    async with lock.hold():
        waiter = asyncio.ensure_future(lock._acquire(lock._waiting))
        await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    async with asyncio.timeout(5), lock.hold():
        pass


async def test_a_lease_is_renewed_during_a_flood_of_transactions(database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has many writers")
    lease = Lease(database, "telegram/1", utc_now, asyncio.get_running_loop().time)
    assert await lease.acquire_or_renew()
    done = 0

    async def write() -> None:
        nonlocal done
        async with database.writing():
            await asyncio.sleep(0)
        done += 1

    flood = [asyncio.ensure_future(write()) for _ in range(688)]
    await asyncio.sleep(0)
    assert await lease.acquire_or_renew()
    assert done <= 2  # the renewal did not wait for the others
    await asyncio.gather(*flood)
