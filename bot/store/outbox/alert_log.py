"""Statistics and recent entries of the outbox, for the operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatRef
from bot.store.tables import (
    EXPIRED,
    FAILED,
    IS_QUEUED,
    QUEUED,
    SENT,
    UNKNOWN,
    alerts,
    announcement_alerts,
    announcements,
    chats,
    items,
)

COUNT_BY_STATE = select(alerts.c.state, func.count().label("alert_count")).group_by(alerts.c.state)
OLDEST_QUEUED = select(func.min(alerts.c.created_at)).where(IS_QUEUED)
COUNT_DELAYED_CHATS = select(func.count(), func.max(chats.c.due_at)).where(
    chats.c.due_at > bindparam("now")
)
RECENT_ALERTS = (
    select(
        alerts.c.id,
        alerts.c.state,
        alerts.c.reason,
        alerts.c.created_at,
        alerts.c.ended_at,
        alerts.c.attempts,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
        func.coalesce(items.c.title, announcements.c.text, "a briefing").label("title"),
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .outerjoin(items, items.c.id == alerts.c.item_id)
    .outerjoin(announcement_alerts, announcement_alerts.c.alert_id == alerts.c.id)
    .outerjoin(announcements, announcements.c.id == announcement_alerts.c.announcement_id)
    .order_by(alerts.c.id.desc())
    .limit(bindparam("limit"))
)
UNDELIVERED_ALERTS = RECENT_ALERTS.where(
    alerts.c.reason.is_not(None), alerts.c.state.in_((FAILED, EXPIRED, UNKNOWN))
)


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """An alert and its state."""

    id: int
    ref: ChatRef
    title: str
    state: str
    reason: str | None
    created_at: datetime
    ended_at: datetime | None
    attempts: int


async def count_alerts(connection: AsyncConnection) -> dict[str, int]:
    """Return the number of alerts by state."""
    rows = await connection.execute(COUNT_BY_STATE)
    return {QUEUED: 0, SENT: 0} | {row.state: row.alert_count for row in rows}


async def oldest_queued_at(connection: AsyncConnection) -> datetime | None:
    """Return the creation time of the oldest queued alert."""
    created_at: datetime | None = (await connection.execute(OLDEST_QUEUED)).scalar_one_or_none()
    return created_at


async def count_delayed_chats(
    connection: AsyncConnection, *, now: datetime
) -> tuple[int, datetime | None]:
    """Return the number of chats whose queued alerts are delayed, and the end of the last delay."""
    count, until = (await connection.execute(COUNT_DELAYED_CHATS, {"now": now})).one()
    return count, until


async def list_recent_alerts(
    connection: AsyncConnection, *, failed: bool, limit: int
) -> list[LoggedAlert]:
    """Return the newest alerts, newest first; with ``failed``, only alerts that were not delivered."""
    statement = UNDELIVERED_ALERTS if failed else RECENT_ALERTS
    rows = await connection.execute(statement, {"limit": limit})
    return [
        LoggedAlert(
            row.id,
            ChatRef(row.platform, row.account, row.chat, row.thread),
            row.title,
            row.state,
            row.reason,
            row.created_at,
            row.ended_at,
            row.attempts,
        )
        for row in rows
    ]
