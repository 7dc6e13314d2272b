"""Chats: where alerts go, and whether they can."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.store.sql import insert
from bot.store.tables import IS_QUEUED, alerts, chats

FIND_CHAT = select(chats.c.id).where(
    chats.c.platform == bindparam("platform"),
    chats.c.account == bindparam("account"),
    chats.c.chat == bindparam("chat"),
    chats.c.thread == bindparam("thread"),
)
_ADDRESS = (
    (chats.c.platform == bindparam("of_platform"))
    & (chats.c.account == bindparam("of_account"))
    & (chats.c.chat == bindparam("of_chat"))
)
# What happens to a chat happens to all of its threads.
SUSPEND_CHAT = (
    update(chats)
    .where(_ADDRESS, chats.c.suspended_at.is_(None))
    .values(suspended_at=bindparam("now"), suspended_because=bindparam("because"), due_at=None)
)
_RESUME = update(chats).values(
    suspended_at=None,
    suspended_because=None,
    # What was queued has been due ever since.
    due_at=select(func.min(alerts.c.created_at))
    .where(alerts.c.chat_id == chats.c.id, IS_QUEUED)
    .correlate(chats)
    .scalar_subquery(),
)
RESUME_CHAT = _RESUME.where(chats.c.id == bindparam("chat_id"), chats.c.suspended_at.is_not(None))
RESUME_ADDRESS = _RESUME.where(_ADDRESS, chats.c.suspended_at.is_not(None))
IS_SUSPENDED = select(chats.c.id).where(_ADDRESS, chats.c.suspended_at.is_not(None)).limit(1)
OPEN_ADDRESS = update(chats).where(_ADDRESS).values(open=bindparam("is_open"))
IS_OPEN = select(chats.c.id).where(_ADDRESS, chats.c.open).limit(1)
READ_LANGUAGE = select(chats.c.language).where(chats.c.id == bindparam("chat_id"))
SET_LANGUAGE = (
    update(chats).where(chats.c.id == bindparam("of_chat_id")).values(language=bindparam("tag"))
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
    connection: AsyncConnection, ref: Ref, because: str, *, now: datetime
) -> bool:
    """Stop alerting a chat that cannot be reached; whether it was alerted.

    Its subscriptions and what is queued stay for its return.
    """
    values = {**_of(ref), "because": because, "now": now}
    return (await connection.execute(SUSPEND_CHAT, values)).rowcount > 0


async def resume_chat(connection: AsyncConnection, chat_id: int) -> bool:
    """Alert a chat again; whether it had been suspended."""
    return (await connection.execute(RESUME_CHAT, {"chat_id": chat_id})).rowcount > 0


async def resume_address(connection: AsyncConnection, ref: Ref) -> bool:
    """Alert a chat and its threads again; whether any had been suspended."""
    return (await connection.execute(RESUME_ADDRESS, _of(ref))).rowcount > 0


async def is_suspended(connection: AsyncConnection, ref: Ref) -> bool:
    """Whether a chat, or a thread of it, was found to be out of reach."""
    return (await connection.execute(IS_SUSPENDED, _of(ref))).first() is not None


async def open_chat(connection: AsyncConnection, ref: Ref, *, is_open: bool) -> None:
    """Let everybody in a chat change what it and its threads follow, or its admins alone."""
    await connection.execute(OPEN_ADDRESS, {**_of(ref), "is_open": is_open})


async def is_open(connection: AsyncConnection, ref: Ref) -> bool:
    """Whether everybody in a chat may change what it follows."""
    return (await connection.execute(IS_OPEN, _of(ref))).first() is not None


async def language_of_chat(connection: AsyncConnection, chat_id: int) -> str:
    """The language that a chat wants summaries in, a BCP 47 primary tag; "": each article's own."""
    found: str | None = (
        await connection.execute(READ_LANGUAGE, {"chat_id": chat_id})
    ).scalar_one_or_none()
    return found or ""


async def set_language(connection: AsyncConnection, chat_id: int, tag: str) -> None:
    """Give a chat its summaries in the language ``tag``; "": in each article's own."""
    await connection.execute(SET_LANGUAGE, {"of_chat_id": chat_id, "tag": tag})


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


def _of(ref: Ref) -> dict[str, str]:
    """The chat with all its threads."""
    return {"of_platform": ref.platform, "of_account": ref.account, "of_chat": ref.chat}
