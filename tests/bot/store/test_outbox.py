from datetime import timedelta

import pytest
from sqlalchemy import event, text

from bot.models import ChatRef
from bot.store.chats.chats import suspend_chat
from bot.store.outbox.alert_log import OLDEST_QUEUED, count_alerts
from bot.store.outbox.chat_return import resume_chat
from bot.store.outbox.outbox import (
    DUE_CHATS,
    FIRST_ALERTS,
    NEWEST_LATE_ALERTS,
    SET_DUE_IF_QUEUED,
    DeliveryResult,
    due_chats,
    queued_alert_ids,
    read_alerts,
    record_results,
    reschedule,
)
from tests.bot.conftest import CHAT, make_item

OTHER = ChatRef("fake", "bot", "other")


async def _due_chats(world):
    async with world.database.reading() as connection:
        rows = await due_chats(connection, "fake", "bot", limit=50)
    return [row for row in rows if row.due_at <= world.clock()]


async def _queue(world, count: int, ref: ChatRef = CHAT, *, prefix: str = "") -> None:
    await world.send_command("/subscribe sanctions", ref)
    await world.ingest_items(
        *(make_item(f"{prefix}{n}", title=f"Sanctions {prefix}{n}") for n in range(count))
    )
    await world.fan_out()


async def _end(world, row, *, state: str = "sent", reason: str | None = None) -> None:
    async with world.database.writing() as connection:
        result = DeliveryResult(row.alert_id, row.id, state, world.clock(), reason=reason)
        await record_results(connection, [result], now=world.clock())


async def test_alerts_of_a_chat_are_read_one_by_one_in_order(world):
    await _queue(world, 3)
    titles = []
    while rows := await _due_chats(world):
        async with world.database.reading() as connection:
            (alert,) = await read_alerts(connection, [rows[0].alert_id])
        titles.append(alert.chat_item.item.title)
        await _end(world, rows[0])
    assert titles == ["Sanctions 0", "Sanctions 1", "Sanctions 2"]


async def test_chats_are_ordered_by_due_time(world):
    await _queue(world, 2)
    world.clock.advance(minutes=1)
    await _queue(world, 1, OTHER, prefix="x")
    first, second = await _due_chats(world)
    assert [first.chat, second.chat] == ["you", "other"]
    world.clock.advance(minutes=1)
    await _end(world, first)
    assert [row.chat for row in await _due_chats(world)] == ["other", "you"]


async def test_a_chat_without_queued_alerts_is_not_due(world):
    await _queue(world, 1)
    (row,) = await _due_chats(world)
    await _end(world, row)
    assert await _due_chats(world) == []


async def test_first_alerts_are_ordered_by_priority(world):
    await _queue(world, 2)
    async with world.database.writing() as connection:
        await connection.execute(text("UPDATE alerts SET priority = 2 WHERE id = 1"))
    (row,) = await _due_chats(world)
    async with world.database.reading() as connection:
        assert await queued_alert_ids(connection, row.id, limit=5) == [2, 1]


async def test_the_first_result_of_an_alert_is_final(world):
    await _queue(world, 1)
    (row,) = await _due_chats(world)
    await _end(world, row)
    await _end(world, row, state="failed", reason="late")
    async with world.database.reading() as connection:
        assert (await count_alerts(connection)) == {"queued": 0, "sent": 1}


async def test_a_postponed_or_suspended_chat_is_not_due(world):
    await _queue(world, 1)
    await _queue(world, 1, OTHER, prefix="x")
    async with world.database.writing() as connection:
        await reschedule(connection, CHAT, until=world.clock() + timedelta(minutes=1))
        await suspend_chat(connection, OTHER, "blocked", now=world.clock())
    assert await _due_chats(world) == []
    world.clock.advance(minutes=2)
    assert [row.chat for row in await _due_chats(world)] == ["you"]
    await _queue(world, 1, CHAT, prefix="y")  # an alert for a suspended chat does not make it due
    assert [row.chat for row in await _due_chats(world)] == ["you"]
    async with world.database.writing() as connection:
        chat = text("SELECT id FROM chats WHERE chat = 'other'")
        assert await resume_chat(
            connection, (await connection.execute(chat)).scalar_one(), now=world.clock()
        )
    assert {row.chat for row in await _due_chats(world)} == {"you", "other"}


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (DUE_CHATS, {"platform": "fake", "account": "bot", "limit": 64}, "ix_chats_due"),
        (FIRST_ALERTS, {"chat_id": 1, "limit": 50}, "ix_alerts_queue"),
        (NEWEST_LATE_ALERTS, {"chat_id": 1, "before": "now", "limit": 5}, "ix_alerts_"),
        (OLDEST_QUEUED, {}, "ix_alerts_waiting"),
        (SET_DUE_IF_QUEUED, {"chat_id": 1, "new_due_at": "now"}, "ix_alerts_queue"),
    ],
)
async def test_queue_statements_use_their_index(world, statement, values, index):
    await _queue(world, 1)
    plan = await _plan(world, statement, values)
    assert index in plan, plan
    if statement is DUE_CHATS:
        assert "ix_alerts_queue" in plan, plan
        # Sorting would read all queued alerts.
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan


async def _plan(world, statement, values) -> str:
    values = {name: world.clock() if value == "now" else value for name, value in values.items()}
    explain = "EXPLAIN QUERY PLAN " if world.database.is_sqlite else "EXPLAIN "
    executed = []
    async with world.database.writing() as connection:
        if not world.database.is_sqlite:
            # The planner would scan a table of one row. The test is that the index can be used.
            for setting in ("enable_seqscan", "enable_bitmapscan"):
                await connection.execute(text(f"SET LOCAL {setting} = off"))
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *event: executed.append((event[2], event[3])),
        )
        await connection.execute(statement, values)
        rows = (await connection.exec_driver_sql(explain + executed[0][0], executed[0][1])).all()
    return "\n".join(str(row) for row in rows)
