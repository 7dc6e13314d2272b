"""The summaries that a language model wrote, and its usage: one request per article, daily budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import llm_summaries, llm_usage

SUMMARY_TTL: Final = timedelta(days=30)
"""Retention of summaries."""

ALL_CHATS: Final = 0
"""The chat ID under which the usage of all chats together is counted."""

USAGE_TTL: Final = timedelta(days=400)
"""Retention of usage."""

READ_SUMMARY = select(llm_summaries.c.sentences).where(llm_summaries.c.key == bindparam("key"))
PRUNE_SUMMARIES = delete(llm_summaries).where(llm_summaries.c.written_at < bindparam("before"))
PRUNE_USAGE = delete(llm_usage).where(llm_usage.c.day < bindparam("before"))
READ_USAGE = select(llm_usage.c.requests, llm_usage.c.tokens).where(
    llm_usage.c.day == bindparam("day"), llm_usage.c.chat_id == bindparam("chat_id")
)
ADD_TOKENS = (
    update(llm_usage)
    .where(
        llm_usage.c.day == bindparam("day_param"), llm_usage.c.chat_id == bindparam("chat_id_param")
    )
    .values(tokens=llm_usage.c.tokens + bindparam("added_tokens"))
)


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of a language model on one day."""

    requests: int = 0
    tokens: int = 0


async def get_cached_summary(connection: AsyncConnection, key: str) -> tuple[str, ...] | None:
    """Return the sentences stored under ``key``, or ``None``."""
    sentences: list[str] | None = (
        await connection.execute(READ_SUMMARY, {"key": key})
    ).scalar_one_or_none()
    return tuple(sentences) if sentences is not None else None


async def cache_summary(
    connection: AsyncConnection, key: str, sentences: Sequence[str], *, now: datetime
) -> None:
    """Store the sentences of a summary under ``key`` and prune old summaries."""
    await connection.execute(PRUNE_SUMMARIES, {"before": now - SUMMARY_TTL})
    values = {"sentences": list(sentences), "written_at": now}
    new = insert(connection, llm_summaries).values(key=key, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=values))


async def consume_budget(
    connection: AsyncConnection, chat_id: int, *, chat_budget: int, total_budget: int, now: datetime
) -> bool:
    """Count one request; return False if a budget of today is used up.

    ``chat_budget`` is the daily budget of the chat, ``total_budget`` that of all chats together.
    """
    day = _day(now)
    await connection.execute(PRUNE_USAGE, {"before": _day(now - USAGE_TTL)})
    for counted_chat, budget in ((ALL_CHATS, total_budget), (chat_id, chat_budget)):
        if (await read_usage(connection, counted_chat, now=now)).requests >= budget:
            return False
    for counted_chat in (ALL_CHATS, chat_id):
        new = insert(connection, llm_usage).values(day=day, chat_id=counted_chat, requests=1)
        increment = new.on_conflict_do_update(
            index_elements=["day", "chat_id"], set_={"requests": llm_usage.c.requests + 1}
        )
        await connection.execute(increment)
    return True


async def count_tokens(
    connection: AsyncConnection, chat_id: int, tokens: int, *, now: datetime
) -> None:
    """Add the tokens of a request that `consume_budget` counted."""
    for counted_chat in (ALL_CHATS, chat_id):
        values = {"day_param": _day(now), "chat_id_param": counted_chat, "added_tokens": tokens}
        await connection.execute(ADD_TOKENS, values)


async def read_usage(connection: AsyncConnection, chat_id: int, *, now: datetime) -> Usage:
    """Return today's usage of a chat, or of `ALL_CHATS`."""
    values = {"day": _day(now), "chat_id": chat_id}
    row = (await connection.execute(READ_USAGE, values)).one_or_none()
    return Usage(row.requests, row.tokens) if row is not None else Usage()


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
