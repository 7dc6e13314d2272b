"""Pauses of chats, and muted stories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.outbox.held_alerts import hold_all_of_chat, reschedule_held
from bot.store.tables import (
    EXPIRED,
    IS_HELD,
    IS_QUEUED,
    alerts,
    chat_item_numbers,
    chats,
    follow_ups,
    items,
)

INDEFINITELY: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause without an end."""

_MUTED: Final = "the chat muted its story"

PAUSE_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(paused_at=bindparam("now"), paused_until=bindparam("until"), due_at=None)
)
END_PAUSE = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(paused_at=None, paused_until=None)
)
STORY_BY_NUMBER = (
    select(items.c.story_id, items.c.id, items.c.title)
    .join(chat_item_numbers, chat_item_numbers.c.item_id == items.c.id)
    .where(
        chat_item_numbers.c.chat_id == bindparam("chat_id"),
        chat_item_numbers.c.number == bindparam("number"),
    )
)
_IS_ALERT_OF_STORY = (alerts.c.chat_id == bindparam("chat_id_param")) & (
    alerts.c.story_id == bindparam("story_id_param")
)
SET_STORY_MUTED = update(alerts).where(_IS_ALERT_OF_STORY).values(muted=bindparam("is_muted"))
EXPIRE_UNSENT_ALERTS = (
    update(alerts)
    .where(_IS_ALERT_OF_STORY, or_(IS_QUEUED, IS_HELD))
    .values(state=EXPIRED, ended_at=bindparam("now"), reason=_MUTED)
)
END_FOLLOW_UPS_OF_STORY = (
    update(follow_ups)
    .where(
        follow_ups.c.chat_id == bindparam("chat_id_param"),
        follow_ups.c.story_id == bindparam("story_id_param"),
        follow_ups.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"), reason=_MUTED)
)


async def pause_chat(
    connection: AsyncConnection, chat_id: int, *, until: datetime, now: datetime
) -> None:
    """Send a chat no alerts before ``until``; queued alerts are held and sent in a briefing then."""
    await connection.execute(PAUSE_CHAT, {"chat_id": chat_id, "now": now, "until": until})
    await hold_all_of_chat(connection, chat_id, until=until)


async def resume_chat_alerts(connection: AsyncConnection, chat_id: int, *, now: datetime) -> None:
    """End the pause of a chat; held alerts are sent in a briefing."""
    await connection.execute(END_PAUSE, {"chat_id": chat_id})
    await reschedule_held(connection, chat_id, now=now)


async def mute_story(
    connection: AsyncConnection, chat_id: int, number: int, *, muted: bool, now: datetime
) -> str | None:
    """Mute or unmute the story of an item; return the item's title, or ``None`` if there is none.

    Muting also expires the unsent alerts and follow-ups of the story.
    """
    number_values = {"chat_id": chat_id, "number": number}
    row = (await connection.execute(STORY_BY_NUMBER, number_values)).one_or_none()
    if row is None:
        return None
    values = {"chat_id_param": chat_id, "story_id_param": row.story_id}
    result = await connection.execute(SET_STORY_MUTED, {**values, "is_muted": muted})
    if muted and not result.rowcount:
        # A story without an alert gets an expired one, so that a later item causes no alert.
        expired_alert = {
            "chat_id": chat_id,
            "story_id": row.story_id,
            "item_id": row.id,
            "muted": True,
            "created_at": now,
            "state": EXPIRED,
            "ended_at": now,
            "reason": _MUTED,
        }
        await connection.execute(alerts.insert(), expired_alert)
    if muted:
        await connection.execute(EXPIRE_UNSENT_ALERTS, {**values, "now": now})
        await connection.execute(END_FOLLOW_UPS_OF_STORY, {**values, "now": now})
    title: str = row.title
    return title
