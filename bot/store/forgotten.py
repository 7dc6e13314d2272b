"""Notes of items that were deleted for their age: what tells one again, so that it is no news twice.

A feed may show an entry for years, and change it; a server may bring back what had long gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import chunks, insert
from bot.store.tables import forgotten


async def note_forgotten(
    connection: AsyncConnection, gone: Iterable[tuple[int, str, str]], *, now: datetime
) -> None:
    """Note items by source, key, and the digest of what they said last."""
    rows = [
        {"source_id": source_id, "key": key, "digest": digest, "forgotten_at": now}
        for source_id, key, digest in gone
    ]
    new = insert(connection, forgotten)
    again = {name: new.excluded[name] for name in ("digest", "forgotten_at")}
    await connection.execute(
        new.on_conflict_do_update(index_elements=["source_id", "key"], set_=again), rows
    )


async def forgotten_among(
    connection: AsyncConnection, source_id: int, keys: Collection[str]
) -> dict[str, str]:
    """Those of a source's items that were there once: key and digest."""
    found: dict[str, str] = {}
    for run in chunks(keys):
        those = select(forgotten.c.key, forgotten.c.digest).where(
            forgotten.c.source_id == source_id, forgotten.c.key.in_(run)
        )
        found |= {row.key: row.digest for row in await connection.execute(those)}
    return found


async def remember(connection: AsyncConnection, source_id: int, keys: Sequence[str]) -> None:
    """They are items again: no note is needed."""
    for run in chunks(keys):
        await connection.execute(
            delete(forgotten).where(forgotten.c.source_id == source_id, forgotten.c.key.in_(run))
        )
