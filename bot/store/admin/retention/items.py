"""Retention of items, of stories without items, and of tombstones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.admin.retention import BATCH_SIZE, NO_MORE, Cutoffs, ExpiredBatch, RetentionPass
from bot.store.dialect import insert
from bot.store.items.items import add_tombstones
from bot.store.items.matches import delete_terms
from bot.store.items.stories import lock_stories
from bot.store.items.trends import KNOWN_FROM
from bot.store.tables import (
    alert_edit_jobs,
    alerts,
    counters,
    cursors,
    fanout_jobs,
    follow_ups,
    item_tombstones,
    items,
    sources,
    stories,
)
from watchers.sources.folder_cursor import ContentRecord, digest_entry, path_entry

MIN_TOMBSTONE_AGE: Final = timedelta(days=730)
"""The time for which a tombstone is kept at least. It is kept longer while its feed shows the entry."""

# The cursor entry of a feed that names the items of all entries: watchers/sources/feed.py.
_ENTRIES: Final = "entries"

# ── items ─────────────────────────────────────────────────────────────────────────────────────────

NEXT_ITEMS = (
    select(items.c.id, items.c.found_at)
    .where(items.c.id > bindparam("after"))
    .order_by(items.c.id)
    .limit(BATCH_SIZE)
)
# The newest row is always kept: SQLite would use its ID again for the next row.
_MAX_ITEM_ID = select(func.max(items.c.id)).scalar_subquery()
_IS_ITEM_EXPIRED = and_(
    items.c.changed_at < bindparam("before"),
    items.c.id < _MAX_ITEM_ID,
    items.c.id.not_in(select(fanout_jobs.c.item_id)),
    ~exists().where(alerts.c.item_id == items.c.id),
    ~exists().where(follow_ups.c.item_id == items.c.id),
)
_ITEM_COLUMNS = (items.c.id, items.c.source_id, items.c.key, items.c.digest, sources.c.kind)
EXPIRED_ITEMS = (
    select(*_ITEM_COLUMNS)
    .join(sources, sources.c.id == items.c.source_id)
    .where(items.c.id > bindparam("after"), items.c.id <= bindparam("last"), _IS_ITEM_EXPIRED)
    .order_by(items.c.id)
)
STILL_EXPIRED_ITEMS = (
    select(*_ITEM_COLUMNS)
    .join(sources, sources.c.id == items.c.source_id)
    .where(items.c.id.in_(bindparam("ids", expanding=True)), _IS_ITEM_EXPIRED)
    .order_by(items.c.id)
)
DELETE_ITEMS = delete(items).where(items.c.id.in_(bindparam("ids", expanding=True)))
READ_CURSOR_ENTRIES = select(cursors.c.source_id, cursors.c.name, cursors.c.value).where(
    tuple_(cursors.c.source_id, cursors.c.name).in_(bindparam("entries", expanding=True))
)
RAISE_KNOWN_FROM = update(counters).where(
    counters.c.name == KNOWN_FROM, counters.c.value < bindparam("seconds")
)


async def _find_items(
    connection: AsyncConnection, after: int | None, cutoffs: Cutoffs
) -> ExpiredBatch:
    if cutoffs.items is None:
        return NO_MORE
    start = after or 0
    rows = (await connection.execute(NEXT_ITEMS, {"after": start})).all()
    old_ids = [row.id for row in rows if row.found_at < cutoffs.items]
    if not old_ids:
        return NO_MORE
    values = {"after": start, "last": old_ids[-1], "before": cutoffs.items}
    expired = (await connection.execute(EXPIRED_ITEMS, values)).all()
    in_folder = await _items_in_folders(connection, expired)
    ids = [row.id for row in expired if row.id not in in_folder]
    return ExpiredBatch(ids, old_ids[-1] if len(old_ids) == BATCH_SIZE else None)


async def _drop_items(connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs) -> int:
    if cutoffs.items is None:
        return 0
    # The lock keeps ingest from writing one of these items at the same time.
    await lock_stories(connection)
    values = {"ids": list(ids), "before": cutoffs.items}
    rows = (await connection.execute(STILL_EXPIRED_ITEMS, values)).all()
    in_folder = await _items_in_folders(connection, rows)
    expired = [row for row in rows if row.id not in in_folder]
    if not expired:
        return 0
    tombstones = [(row.source_id, row.key, row.digest) for row in expired]
    await add_tombstones(connection, tombstones, now=cutoffs.now)
    expired_ids = [row.id for row in expired]
    await delete_terms(connection, expired_ids)
    await connection.execute(DELETE_ITEMS, {"ids": expired_ids})
    seconds = int(cutoffs.items.timestamp())
    statement = insert(connection, counters).values(name=KNOWN_FROM, value=seconds)
    await connection.execute(statement.on_conflict_do_nothing())
    await connection.execute(RAISE_KNOWN_FROM.values(value=seconds), {"seconds": seconds})
    return len(expired)


async def _items_in_folders(connection: AsyncConnection, rows: Sequence[Any]) -> set[int]:
    """Return the IDs of items whose document is still in its folder.

    Such a document may be changed at any time. Its change must be alerted like that of a newer one.
    """
    documents = [row for row in rows if row.kind == "folder"]
    if not documents:
        return set()
    records = await _cursor_entries(
        connection, [(row.source_id, digest_entry(row.digest)) for row in documents]
    )
    path_by_item = {
        row.id: (row.source_id, path_entry(ContentRecord.from_text(record).name))
        for row in documents
        if (record := records.get((row.source_id, digest_entry(row.digest)))) is not None
    }
    existing_paths = await _cursor_entries(connection, list(path_by_item.values()))
    return {item_id for item_id, path in path_by_item.items() if path in existing_paths}


async def _cursor_entries(
    connection: AsyncConnection, names: Sequence[tuple[int, str]]
) -> Mapping[tuple[int, str], str]:
    if not names:
        return {}
    rows = await connection.execute(READ_CURSOR_ENTRIES, {"entries": names})
    return {(row.source_id, row.name): row.value for row in rows}


ITEMS: Final = RetentionPass("items", _find_items, _drop_items)
"""Deletes old items with their matches, their numbers in chats and their search terms."""

# ── stories ───────────────────────────────────────────────────────────────────────────────────────

NEXT_STORIES = (
    select(stories.c.id, stories.c.created_at)
    .where(stories.c.id > bindparam("after"))
    .order_by(stories.c.id)
    .limit(BATCH_SIZE)
)
_IS_STORY_UNUSED = and_(
    # The newest row is always kept, as with items.
    stories.c.id < select(func.max(stories.c.id)).scalar_subquery(),
    *(
        ~exists().where(table.c.story_id == stories.c.id)
        for table in (items, alerts, follow_ups, alert_edit_jobs)
    ),
)
UNUSED_STORIES = select(stories.c.id).where(
    stories.c.id > bindparam("after"), stories.c.id <= bindparam("last"), _IS_STORY_UNUSED
)
DELETE_STORIES = delete(stories).where(
    stories.c.id.in_(bindparam("ids", expanding=True)), _IS_STORY_UNUSED
)


async def _find_stories(
    connection: AsyncConnection, after: int | None, cutoffs: Cutoffs
) -> ExpiredBatch:
    if cutoffs.items is None:
        return NO_MORE
    start = after or 0
    rows = (await connection.execute(NEXT_STORIES, {"after": start})).all()
    old_ids = [row.id for row in rows if row.created_at < cutoffs.items]
    if not old_ids:
        return NO_MORE
    unused = await connection.execute(UNUSED_STORIES, {"after": start, "last": old_ids[-1]})
    return ExpiredBatch(unused.scalars().all(), old_ids[-1] if len(old_ids) == BATCH_SIZE else None)


async def _drop_stories(connection: AsyncConnection, ids: Sequence[Any], _cutoffs: Cutoffs) -> int:
    await lock_stories(connection)
    return (await connection.execute(DELETE_STORIES, {"ids": list(ids)})).rowcount


STORIES: Final = RetentionPass("stories", _find_stories, _drop_stories)
"""Deletes old stories to which nothing refers."""

# ── tombstones ────────────────────────────────────────────────────────────────────────────────────

_TOMBSTONE_ORDER = (
    item_tombstones.c.forgotten_at,
    item_tombstones.c.source_id,
    item_tombstones.c.key,
)


def _is_shown(dialect: str) -> ColumnElement[bool]:
    """Return the condition that the feed still shows the entry: its cursor contains the key."""
    position = func.instr if dialect == "sqlite" else func.strpos
    return exists().where(
        cursors.c.source_id == item_tombstones.c.source_id,
        cursors.c.name == _ENTRIES,
        position(cursors.c.value, item_tombstones.c.key) > 0,
    )


async def _find_tombstones(
    connection: AsyncConnection, after: Any, cutoffs: Cutoffs
) -> ExpiredBatch:
    before = cutoffs.now - MIN_TOMBSTONE_AGE
    batch = (
        select(*_TOMBSTONE_ORDER)
        .where(item_tombstones.c.forgotten_at < before)
        .order_by(*_TOMBSTONE_ORDER)
        .limit(BATCH_SIZE)
    )
    if after is not None:
        last = [
            literal(value, column.type)
            for value, column in zip(after, _TOMBSTONE_ORDER, strict=True)
        ]
        batch = batch.where(tuple_(*_TOMBSTONE_ORDER) > tuple_(*last))
    rows = (await connection.execute(batch)).all()
    if not rows:
        return NO_MORE
    keys = [(row.source_id, row.key) for row in rows]
    expired = (
        select(item_tombstones.c.source_id, item_tombstones.c.key)
        .join(sources, sources.c.id == item_tombstones.c.source_id)
        .where(
            tuple_(item_tombstones.c.source_id, item_tombstones.c.key).in_(keys),
            # The cursor of a folder contains every document: watchers/sources/folder_cursor.py.
            sources.c.kind != "folder",
            ~_is_shown(connection.dialect.name),
        )
    )
    expired_keys = [tuple(row) for row in await connection.execute(expired)]
    return ExpiredBatch(expired_keys, tuple(rows[-1]) if len(rows) == BATCH_SIZE else None)


async def _drop_tombstones(
    connection: AsyncConnection, keys: Sequence[Any], _cutoffs: Cutoffs
) -> int:
    is_selected = tuple_(item_tombstones.c.source_id, item_tombstones.c.key).in_(list(keys))
    deleted = await connection.execute(
        delete(item_tombstones).where(is_selected, ~_is_shown(connection.dialect.name))
    )
    return deleted.rowcount


TOMBSTONES: Final = RetentionPass("tombstones", _find_tombstones, _drop_tombstones)
"""Deletes old tombstones of entries that their feeds show no more."""
