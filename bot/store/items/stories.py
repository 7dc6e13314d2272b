"""Stories: the lock for assigning them, their rows and their items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Select, bindparam, func, or_, select, update
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

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# The value of the counter is the time in microseconds.
READ_LAST_STORED_TIME = select(counters.c.value).where(counters.c.name == _STORY_COUNTER)
LOCK_STORIES = READ_LAST_STORED_TIME.with_for_update()
SET_LAST_STORED_TIME = (
    update(counters)
    .where(counters.c.name == _STORY_COUNTER)
    .values(value=bindparam("microseconds"))
)
NEWEST_STORED_TIME = select(func.max(items.c.found_at))
LAST_STORY_ID = select(func.coalesce(func.max(stories.c.id), 0))
# Signatures read only the beginning of a text, so long texts are cut in the database.
_SIGNATURE_COLUMNS = (
    *(column for column in ITEM_COLUMNS if column is not items.c.text),
    func.substr(items.c.text, 1, MAX_BODY_CHARS).label("text"),
    items.c.story_id,
    items.c.found_at,
)
ITEMS_FROM = (
    select(*_SIGNATURE_COLUMNS)
    .where(
        items.c.found_at >= bindparam("since"),
        or_(items.c.found_at > bindparam("since"), items.c.id > bindparam("after_id")),
    )
    .order_by(items.c.found_at, items.c.id)
    .limit(bindparam("limit"))
)
TIME_OF_NEWEST = (
    select(items.c.found_at).order_by(items.c.found_at.desc()).offset(bindparam("count")).limit(1)
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


async def last_stored_time(connection: AsyncConnection) -> datetime:
    """Return when the newest items were stored; 1970 if there are none."""
    return await _time_of(connection, await _read_counter(connection, READ_LAST_STORED_TIME))


async def lock_stories(connection: AsyncConnection) -> datetime:
    """Keep other transactions from storing new items until this one ends.

    Return when the newest items were stored; 1970 if there are none. If the caller stores items, it
    stores them with a later time and calls `set_last_stored_time`. Therefore the times of storage are
    in the order of the transactions.
    """
    value = await _read_counter(connection, LOCK_STORIES)
    if value is None:
        statement = insert(connection, counters).values(name=_STORY_COUNTER, value=0)
        await connection.execute(statement.on_conflict_do_nothing())
        value = await _read_counter(connection, LOCK_STORIES)
    return await _time_of(connection, value)


async def set_last_stored_time(connection: AsyncConnection, stored_at: datetime) -> None:
    """Record when the newest items were stored."""
    microseconds = (stored_at - _EPOCH) // _MICROSECOND
    await connection.execute(SET_LAST_STORED_TIME, {"microseconds": microseconds})


async def _read_counter(connection: AsyncConnection, statement: Select[int]) -> int | None:
    value: int | None = (await connection.execute(statement)).scalar_one_or_none()
    return value


async def _time_of(connection: AsyncConnection, microseconds: int | None) -> datetime:
    if microseconds:
        return _EPOCH + microseconds * _MICROSECOND
    # Earlier versions did not record the time.
    newest: datetime | None = (await connection.execute(NEWEST_STORED_TIME)).scalar_one()
    return newest or _EPOCH


async def last_story_id(connection: AsyncConnection) -> int:
    """Return the highest ID of a story; 0 if there are none."""
    story_id: int = (await connection.execute(LAST_STORY_ID)).scalar_one()
    return story_id


async def items_of_stories(
    connection: AsyncConnection, *, since: datetime, limit: int | None = None
) -> AsyncIterator[list[tuple[Item, int, datetime]]]:
    """Yield batches of items with their story and the time of storage, in the order of storage.

    ``since`` selects the items stored at this time or later. ``limit`` keeps the newest items only, and
    those stored together with them. It costs a query that walks over this number of rows.
    """
    first_time = since
    if limit is not None:
        rows = await connection.execute(TIME_OF_NEWEST, {"count": limit - 1})
        newest = rows.scalar_one_or_none()
        first_time = max(since, newest or since)
    last_id = 0
    while True:
        values = {"since": first_time, "after_id": last_id, "limit": _BATCH_SIZE}
        batch = (await connection.execute(ITEMS_FROM, values)).all()
        if batch:
            yield [(item_from_row(row), row.story_id, row.found_at) for row in batch]
            first_time, last_id = batch[-1].found_at, batch[-1].id
        if len(batch) < _BATCH_SIZE:
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
