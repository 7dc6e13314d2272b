import pytest
from sqlalchemy import text

from bot.errors import Gone, InDoubt, Rejected, RetryLater, StoreFull, Transient
from bot.model import Ref
from tests.bot.conftest import YOU, brief

OTHER = Ref("fake", "bot", "other")


async def _queue(world, many: int, *refs: Ref) -> list[str]:
    for ref in refs or (YOU,):
        await world.say("/subscribe sanctions", ref)
    titles = [f"Sanctions {number}" for number in range(many)]
    await world.find(*(brief(title, title=title) for title in titles))
    await world.fan_out()
    return titles


async def _states(world) -> list[tuple[str, str | None]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(text("SELECT state, reason FROM alerts ORDER BY id"))
        return [tuple(row) for row in rows]


async def test_alerts_arrive_in_order_and_end_as_sent(world):
    titles = await _queue(world, 120)
    await world.deliver()
    assert world.chat.titles() == titles
    assert set(await _states(world)) == {("sent", None)}


async def test_a_chat_that_must_wait_keeps_its_order_and_holds_up_nobody(world):
    titles = await _queue(world, 3, YOU, OTHER)
    refused = iter([RetryLater(60)])
    world.chat.fail = lambda ref, _: next(refused, None) if ref == YOU else None
    await world.deliver()
    assert world.chat.titles(YOU) == []
    assert world.chat.titles(OTHER) == titles
    world.clock.turn(seconds=61)
    await world.deliver()
    assert world.chat.titles(YOU) == titles


async def test_what_was_not_sent_is_tried_again_later_and_later(world):
    await _queue(world, 1)
    tries = []
    world.chat.fail = lambda *_: tries.append(world.clock()) or Transient("no network")
    for _ in range(6):
        await world.deliver()
        world.clock.turn(seconds=31)
    assert len(tries) == 4  # pauses of 1, 5 and 30 seconds; then of 120
    world.chat.fail = lambda *_: None
    world.clock.turn(minutes=10)
    await world.deliver()
    assert len(world.chat.sent) == 1


async def test_one_message_that_is_refused_ends_with_its_reason_and_the_next_goes_out(world):
    await _queue(world, 2)
    refused = iter([Rejected("can't parse entities")])
    world.chat.fail = lambda *_: next(refused, None)
    await world.deliver()
    assert await _states(world) == [("failed", "can't parse entities"), ("sent", None)]


async def test_an_alert_that_breaks_our_own_code_holds_up_nobody(world):
    await _queue(world, 2)
    broken = iter([ZeroDivisionError()])
    world.chat.fail = lambda *_: next(broken, None)
    await world.deliver()
    assert await _states(world) == [
        ("failed", "a fault of ours: ZeroDivisionError"),
        ("sent", None),
    ]


async def test_a_message_that_may_have_been_sent_is_not_sent_again(world):
    await _queue(world, 1)
    world.chat.fail = lambda *_: InDoubt("the connection broke while it was sent")
    await world.deliver()
    world.chat.fail = lambda *_: None
    world.clock.turn(hours=1)
    await world.deliver()
    assert world.chat.sent == []
    assert (await _states(world))[0][0] == "unknown"


async def test_a_chat_that_is_gone_is_suspended_and_returns_with_everything(world):
    titles = await _queue(world, 2)
    world.chat.fail = lambda *_: Gone("bot was blocked by the user")
    await world.deliver()
    assert "1 chat cannot be reached" in await world.say("/status", OTHER)
    world.chat.fail = lambda *_: None
    await world.deliver()
    assert world.chat.sent == []
    await world.say("/subscribe missile")  # the person is back
    await world.deliver()
    assert world.chat.titles() == titles
    assert "2 topics" in await world.say("/topics")


async def test_what_was_sent_and_could_not_be_recorded_is_not_sent_again(world, monkeypatch):
    await _queue(world, 2)
    full = True

    async def record(connection, *args, **values):
        if full:
            raise StoreFull("no space is left")
        return await end_alert(connection, *args, **values)

    from bot.store.outbox import end_alert

    monkeypatch.setattr("bot.delivery.deliverer.end_alert", record)
    for _ in range(3):
        with pytest.raises(StoreFull):
            await world.deliver()
    assert len(world.chat.sent) == 1
    full = False
    world.clock.turn(minutes=1)
    await world.deliver()
    assert len(world.chat.sent) == 2
    assert set(await _states(world)) == {("sent", None)}


async def test_a_clean_stop_gives_back_what_was_not_sent(world):
    titles = await _queue(world, 3)
    world.chat.fail = lambda *_: world.deliverer.stop()
    assert not await world.deliverer.step()
    assert world.chat.titles() == titles[:1]
    async with world.database.reading() as connection:
        leased = text("SELECT count(*) FROM alerts WHERE lease_owner IS NOT NULL")
        assert (await connection.execute(leased)).scalar() == 0
