from datetime import timedelta

import pytest
from sqlalchemy import event, text

from bot.model import Ref
from bot.store.chats import resume_chat, suspend_chat
from bot.store.outbox import (
    DUE_CHATS,
    FIRST_ALERTS,
    LATE_ALERTS,
    NEXT_TURN,
    Ending,
    due_chats,
    end_alerts,
    first_alerts,
    put_off,
    read_alerts,
)
from bot.store.waiting import OLDEST_WAITING, count_alerts
from tests.bot.conftest import YOU, brief

OTHER = Ref("fake", "bot", "other")


async def _due(world, most: int = 50):
    async with world.database.reading() as connection:
        rows = await due_chats(connection, "fake", "bot", most=most)
    return [row for row in rows if row.due_at <= world.clock()]


async def _queue(world, many: int, ref: Ref = YOU, *, prefix: str = "") -> None:
    await world.say("/subscribe sanctions", ref)
    await world.find(*(brief(f"{prefix}{n}", title=f"Sanctions {prefix}{n}") for n in range(many)))
    await world.fan_out()


async def _end(world, row, *, state: str = "sent", reason: str | None = None) -> None:
    async with world.database.writing() as connection:
        ending = Ending(row.alert_id, row.id, state, world.clock(), reason=reason)
        await end_alerts(connection, [ending], now=world.clock())


async def test_a_chats_alerts_come_one_by_one_in_order(world):
    await _queue(world, 3)
    titles = []
    while rows := await _due(world):
        async with world.database.reading() as connection:
            (alert,) = await read_alerts(connection, [rows[0].alert_id])
        titles.append(alert.shown.item.title)
        await _end(world, rows[0])
    assert titles == ["Sanctions 0", "Sanctions 1", "Sanctions 2"]


async def test_the_chat_that_has_been_due_longest_comes_first(world):
    await _queue(world, 2)
    world.clock.turn(minutes=1)
    await _queue(world, 1, OTHER, prefix="x")
    first, second = await _due(world)
    assert [first.chat, second.chat] == ["you", "other"]
    world.clock.turn(minutes=1)
    await _end(world, first)
    assert [row.chat for row in await _due(world)] == ["other", "you"]


async def test_a_chat_with_nothing_queued_is_not_due(world):
    await _queue(world, 1)
    (row,) = await _due(world)
    await _end(world, row)
    assert await _due(world) == []


async def test_what_is_queued_later_comes_before_what_can_wait(world):
    await _queue(world, 2)
    async with world.database.writing() as connection:
        await connection.execute(text("UPDATE alerts SET priority = 2 WHERE id = 1"))
    (row,) = await _due(world)
    async with world.database.reading() as connection:
        assert await first_alerts(connection, row.id, most=5) == [2, 1]


async def test_an_alert_ends_once(world):
    await _queue(world, 1)
    (row,) = await _due(world)
    await _end(world, row)
    await _end(world, row, state="failed", reason="late")
    async with world.database.reading() as connection:
        assert (await count_alerts(connection)) == {"queued": 0, "sent": 1}


async def test_a_chat_that_was_put_off_or_suspended_is_not_due(world):
    await _queue(world, 1)
    await _queue(world, 1, OTHER, prefix="x")
    async with world.database.writing() as connection:
        await put_off(connection, YOU, until=world.clock() + timedelta(minutes=1))
        await suspend_chat(connection, OTHER, "blocked", now=world.clock())
    assert await _due(world) == []
    world.clock.turn(minutes=2)
    assert [row.chat for row in await _due(world)] == ["you"]
    await _queue(world, 1, YOU, prefix="y")  # news for a suspended chat wakes nobody
    assert [row.chat for row in await _due(world)] == ["you"]
    async with world.database.writing() as connection:
        chat = text("SELECT id FROM chats WHERE chat = 'other'")
        assert await resume_chat(connection, (await connection.execute(chat)).scalar_one())
    assert {row.chat for row in await _due(world)} == {"you", "other"}


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (DUE_CHATS, {"platform": "fake", "account": "bot", "most": 64}, "ix_chats_due"),
        (FIRST_ALERTS, {"chat_id": 1, "most": 50}, "ix_alerts_queue"),
        (LATE_ALERTS, {"chat_id": 1, "before": "now"}, "ix_alerts_"),
        (OLDEST_WAITING, {}, "ix_alerts_waiting"),
        (NEXT_TURN, {"in_chat": 1, "due": "now"}, "ix_alerts_queue"),
    ],
)
async def test_reading_the_queue_uses_its_index(world, statement, values, index):
    await _queue(world, 1)
    plan = await _plan(world, statement, values)
    assert index in plan, plan
    if statement is DUE_CHATS:
        assert "ix_alerts_queue" in plan, plan
        assert "Sort" not in plan, plan  # no reading of all that is queued, only to order it
        assert "TEMP B-TREE" not in plan, plan


async def _plan(world, statement, values) -> str:
    given = {name: world.clock() if value == "now" else value for name, value in values.items()}
    explain = "EXPLAIN QUERY PLAN " if world.database.is_sqlite else "EXPLAIN "
    ran = []
    async with world.database.writing() as connection:
        if not world.database.is_sqlite:
            # A table of one row is read whole; what counts is that the index can serve.
            for setting in ("enable_seqscan", "enable_bitmapscan"):
                await connection.execute(text(f"SET LOCAL {setting} = off"))
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *about: ran.append((about[2], about[3])),
        )
        await connection.execute(statement, given)
        rows = (await connection.exec_driver_sql(explain + ran[0][0], ran[0][1])).all()
    return "\n".join(str(row) for row in rows)
