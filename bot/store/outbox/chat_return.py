"""Resume chats that can be reached again, and queue a notice about the stories of the meantime.

    chat unreachable ──► suspended: no alert is made; its items and matches are stored as always
    chat reachable   ──► resumed ──► stories that matched meanwhile? ──► one notice with a button

The notice is an announcement to this chat, so it is sent like any other row of the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatRef
from bot.store.chats.chats import (
    SUSPENDED_ADDRESSES,
    SUSPENDED_BY_ID,
    chat_params,
    resume_chats,
)
from bot.store.tables import (
    QUEUED,
    RETURN_AUDIENCE_PREFIX,
    alerts,
    announcement_alerts,
    announcements,
    items,
    matches,
    subscriptions,
)

# Muted and switched-off topics cause no alert, so they are not counted. Stories with an alert were
# sent before, or are still queued.
COUNT_MISSED_STORIES = (
    select(func.count(items.c.story_id.distinct()))
    .join(matches, matches.c.item_id == items.c.id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .where(
        subscriptions.c.chat_id == bindparam("chat_id"),
        items.c.found_at >= bindparam("since"),
        matches.c.item_id >= bindparam("first_item_id"),
        func.coalesce(subscriptions.c.mode, "") != "off",
        (subscriptions.c.muted_until.is_(None)) | (subscriptions.c.muted_until <= bindparam("now")),
        ~select(alerts.c.id)
        .where(alerts.c.chat_id == bindparam("chat_id"), alerts.c.story_id == items.c.story_id)
        .exists(),
    )
)
FIRST_MISSED_ITEM = select(func.min(items.c.id)).where(items.c.found_at >= bindparam("since"))


async def resume_chat(connection: AsyncConnection, chat_id: int, *, now: datetime) -> bool:
    """Send to a chat again; return True if it was suspended."""
    rows = (await connection.execute(SUSPENDED_BY_ID, {"chat_id": chat_id})).all()
    return await _resume(connection, rows, now=now)


async def resume_address(
    connection: AsyncConnection, ref: ChatRef, *, all_threads: bool, now: datetime
) -> bool:
    """Send to a chat and its threads again; return True if any of them was suspended.

    Without ``all_threads``, other threads that are unavailable by themselves stay suspended.
    """
    rows = (await connection.execute(SUSPENDED_ADDRESSES, chat_params(ref))).all()
    if not all_threads:
        rows = [row for row in rows if not row.suspended_alone or row.thread == ref.thread]
    return await _resume(connection, rows, now=now)


async def _resume(connection: AsyncConnection, rows: Sequence[Any], *, now: datetime) -> bool:
    for row in rows:
        is_paused = row.paused_until is not None and row.paused_until > now
        # The end of a pause offers the stories, too.
        if not is_paused and row.mode != "off":
            await _queue_notice(connection, row.id, row.suspended_at, now=now)
    if rows:
        await resume_chats(connection, [row.id for row in rows])
    return bool(rows)


async def _queue_notice(
    connection: AsyncConnection, chat_id: int, since: datetime, *, now: datetime
) -> None:
    first_item_id = (await connection.execute(FIRST_MISSED_ITEM, {"since": since})).scalar_one()
    if first_item_id is None:
        return
    values = {"chat_id": chat_id, "since": since, "first_item_id": first_item_id, "now": now}
    count = (await connection.execute(COUNT_MISSED_STORIES, values)).scalar_one()
    if not count:
        return
    stories = "1 story" if count == 1 else f"{count:,} stories"
    notice = plain_insert(announcements).values(
        text=f"{stories} came while Tocsin could not send to this chat.",
        audience=f"{RETURN_AUDIENCE_PREFIX}{since.astimezone(UTC).isoformat()}",
        by="",
        created_at=now,
        ended_at=now,
    )
    notice_id = (await connection.execute(notice.returning(announcements.c.id))).scalar_one()
    alert = plain_insert(alerts).values(chat_id=chat_id, state=QUEUED, priority=2, created_at=now)
    alert_id = (await connection.execute(alert.returning(alerts.c.id))).scalar_one()
    pair = {"alert_id": alert_id, "announcement_id": notice_id}
    await connection.execute(plain_insert(announcement_alerts), pair)
