"""Retellings: an alert that was sent is edited when there is more to say of its story.

    an item joins a story, or gets another title ──► retellings ──► an edit of each alert, in pages

An edit shows what is known when it is made, so one waits for each alert, however much has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import EDIT, IS_EDIT, QUEUED, SENT, alerts, follow_ups, retellings

PAGE: Final = 500
"""Edits written in one transaction."""

NEXT_RETELLINGS = (
    select(retellings.c.story_id, retellings.c.chat_id)
    .order_by(retellings.c.story_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
# Where the alert was sent, or is about to be. What a briefing told has no message of its own.
NEXT_ALERTED = (
    select(alerts.c.chat_id)
    .where(
        alerts.c.story_id == bindparam("story_id"),
        alerts.c.chat_id > bindparam("after"),
        alerts.c.state.in_((QUEUED, SENT)),
        alerts.c.briefing_id.is_(None),
        alerts.c.muted.is_(False),
    )
    .order_by(alerts.c.chat_id)
    .limit(bindparam("most"))
)
END_RETELLING = delete(retellings).where(retellings.c.story_id == bindparam("story"))
ADVANCE_RETELLING = (
    update(retellings)
    .where(retellings.c.story_id == bindparam("story"))
    .values(chat_id=bindparam("last_chat"))
)


async def retell(connection: AsyncConnection, story_ids: Collection[int]) -> None:
    """Have the alerts of these stories edited: there is more to say."""
    rows = [{"story_id": story_id} for story_id in sorted(story_ids)]
    if rows:
        again = insert(connection, retellings).on_conflict_do_update(
            index_elements=["story_id"], set_={"chat_id": 0}
        )
        await connection.execute(again, rows)


async def retell_page(connection: AsyncConnection, *, now: datetime, most: int = PAGE) -> int:
    """Write up to ``most`` edits; how many stories were looked at (0: none is left)."""
    waiting = (await connection.execute(NEXT_RETELLINGS, {"most": most})).all()
    left = most
    for row in waiting:
        values = {"story_id": row.story_id, "after": row.chat_id, "most": left}
        chat_ids = list((await connection.execute(NEXT_ALERTED, values)).scalars())
        await _edit(connection, row.story_id, chat_ids, now=now)
        if len(chat_ids) == left:
            where = {"story": row.story_id, "last_chat": chat_ids[-1]}
            await connection.execute(ADVANCE_RETELLING, where)
            break
        await connection.execute(END_RETELLING, {"story": row.story_id})
        left -= len(chat_ids)
    return len(waiting)


async def _edit(
    connection: AsyncConnection, story_id: int, chat_ids: Sequence[int], *, now: datetime
) -> None:
    if not chat_ids:
        return
    writing = insert(connection, follow_ups).on_conflict_do_update(
        index_elements=["chat_id", "story_id"],
        index_where=IS_EDIT,
        set_={"revision": follow_ups.c.revision + 1},
    )
    rows = [
        {"chat_id": chat_id, "story_id": story_id, "kind": EDIT, "created_at": now, "due_at": now}
        for chat_id in chat_ids
    ]
    await connection.execute(writing, rows)
