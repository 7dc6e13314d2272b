"""How much waits in the outbox, and for how long: what people and monitors are told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import IS_QUEUED, QUEUED, SENT, alerts, chats

COUNT_BY_STATE = select(alerts.c.state, func.count().label("many")).group_by(alerts.c.state)
OLDEST_WAITING = select(func.min(alerts.c.created_at)).where(IS_QUEUED)
COUNT_HELD = select(func.count(), func.max(chats.c.due_at)).where(chats.c.due_at > bindparam("now"))


async def count_alerts(connection: AsyncConnection) -> dict[str, int]:
    """How many alerts stand in which state."""
    counts = {QUEUED: 0, SENT: 0}
    for row in await connection.execute(COUNT_BY_STATE):
        counts[row.state] = row.many
    return counts


async def oldest_waiting(connection: AsyncConnection) -> datetime | None:
    """When the alert that waits longest was decided."""
    oldest: datetime | None = (await connection.execute(OLDEST_WAITING)).scalar_one_or_none()
    return oldest


async def count_held(connection: AsyncConnection, *, now: datetime) -> tuple[int, datetime | None]:
    """How many chats with something queued have to wait, and until when at most."""
    many, until = (await connection.execute(COUNT_HELD, {"now": now})).one()
    return many, until
