"""What a language model wrote, and what it was asked for: each article once, within a day's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import spending, written

KEPT: Final = timedelta(days=30)
"""How long it is kept what a model wrote."""

EVERYBODY: Final = 0
"""Stands for all chats together among those that spend."""

SPENDING_KEPT: Final = timedelta(days=400)
"""How long it is kept what was asked for."""

READ_WRITTEN = select(written.c.sentences).where(written.c.key == bindparam("key"))
FORGET_WRITTEN = delete(written).where(written.c.written_at < bindparam("before"))
FORGET_SPENDING = delete(spending).where(spending.c.day < bindparam("before"))
READ_SPENDING = select(spending.c.requests, spending.c.tokens).where(
    spending.c.day == bindparam("day"), spending.c.chat_id == bindparam("chat_id")
)
COUNT_TOKENS = (
    update(spending)
    .where(spending.c.day == bindparam("on_day"), spending.c.chat_id == bindparam("of_chat"))
    .values(tokens=spending.c.tokens + bindparam("more"))
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was asked for on one day."""

    requests: int = 0
    tokens: int = 0


async def find_written(connection: AsyncConnection, key: str) -> tuple[str, ...] | None:
    """The sentences that were written under ``key``."""
    found: list[str] | None = (
        await connection.execute(READ_WRITTEN, {"key": key})
    ).scalar_one_or_none()
    return tuple(found) if found is not None else None


async def keep_written(
    connection: AsyncConnection, key: str, sentences: Sequence[str], *, now: datetime
) -> None:
    """Keep what was written for the next reader."""
    await connection.execute(FORGET_WRITTEN, {"before": now - KEPT})
    values = {"sentences": list(sentences), "written_at": now}
    new = insert(connection, written).values(key=key, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=values))


async def spend_request(
    connection: AsyncConnection, chat_id: int, *, of_chat: int, of_all: int, now: datetime
) -> bool:
    """Count one request, unless the chat's budget (``of_chat``) or everybody's is used up for today."""
    day = _day(now)
    await connection.execute(FORGET_SPENDING, {"before": _day(now - SPENDING_KEPT)})
    for who, most in ((EVERYBODY, of_all), (chat_id, of_chat)):
        if (await spent(connection, who, now=now)).requests >= most:
            return False
    for who in (EVERYBODY, chat_id):
        new = insert(connection, spending).values(day=day, chat_id=who, requests=1)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=["day", "chat_id"], set_={"requests": spending.c.requests + 1}
            )
        )
    return True


async def count_tokens(
    connection: AsyncConnection, chat_id: int, tokens: int, *, now: datetime
) -> None:
    """Add the tokens of a request that was counted before."""
    for who in (EVERYBODY, chat_id):
        values = {"on_day": _day(now), "of_chat": who, "more": tokens}
        await connection.execute(COUNT_TOKENS, values)


async def spent(connection: AsyncConnection, chat_id: int, *, now: datetime) -> Spent:
    """What a chat (or `EVERYBODY`) asked for today."""
    values = {"day": _day(now), "chat_id": chat_id}
    row = (await connection.execute(READ_SPENDING, values)).one_or_none()
    return Spent(row.requests, row.tokens) if row is not None else Spent()


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
