"""A chat that has another address: a group that became a supergroup, a thread that was deleted.

Its row takes the new address, so that subscriptions, words, numbers and what is queued move along.
Where the new address is known already, the two become one: what both have stays as the new one has it,
and the old row is suspended with the reason. Nothing is deleted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.store.chats import find_chat
from bot.store.outbox import settle_chats
from bot.store.shown import number_items
from bot.store.tables import EXPIRED, REPLY, alerts, aliases, chats, follow_ups, subscriptions

THREADS_OF_CHAT = select(chats.c.id, chats.c.thread).where(
    chats.c.platform == bindparam("platform"),
    chats.c.account == bindparam("account"),
    chats.c.chat == bindparam("chat"),
)
RENAME_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(chat=bindparam("to_chat"), thread=bindparam("to_thread"))
)
_QUEUED = (alerts.c.chat_id == bindparam("old")) & alerts.c.ended_at.is_(None)
_THERE = alerts.alias("there")
_FOLLOWED = subscriptions.alias("followed")
_NAMED = aliases.alias("named")
MOVE_SUBSCRIPTIONS = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("old"),
        subscriptions.c.topic_id.not_in(
            select(_FOLLOWED.c.topic_id).where(_FOLLOWED.c.chat_id == bindparam("new"))
        ),
    )
    .values(chat_id=bindparam("new"))
)
MOVE_ALIASES = (
    update(aliases)
    .where(
        aliases.c.chat_id == bindparam("old"),
        aliases.c.name.not_in(select(_NAMED.c.name).where(_NAMED.c.chat_id == bindparam("new"))),
    )
    .values(chat_id=bindparam("new"))
)
QUEUED_ITEMS = (
    select(alerts.c.item_id).where(_QUEUED, alerts.c.item_id.is_not(None)).order_by(alerts.c.id)
)
END_TWINS = (
    update(alerts)
    .where(
        _QUEUED,
        alerts.c.story_id.in_(
            select(_THERE.c.story_id).where(_THERE.c.chat_id == bindparam("new"))
        ),
    )
    .values(
        state=EXPIRED,
        ended_at=bindparam("now"),
        reason="the chat it moved to has this story already",
    )
)
MOVE_ALERTS = update(alerts).where(_QUEUED).values(chat_id=bindparam("new"))
_SAID = follow_ups.alias("said")
_WAITING_REPLY = and_(
    follow_ups.c.chat_id == bindparam("old"),
    follow_ups.c.kind == REPLY,
    follow_ups.c.ended_at.is_(None),
    follow_ups.c.item_id.not_in(
        select(_SAID.c.item_id).where(_SAID.c.chat_id == bindparam("new"), _SAID.c.kind == REPLY)
    ),
)
WAITING_REPLIES = select(follow_ups.c.item_id).where(_WAITING_REPLY).order_by(follow_ups.c.id)
MOVE_REPLIES = update(follow_ups).where(_WAITING_REPLY).values(chat_id=bindparam("new"))
LEAVE_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("old"))
    .values(suspended_at=bindparam("now"), suspended_because=bindparam("because"), due_at=None)
)


async def move_chat(connection: AsyncConnection, old: Ref, new: Ref, *, now: datetime) -> int:
    """Let everything at ``old`` be at ``new``; how many rows (a chat and its threads) moved.

    A new chat id moves every thread; a new thread in the same chat moves that one address.
    """
    address = {"platform": old.platform, "account": old.account, "chat": old.chat}
    rows = (await connection.execute(THREADS_OF_CHAT, address)).all()
    if old.chat == new.chat:
        rows = [row for row in rows if row.thread == old.thread]
    for row in rows:
        thread = new.thread if row.thread == old.thread else row.thread
        target = Ref(new.platform, new.account, new.chat, thread)
        there = await find_chat(connection, target)
        if there is None:
            values = {"chat_id": row.id, "to_chat": target.chat, "to_thread": target.thread}
            await connection.execute(RENAME_CHAT, values)
        elif there != row.id:
            await _join(connection, row.id, there, because=f"moved to {new.chat}", now=now)
    return len(rows)


async def _join(
    connection: AsyncConnection, old: int, new: int, *, because: str, now: datetime
) -> None:
    pair = {"old": old, "new": new}
    await connection.execute(MOVE_SUBSCRIPTIONS, pair)
    await connection.execute(MOVE_ALIASES, pair)
    await connection.execute(END_TWINS, {**pair, "now": now})
    items = list((await connection.execute(QUEUED_ITEMS, {"old": old})).scalars())
    await number_items(connection, new, items)  # their cards name them by the new chat's numbers
    await connection.execute(MOVE_ALERTS, pair)
    later = list((await connection.execute(WAITING_REPLIES, pair)).scalars())
    await number_items(connection, new, later)
    await connection.execute(MOVE_REPLIES, pair)
    await connection.execute(LEAVE_CHAT, {"old": old, "now": now, "because": because})
    await settle_chats(connection, [new], now=now)
