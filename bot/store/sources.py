"""Sources and how far each was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import chunks, insert
from bot.store.tables import cursors, sources
from watchers import Source

FIND_SOURCE = select(sources.c.id, sources.c.baseline_at, sources.c.problem).where(
    sources.c.kind == bindparam("kind"), sources.c.address == bindparam("address")
)
READ_CURSOR = select(cursors.c.name, cursors.c.value).where(
    cursors.c.source_id == bindparam("source_id")
)
# Feeds have a life of their own: store/feeds.py.
LIST_SOURCES = select(sources).where(sources.c.kind == "folder").order_by(sources.c.id)


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A source as the store knows it; ``names`` are those that it goes and went by."""

    id: int
    source: Source
    is_baselined: bool
    problem: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source fares, for /status."""

    source: Source
    polled_at: datetime | None
    problem: str | None


async def ensure_source(
    connection: AsyncConnection, source: Source, *, now: datetime
) -> WatchedSource:
    """The row of ``source``, made if it is new."""
    key = {"kind": source.kind, "address": source.address}
    new = insert(connection, sources).values(**key, created_at=now).on_conflict_do_nothing()
    await connection.execute(new)
    row = (await connection.execute(FIND_SOURCE, key)).one()
    return WatchedSource(row.id, source, row.baseline_at is not None, row.problem)


async def read_cursor(connection: AsyncConnection, source_id: int) -> dict[str, str]:
    """All that is known of how far a source was read."""
    rows = await connection.execute(READ_CURSOR, {"source_id": source_id})
    return {row.name: row.value for row in rows}


async def write_cursor(
    connection: AsyncConnection, source_id: int, changes: Mapping[str, str | None]
) -> None:
    """Set entries, and drop those whose value is ``None``."""
    gone = [name for name, value in changes.items() if value is None]
    for run in chunks(gone):
        await connection.execute(
            delete(cursors).where(cursors.c.source_id == source_id, cursors.c.name.in_(run))
        )
    rows = [
        {"source_id": source_id, "name": name, "value": value}
        for name, value in changes.items()
        if value is not None
    ]
    if rows:
        new = insert(connection, cursors)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=["source_id", "name"], set_={"value": new.excluded.value}
            ),
            rows,
        )


async def record_poll(connection: AsyncConnection, source_id: int, *, now: datetime) -> None:
    """A source was read."""
    read = {"polled_at": now, "problem": None, "failing_since": None}
    await connection.execute(update(sources).where(sources.c.id == source_id).values(read))


async def record_gone(
    connection: AsyncConnection, source_id: int, *, now: datetime, problem: str
) -> datetime:
    """It is not there; since when it was not."""
    gone = (
        update(sources)
        .where(sources.c.id == source_id)
        .values(
            polled_at=now,
            problem=problem,
            failing_since=func.coalesce(sources.c.failing_since, now),
        )
        .returning(sources.c.failing_since)
    )
    since: datetime = (await connection.execute(gone)).scalar_one()
    return since


async def mark_told(connection: AsyncConnection, source_id: int, *, dead: bool) -> bool:
    """Those who run the bot know that it is dead, or well again; whether that is news to them."""
    told = (
        update(sources)
        .where(sources.c.id == source_id, sources.c.told_dead != dead)
        .values(told_dead=dead)
    )
    return (await connection.execute(told)).rowcount > 0


async def finish_baseline(connection: AsyncConnection, source_id: int, *, now: datetime) -> None:
    """Its first reading is complete: from now on, what it brings is news."""
    await connection.execute(
        update(sources).where(sources.c.id == source_id).values(baseline_at=now)
    )


async def list_sources(connection: AsyncConnection) -> list[SourceHealth]:
    """Every folder with its health."""
    return [
        SourceHealth(Source(row.kind, row.address), row.polled_at, row.problem)
        for row in await connection.execute(LIST_SOURCES)
    ]
