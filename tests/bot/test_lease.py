import asyncio
import time

from bot.delivery.message_sender import ResultWriter
from bot.runtime.clock import utc_now
from bot.runtime.lease import Lease
from bot.runtime.telemetry import NullMetrics
from bot.store.outbox.outbox import DeliveryResult, due_chats
from tests.bot.delivery.test_outcomes import alert_states, queue_alerts


def make_lease(world, **options) -> Lease:
    return Lease(
        world.database, "fake/bot", world.clock, lambda: world.clock().timestamp(), **options
    )


async def test_one_process_holds_a_lease_and_another_acquires_it_after_its_expiry(world):
    first, second = make_lease(world), make_lease(world)
    assert await first.acquire_or_renew()
    assert not await second.acquire_or_renew()
    world.clock.advance(seconds=13)
    assert await second.acquire_or_renew()
    assert not await first.acquire_or_renew()  # its fencing token is out of date
    assert not first.is_held


async def test_a_renewed_lease_stays_and_a_released_one_is_free_at_once(world):
    first, second = make_lease(world), make_lease(world)
    for _ in range(5):
        assert await first.acquire_or_renew()
        assert not await second.acquire_or_renew()
        world.clock.advance(seconds=8)
    await first.release()
    assert await second.acquire_or_renew()


async def test_a_frozen_process_does_not_assume_that_it_holds_the_lease(world):
    held = make_lease(world)
    await held.acquire_or_renew()
    assert held.is_held
    world.clock.advance(
        seconds=9.5
    )  # not expired yet, but the clock of another machine may be ahead
    assert not held.is_held


async def test_a_standby_process_takes_over_when_the_lease_expires(database):
    monotonic = time.monotonic
    first = Lease(database, "fake/bot", utc_now, monotonic, length=1.0)
    second = Lease(database, "fake/bot", utc_now, monotonic, length=400.0)
    ends = monotonic() + 1.0
    assert await first.acquire_or_renew()
    held, ended = asyncio.Event(), asyncio.Event()
    maintain_task = asyncio.ensure_future(
        second.maintain(lambda is_held: held.set() if is_held else None, ended)
    )
    await asyncio.wait_for(held.wait(), 60)
    assert monotonic() >= ends - 0.1  # benchmarks/scaling measures the delay
    assert not await first.acquire_or_renew()
    ended.set()
    await maintain_task


async def test_a_lease_expires_while_the_database_does_not_answer(database, monkeypatch):
    silent = asyncio.Event()
    lease = Lease(database, "fake/bot", utc_now, time.monotonic, length=0.4)
    changes, lost, ended = [], asyncio.Event(), asyncio.Event()

    def changed(is_held: bool) -> None:
        changes.append(is_held)
        if not is_held:
            lost.set()
        else:
            monkeypatch.setattr("bot.runtime.lease.renew_lease", hang)

    async def hang(*_: object, **__: object) -> bool:
        await silent.wait()
        return True

    maintain_task = asyncio.ensure_future(lease.maintain(changed, ended))
    await asyncio.wait_for(lost.wait(), 60)  # while the renewal is still running
    assert changes == [True, False]
    ended.set()
    silent.set()
    await asyncio.wait_for(maintain_task, 60)


async def test_a_released_lease_is_acquired_at_once_after_a_retry_request(database):
    # The next renewal is after a quarter of the length, which the test does not wait for.
    first = Lease(database, "fake/bot", utc_now, time.monotonic, length=400.0)
    second = Lease(database, "fake/bot", utc_now, time.monotonic, length=400.0)
    await first.acquire_or_renew()
    held, ended = asyncio.Event(), asyncio.Event()
    maintain_task = asyncio.ensure_future(
        second.maintain(lambda is_held: held.set() if is_held else None, ended)
    )
    await first.release()
    second.retry_now()
    await asyncio.wait_for(held.wait(), 60)
    ended.set()
    await maintain_task


async def test_concurrent_results_share_a_commit(world, monkeypatch):
    from bot.store.outbox.outbox import record_results

    commits = []

    async def count(connection, results, **values):
        commits.append(len(results))
        return await record_results(connection, results, **values)

    monkeypatch.setattr("bot.delivery.message_sender.record_results", count)
    await queue_alerts(world, 10)
    async with world.database.reading() as connection:
        (chat,) = await due_chats(connection, "fake", "bot", limit=5)
    writer = ResultWriter(world.database, world.clock, "fake", NullMetrics())
    returned = await asyncio.gather(
        *(
            writer.record(DeliveryResult(number, chat.id, "sent", world.clock()))
            for number in range(1, 11)
        )
    )
    written = [result.alert_id for results in returned for result in results]
    assert sorted(written) == list(range(1, 11))
    assert len(commits) < 4
    assert set(await alert_states(world)) == {("sent", None)}
