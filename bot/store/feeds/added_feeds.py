"""The number of feeds that each chat has added.

The name of a counter is a hash of the address of the chat. The counter stays when the chat erases its
data, because its feeds stay too.
"""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import counters

COUNT_ADDED_FEEDS = select(counters.c.value).where(counters.c.name == bindparam("name"))


async def count_added_feeds(connection: AsyncConnection, chat: str) -> int:
    """Return the number of feeds that ``chat`` has added."""
    row = await connection.execute(COUNT_ADDED_FEEDS, {"name": _counter_name(chat)})
    return row.scalar_one_or_none() or 0


async def record_added_feed(connection: AsyncConnection, chat: str) -> None:
    """Count a feed that ``chat`` added."""
    new = insert(connection, counters).values(name=_counter_name(chat), value=1)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
    )


def _counter_name(chat: str) -> str:
    return f"added_feeds:{blake2b(chat.encode(), digest_size=12).hexdigest()}"
