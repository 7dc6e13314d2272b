"""Stories: the lock for assigning them, their rows and their items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.tables import chat_item_numbers, counters, items, stories
from watchers import Item
from watchers.stories.signature import MAX_BODY_CHARS

INLINE_ASSIGN_MAX: Final = 200
"""Items that are assigned to stories on the event loop. More items are assigned in a thread."""

_STORY_COUNTER: Final = "stories"
_BATCH_SIZE: Final = 2_000

LOCK_STORY_COUNTER = (
    select(counters.c.value).where(counters.c.name == _STORY_COUNTER).with_for_update()
)
LATEST_IDS = select(
    select(func.coalesce(func.max(items.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(stories.c.id), 0)).scalar_subquery(),
)
# Signatures read only the beginning of a text, so long texts are cut in the database.
_SIGNATURE_COLUMNS = (
    *(column for column in ITEM_COLUMNS if column is not items.c.text),
    func.substr(items.c.text, 1, MAX_BODY_CHARS).label("text"),
    items.c.story_id,
    items.c.found_at,
)
ITEMS_AFTER = (
    select(*_SIGNATURE_COLUMNS)
    .where(items.c.id > bindparam("after"))
    .order_by(items.c.id)
    .limit(bindparam("limit"))
)
# The window of items starts after the later one of these two rows.
LAST_BEFORE_TIME = select(func.max(items.c.id)).where(items.c.found_at < bindparam("since"))
LAST_BEFORE_NEWEST = (
    select(items.c.id).order_by(items.c.id.desc()).offset(bindparam("count")).limit(1)
)
_ALERTED = items.alias("alerted_items")
OTHER_SOURCES = (
    select(_ALERTED.c.id, items.c.source)
    .join(items, items.c.story_id == _ALERTED.c.story_id)
    .where(_ALERTED.c.id.in_(bindparam("ids", expanding=True)), items.c.source != _ALERTED.c.source)
    .group_by(_ALERTED.c.id, items.c.source)
    .order_by(_ALERTED.c.id, func.min(items.c.id))
)
ITEMS_OF_STORY = (
    select(*ITEM_COLUMNS, items.c.found_at)
    .where(items.c.story_id == bindparam("story_id"))
    .order_by(items.c.id.desc())
    .limit(bindparam("limit"))
)
COUNT_ITEMS_OF_STORY = select(func.count()).where(items.c.story_id == bindparam("story_id"))
STORY_OF_NUMBER = (
    select(items.c.story_id)
    .join(chat_item_numbers, chat_item_numbers.c.item_id == items.c.id)
    .where(
        chat_item_numbers.c.chat_id == bindparam("chat_id"),
        chat_item_numbers.c.number == bindparam("number"),
    )
)


async def lock_story_counter(connection: AsyncConnection) -> None:
    """Keep other transactions from creating stories and items until this one ends."""
    if (await connection.execute(LOCK_STORY_COUNTER)).first() is None:
        statement = insert(connection, counters).values(name=_STORY_COUNTER, value=0)
        await connection.execute(statement.on_conflict_do_nothing())
        await connection.execute(LOCK_STORY_COUNTER)


async def latest_ids(connection: AsyncConnection) -> tuple[int, int]:
    """Return the highest IDs of items and of stories; 0 if there are no rows."""
    item_id, story_id = (await connection.execute(LATEST_IDS)).one()
    return item_id, story_id


async def items_of_stories(
    connection: AsyncConnection,
    *,
    limit: int | None = None,
    after: int | None = None,
    since: datetime | None = None,
) -> AsyncIterator[list[tuple[Item, int, datetime]]]:
    """Yield batches of items with their story and the time of storage, oldest first.

    ``after`` selects the rows with higher IDs, ``since`` the rows stored later. ``limit`` keeps only the
    newest rows. It costs a query that walks over this number of rows, so leave it out where the other
    arguments select fewer rows anyway.
    """
    last_id = after or 0
    if since is not None:
        row_id = (await connection.execute(LAST_BEFORE_TIME, {"since": since})).scalar_one_or_none()
        last_id = max(last_id, row_id or 0)
    if limit is not None:
        row_id = (
            await connection.execute(LAST_BEFORE_NEWEST, {"count": limit})
        ).scalar_one_or_none()
        last_id = max(last_id, row_id or 0)
    while True:
        values = {"after": last_id, "limit": _BATCH_SIZE}
        rows = (await connection.execute(ITEMS_AFTER, values)).all()
        if rows:
            yield [(item_from_row(row), row.story_id, row.found_at) for row in rows]
            last_id = rows[-1].id
        if len(rows) < _BATCH_SIZE:
            return


async def create_stories(
    connection: AsyncConnection, story_ids: Collection[int], *, now: datetime
) -> None:
    """Create the rows of new stories."""
    rows = [{"id": story_id, "created_at": now} for story_id in sorted(story_ids)]
    if rows:
        await connection.execute(stories.insert(), rows)


async def other_sources(
    connection: AsyncConnection, item_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """Return the other sources in the story of each item, in the order of their first items."""
    sources_by_item: dict[int, list[str]] = {}
    for batch in chunks(sorted(item_ids)):
        for row in await connection.execute(OTHER_SOURCES, {"ids": list(batch)}):
            sources_by_item.setdefault(row.id, []).append(row.source)
    return {item_id: tuple(names) for item_id, names in sources_by_item.items()}


async def story_of_number(connection: AsyncConnection, chat_id: int, number: int) -> int | None:
    """Return the story of the item that has ``number`` in a chat."""
    values = {"chat_id": chat_id, "number": number}
    return (await connection.execute(STORY_OF_NUMBER, values)).scalar_one_or_none()


async def items_of_story(
    connection: AsyncConnection, story_id: int, *, limit: int
) -> tuple[int, Sequence[tuple[int, datetime, Item]]]:
    """Return the number of items in a story, and the newest ``limit``: row ID, time, item."""
    values = {"story_id": story_id}
    count: int = (await connection.execute(COUNT_ITEMS_OF_STORY, values)).scalar_one()
    rows = await connection.execute(ITEMS_OF_STORY, {**values, "limit": limit})
    return count, [(row.id, row.found_at, item_from_row(row)) for row in rows]
