"""The rows of a step in batches, bounded by what they hold and not only by how many they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.transfer.steps import Key, Row, Step

MOST_ROWS: Final = 1_000
"""Rows of one batch."""

_MOST_TEXT: Final = 4_000_000  # characters of one batch: an item may be a long document
_FETCHED: Final = 200  # rows that the driver holds at once


async def rows_of(
    connection: AsyncConnection, step: Step, wanted: Select[Any]
) -> AsyncGenerator[Row]:
    """The rows of a step that are ``wanted``, never all of them in memory."""
    found = await connection.stream(wanted.execution_options(yield_per=_FETCHED))
    async for one in found.mappings():
        yield step.read(one)


async def batches(
    connection: AsyncConnection, step: Step, *, last: Key | None = None
) -> AsyncIterator[list[Row]]:
    """The rows of a step behind ``last``, in the order of their keys."""
    batch: list[Row] = []
    length = 0
    async for row in rows_of(connection, step, step.after(connection.dialect.name, last)):
        batch.append(row)
        length += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(batch) >= MOST_ROWS or length >= _MOST_TEXT:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
