"""Items that were found long ago, the stories that are empty without them, and the notes they leave."""

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

from bot.store.forgotten import note_forgotten
from bot.store.retention import PAGE, Cutoffs, Found, Sweep
from bot.store.search import drop_terms
from bot.store.sql import insert
from bot.store.stories import hold_stories
from bot.store.tables import (
    alerts,
    cursors,
    fanouts,
    follow_ups,
    forgotten,
    items,
    marks,
    retellings,
    sources,
    stories,
)
from watchers.sources.seen import Known, path_entry, words_entry

NOTES_KEPT: Final = timedelta(days=730)
"""How long a note of an item stays at least; as long as its feed shows the item, in any case."""

KNOWN_FROM: Final = "known from"
"""The mark that says since when all items are kept, in seconds since 1970."""

_ENTRIES: Final = "entries"  # of a feed's cursor: watchers/sources/feed.py

# ── items ─────────────────────────────────────────────────────────────────────────────────────────

NEXT_ITEMS = (
    select(items.c.id, items.c.found_at)
    .where(items.c.id > bindparam("after"))
    .order_by(items.c.id)
    .limit(PAGE)
)
# The newest stays in any case: SQLite would give its number to the next one.
_NEWEST = select(func.max(items.c.id)).scalar_subquery()
_MAY_GO = and_(
    items.c.changed_at < bindparam("before"),
    items.c.id < _NEWEST,
    items.c.id.not_in(select(fanouts.c.item_id)),
    ~exists().where(alerts.c.item_id == items.c.id),
    ~exists().where(follow_ups.c.item_id == items.c.id),
)
_WHAT = (items.c.id, items.c.source_id, items.c.key, items.c.digest, sources.c.kind)
OLD_ITEMS = (
    select(*_WHAT)
    .join(sources, sources.c.id == items.c.source_id)
    .where(items.c.id > bindparam("after"), items.c.id <= bindparam("last"), _MAY_GO)
    .order_by(items.c.id)
)
STILL_OLD = (
    select(*_WHAT)
    .join(sources, sources.c.id == items.c.source_id)
    .where(items.c.id.in_(bindparam("ids", expanding=True)), _MAY_GO)
    .order_by(items.c.id)
)
DROP_ITEMS = delete(items).where(items.c.id.in_(bindparam("ids", expanding=True)))
READ_ENTRIES = select(cursors.c.source_id, cursors.c.name, cursors.c.value).where(
    tuple_(cursors.c.source_id, cursors.c.name).in_(bindparam("entries", expanding=True))
)
MARK = update(marks).where(marks.c.name == KNOWN_FROM, marks.c.value < bindparam("at"))


async def _find_items(connection: AsyncConnection, after: int | None, cutoffs: Cutoffs) -> Found:
    if cutoffs.items is None:
        return Found((), None)
    start = after or 0
    rows = (await connection.execute(NEXT_ITEMS, {"after": start})).all()
    old = [row.id for row in rows if row.found_at < cutoffs.items]
    if not old:
        return Found((), None)
    values = {"after": start, "last": old[-1], "before": cutoffs.items}
    found = (await connection.execute(OLD_ITEMS, values)).all()
    lying = await _lying_in_folders(connection, found)
    ids = [row.id for row in found if row.id not in lying]
    return Found(ids, old[-1] if len(old) == PAGE else None)


async def _drop_items(connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs) -> int:
    if cutoffs.items is None:
        return 0
    await hold_stories(connection)  # nobody brings one of them again at this moment
    values = {"ids": list(ids), "before": cutoffs.items}
    rows = (await connection.execute(STILL_OLD, values)).all()
    lying = await _lying_in_folders(connection, rows)
    gone = [row for row in rows if row.id not in lying]
    if not gone:
        return 0
    await note_forgotten(
        connection, [(row.source_id, row.key, row.digest) for row in gone], now=cutoffs.now
    )
    await drop_terms(connection, [row.id for row in gone])
    await connection.execute(DROP_ITEMS, {"ids": [row.id for row in gone]})
    at = int(cutoffs.items.timestamp())
    new = insert(connection, marks).values(name=KNOWN_FROM, value=at)
    await connection.execute(new.on_conflict_do_nothing())
    await connection.execute(MARK.values(value=at), {"at": at})
    return len(gone)


async def _lying_in_folders(connection: AsyncConnection, rows: Sequence[Any]) -> set[int]:
    """Those of these items whose document still lies in its folder.

    Somebody keeps it there and may change it: that is news then, as it would have been before.
    """
    documents = [row for row in rows if row.kind == "folder"]
    if not documents:
        return set()
    words = await _entries(
        connection, [(row.source_id, words_entry(row.digest)) for row in documents]
    )
    named = {
        row.id: (row.source_id, path_entry(Known.from_text(text).name))
        for row in documents
        if (text := words.get((row.source_id, words_entry(row.digest)))) is not None
    }
    there = await _entries(connection, list(named.values()))
    return {item_id for item_id, entry in named.items() if entry in there}


async def _entries(
    connection: AsyncConnection, wanted: Sequence[tuple[int, str]]
) -> Mapping[tuple[int, str], str]:
    if not wanted:
        return {}
    rows = await connection.execute(READ_ENTRIES, {"entries": wanted})
    return {(row.source_id, row.name): row.value for row in rows}


ITEMS: Final = Sweep("items", _find_items, _drop_items)
"""Old items, with their matches, their numbers in chats and their words in the index."""

# ── stories ───────────────────────────────────────────────────────────────────────────────────────

NEXT_STORIES = (
    select(stories.c.id, stories.c.created_at)
    .where(stories.c.id > bindparam("after"))
    .order_by(stories.c.id)
    .limit(PAGE)
)
_IS_EMPTY = and_(
    stories.c.id < select(func.max(stories.c.id)).scalar_subquery(),  # no number comes again
    *(
        ~exists().where(table.c.story_id == stories.c.id)
        for table in (items, alerts, follow_ups, retellings)
    ),
)
EMPTY_STORIES = select(stories.c.id).where(
    stories.c.id > bindparam("after"), stories.c.id <= bindparam("last"), _IS_EMPTY
)
DROP_STORIES = delete(stories).where(stories.c.id.in_(bindparam("ids", expanding=True)), _IS_EMPTY)


async def _find_stories(connection: AsyncConnection, after: int | None, cutoffs: Cutoffs) -> Found:
    if cutoffs.items is None:
        return Found((), None)
    start = after or 0
    rows = (await connection.execute(NEXT_STORIES, {"after": start})).all()
    old = [row.id for row in rows if row.created_at < cutoffs.items]
    if not old:
        return Found((), None)
    found = await connection.execute(EMPTY_STORIES, {"after": start, "last": old[-1]})
    return Found(found.scalars().all(), old[-1] if len(old) == PAGE else None)


async def _drop_stories(connection: AsyncConnection, ids: Sequence[Any], _cutoffs: Cutoffs) -> int:
    await hold_stories(connection)
    return (await connection.execute(DROP_STORIES, {"ids": list(ids)})).rowcount


STORIES: Final = Sweep("stories", _find_stories, _drop_stories)
"""Stories of which nothing is left."""

# ── notes ─────────────────────────────────────────────────────────────────────────────────────────

_NOTE = (forgotten.c.forgotten_at, forgotten.c.source_id, forgotten.c.key)


def _is_shown(dialect: str) -> ColumnElement[bool]:
    """Whether the feed still shows it: its cursor names every entry's item."""
    place = func.instr if dialect == "sqlite" else func.strpos
    return exists().where(
        cursors.c.source_id == forgotten.c.source_id,
        cursors.c.name == _ENTRIES,
        place(cursors.c.value, forgotten.c.key) > 0,
    )


async def _find_notes(connection: AsyncConnection, after: Any, cutoffs: Cutoffs) -> Found:
    before = cutoffs.now - NOTES_KEPT
    page = select(*_NOTE).where(forgotten.c.forgotten_at < before).order_by(*_NOTE).limit(PAGE)
    if after is not None:
        last = [literal(value, one.type) for value, one in zip(after, _NOTE, strict=True)]
        page = page.where(tuple_(*_NOTE) > tuple_(*last))
    rows = (await connection.execute(page)).all()
    if not rows:
        return Found((), None)
    keys = [(row.source_id, row.key) for row in rows]
    those = (
        select(forgotten.c.source_id, forgotten.c.key)
        .join(sources, sources.c.id == forgotten.c.source_id)
        .where(
            tuple_(forgotten.c.source_id, forgotten.c.key).in_(keys),
            # A folder remembers every document by itself, too: watchers/sources/seen.py.
            sources.c.kind != "folder",
            ~_is_shown(connection.dialect.name),
        )
    )
    found = [tuple(row) for row in await connection.execute(those)]
    return Found(found, tuple(rows[-1]) if len(rows) == PAGE else None)


async def _drop_notes(connection: AsyncConnection, keys: Sequence[Any], _cutoffs: Cutoffs) -> int:
    those = tuple_(forgotten.c.source_id, forgotten.c.key).in_(list(keys))
    done = await connection.execute(
        delete(forgotten).where(those, ~_is_shown(connection.dialect.name))
    )
    return done.rowcount


NOTES: Final = Sweep("notes of items", _find_notes, _drop_notes)
"""Notes of items that their feeds show no more."""
