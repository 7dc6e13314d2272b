"""Chats that pause, and stories that a chat wants to hear no more of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.holding import hold_everything, retime
from bot.store.tables import EXPIRED, IS_HELD, IS_QUEUED, alerts, chats, follow_ups, items, shown

FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""A pause without an end."""

_MUTED: Final = "its story was muted here"

PAUSE = (
    update(chats)
    .where(chats.c.id == bindparam("in_chat"))
    .values(paused_at=bindparam("now"), paused_until=bindparam("until"), due_at=None)
)
RESUME = (
    update(chats)
    .where(chats.c.id == bindparam("in_chat"))
    .values(paused_at=None, paused_until=None)
)
STORY_OF_NUMBER = (
    select(items.c.story_id, items.c.id, items.c.title)
    .join(shown, shown.c.item_id == items.c.id)
    .where(shown.c.chat_id == bindparam("chat_id"), shown.c.number == bindparam("number"))
)
MUTE_STORY = (
    update(alerts)
    .where(alerts.c.chat_id == bindparam("in_chat"), alerts.c.story_id == bindparam("story"))
    .values(muted=bindparam("is_muted"))
)
END_UNSENT = (
    update(alerts)
    .where(
        alerts.c.chat_id == bindparam("in_chat"),
        alerts.c.story_id == bindparam("story"),
        or_(IS_QUEUED, IS_HELD),
    )
    .values(state=EXPIRED, ended_at=bindparam("now"), reason=_MUTED)
)
END_FOLLOW_UPS = (
    update(follow_ups)
    .where(
        follow_ups.c.chat_id == bindparam("in_chat"),
        follow_ups.c.story_id == bindparam("story"),
        follow_ups.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"), reason=_MUTED)
)


async def pause_chat(
    connection: AsyncConnection, chat_id: int, *, until: datetime, now: datetime
) -> None:
    """Tell a chat nothing before ``until``. What is queued waits, and comes in a briefing then."""
    await connection.execute(PAUSE, {"in_chat": chat_id, "now": now, "until": until})
    await hold_everything(connection, chat_id, until=until)


async def resume_telling(connection: AsyncConnection, chat_id: int, *, now: datetime) -> None:
    """Tell a chat again; what waited comes in a briefing."""
    await connection.execute(RESUME, {"in_chat": chat_id})
    await retime(connection, chat_id, now=now)


async def mute_story(
    connection: AsyncConnection, chat_id: int, number: int, *, muted: bool, now: datetime
) -> str | None:
    """Say nothing more of the story that the chat knows by ``number``, or do; its title, if there is one.

    What was not sent yet is not sent.
    """
    values = {"chat_id": chat_id, "number": number}
    found = (await connection.execute(STORY_OF_NUMBER, values)).one_or_none()
    if found is None:
        return None
    where = {"in_chat": chat_id, "story": found.story_id}
    told = await connection.execute(MUTE_STORY, {**where, "is_muted": muted})
    if muted and not told.rowcount:
        row = {"chat_id": chat_id, "story_id": found.story_id, "item_id": found.id, "muted": True}
        ended = {"created_at": now, "state": EXPIRED, "ended_at": now, "reason": _MUTED}
        await connection.execute(plain_insert(alerts), row | ended)
    if muted:
        await connection.execute(END_UNSENT, {**where, "now": now})
        await connection.execute(END_FOLLOW_UPS, {**where, "now": now})
    title: str = found.title
    return title
