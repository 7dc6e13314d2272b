"""Items and their changes, and tombstones of deleted items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, func, select, text, update
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

NEXT_IDS_POSTGRES = text(
    "SELECT nextval(sequence.name) FROM generate_series(1, :count),"
    " (SELECT CAST(pg_get_serial_sequence('items', 'id') AS regclass) AS name) AS sequence"
)
LAST_ID_SQLITE = select(func.coalesce(func.max(items.c.id), 0))


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item that is not stored yet, with its row ID."""

    id: int
    item: Item


@dataclass(frozen=True, slots=True)
class Assignment:
    """The stories of new items.

    Attributes:
        story_ids: the story of each item.
        stored_at: the time of storage of all these items.
        new_story_ids: the stories that begin with one of the items.
    """

    story_ids: Sequence[int]
    stored_at: datetime
    new_story_ids: AbstractSet[int] = frozenset()


Assign = Callable[[Sequence[NewItem]], Awaitable[Assignment]]
"""Assigns new items to stories, whose rows it creates."""


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
    the same items. ``assign`` locks all stories, so it is called after everything that does not need it.
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
    ids = await _next_ids(connection, len(new_items))
    new = [NewItem(row_id, item) for row_id, item in zip(ids, new_items, strict=True)]
    assignment = await assign(new)
    rows = [
        {
            "id": row.id,
            "source_id": source_id,
            "story_id": story_id,
            "found_at": assignment.stored_at,
            "changed_at": assignment.stored_at,
            **_column_values(row.item),
        }
        for story_id, row in zip(assignment.story_ids, new, strict=True)
    ]
    await connection.execute(items.insert(), rows)
    saved = [
        SavedItem(
            row.id,
            story_id,
            row.item,
            is_new=True,
            joins=row.item.key not in tombstones and story_id not in assignment.new_story_ids,
            returned=row.item.key in tombstones,
        )
        for story_id, row in zip(assignment.story_ids, new, strict=True)
    ]
    return [*changed, *saved]


async def _next_ids(connection: AsyncConnection, count: int) -> list[int]:
    """Return the row IDs of ``count`` new items, which no other transaction uses."""
    if connection.dialect.name == "postgresql":
        return sorted((await connection.execute(NEXT_IDS_POSTGRES, {"count": count})).scalars())
    # The transaction holds the write lock of the file.
    last_id: int = (await connection.execute(LAST_ID_SQLITE)).scalar_one()
    return list(range(last_id + 1, last_id + 1 + count))


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
