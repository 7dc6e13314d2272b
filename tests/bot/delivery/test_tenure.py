import asyncio

from bot.delivery.recorder import Recorder
from bot.delivery.tenure import Tenure
from bot.store.outbox import Ending, due_chats
from bot.telemetry import NoCounts
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
