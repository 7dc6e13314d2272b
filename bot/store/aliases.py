"""Aliases: a chat's own words for topics."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import aliases

READ_ALIASES = (
    select(aliases.c.name, aliases.c.meaning)
    .where(aliases.c.chat_id == bindparam("chat_id"))
    .order_by(aliases.c.name)
)
COUNT_ALIASES = select(func.count()).where(aliases.c.chat_id == bindparam("chat_id"))
REMOVE_ALIAS = delete(aliases).where(
    aliases.c.chat_id == bindparam("chat_id"), aliases.c.name == bindparam("name")
)


async def read_aliases(connection: AsyncConnection, chat_id: int) -> dict[str, str]:
    """What a chat's words stand for, by their case-folded names."""
    rows = await connection.execute(READ_ALIASES, {"chat_id": chat_id})
    return {row.name: row.meaning for row in rows}


async def write_alias(connection: AsyncConnection, chat_id: int, name: str, meaning: str) -> None:
    """Let ``name`` stand for ``meaning`` from now on."""
    new = insert(connection, aliases).values(chat_id=chat_id, name=name, meaning=meaning)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["chat_id", "name"], set_={"meaning": meaning})
    )


async def remove_alias(connection: AsyncConnection, chat_id: int, name: str) -> bool:
    """Let ``name`` be a plain word again; whether it was an alias."""
    done = await connection.execute(REMOVE_ALIAS, {"chat_id": chat_id, "name": name})
    return done.rowcount > 0


async def count_aliases(connection: AsyncConnection, chat_id: int) -> int:
    """How many words of its own a chat has."""
    return (await connection.execute(COUNT_ALIASES, {"chat_id": chat_id})).scalar_one()
