"""Every row of both sides, held against each other: value by value, not by a digest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.transfer.batches import batches
from bot.store.transfer.steps import Key, Row, Step, key_of

_ASKED: Final = 500  # rows looked up at once

Compared = Callable[[int], None]
"""Is told of so many rows more that are the same."""


async def compare(
    source: AsyncConnection, target: AsyncConnection, step: Step, *, compared: Compared
) -> int:
    """Hold all rows of a step against each other; how many there are.

    Raises:
        TransferError: a row is missing, too many, or says something else; the first is named.
    """
    seen = 0
    async for batch in batches(source, step):
        for start in range(0, len(batch), _ASKED):
            part = batch[start : start + _ASKED]
            there = await _rows(target, step, [key_of(step, row) for row in part])
            for row in part:
                _hold(step, row, there.get(key_of(step, row)))
            seen += len(part)
            compared(len(part))
    many: int = (await target.execute(step.count(target.dialect.name))).scalar_one()
    if many != seen:
        raise TransferError(
            f"{step.name}: {seen:,} rows were moved, and {many:,} are there; has something else"
            " written to it? Begin anew with an empty database"
        )
    return seen


async def _rows(target: AsyncConnection, step: Step, keys: list[Key]) -> dict[Key, Row]:
    found = await target.execute(step.among(target.dialect.name, keys))
    rows = [step.read(one) for one in found.mappings()]
    return {key_of(step, row): row for row in rows}


def _hold(step: Step, row: Row, there: Row | None) -> None:
    if there == row:
        return
    key = ", ".join(map(str, key_of(step, row)))
    if there is None:
        what = "is not in the target"
    else:
        what = "differs in " + ", ".join(name for name in row if row[name] != there[name])
    raise TransferError(
        f"{step.name}: the row {key} {what}; the source has changed since the move was begun."
        " Begin anew with an empty database"
    )
