"""Rebuild the search terms of stored items after their rules changed (`TERMS_VERSION`).

A counter has the version of the terms of all items. While older terms are rebuilt, another counter has the
newest item that is still to be rebuilt. Items are rebuilt from the newest to the oldest one, because most
searches are about the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.items.matches import index_items
from bot.store.tables import counters, items
from watchers import Item

_VERSION: Final = "search_terms_version"
# One cursor per version: an update during a rebuild starts from the newest item again.
_CURSOR: Final = "search_terms_cursor_{version}"

READ_COUNTER = select(counters.c.value).where(counters.c.name == bindparam("name"))
NEWEST_ITEM = select(func.max(items.c.id))
PAGE = (
    select(*ITEM_COLUMNS, items.c.changed_at)
    .where(items.c.id <= bindparam("cursor"))
    .order_by(items.c.id.desc())
    .limit(bindparam("limit"))
)
CHANGED_AT = select(items.c.id, items.c.changed_at).where(
    items.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item to rebuild. ``changed_at`` shows whether it changes in the meantime."""

    id: int
    changed_at: datetime
    item: Item


async def read_cursor(connection: AsyncConnection, version: int) -> int | None:
    """Return the newest item to rebuild, 0 if none remains, or None if all terms are up to date."""
    if await _read(connection, _VERSION) == version:
        return None
    cursor = await _read(connection, _CURSOR.format(version=version))
    if cursor is not None:
        return cursor
    newest: int | None = (await connection.execute(NEWEST_ITEM)).scalar_one()
    return newest or 0


async def read_page(connection: AsyncConnection, cursor: int, limit: int) -> list[StoredItem]:
    """Return up to ``limit`` items from ``cursor`` on, the newest first."""
    rows = await connection.execute(PAGE, {"cursor": cursor, "limit": limit})
    return [StoredItem(row.id, row.changed_at, item_from_row(row)) for row in rows]


async def write_page(
    connection: AsyncConnection,
    page: Sequence[StoredItem],
    terms: Sequence[str],
    version: int,
) -> None:
    """Write the terms of a page, and that the next page is to be rebuilt.

    An item that changed in the meantime has new terms already. A deleted item must not get any.
    """
    rows = await connection.execute(CHANGED_AT, {"ids": [stored.id for stored in page]})
    changed_at = {row.id: row.changed_at for row in rows}
    unchanged = [
        (stored.id, item_terms)
        for stored, item_terms in zip(page, terms, strict=True)
        if changed_at.get(stored.id) == stored.changed_at
    ]
    await index_items(connection, unchanged)
    await _write(connection, _CURSOR.format(version=version), page[-1].id - 1)


async def finish(connection: AsyncConnection, version: int) -> None:
    """Record that the terms of all items have this version."""
    await _write(connection, _VERSION, version)


async def _read(connection: AsyncConnection, name: str) -> int | None:
    value: int | None = (
        await connection.execute(READ_COUNTER, {"name": name})
    ).scalar_one_or_none()
    return value


async def _write(connection: AsyncConnection, name: str, value: int) -> None:
    statement = insert(connection, counters).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
