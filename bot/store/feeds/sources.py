"""Sources and their cursors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.tables import cursors, sources
from watchers import Source
from watchers.sources.folder_cursor import FILE_MARKS, PROBLEM_MARK, problem_file_name

MAX_LISTED_PROBLEMS: Final = 20
"""Files that cannot be used, listed per folder."""

FIND_SOURCE = select(
    sources.c.id, sources.c.baseline_at, sources.c.problem, sources.c.created_at
).where(sources.c.kind == bindparam("kind"), sources.c.address == bindparam("address"))
LOCK_SOURCE = (
    select(sources.c.id)
    .where(sources.c.id == bindparam("source_id"))
    .with_for_update(key_share=True)
)
READ_CURSOR = select(cursors.c.name, cursors.c.value).where(
    cursors.c.source_id == bindparam("source_id")
)
_ENTRY_MARK = func.substr(cursors.c.name, 1, 1)
COUNT_CURSOR_ENTRIES = (
    select(_ENTRY_MARK.label("mark"), func.count().label("entry_count"))
    .where(cursors.c.source_id == bindparam("source_id"))
    .group_by(_ENTRY_MARK)
)
LIST_DOCUMENT_PROBLEMS = (
    select(cursors.c.name, cursors.c.value)
    .where(cursors.c.source_id == bindparam("source_id"), _ENTRY_MARK == PROBLEM_MARK)
    .order_by(cursors.c.name)
    .limit(bindparam("most"))
)
# Feeds have lists of their own: bot/store/feeds/feeds.py.
LIST_FOLDERS = select(sources).where(sources.c.kind == "folder").order_by(sources.c.id)


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A stored source. ``names`` are its current and former titles and addresses.

    ``created_at`` is when the source was first watched; feeds leave it out.
    """

    id: int
    source: Source
    is_baselined: bool
    problem: str | None = None
    names: tuple[str, ...] = ()
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """A file that cannot be used: its name in the folder, and the reason with the remedy."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A folder, for /status: its last poll, its problem, and what was read.

    ``document_count`` counts the documents that were read; ``unreadable`` contains the first
    ``MAX_LISTED_PROBLEMS`` of the ``unreadable_count`` files that cannot be used.
    """

    source: Source
    polled_at: datetime | None
    problem: str | None
    document_count: int = 0
    unreadable_count: int = 0
    unreadable: tuple[DocumentProblem, ...] = ()


async def get_or_create_source(
    connection: AsyncConnection, source: Source, *, now: datetime
) -> WatchedSource:
    """Return the row of ``source``. Create it if it does not exist."""
    key = {"kind": source.kind, "address": source.address}
    statement = insert(connection, sources).values(**key, created_at=now)
    await connection.execute(statement.on_conflict_do_nothing())
    row = (await connection.execute(FIND_SOURCE, key)).one()
    is_baselined = row.baseline_at is not None
    return WatchedSource(row.id, source, is_baselined, row.problem, created_at=row.created_at)


async def lock_source(connection: AsyncConnection, source_id: int) -> None:
    """Keep other transactions from writing items of a source until this one ends."""
    await connection.execute(LOCK_SOURCE, {"source_id": source_id})


async def read_cursor(connection: AsyncConnection, source_id: int) -> dict[str, str]:
    """Return all cursor entries of a source."""
    rows = await connection.execute(READ_CURSOR, {"source_id": source_id})
    return {row.name: row.value for row in rows}


async def write_cursor(
    connection: AsyncConnection, source_id: int, changes: Mapping[str, str | None]
) -> None:
    """Set cursor entries, and delete the entries whose value is ``None``."""
    deleted_names = [name for name, value in changes.items() if value is None]
    for batch in chunks(deleted_names):
        await connection.execute(
            delete(cursors).where(cursors.c.source_id == source_id, cursors.c.name.in_(batch))
        )
    rows = [
        {"source_id": source_id, "name": name, "value": value}
        for name, value in changes.items()
        if value is not None
    ]
    if rows:
        statement = insert(connection, cursors)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source_id", "name"], set_={"value": statement.excluded.value}
            ),
            rows,
        )


async def record_poll(connection: AsyncConnection, source_id: int, *, now: datetime) -> None:
    """Store a successful poll of a source."""
    values = {"polled_at": now, "problem": None, "failing_since": None}
    await connection.execute(update(sources).where(sources.c.id == source_id).values(values))


async def record_missing(
    connection: AsyncConnection, source_id: int, *, now: datetime, problem: str
) -> datetime:
    """Store that a source is missing. Return the time since which it is missing."""
    statement = (
        update(sources)
        .where(sources.c.id == source_id)
        .values(
            polled_at=now,
            problem=problem,
            failing_since=func.coalesce(sources.c.failing_since, now),
        )
        .returning(sources.c.failing_since)
    )
    missing_since: datetime = (await connection.execute(statement)).scalar_one()
    return missing_since


async def mark_operators_notified(
    connection: AsyncConnection, source_id: int, *, is_dead: bool
) -> bool:
    """Store that the operators get a notice about the source: dead, or readable again.

    Return False if they already got this notice. The update makes one of several processes send it.
    """
    statement = (
        update(sources)
        .where(sources.c.id == source_id, sources.c.told_dead != is_dead)
        .values(told_dead=is_dead)
    )
    return (await connection.execute(statement)).rowcount > 0


async def complete_initial_import(
    connection: AsyncConnection, source_id: int, *, now: datetime
) -> None:
    """End the initial import of a source: its next new items are alerted."""
    await connection.execute(
        update(sources).where(sources.c.id == source_id).values(baseline_at=now)
    )


async def restart_initial_import(connection: AsyncConnection, source_id: int) -> None:
    """Begin the initial import of a source again: the items of its next poll are not alerted."""
    await connection.execute(
        update(sources).where(sources.c.id == source_id).values(baseline_at=None)
    )


async def list_sources(connection: AsyncConnection) -> list[SourceHealth]:
    """Return every folder with its health."""
    folders = (await connection.execute(LIST_FOLDERS)).all()
    return [await _folder_health(connection, folder) for folder in folders]


async def _folder_health(connection: AsyncConnection, folder: Row[Any]) -> SourceHealth:
    counts = {
        row.mark: row.entry_count
        for row in await connection.execute(COUNT_CURSOR_ENTRIES, {"source_id": folder.id})
    }
    problems = await connection.execute(
        LIST_DOCUMENT_PROBLEMS, {"source_id": folder.id, "most": MAX_LISTED_PROBLEMS}
    )
    unreadable_count = counts.get(PROBLEM_MARK, 0)
    file_count = sum(counts.get(mark, 0) for mark in FILE_MARKS)
    return SourceHealth(
        Source(folder.kind, folder.address),
        folder.polled_at,
        folder.problem,
        document_count=max(0, file_count - unreadable_count),
        unreadable_count=unreadable_count,
        unreadable=tuple(
            DocumentProblem(problem_file_name(row.name), row.value) for row in problems
        ),
    )
