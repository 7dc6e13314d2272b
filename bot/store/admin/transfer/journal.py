"""The progress of a transfer, stored in the target and committed with each batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.admin.transfer.steps import Key
from bot.store.dialect import insert

# The table exists during a transfer only, so it is not part of the schema.
_METADATA: Final = MetaData()
journal_table = Table(
    "tocsin_moves",
    _METADATA,
    # One row per step with the last written key. The header row has the source and its schema.
    Column("step", Text, primary_key=True),
    Column("last", Text, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),
)
_HEADER: Final = ""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """The progress of a step: the last written key, the number of rows, and whether it is complete."""

    last: Key | None = None
    written: int = 0
    ended: bool = False


async def start_journal(connection: AsyncConnection, *, source: str, schema: str) -> None:
    """Create the journal of a transfer from ``source``."""
    await connection.run_sync(_METADATA.create_all)
    header = {
        "step": _HEADER,
        "last": json.dumps([source, schema]),
        "written": 0,
        "ended": False,
    }
    await connection.execute(journal_table.insert(), header)


async def read_header(connection: AsyncConnection) -> tuple[str, str] | None:
    """Return the source and the schema of an unfinished transfer, or ``None``."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(journal_table.name)):
        return None
    statement = select(journal_table.c.last).where(journal_table.c.step == _HEADER)
    header = (await connection.execute(statement)).scalar_one_or_none()
    if header is None:
        return None
    source, schema = json.loads(header)
    return source, schema


async def read_progress(connection: AsyncConnection) -> dict[str, StepProgress]:
    """Return the progress of every started step."""
    rows = await connection.execute(select(journal_table).where(journal_table.c.step != _HEADER))
    return {
        row.step: StepProgress(tuple(json.loads(row.last)) or None, row.written, row.ended)
        for row in rows
    }


async def write_progress(connection: AsyncConnection, step: str, progress: StepProgress) -> None:
    """Store the progress of a step."""
    values = {
        "last": json.dumps(progress.last or ()),
        "written": progress.written,
        "ended": progress.ended,
    }
    statement = insert(connection, journal_table).values(step=step, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["step"], set_=values))


async def drop_journal(connection: AsyncConnection) -> None:
    """Delete the journal of a complete transfer."""
    await connection.run_sync(_METADATA.drop_all)
