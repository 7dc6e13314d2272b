"""Pages that were read on request: kept for a while, for the next reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.item_json import item_from_json, item_to_json
from bot.store.sql import insert
from bot.store.tables import pages
from watchers import Item

FRESH: Final = timedelta(hours=1)
"""How long a page is taken to say what it said."""

_LONGEST: Final = 200_000  # characters of text that are kept of one page

READ_PAGE = select(pages.c.page).where(
    pages.c.address == bindparam("address"), pages.c.read_at >= bindparam("since")
)
FORGET_PAGES = delete(pages).where(pages.c.read_at < bindparam("before"))


async def find_page(connection: AsyncConnection, address: str, *, now: datetime) -> Item | None:
    """What the page said, if it was read within the last hour."""
    values = {"address": address, "since": now - FRESH}
    page = (await connection.execute(READ_PAGE, values)).scalar_one_or_none()
    return item_from_json(page) if page is not None else None


async def keep_page(
    connection: AsyncConnection, address: str, item: Item, *, now: datetime
) -> None:
    """Keep what a page says; what is not fresh any more goes."""
    await connection.execute(FORGET_PAGES, {"before": now - FRESH})
    values = {"page": item_to_json(replace(item, text=item.text[:_LONGEST])), "read_at": now}
    new = insert(connection, pages).values(address=address, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["address"], set_=values))
