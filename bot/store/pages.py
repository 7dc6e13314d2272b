"""Pages that were read on request: kept for a while, for the next reader."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

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
    return _item(page) if page is not None else None


async def keep_page(
    connection: AsyncConnection, address: str, item: Item, *, now: datetime
) -> None:
    """Keep what a page says; what is not fresh any more goes."""
    await connection.execute(FORGET_PAGES, {"before": now - FRESH})
    values = {"page": _row(item), "read_at": now}
    new = insert(connection, pages).values(address=address, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["address"], set_=values))


def _row(item: Item) -> dict[str, object]:
    return {
        "key": item.key,
        "title": item.title,
        "url": item.url,
        "source": item.source,
        "published": item.published.isoformat() if item.published else None,
        "lead": item.lead,
        "text": item.text[:_LONGEST],
        "language": item.language,
        "author": item.author,
        "tags": list(item.tags),
    }


def _item(row: dict[str, Any]) -> Item:
    published = row["published"]
    return Item(
        **row
        | {
            "published": datetime.fromisoformat(published) if published else None,
            "tags": tuple(row["tags"]),
        }
    )
