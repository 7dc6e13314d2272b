"""Stories: who may open them, what is known of them, and by whom they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.items import COLUMNS, item_of
from bot.store.sql import chunks, insert
from bot.store.tables import items, marks, shown, stories
from watchers import Item
from watchers.stories.signature import BODY_CHARS

TAKEN_AT_ONCE: Final = 200
"""Items that are assigned without giving way to others."""

_STORIES: Final = "stories"
_PAGE: Final = 2_000  # items read at once

HOLD_STORIES = select(marks.c.value).where(marks.c.name == _STORIES).with_for_update()
NEWEST = select(
    select(func.coalesce(func.max(items.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(stories.c.id), 0)).scalar_subquery(),
)
_SHORT = (
    *(column for column in COLUMNS if column is not items.c.text),
    func.substr(items.c.text, 1, BODY_CHARS).label("text"),
    items.c.story_id,
    items.c.found_at,
)
ITEMS_AFTER = (
    select(*_SHORT)
    .where(items.c.id > bindparam("after"))
    .order_by(items.c.id)
    .limit(bindparam("most"))
)
# The last item before the window, by its place among the newest or by its time, whichever is later.
BEFORE_TIME = select(func.max(items.c.id)).where(items.c.found_at < bindparam("since"))
BEFORE_PLACE = select(items.c.id).order_by(items.c.id.desc()).offset(bindparam("most")).limit(1)
_TOLD = items.alias("told")
ALSO_IN = (
    select(_TOLD.c.id, items.c.source)
    .join(items, items.c.story_id == _TOLD.c.story_id)
    .where(_TOLD.c.id.in_(bindparam("ids", expanding=True)), items.c.source != _TOLD.c.source)
    .group_by(_TOLD.c.id, items.c.source)
    .order_by(_TOLD.c.id, func.min(items.c.id))
)
ITEMS_OF_STORY = (
    select(*COLUMNS, items.c.found_at)
    .where(items.c.story_id == bindparam("story_id"))
    .order_by(items.c.id.desc())
    .limit(bindparam("most"))
)
COUNT_OF_STORY = select(func.count()).where(items.c.story_id == bindparam("story_id"))
STORY_OF_NUMBER = (
    select(items.c.story_id)
    .join(shown, shown.c.item_id == items.c.id)
    .where(shown.c.chat_id == bindparam("chat_id"), shown.c.number == bindparam("number"))
)


async def hold_stories(connection: AsyncConnection) -> None:
    """Nobody else opens stories or brings items until this transaction ends."""
    if (await connection.execute(HOLD_STORIES)).first() is None:
        new = insert(connection, marks).values(name=_STORIES, value=0).on_conflict_do_nothing()
        await connection.execute(new)
        await connection.execute(HOLD_STORIES)


async def newest(connection: AsyncConnection) -> tuple[int, int]:
    """The highest rows of items and of stories; 0 where there is none."""
    item_id, story_id = (await connection.execute(NEWEST)).one()
    return item_id, story_id


async def items_of_stories(
    connection: AsyncConnection,
    *,
    most: int | None = None,
    after: int | None = None,
    since: datetime | None = None,
) -> AsyncIterator[list[tuple[Item, int, datetime]]]:
    """Items with their stories and when they came, oldest first, a page at a time.

    Those behind the row ``after``; or those that came ``since`` then. At most the newest ``most``, to
    find which costs as much as there are: leave it out where there are surely fewer.
    """
    last = after or 0
    if since is not None:
        before = (await connection.execute(BEFORE_TIME, {"since": since})).scalar_one_or_none()
        last = max(last, before or 0)
    if most is not None:
        place = (await connection.execute(BEFORE_PLACE, {"most": most})).scalar_one_or_none()
        last = max(last, place or 0)
    while True:
        values = {"after": last, "most": _PAGE}
        rows = (await connection.execute(ITEMS_AFTER, values)).all()
        if rows:
            yield [(item_of(row), row.story_id, row.found_at) for row in rows]
            last = rows[-1].id
        if len(rows) < _PAGE:
            return


async def open_stories(
    connection: AsyncConnection, story_ids: Collection[int], *, now: datetime
) -> None:
    """Make the rows of stories that are new."""
    rows = [{"id": story_id, "created_at": now} for story_id in sorted(story_ids)]
    if rows:
        await connection.execute(plain_insert(stories), rows)


async def also_in(
    connection: AsyncConnection, item_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """Who else tells the stories of these items, in the order they came."""
    found: dict[int, list[str]] = {}
    for ids in chunks(sorted(item_ids)):
        for row in await connection.execute(ALSO_IN, {"ids": list(ids)}):
            found.setdefault(row.id, []).append(row.source)
    return {item_id: tuple(names) for item_id, names in found.items()}


async def story_of_number(connection: AsyncConnection, chat_id: int, number: int) -> int | None:
    """The story of the item that goes by ``number`` in a chat."""
    values = {"chat_id": chat_id, "number": number}
    return (await connection.execute(STORY_OF_NUMBER, values)).scalar_one_or_none()


async def items_of_story(
    connection: AsyncConnection, story_id: int, *, most: int
) -> tuple[int, Sequence[tuple[int, datetime, Item]]]:
    """How many items a story has, and the newest of them: row, when it was found, and the item."""
    values = {"story_id": story_id}
    many: int = (await connection.execute(COUNT_OF_STORY, values)).scalar_one()
    rows = await connection.execute(ITEMS_OF_STORY, {**values, "most": most})
    return many, [(row.id, row.found_at, item_of(row)) for row in rows]
