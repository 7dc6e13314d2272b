"""The numbers that rows get next: the target goes on where the source was, and repeats none.

What was erased leaves no number behind on either side: SQLite notes the last one of some tables,
PostgreSQL has a sequence for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import metadata

LAST_IN_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
SET_IN_SQLITE = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name")
ADD_IN_SQLITE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
NAME_IN_POSTGRES = text("SELECT pg_get_serial_sequence(:name, 'id')")
SET_IN_POSTGRES = text("SELECT setval(CAST(:sequence AS regclass), :last)")


async def read_counters(connection: AsyncConnection) -> dict[str, int]:
    """The last number that a row of each numbered table got; 0 where none did."""
    found = {}
    for table in _numbered():
        highest = (await connection.execute(select(func.max(table.c.id)))).scalar_one() or 0
        found[table.name] = max(highest, await _noted(connection, table))
    return found


async def set_counters(connection: AsyncConnection, last: Mapping[str, int]) -> None:
    """Let the next row of each table get a number that is higher."""
    for table in _numbered():
        values = {"name": table.name, "last": last[table.name]}
        if not values["last"]:
            continue
        if connection.dialect.name != "sqlite":
            sequence = {"sequence": await _sequence(connection, table), "last": values["last"]}
            await connection.execute(SET_IN_POSTGRES, sequence)
        elif _is_counted(table) and not (await connection.execute(SET_IN_SQLITE, values)).rowcount:
            await connection.execute(ADD_IN_SQLITE, values)


def _numbered() -> Iterator[Table]:
    return (table for table in metadata.sorted_tables if table.primary_key.columns.keys() == ["id"])


def _is_counted(table: Table) -> bool:
    """Whether SQLite notes the last number of it."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])


async def _noted(connection: AsyncConnection, table: Table) -> int:
    if connection.dialect.name == "sqlite":
        if not _is_counted(table):
            return 0
        row = await connection.execute(LAST_IN_SQLITE, {"name": table.name})
        return row.scalar_one_or_none() or 0
    sequence = await _sequence(connection, table)
    # The name is the database's own answer, quoted where it has to be.
    row = await connection.execute(text(f"SELECT last_value, is_called FROM {sequence}"))  # noqa: S608
    last, is_called = row.one()
    return last if is_called else 0


async def _sequence(connection: AsyncConnection, table: Table) -> str:
    found: str = (await connection.execute(NAME_IN_POSTGRES, {"name": table.name})).scalar_one()
    return found
