import asyncio
import time

from bot.clock import utc_now
from bot.delivery.recorder import Recorder
from bot.store.outbox import Ending, due_chats
from bot.telemetry import NoCounts
from bot.tenure import Tenure
from tests.bot.delivery.test_outcomes import queue, states


def tenure(world, **options) -> Tenure:
    return Tenure(
        world.database, "fake/bot", world.clock, lambda: world.clock().timestamp(), **options
    )


async def test_one_process_holds_a_lease_and_another_takes_it_when_it_ended(world):
    first, second = tenure(world), tenure(world)
    assert await first.take()
    assert not await second.take()
    world.clock.turn(seconds=13)
    assert await second.take()
    assert not await first.take()  # its token is out of date
    assert not first.is_held


async def test_a_lease_that_is_renewed_stays_and_one_that_is_left_is_free_at_once(world):
    first, second = tenure(world), tenure(world)
    for _ in range(5):
        assert await first.take()
        assert not await second.take()
        world.clock.turn(seconds=8)
    await first.leave()
    assert await second.take()


async def test_a_process_that_was_frozen_does_not_believe_that_it_still_holds(world):
    held = tenure(world)
    await held.take()
    assert held.is_held
    world.clock.turn(seconds=9.5)  # not ended yet, but another machine's clock may be ahead
    assert not held.is_held


async def test_who_stands_by_takes_over_at_the_moment_at_which_the_lease_ends(database):
    ticks = time.monotonic
    first = Tenure(database, "fake/bot", utc_now, ticks, length=1.0)
    second = Tenure(database, "fake/bot", utc_now, ticks, length=1.0)
    assert await first.take()
    ends = ticks() + 1.0
    held, ended = asyncio.Event(), asyncio.Event()
    keeping = asyncio.ensure_future(second.keep(lambda is_held: is_held and held.set(), ended))
    await asyncio.wait_for(held.wait(), 10)
    assert ticks() >= ends - 0.1  # not before; how soon after it benchmarks/scaling measures
    assert not await first.take()
    ended.set()
    await keeping


async def test_a_database_that_is_silent_does_not_keep_a_lease_alive(database, monkeypatch):
    silent = asyncio.Event()
    mine = Tenure(database, "fake/bot", utc_now, time.monotonic, length=0.4)
    changes, lost, ended = [], asyncio.Event(), asyncio.Event()

    def changed(is_held: bool) -> None:
        changes.append(is_held)
        if not is_held:
            lost.set()
        else:
            monkeypatch.setattr("bot.tenure.renew_lease", hang)

    async def hang(*_: object, **__: object) -> bool:
        await silent.wait()
        return True

    keeping = asyncio.ensure_future(mine.keep(changed, ended))
    await asyncio.wait_for(lost.wait(), 10)  # while the renewal is still under way
    assert changes == [True, False]
    ended.set()
    silent.set()
    await asyncio.wait_for(keeping, 10)


async def test_a_lease_that_is_let_go_is_taken_at_once_by_who_is_nudged(database):
    first = Tenure(database, "fake/bot", utc_now, time.monotonic)
    second = Tenure(database, "fake/bot", utc_now, time.monotonic)
    await first.take()
    held, ended = asyncio.Event(), asyncio.Event()
    keeping = asyncio.ensure_future(second.keep(lambda is_held: is_held and held.set(), ended))
    await first.leave()
    second.nudge()
    await asyncio.wait_for(held.wait(), 2.5)  # a renewal's length is three seconds
    ended.set()
    await keeping


async def test_endings_that_come_together_share_a_commit(world, monkeypatch):
    from bot.store.outbox import end_alerts

    commits = []

    async def count(connection, endings, **values):
        commits.append(len(endings))
        return await end_alerts(connection, endings, **values)

    monkeypatch.setattr("bot.delivery.recorder.end_alerts", count)
    await queue(world, 10)
    async with world.database.reading() as connection:
        (chat,) = await due_chats(connection, "fake", "bot", most=5)
    recorder, done = Recorder(world.database, world.clock, "fake", NoCounts()), []
    await asyncio.gather(
        *(
            recorder.record(
                Ending(number, chat.id, "sent", world.clock()), lambda n=number: done.append(n)
            )
            for number in range(1, 11)
        )
    )
    assert sorted(done) == list(range(1, 11))
    assert len(commits) < 4
    assert set(await states(world)) == {("sent", None)}
