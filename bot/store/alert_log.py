"""The alerts of late, for whoever runs the bot: what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.store.tables import (
    EXPIRED,
    FAILED,
    UNKNOWN,
    alerts,
    announced,
    announcements,
    chats,
    items,
)

_LOGGED = (
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
    .outerjoin(announced, announced.c.alert_id == alerts.c.id)
    .outerjoin(announcements, announcements.c.id == announced.c.announcement_id)
    .order_by(alerts.c.id.desc())
    .limit(bindparam("most"))
)
RECENT_ALERTS = _LOGGED
ALERTS_NOT_SENT = _LOGGED.where(
    alerts.c.reason.is_not(None), alerts.c.state.in_((FAILED, EXPIRED, UNKNOWN))
)


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """An alert, and what became of it."""

    id: int
    ref: Ref
    title: str
    state: str
    reason: str | None
    created_at: datetime
    ended_at: datetime | None
    attempts: int


async def recent_alerts(
    connection: AsyncConnection, *, failed: bool, most: int
) -> list[LoggedAlert]:
    """The newest alerts, newest first; ``failed``: those that did not arrive as they should have."""
    statement = ALERTS_NOT_SENT if failed else RECENT_ALERTS
    rows = await connection.execute(statement, {"most": most})
    return [
        LoggedAlert(
            row.id,
            Ref(row.platform, row.account, row.chat, row.thread),
            row.title,
            row.state,
            row.reason,
            row.created_at,
            row.ended_at,
            row.attempts,
        )
        for row in rows
    ]
