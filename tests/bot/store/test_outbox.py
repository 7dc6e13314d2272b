from datetime import timedelta

from sqlalchemy import event, text

from bot.model import Ref
from bot.store.chats import hold_chat, suspend_chat
from bot.store.outbox import (
    DUE_ALERTS,
    LEASE,
    claim_alerts,
    count_alerts,
    end_alert,
    release_alerts,
    retake_lease,
)
from tests.bot.conftest import brief


async def _claim(world, owner: str, most: int = 50):
    async with world.database.writing() as connection:
        return await claim_alerts(
            connection, platforms=["fake"], owner=owner, most=most, now=world.clock()
        )


async def _queue(world, many: int) -> None:
    await world.say("/subscribe sanctions")
    await world.find(*(brief(str(n), title=f"Sanctions {n}") for n in range(many)))
    await world.fan_out()


async def test_no_alert_is_claimed_twice(world):
    await _queue(world, 5)
    first, second = await _claim(world, "a", 3), await _claim(world, "b")
    assert [a.shown.number for a in first] == [1, 2, 3]
    assert [a.shown.number for a in second] == [4, 5]


async def test_a_sender_that_died_loses_its_alerts_to_the_next(world):
    await _queue(world, 2)
    lost = await _claim(world, "dead")
    assert await _claim(world, "alive") == []
    world.clock.turn(seconds=LEASE.total_seconds() + 1)
    assert [a.id for a in await _claim(world, "alive")] == [a.id for a in lost]


async def test_the_fence_stops_a_sender_whose_lease_was_taken(world):
    await _queue(world, 1)
    (alert,) = await _claim(world, "slow")
    world.clock.turn(seconds=LEASE.total_seconds() + 1)
    await _claim(world, "quick")
    async with world.database.writing() as connection:
        assert not await retake_lease(connection, alert.id, owner="slow", now=world.clock())
        assert await retake_lease(connection, alert.id, owner="quick", now=world.clock())


async def test_an_alert_ends_once(world):
    await _queue(world, 1)
    (alert,) = await _claim(world, "a")
    async with world.database.writing() as connection:
        await end_alert(connection, alert.id, now=world.clock())
        await end_alert(connection, alert.id, state="failed", reason="late", now=world.clock())
        assert (await count_alerts(connection)) == {"queued": 0, "sent": 1}


async def test_what_is_released_may_be_claimed_at_once(world):
    await _queue(world, 2)
    await _claim(world, "a")
    async with world.database.writing() as connection:
        await release_alerts(connection, owner="a")
    assert len(await _claim(world, "b")) == 2


async def test_a_held_or_suspended_chat_is_passed_over(world):
    await _queue(world, 1)
    other = Ref("fake", "bot", "other")
    await world.say("/subscribe sanctions", other)
    await world.find(brief("x", title="Sanctions anew"))
    await world.fan_out()
    async with world.database.writing() as connection:
        ids = {
            row.chat: row.id for row in await connection.execute(text("SELECT id, chat FROM chats"))
        }
        await hold_chat(connection, ids["you"], until=world.clock() + timedelta(minutes=1))
        await suspend_chat(connection, ids["other"], "blocked", now=world.clock())
    assert await _claim(world, "a") == []
    world.clock.turn(minutes=2)
    assert {a.ref.chat for a in await _claim(world, "a")} == {"you"}


async def test_claiming_uses_the_index_of_what_is_unsent(world):
    await _queue(world, 1)
    explain = "EXPLAIN QUERY PLAN " if world.database.is_sqlite else "EXPLAIN "

    def ask_for_the_plan(_connection, _cursor, statement, parameters, _context, _many):
        return (explain if "alerts" in statement else "") + statement, parameters

    async with world.database.writing() as connection:
        if not world.database.is_sqlite:
            # A table of one row is read whole; what counts is that the index can serve.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(
            connection.sync_connection, "before_cursor_execute", ask_for_the_plan, retval=True
        )
        values = {"now": world.clock(), "platforms": ["fake"], "most": 10}
        plan = (await connection.execute(DUE_ALERTS, values)).all()
    assert "ix_alerts_unsent" in "\n".join(str(row) for row in plan)
