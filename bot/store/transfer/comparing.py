"""Every row of both sides, held against each other: value by value, not by a digest.

Both sides are read once, in one order, side by side.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.transfer.batches import rows_of
from bot.store.transfer.steps import Row, Step, key_of

_TOLD: Final = 500  # rows between two words about it

Compared = Callable[[int], None]
"""Is told of so many rows that are the same so far."""


async def compare(
    source: AsyncConnection, target: AsyncConnection, step: Step, *, compared: Compared
) -> int:
    """Hold all rows of a step against each other; how many there are.

    Raises:
        TransferError: a row is missing, too many, or says something else; the first is named.
    """
    seen = 0
    async with aclosing(_all(source, step)) as ours, aclosing(_all(target, step)) as theirs:
        async for row in ours:
            _hold(step, row, await anext(theirs, None))
            seen += 1
            if seen % _TOLD == 0:
                compared(seen)
        more = await anext(theirs, None)
    if more is not None:
        raise _wrong(step, more, "is in the target alone")
    compared(seen)
    return seen


def _all(connection: AsyncConnection, step: Step) -> AsyncGenerator[Row]:
    return rows_of(connection, step, step.ordered(connection.dialect.name))


def _hold(step: Step, row: Row, there: Row | None) -> None:
    if there == row:
        return
    if there is None or key_of(step, there) > key_of(step, row):
        raise _wrong(step, row, "is not in the target")
    if key_of(step, there) < key_of(step, row):
        raise _wrong(step, there, "is in the target alone")
    names = ", ".join(name for name in row if row[name] != there[name])
    raise _wrong(step, row, f"differs in {names}")


def _wrong(step: Step, row: Row, what: str) -> TransferError:
    key = ", ".join(map(str, key_of(step, row)))
    return TransferError(
        f"{step.name}: the row {key} {what}; something was written since the move was begun."
        " Begin anew with an empty database"
    )
