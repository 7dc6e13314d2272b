"""Compare all rows of two databases value by value, and transfer the ID counters.

The comparison reads both databases once, side by side in the same order.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Final

from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.admin.transfer.steps import Row, Step, key_of, rows_of
from bot.store.tables import metadata

_ROWS_PER_REPORT: Final = 500

# ── comparison ────────────────────────────────────────────────────────────────────────────────────


async def compare(
    source: AsyncConnection,
    target: AsyncConnection,
    step: Step,
    *,
    report: Callable[[int], None],
) -> int:
    """Compare the rows of a step. Return their number. ``report`` gets the number so far.

    Raises:
        TransferError: names the first row that is missing, superfluous or different.
    """
    count = 0
    async with (
        aclosing(_ordered_rows(source, step)) as source_rows,
        aclosing(_ordered_rows(target, step)) as target_rows,
    ):
        async for row in source_rows:
            _require_equal(step, row, await anext(target_rows, None))
            count += 1
            if count % _ROWS_PER_REPORT == 0:
                report(count)
        superfluous = await anext(target_rows, None)
    if superfluous is not None:
        raise _difference(step, superfluous, "is in the target alone")
    report(count)
    return count


def _ordered_rows(connection: AsyncConnection, step: Step) -> AsyncGenerator[Row]:
    return rows_of(connection, step, step.ordered(connection.dialect.name))


def _require_equal(step: Step, row: Row, target_row: Row | None) -> None:
    if target_row == row:
        return
    if target_row is None or key_of(step, target_row) > key_of(step, row):
        raise _difference(step, row, "is not in the target")
    if key_of(step, target_row) < key_of(step, row):
        raise _difference(step, target_row, "is in the target alone")
    names = ", ".join(name for name in row if row[name] != target_row[name])
    raise _difference(step, row, f"differs in {names}")


def _difference(step: Step, row: Row, problem: str) -> TransferError:
    key = ", ".join(map(str, key_of(step, row)))
    return TransferError(
        f"{step.name}: the row {key} {problem}; a process has written to a database during the"
        " transfer. Stop it, and start again with an empty database"
    )


# ── ID counters ───────────────────────────────────────────────────────────────────────────────────
# An ID must not be used again after its row was deleted. SQLite stores the last ID of tables with
# AUTOINCREMENT, PostgreSQL has a sequence per table. The target continues with the IDs of the source.

READ_LAST_ID_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
UPDATE_LAST_ID_SQLITE = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name")
INSERT_LAST_ID_SQLITE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
SEQUENCE_NAME_POSTGRES = text("SELECT pg_get_serial_sequence(:name, 'id')")
SET_SEQUENCE_POSTGRES = text("SELECT setval(CAST(:sequence AS regclass), :last)")


async def read_counters(connection: AsyncConnection) -> dict[str, int]:
    """Return the last used ID of each table with IDs; 0 for a table that never had a row."""
    last_ids = {}
    for table in _tables_with_ids():
        highest = (await connection.execute(select(func.max(table.c.id)))).scalar_one() or 0
        last_ids[table.name] = max(highest, await _read_counter(connection, table))
    return last_ids


async def set_counters(connection: AsyncConnection, last_ids: Mapping[str, int]) -> None:
    """Make the next ID of each table higher than its last used ID."""
    for table in _tables_with_ids():
        values = {"name": table.name, "last": last_ids[table.name]}
        if not values["last"]:
            continue
        if connection.dialect.name != "sqlite":
            sequence = await _sequence_name(connection, table)
            await connection.execute(
                SET_SEQUENCE_POSTGRES, {"sequence": sequence, "last": values["last"]}
            )
        elif _has_sqlite_counter(table):
            updated = await connection.execute(UPDATE_LAST_ID_SQLITE, values)
            if not updated.rowcount:
                await connection.execute(INSERT_LAST_ID_SQLITE, values)


def _tables_with_ids() -> Iterator[Table]:
    return (table for table in metadata.sorted_tables if table.primary_key.columns.keys() == ["id"])


def _has_sqlite_counter(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])


async def _read_counter(connection: AsyncConnection, table: Table) -> int:
    if connection.dialect.name == "sqlite":
        if not _has_sqlite_counter(table):
            return 0
        row = await connection.execute(READ_LAST_ID_SQLITE, {"name": table.name})
        return row.scalar_one_or_none() or 0
    sequence = await _sequence_name(connection, table)
    # PostgreSQL returned the name, quoted where necessary. It cannot be a parameter here.
    row = await connection.execute(text(f"SELECT last_value, is_called FROM {sequence}"))  # noqa: S608
    last, is_called = row.one()
    return last if is_called else 0


async def _sequence_name(connection: AsyncConnection, table: Table) -> str:
    name: str = (
        await connection.execute(SEQUENCE_NAME_POSTGRES, {"name": table.name})
    ).scalar_one()
    return name
