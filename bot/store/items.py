"""Items: what was found, and what changed in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.forgotten import forgotten_among, remember
from bot.store.tables import items
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
COUNT_ITEMS_OF = COUNT_ITEMS.where(items.c.source_id == bindparam("source_id"))
KNOWN_ITEMS = select(
    items.c.id,
    items.c.key,
    items.c.story_id,
    items.c.digest,
    items.c.title,
    items.c.source,
    items.c.url,
)
RECENT_TEXTS = (
    select(items.c.title, items.c.lead, func.substr(items.c.text, 1, 1_500).label("text"))
    .where(items.c.language == bindparam("language"))
    .order_by(items.c.id.desc())
    .limit(bindparam("most"))
)
CHANGE_ITEM = update(items).where(items.c.id == bindparam("row_id"))


Assign = Callable[[Sequence[Item]], Awaitable[list[int]]]
"""Gives each of some new items its story."""


@dataclass(frozen=True, slots=True)
class SavedItem:
    """An item that is new, or that says something else than before.

    Attributes:
        is_new: it was not known.
        joins: it is new, and its story is not.
        retitled: it was known by another title.
        returned: it was deleted for its age, and says something else now: known, and no news.
    """

    id: int
    story_id: int
    item: Item
    is_new: bool = False
    joins: bool = False
    retitled: bool = False
    returned: bool = False


async def save_items(
    connection: AsyncConnection,
    source_id: int,
    found: Sequence[Item],
    assign: Assign,
    *,
    now: datetime,
) -> list[SavedItem]:
    """Write what is new or changed, and tell which; an item that says the same is left out.

    An item stays in its story, whatever becomes of it; a new one gets the one that ``assign`` says,
    whose row must be there. One that was deleted for its age and says the same is left out as well.
    """
    by_key = {item.key: item for item in found}
    before = {
        row.key: row
        for row in await connection.execute(
            KNOWN_ITEMS.where(items.c.source_id == source_id, items.c.key.in_(by_key))
        )
    }
    changed: list[SavedItem] = []
    for key, row in before.items():
        item = by_key[key]
        if (row.digest, row.source, row.url) != (item.digest, item.source, item.url):
            values = {**_values(item), "changed_at": now}
            await connection.execute(CHANGE_ITEM.values(**values), {"row_id": row.id})
        if row.digest != item.digest:
            retitled = row.title != item.title
            changed.append(SavedItem(row.id, row.story_id, item, retitled=retitled))
    new = [item for key, item in by_key.items() if key not in before]
    past = await forgotten_among(connection, source_id, [item.key for item in new])
    new = [item for item in new if past.get(item.key) != item.digest]
    await remember(connection, source_id, [item.key for item in new if item.key in past])
    saved = await _insert(connection, source_id, new, await assign(new), now=now)
    return [*changed, *(replace(one, returned=one.item.key in past) for one in saved)]


async def _insert(
    connection: AsyncConnection,
    source_id: int,
    new: Sequence[Item],
    story_ids: Sequence[int],
    *,
    now: datetime,
) -> list[SavedItem]:
    if not new:
        return []
    rows = [
        {"source_id": source_id, "story_id": story_id, "found_at": now, "changed_at": now}
        | _values(item)
        for story_id, item in zip(story_ids, new, strict=True)
    ]
    written = await connection.execute(
        plain_insert(items).returning(
            items.c.id, items.c.story_id, items.c.key, sort_by_parameter_order=True
        ),
        rows,
    )
    by_key = {item.key: item for item in new}
    return [SavedItem(row.id, row.story_id, by_key[row.key], is_new=True) for row in written]


async def newest_items(
    connection: AsyncConnection, most: int, *, before: int | None = None
) -> list[tuple[int, Item]]:
    """The latest items (older than the row ``before``), newest first, with their row ids."""
    statement = NEWEST_ITEMS if before is None else OLDER_ITEMS
    values = {"most": most} if before is None else {"most": most, "before": before}
    return [(row.id, item_of(row)) for row in await connection.execute(statement, values)]


async def recent_texts(connection: AsyncConnection, language: str, most: int) -> list[str]:
    """Title, lead and the beginning of the text of the latest items in ``language``."""
    rows = await connection.execute(RECENT_TEXTS, {"language": language, "most": most})
    return [f"{row.title}\n{row.lead}\n{row.text}" for row in rows]


async def one_item(connection: AsyncConnection, item_id: int) -> Item | None:
    """The item in this row."""
    row = (await connection.execute(ONE_ITEM, {"id": item_id})).one_or_none()
    return item_of(row) if row is not None else None


async def count_items(connection: AsyncConnection) -> int:
    """How many items are known."""
    return (await connection.execute(COUNT_ITEMS)).scalar_one()


async def count_items_of(connection: AsyncConnection, source_id: int) -> int:
    """How many items of one source are known."""
    return (await connection.execute(COUNT_ITEMS_OF, {"source_id": source_id})).scalar_one()


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
