"""How far a move has come, in the target itself: written with each batch, in its transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.transfer.steps import Key

_OWN: Final = MetaData()
moves = Table(
    "tocsin_moves",
    _OWN,
    # A step and the last key that was written; the first row says where from, and of which schema.
    Column("step", Text, primary_key=True),
    Column("last", Text, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),
)
_HEAD: Final = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a step has come: the key of its last row, how many were written, whether all were."""

    last: Key | None = None
    written: int = 0
    ended: bool = False


async def begin(connection: AsyncConnection, *, source: str, schema: str) -> None:
    """Note that a move from ``source`` has begun."""
    await connection.run_sync(_OWN.create_all)
    head = {"step": _HEAD, "last": json.dumps([source, schema]), "written": 0, "ended": False}
    await connection.execute(moves.insert(), head)


async def begun(connection: AsyncConnection) -> tuple[str, str] | None:
    """Where an unfinished move comes from, and the schema it moves; ``None`` if there is none."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(moves.name)):
        return None
    head = select(moves.c.last).where(moves.c.step == _HEAD)
    found = (await connection.execute(head)).scalar_one_or_none()
    if found is None:
        return None
    source, schema = json.loads(found)
    return source, schema


async def stands(connection: AsyncConnection) -> dict[str, Stand]:
    """How far every step has come that was begun."""
    rows = await connection.execute(select(moves).where(moves.c.step != _HEAD))
    return {
        row.step: Stand(tuple(json.loads(row.last)) or None, row.written, row.ended) for row in rows
    }


async def note(connection: AsyncConnection, step: str, stand: Stand) -> None:
    """Write down how far a step has come."""
    values = {
        "last": json.dumps(stand.last or ()),
        "written": stand.written,
        "ended": stand.ended,
    }
    new = insert(connection, moves).values(step=step, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["step"], set_=values))


async def end(connection: AsyncConnection) -> None:
    """The move is complete: nothing of it is left."""
    await connection.run_sync(_OWN.drop_all)
