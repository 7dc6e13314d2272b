"""Chats: where alerts go, and whether they can."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.store.sql import insert
from bot.store.tables import chats

FIND_CHAT = select(chats.c.id).where(
    chats.c.platform == bindparam("platform"),
    chats.c.account == bindparam("account"),
    chats.c.chat == bindparam("chat"),
    chats.c.thread == bindparam("thread"),
)
SUSPEND_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(suspended_at=bindparam("now"), suspended_because=bindparam("because"))
)
HOLD_CHAT = (
    update(chats).where(chats.c.id == bindparam("chat_id")).values(held_until=bindparam("until"))
)
COUNT_CHATS = select(func.count(), func.count(chats.c.suspended_at)).select_from(chats)


async def ensure_chat(connection: AsyncConnection, ref: Ref, *, now: datetime) -> int:
    """The row of the chat at ``ref``, made if it is new."""
    address = _address(ref)
    found: int | None = (await connection.execute(FIND_CHAT, address)).scalar_one_or_none()
    if found is not None:
        return found
    new = insert(connection, chats).values(**address, created_at=now).on_conflict_do_nothing()
    await connection.execute(new)
    made: int = (await connection.execute(FIND_CHAT, address)).scalar_one()
    return made


async def find_chat(connection: AsyncConnection, ref: Ref) -> int | None:
    """The row of the chat at ``ref``, if it ever followed something."""
    return (await connection.execute(FIND_CHAT, _address(ref))).scalar_one_or_none()


async def suspend_chat(
    connection: AsyncConnection, chat_id: int, because: str, *, now: datetime
) -> None:
    """Stop alerting a chat that cannot be reached; its subscriptions stay for its return."""
    values = {"chat_id": chat_id, "because": because, "now": now}
    await connection.execute(SUSPEND_CHAT, values)


async def resume_chat(connection: AsyncConnection, chat_id: int) -> bool:
    """Alert a chat again; whether it had been suspended."""
    done = await connection.execute(
        update(chats)
        .where(chats.c.id == chat_id, chats.c.suspended_at.is_not(None))
        .values(suspended_at=None, suspended_because=None)
    )
    return done.rowcount > 0


async def hold_chat(connection: AsyncConnection, chat_id: int, *, until: datetime) -> None:
    """Send nothing to a chat before ``until``: what its platform asked for."""
    await connection.execute(HOLD_CHAT, {"chat_id": chat_id, "until": until})


async def count_chats(connection: AsyncConnection) -> tuple[int, int]:
    """How many chats there are, and how many of them are suspended."""
    total, suspended = (await connection.execute(COUNT_CHATS)).one()
    return total, suspended


def _address(ref: Ref) -> dict[str, str]:
    return {
        "platform": ref.platform,
        "account": ref.account,
        "chat": ref.chat,
        "thread": ref.thread,
    }
