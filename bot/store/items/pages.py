"""The cache of article pages that users requested."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.items.item_json import item_from_json, item_to_json
from bot.store.tables import pages
from watchers import Item

CACHE_TTL: Final = timedelta(hours=1)
"""How long a cached page is used."""

_MAX_TEXT_CHARS: Final = 200_000

READ_PAGE = select(pages.c.page).where(
    pages.c.address == bindparam("address"), pages.c.read_at >= bindparam("since")
)
DELETE_OLD_PAGES = delete(pages).where(pages.c.read_at < bindparam("before"))


async def find_page(connection: AsyncConnection, address: str, *, now: datetime) -> Item | None:
    """Return the article at ``address`` if it was cached within `CACHE_TTL`."""
    values = {"address": address, "since": now - CACHE_TTL}
    page = (await connection.execute(READ_PAGE, values)).scalar_one_or_none()
    return item_from_json(page) if page is not None else None


async def cache_page(
    connection: AsyncConnection, address: str, item: Item, *, now: datetime
) -> None:
    """Store an article and delete expired ones. Long texts are cut."""
    await connection.execute(DELETE_OLD_PAGES, {"before": now - CACHE_TTL})
    shortened = replace(item, text=item.text[:_MAX_TEXT_CHARS])
    values = {"page": item_to_json(shortened), "read_at": now}
    statement = insert(connection, pages).values(address=address, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["address"], set_=values)
    )
