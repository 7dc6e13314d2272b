"""Move a chat to another address: a group that became a supergroup, or a thread that was deleted.

The row of the chat gets the new address, so its subscriptions, aliases, item numbers and queued alerts move
with it. If the new address has a row already, the two chats are merged: where both have something, the new
chat keeps its own, and the old row is suspended with the reason. Nothing is deleted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatRef
from bot.store.chats.chats import find_chat
from bot.store.chats.item_numbers import assign_numbers
from bot.store.dialect import insert
from bot.store.outbox.outbox import refresh_due_at
from bot.store.tables import (
    EXPIRED,
    FOLLOW_UP_REPLY,
    alerts,
    aliases,
    chat_moves,
    chats,
    follow_ups,
    subscriptions,
)

THREADS_OF_CHAT = select(chats.c.id, chats.c.thread).where(
    chats.c.platform == bindparam("platform"),
    chats.c.account == bindparam("account"),
    chats.c.chat == bindparam("chat"),
)
CHANGE_ADDRESS = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(chat=bindparam("to_chat"), thread=bindparam("to_thread"))
)
_IS_QUEUED = (alerts.c.chat_id == bindparam("old")) & alerts.c.ended_at.is_(None)
_NEW_CHAT_ALERTS = alerts.alias("new_chat_alerts")
_NEW_CHAT_SUBSCRIPTIONS = subscriptions.alias("new_chat_subscriptions")
_NEW_CHAT_ALIASES = aliases.alias("new_chat_aliases")
MOVE_SUBSCRIPTIONS = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("old"),
        subscriptions.c.topic_id.not_in(
            select(_NEW_CHAT_SUBSCRIPTIONS.c.topic_id).where(
                _NEW_CHAT_SUBSCRIPTIONS.c.chat_id == bindparam("new")
            )
        ),
    )
    .values(chat_id=bindparam("new"))
)
MOVE_ALIASES = (
    update(aliases)
    .where(
        aliases.c.chat_id == bindparam("old"),
        aliases.c.name.not_in(
            select(_NEW_CHAT_ALIASES.c.name).where(_NEW_CHAT_ALIASES.c.chat_id == bindparam("new"))
        ),
    )
    .values(chat_id=bindparam("new"))
)
QUEUED_ITEMS = (
    select(alerts.c.item_id).where(_IS_QUEUED, alerts.c.item_id.is_not(None)).order_by(alerts.c.id)
)
END_DUPLICATES = (
    update(alerts)
    .where(
        _IS_QUEUED,
        alerts.c.story_id.in_(
            select(_NEW_CHAT_ALERTS.c.story_id).where(
                _NEW_CHAT_ALERTS.c.chat_id == bindparam("new")
            )
        ),
    )
    .values(
        state=EXPIRED,
        ended_at=bindparam("now"),
        reason="the chat to which it moved has an alert about this story",
    )
)
MOVE_ALERTS = update(alerts).where(_IS_QUEUED).values(chat_id=bindparam("new"))
_NEW_CHAT_FOLLOW_UPS = follow_ups.alias("new_chat_follow_ups")
_IS_WAITING_REPLY = and_(
    follow_ups.c.chat_id == bindparam("old"),
    follow_ups.c.kind == FOLLOW_UP_REPLY,
    follow_ups.c.ended_at.is_(None),
    follow_ups.c.item_id.not_in(
        select(_NEW_CHAT_FOLLOW_UPS.c.item_id).where(
            _NEW_CHAT_FOLLOW_UPS.c.chat_id == bindparam("new"),
            _NEW_CHAT_FOLLOW_UPS.c.kind == FOLLOW_UP_REPLY,
        )
    ),
)
WAITING_REPLIES = select(follow_ups.c.item_id).where(_IS_WAITING_REPLY).order_by(follow_ups.c.id)
MOVE_REPLIES = update(follow_ups).where(_IS_WAITING_REPLY).values(chat_id=bindparam("new"))
# The messages of the new chat have IDs of their own: an edit or an answer with an ID of the old chat
# would concern another message.
FORGET_MESSAGES = (
    update(alerts)
    .where(alerts.c.chat_id == bindparam("old"), alerts.c.message_id.is_not(None))
    .values(message_id=None)
)
MOVES_OF_ACCOUNT = (
    select(chat_moves.c.old_chat, chat_moves.c.new_chat)
    .where(chat_moves.c.platform == bindparam("platform"))
    .where(chat_moves.c.account == bindparam("account"))
)
SUSPEND_OLD_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("old"))
    .values(suspended_at=bindparam("now"), suspended_because=bindparam("reason"), due_at=None)
)


async def migrate_chat(
    connection: AsyncConnection,
    old: ChatRef,
    new: ChatRef,
    *,
    now: datetime,
    keeps_messages: bool = False,
) -> int:
    """Move the data at ``old`` to ``new``. Return the number of moved rows of `chats`.

    A new chat ID moves all threads. A new thread in the same chat moves only this thread. Unless the
    platform ``keeps_messages``, messages that were sent to another chat ID are no longer edited.
    """
    address = {"platform": old.platform, "account": old.account, "chat": old.chat}
    rows = (await connection.execute(THREADS_OF_CHAT, address)).all()
    if old.chat == new.chat:
        rows = [row for row in rows if row.thread == old.thread]
    else:
        await _record_move(connection, old, new)
    for row in rows:
        thread = new.thread if row.thread == old.thread else row.thread
        target = ChatRef(new.platform, new.account, new.chat, thread)
        target_id = await find_chat(connection, target)
        if target_id is None:
            values = {"chat_id": row.id, "to_chat": target.chat, "to_thread": target.thread}
            await connection.execute(CHANGE_ADDRESS, values)
            if old.chat != new.chat and not keeps_messages:
                await connection.execute(FORGET_MESSAGES, {"old": row.id})
        elif target_id != row.id:
            reason = f"moved to {new.chat}"
            await _merge_chats(connection, row.id, target_id, reason=reason, now=now)
    return len(rows)


async def moves_of_account(
    connection: AsyncConnection, platform: str, account: str
) -> list[tuple[str, str]]:
    """Return the old and the new ID of each chat of an account that was moved."""
    values = {"platform": platform, "account": account}
    rows = await connection.execute(MOVES_OF_ACCOUNT, values)
    return [(row.old_chat, row.new_chat) for row in rows]


async def _record_move(connection: AsyncConnection, old: ChatRef, new: ChatRef) -> None:
    move = insert(connection, chat_moves).values(
        platform=old.platform, account=old.account, old_chat=old.chat, new_chat=new.chat
    )
    upsert = move.on_conflict_do_update(
        index_elements=["platform", "account", "old_chat"], set_={"new_chat": new.chat}
    )
    await connection.execute(upsert)


async def _merge_chats(
    connection: AsyncConnection, old: int, new: int, *, reason: str, now: datetime
) -> None:
    chat_ids = {"old": old, "new": new}
    await connection.execute(MOVE_SUBSCRIPTIONS, chat_ids)
    await connection.execute(MOVE_ALIASES, chat_ids)
    await connection.execute(END_DUPLICATES, {**chat_ids, "now": now})
    # The cards of moved alerts show the item numbers of the new chat, so it must have them.
    items = list((await connection.execute(QUEUED_ITEMS, {"old": old})).scalars())
    await assign_numbers(connection, new, items)
    await connection.execute(MOVE_ALERTS, chat_ids)
    reply_items = list((await connection.execute(WAITING_REPLIES, chat_ids)).scalars())
    await assign_numbers(connection, new, reply_items)
    await connection.execute(MOVE_REPLIES, chat_ids)
    await connection.execute(SUSPEND_OLD_CHAT, {"old": old, "now": now, "reason": reason})
    await refresh_due_at(connection, [new], now=now)
