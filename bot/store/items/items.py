"""Items and their changes, and tombstones of deleted items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.tables import item_tombstones, items
from watchers import Item

# Word frequencies for extracts are counted in the beginning of each text only.
_SAMPLE_CHARS: Final = 1_500

ITEM_COLUMNS = (
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
# "The last N days" means the time of publication. A date after the discovery is not believed.
NEWS_TIME: Final = case(
    (items.c.published <= items.c.found_at, items.c.published), else_=items.c.found_at
)
NEWEST_ITEMS = select(*ITEM_COLUMNS).order_by(items.c.id.desc()).limit(bindparam("limit"))
OLDER_ITEMS = NEWEST_ITEMS.where(items.c.id < bindparam("before"))
GET_ITEM = select(*ITEM_COLUMNS).where(items.c.id == bindparam("id"))
COUNT_ITEMS = select(func.count()).select_from(items)
COUNT_ITEMS_OF_SOURCE = COUNT_ITEMS.where(items.c.source_id == bindparam("source_id"))
EXISTING_ITEMS = select(
    items.c.id,
    items.c.key,
    items.c.story_id,
    items.c.digest,
    items.c.title,
    items.c.source,
    items.c.url,
)
RECENT_TEXTS = (
    select(items.c.title, items.c.lead, func.substr(items.c.text, 1, _SAMPLE_CHARS).label("text"))
    .where(items.c.language == bindparam("language"))
    .order_by(items.c.id.desc())
    .limit(bindparam("limit"))
)
UPDATE_ITEM = update(items).where(items.c.id == bindparam("row_id"))

Assign = Callable[[Sequence[Item]], Awaitable[list[int]]]
"""Returns the story ID of each new item."""


@dataclass(frozen=True, slots=True)
class SavedItem:
    """An item that is new or whose content has changed.

    Attributes:
        is_new: the item was not stored.
        joins: the item is new and belongs to an existing story.
        retitled: the item was stored with another title.
        returned: retention deleted an older version of the item, so it is not alerted again.
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
    incoming: Sequence[Item],
    assign: Assign,
    *,
    now: datetime,
) -> list[SavedItem]:
    """Write items. Return those that are new or whose content has changed.

    A stored item keeps its story. A new item gets the story from ``assign``, which must create the row
    of the story. An item with a tombstone is written only if its content has changed.

    The caller has locked the source: between the reads and the inserts, no other transaction may add
    the same items. ``assign`` locks all stories, so it is called after the reads.
    """
    item_by_key = {item.key: item for item in incoming}
    existing = {
        row.key: row
        for row in await connection.execute(
            EXISTING_ITEMS.where(items.c.source_id == source_id, items.c.key.in_(item_by_key))
        )
    }
    changed: list[SavedItem] = []
    for key, row in existing.items():
        item = item_by_key[key]
        if (row.digest, row.source, row.url) != (item.digest, item.source, item.url):
            values = {**_column_values(item), "changed_at": now}
            await connection.execute(UPDATE_ITEM.values(**values), {"row_id": row.id})
        if row.digest != item.digest:
            retitled = row.title != item.title
            changed.append(SavedItem(row.id, row.story_id, item, retitled=retitled))
    unknown = [item for key, item in item_by_key.items() if key not in existing]
    tombstones = await find_tombstones(connection, source_id, [item.key for item in unknown])
    new_items = [item for item in unknown if tombstones.get(item.key) != item.digest]
    returned_keys = [item.key for item in new_items if item.key in tombstones]
    await remove_tombstones(connection, source_id, returned_keys)
    if not new_items:
        return changed
    story_ids = await assign(new_items)
    saved = await _insert_items(connection, source_id, new_items, story_ids, now=now)
    return [*changed, *(replace(row, returned=row.item.key in tombstones) for row in saved)]


async def _insert_items(
    connection: AsyncConnection,
    source_id: int,
    new_items: Sequence[Item],
    story_ids: Sequence[int],
    *,
    now: datetime,
) -> list[SavedItem]:
    rows = [
        {"source_id": source_id, "story_id": story_id, "found_at": now, "changed_at": now}
        | _column_values(item)
        for story_id, item in zip(story_ids, new_items, strict=True)
    ]
    inserted = await connection.execute(
        items.insert().returning(
            items.c.id, items.c.story_id, items.c.key, sort_by_parameter_order=True
        ),
        rows,
    )
    item_by_key = {item.key: item for item in new_items}
    return [SavedItem(row.id, row.story_id, item_by_key[row.key], is_new=True) for row in inserted]


async def newest_items(
    connection: AsyncConnection, limit: int, *, before: int | None = None
) -> list[tuple[int, Item]]:
    """Return up to ``limit`` items with their row IDs, newest first, older than row ``before``."""
    statement = NEWEST_ITEMS if before is None else OLDER_ITEMS
    values = {"limit": limit} if before is None else {"limit": limit, "before": before}
    return [(row.id, item_from_row(row)) for row in await connection.execute(statement, values)]


async def recent_texts(connection: AsyncConnection, language: str, limit: int) -> list[str]:
    """Return title, lead and the beginning of the text of the newest items in ``language``."""
    rows = await connection.execute(RECENT_TEXTS, {"language": language, "limit": limit})
    return [f"{row.title}\n{row.lead}\n{row.text}" for row in rows]


async def get_item(connection: AsyncConnection, item_id: int) -> Item | None:
    """Return the item with this row ID."""
    row = (await connection.execute(GET_ITEM, {"id": item_id})).one_or_none()
    return item_from_row(row) if row is not None else None


async def count_items(connection: AsyncConnection) -> int:
    """Return the number of stored items."""
    return (await connection.execute(COUNT_ITEMS)).scalar_one()


async def count_items_of_source(connection: AsyncConnection, source_id: int) -> int:
    """Return the number of stored items of one source."""
    values = {"source_id": source_id}
    return (await connection.execute(COUNT_ITEMS_OF_SOURCE, values)).scalar_one()


def item_from_row(row: Any) -> Item:
    """Return the item in a row that has `COLUMNS`."""
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


def _column_values(item: Item) -> dict[str, object]:
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


# ── tombstones ────────────────────────────────────────────────────────────────────────────────────
# A feed may show and edit an entry for years, and a server may bring back old entries. A tombstone keeps
# such an entry from being alerted again after retention has deleted its item.


async def add_tombstones(
    connection: AsyncConnection, gone: Iterable[tuple[int, str, str]], *, now: datetime
) -> None:
    """Store the source, the key and the last digest of deleted items."""
    rows = [
        {"source_id": source_id, "key": key, "digest": digest, "forgotten_at": now}
        for source_id, key, digest in gone
    ]
    statement = insert(connection, item_tombstones)
    updates = {name: statement.excluded[name] for name in ("digest", "forgotten_at")}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["source_id", "key"], set_=updates), rows
    )


async def find_tombstones(
    connection: AsyncConnection, source_id: int, keys: Collection[str]
) -> dict[str, str]:
    """Return the digests of the deleted items of a source, by key."""
    digests: dict[str, str] = {}
    for batch in chunks(keys):
        statement = select(item_tombstones.c.key, item_tombstones.c.digest).where(
            item_tombstones.c.source_id == source_id, item_tombstones.c.key.in_(batch)
        )
        digests |= {row.key: row.digest for row in await connection.execute(statement)}
    return digests


async def remove_tombstones(
    connection: AsyncConnection, source_id: int, keys: Sequence[str]
) -> None:
    """Delete the tombstones of items that are stored again."""
    for batch in chunks(keys):
        await connection.execute(
            delete(item_tombstones).where(
                item_tombstones.c.source_id == source_id, item_tombstones.c.key.in_(batch)
            )
        )
