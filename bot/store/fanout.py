"""Fan-out: from an item that matched to one alert for each chat, in pages.

    fanouts (item, last chat done) ──► the next chats that follow a topic of it ──► alerts

A page is one transaction, and the row remembers how far it came: a topic with 100,000 followers never
makes a transaction of 100,000 rows, and a crash repeats nothing. A chat is alerted once a story,
whichever of its topics matched; all of them are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import (
    alert_topics,
    alerts,
    chats,
    fanouts,
    items,
    matches,
    shown,
    subscriptions,
)

PAGE: Final = 500
"""Chats alerted in one transaction."""

NEXT_FANOUTS = (
    select(fanouts.c.id, fanouts.c.item_id, fanouts.c.chat_id, items.c.story_id)
    .join(items, items.c.id == fanouts.c.item_id)
    .order_by(fanouts.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=fanouts)
)
_FOLLOWERS = (
    select(subscriptions.c.chat_id)
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(
        matches.c.item_id == bindparam("item_id"),
        or_(subscriptions.c.muted_until.is_(None), subscriptions.c.muted_until <= bindparam("now")),
        chats.c.suspended_at.is_(None),
    )
)
NEXT_CHATS = (
    _FOLLOWERS.where(subscriptions.c.chat_id > bindparam("after"))
    .distinct()
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("most"))
)
# Which of a chat's topics an alert names: those that matched, muted or not.
TOPICS_OF_ALERTS = (
    select(alerts.c.id, subscriptions.c.topic_id)
    .join(subscriptions, subscriptions.c.chat_id == alerts.c.chat_id)
    .join(
        matches,
        (matches.c.topic_id == subscriptions.c.topic_id) & (matches.c.item_id == alerts.c.item_id),
    )
)
GIVE_NUMBERS = (
    update(chats)
    .values(last_number=chats.c.last_number + 1)
    .returning(chats.c.id, chats.c.last_number)
)
END_FANOUT = delete(fanouts).where(fanouts.c.id == bindparam("fanout_id"))
ADVANCE_FANOUT = (
    update(fanouts)
    .where(fanouts.c.id == bindparam("fanout_id"))
    .values(chat_id=bindparam("last_chat"))
)


async def fan_out_page(connection: AsyncConnection, *, now: datetime, most: int = PAGE) -> int:
    """Make alerts for up to ``most`` chats; how many rows of work were looked at (0: none is left)."""
    waiting = (await connection.execute(NEXT_FANOUTS, {"most": most})).all()
    left = most
    for fanout in waiting:
        values = {"item_id": fanout.item_id, "after": fanout.chat_id, "now": now, "most": left}
        page = list((await connection.execute(NEXT_CHATS, values)).scalars())
        await _alert(connection, fanout.item_id, fanout.story_id, page, now=now)
        if len(page) == left:
            where = {"fanout_id": fanout.id, "last_chat": page[-1]}
            await connection.execute(ADVANCE_FANOUT, where)
            break
        await connection.execute(END_FANOUT, {"fanout_id": fanout.id})
        left -= len(page)
    return len(waiting)


async def _alert(
    connection: AsyncConnection, item_id: int, story_id: int, page: Sequence[int], *, now: datetime
) -> None:
    if not page:
        return
    new = insert(connection, alerts).on_conflict_do_nothing(index_elements=["chat_id", "story_id"])
    senders = select(chats.c.id, chats.c.platform, chats.c.account).where(chats.c.id.in_(page))
    rows = [
        {"chat_id": chat.id, "platform": chat.platform, "account": chat.account}
        | {"story_id": story_id, "item_id": item_id, "created_at": now}
        for chat in await connection.execute(senders.order_by(chats.c.id))
    ]
    made = await connection.execute(new.returning(alerts.c.id, alerts.c.chat_id), rows)
    alert_ids = {row.chat_id: row.id for row in made}
    if not alert_ids:
        return
    naming = TOPICS_OF_ALERTS.where(alerts.c.id.in_(alert_ids.values()))
    pairs = insert(connection, alert_topics).from_select(["alert_id", "topic_id"], naming)
    await connection.execute(pairs)
    await _number(connection, item_id, list(alert_ids))


async def _number(connection: AsyncConnection, item_id: int, page: Sequence[int]) -> None:
    """Give the item a number in each chat that has not seen it in a list already."""
    seen = select(shown.c.chat_id).where(shown.c.item_id == item_id, shown.c.chat_id.in_(page))
    already = set((await connection.execute(seen)).scalars())
    new = [chat for chat in page if chat not in already]
    if new:
        numbers = await connection.execute(GIVE_NUMBERS.where(chats.c.id.in_(new)))
        rows = [
            {"chat_id": row.id, "number": row.last_number, "item_id": item_id} for row in numbers
        ]
        await connection.execute(insert(connection, shown), rows)
