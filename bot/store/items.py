"""Items: what was found, and what changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import items, stories
from watchers import Item

COLUMNS = (
    items.c.id,
    items.c.key,
    items.c.title,
    items.c.url,
    items.c.source,
    items.c.published,
    items.c.lead,
    items.c.text,
    items.c.language,
    items.c.author,
    items.c.tags,
)
NEWEST_ITEMS = select(*COLUMNS).order_by(items.c.id.desc()).limit(bindparam("most"))
OLDER_ITEMS = NEWEST_ITEMS.where(items.c.id < bindparam("before"))
ONE_ITEM = select(*COLUMNS).where(items.c.id == bindparam("id"))
COUNT_ITEMS = select(func.count()).select_from(items)
CHANGE_ITEM = update(items).where(items.c.id == bindparam("row_id"))


@dataclass(frozen=True, slots=True)
class SavedItem:
    """An item that is new, or that says something else than before."""

    id: int
    story_id: int
    item: Item


async def save_items(
    connection: AsyncConnection, source_id: int, found: Sequence[Item], *, now: datetime
) -> list[SavedItem]:
    """Write what is new or changed, and tell which; an item that says the same is left out.

    A new item opens a story of its own.
    """
    by_key = {item.key: item for item in found}
    before = {
        row.key: row
        for row in await connection.execute(
            select(items.c.id, items.c.key, items.c.story_id, items.c.digest, items.c.source).where(
                items.c.source_id == source_id, items.c.key.in_(by_key)
            )
        )
    }
    changed: list[SavedItem] = []
    for key, row in before.items():
        item = by_key[key]
        if row.digest != item.digest or row.source != item.source:
            values = {**_values(item), "changed_at": now}
            await connection.execute(CHANGE_ITEM.values(**values), {"row_id": row.id})
        if row.digest != item.digest:
            changed.append(SavedItem(row.id, row.story_id, item))
    new = [item for key, item in by_key.items() if key not in before]
    return [*changed, *await _insert(connection, source_id, new, now=now)]


async def _insert(
    connection: AsyncConnection, source_id: int, new: Sequence[Item], *, now: datetime
) -> list[SavedItem]:
    if not new:
        return []
    opened = await connection.execute(
        plain_insert(stories).returning(stories.c.id, sort_by_parameter_order=True),
        [{"created_at": now} for _ in new],
    )
    rows = [
        {"source_id": source_id, "story_id": story_id, "found_at": now, "changed_at": now}
        | _values(item)
        for story_id, item in zip(opened.scalars(), new, strict=True)
    ]
    # Another process may have brought the same item in the meantime: its row stands.
    written = await connection.execute(
        insert(connection, items)
        .on_conflict_do_nothing(index_elements=["source_id", "key"])
        .returning(items.c.id, items.c.story_id, items.c.key),
        rows,
    )
    by_key = {item.key: item for item in new}
    saved = [SavedItem(row.id, row.story_id, by_key[row.key]) for row in written]
    return sorted(saved, key=lambda one: one.id)


async def newest_items(
    connection: AsyncConnection, most: int, *, before: int | None = None
) -> list[tuple[int, Item]]:
    """The latest items (older than the row ``before``), newest first, with their row ids."""
    statement = NEWEST_ITEMS if before is None else OLDER_ITEMS
    values = {"most": most} if before is None else {"most": most, "before": before}
    return [(row.id, item_of(row)) for row in await connection.execute(statement, values)]


async def one_item(connection: AsyncConnection, item_id: int) -> Item | None:
    """The item in this row."""
    row = (await connection.execute(ONE_ITEM, {"id": item_id})).one_or_none()
    return item_of(row) if row is not None else None


async def count_items(connection: AsyncConnection) -> int:
    """How many items are known."""
    return (await connection.execute(COUNT_ITEMS)).scalar_one()


def item_of(row: Any) -> Item:
    """The Item in a row that has `COLUMNS`."""
    return Item(
        key=row.key,
        title=row.title,
        url=row.url,
        source=row.source,
        published=row.published,
        lead=row.lead,
        text=row.text,
        language=row.language,
        author=row.author,
        tags=tuple(row.tags),
    )


def _values(item: Item) -> dict[str, object]:
    return {
        "key": item.key,
        "digest": item.digest,
        "title": item.title,
        "url": item.url,
        "source": item.source,
        "published": item.published,
        "lead": item.lead,
        "text": item.text,
        "language": item.language,
        "author": item.author,
        "tags": list(item.tags),
    }
