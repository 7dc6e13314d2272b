"""Chats: the targets of alerts, their state and their settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatRef
from bot.store.dialect import insert
from bot.store.tables import IS_QUEUED, UtcDateTime, alerts, chats

FIND_CHAT = select(chats.c.id).where(
    chats.c.platform == bindparam("platform"),
    chats.c.account == bindparam("account"),
    chats.c.chat == bindparam("chat"),
    chats.c.thread == bindparam("thread"),
)
# A chat with all its threads: a state or setting of a chat applies to each of them.
_IS_CHAT = (
    (chats.c.platform == bindparam("platform_param"))
    & (chats.c.account == bindparam("account_param"))
    & (chats.c.chat == bindparam("chat_param"))
)
SUSPEND_CHAT = (
    update(chats)
    .where(_IS_CHAT, or_(chats.c.suspended_at.is_(None), chats.c.suspended_alone))
    .values(
        suspended_at=func.coalesce(chats.c.suspended_at, bindparam("now", type_=UtcDateTime())),
        suspended_because=bindparam("reason"),
        suspended_alone=False,
        due_at=None,
    )
)
SUSPEND_THREAD = (
    update(chats)
    .where(_IS_CHAT, chats.c.thread == bindparam("thread_param"), chats.c.suspended_at.is_(None))
    .values(
        suspended_at=bindparam("now"),
        suspended_because=bindparam("reason"),
        suspended_alone=True,
        due_at=None,
    )
)
RESUME_CHATS = (
    update(chats)
    .where(chats.c.id.in_(bindparam("chat_ids", expanding=True)))
    .values(
        suspended_at=None,
        suspended_because=None,
        suspended_alone=False,
        # The chat is due since its oldest queued alert.
        due_at=select(func.min(alerts.c.created_at))
        .where(alerts.c.chat_id == chats.c.id, IS_QUEUED)
        .correlate(chats)
        .scalar_subquery(),
    )
)
_SUSPENDED = select(
    chats.c.id,
    chats.c.thread,
    chats.c.suspended_at,
    chats.c.suspended_alone,
    chats.c.paused_until,
    chats.c.mode,
).where(chats.c.suspended_at.is_not(None))
SUSPENDED_BY_ID = _SUSPENDED.where(chats.c.id == bindparam("chat_id"))
SUSPENDED_ADDRESSES = _SUSPENDED.where(_IS_CHAT).order_by(chats.c.id)
FIND_SUSPENDED = (
    select(chats.c.id)
    .where(
        _IS_CHAT,
        chats.c.suspended_at.is_not(None),
        or_(~chats.c.suspended_alone, chats.c.thread == bindparam("thread_param")),
    )
    .limit(1)
)
SET_ANYONE_MAY_EDIT = update(chats).where(_IS_CHAT).values(open=bindparam("is_open"))
FIND_OPEN = select(chats.c.id).where(_IS_CHAT, chats.c.open).limit(1)
READ_LANGUAGE = select(chats.c.language).where(chats.c.id == bindparam("chat_id"))
SET_LANGUAGE = (
    update(chats).where(chats.c.id == bindparam("chat_id")).values(language=bindparam("tag"))
)
COUNT_CHATS = select(func.count(), func.count(chats.c.suspended_at)).select_from(chats)


async def get_or_create_chat(connection: AsyncConnection, ref: ChatRef, *, now: datetime) -> int:
    """Return the ID of the chat at ``ref``; create the chat if it does not exist."""
    address = _address(ref)
    existing_id: int | None = (await connection.execute(FIND_CHAT, address)).scalar_one_or_none()
    if existing_id is not None:
        return existing_id
    new = insert(connection, chats).values(**address, created_at=now).on_conflict_do_nothing()
    await connection.execute(new)
    # Another process may have created the chat meanwhile, so the ID is read in any case.
    chat_id: int = (await connection.execute(FIND_CHAT, address)).scalar_one()
    return chat_id


async def find_chat(connection: AsyncConnection, ref: ChatRef) -> int | None:
    """Return the ID of the chat at ``ref``, or ``None`` if it does not exist."""
    return (await connection.execute(FIND_CHAT, _address(ref))).scalar_one_or_none()


async def suspend_chat(
    connection: AsyncConnection,
    ref: ChatRef,
    reason: str,
    *,
    now: datetime,
    only_thread: bool = False,
) -> bool:
    """Stop sending to an unreachable chat; return True if it was not suspended before.

    Its subscriptions and queued alerts are kept until it can be reached again. ``only_thread`` leaves
    the other threads of the chat as they are.
    """
    values = {**chat_params(ref), "reason": reason, "now": now}
    if only_thread:
        values["thread_param"] = ref.thread
    statement = SUSPEND_THREAD if only_thread else SUSPEND_CHAT
    return (await connection.execute(statement, values)).rowcount > 0


async def resume_chats(connection: AsyncConnection, chat_ids: Sequence[int]) -> None:
    """Send to these chats again; `resume_address` also queues a notice."""
    await connection.execute(RESUME_CHATS, {"chat_ids": list(chat_ids)})


async def is_suspended(connection: AsyncConnection, ref: ChatRef) -> bool:
    """Return True if the chat or a thread is suspended, other than another closed forum topic."""
    values = {**chat_params(ref), "thread_param": ref.thread}
    return (await connection.execute(FIND_SUSPENDED, values)).first() is not None


async def set_anyone_may_edit(connection: AsyncConnection, ref: ChatRef, *, is_open: bool) -> None:
    """Set who may change the subscriptions of a chat: every member, or its administrators."""
    await connection.execute(SET_ANYONE_MAY_EDIT, {**chat_params(ref), "is_open": is_open})


async def anyone_may_edit(connection: AsyncConnection, ref: ChatRef) -> bool:
    """Return True if every member of the chat may change its subscriptions."""
    return (await connection.execute(FIND_OPEN, chat_params(ref))).first() is not None


async def read_language(connection: AsyncConnection, chat_id: int) -> str:
    """Return the language of the chat's summaries as a BCP 47 tag, or "" for that of each article."""
    language: str | None = (
        await connection.execute(READ_LANGUAGE, {"chat_id": chat_id})
    ).scalar_one_or_none()
    return language or ""


async def set_language(connection: AsyncConnection, chat_id: int, tag: str) -> None:
    """Set the language of the chat's summaries, or "" for that of each article."""
    await connection.execute(SET_LANGUAGE, {"chat_id": chat_id, "tag": tag})


async def count_chats(connection: AsyncConnection) -> tuple[int, int]:
    """Return the number of chats and the number of suspended chats."""
    total, suspended = (await connection.execute(COUNT_CHATS)).one()
    return total, suspended


def _address(ref: ChatRef) -> dict[str, str]:
    return {
        "platform": ref.platform,
        "account": ref.account,
        "chat": ref.chat,
        "thread": ref.thread,
    }


def chat_params(ref: ChatRef) -> dict[str, object]:
    """Return the parameters of `_IS_CHAT`."""
    return {
        "platform_param": ref.platform,
        "account_param": ref.account,
        "chat_param": ref.chat,
    }
