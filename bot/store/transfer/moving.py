"""The move itself: every step in batches, then every row compared, then the target is complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.database import Database
from bot.store.transfer import journal
from bot.store.transfer.batches import batches
from bot.store.transfer.comparing import compare
from bot.store.transfer.counters import read_counters, set_counters
from bot.store.transfer.fit import check_source, complete, prepare_target
from bot.store.transfer.journal import Stand
from bot.store.transfer.steps import Row, Step, key_of, steps

Progress = Callable[[str, str, int, int], None]
"""Is told what is done ("moved", "compared"), of which step, how many rows so far, and of how many."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What was moved: rows by table, and whether a move that was begun before went on."""

    rows: Mapping[str, int]
    resumed: bool

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


async def transfer(
    source: Database, target: Database, *, name: str, progress: Progress
) -> Transferred:
    """Move all that is in ``source`` to ``target``, and see that it is the same there.

    Nobody else may write to either meanwhile. If it is killed, the same call goes on. ``name`` says
    where it comes from: only a move of the same name goes on.

    Raises:
        TransferError: the two do not fit, or are not the same in the end.
        StoreError: one of them refused; the same call goes on from there.
    """
    await check_source(source)
    await prepare_target(target, source=name)
    async with target.reading() as connection:
        before = await journal.stands(connection)
    done: dict[str, int] = {}
    async with source.snapshot() as snapshot:
        dialect = snapshot.dialect.name
        plan = steps()
        totals = {
            step.name: (await snapshot.execute(step.count(dialect))).scalar_one() for step in plan
        }
        for step in plan:
            await _move(snapshot, target, step, before.get(step.name, Stand()), totals, progress)
        async with target.reading() as there:
            for step in plan:
                done[step.name] = await _compare(snapshot, there, step, totals, progress)
        counters = await read_counters(snapshot)
    async with target.writing() as connection:
        await set_counters(connection, counters)
        await complete(connection)
        if not target.is_sqlite:
            await connection.execute(text("ANALYZE"))  # or the first questions are badly planned
    return Transferred(done, bool(before))


async def _move(
    source: AsyncConnection,
    target: Database,
    step: Step,
    stand: Stand,
    totals: Mapping[str, int],
    progress: Progress,
) -> None:
    """Write what is left of a step."""
    if stand.ended:
        return
    last, written = stand.last, stand.written
    async for batch in batches(source, step, last=last):
        last, written = key_of(step, batch[-1]), written + len(batch)
        async with target.writing() as connection:
            await _write(connection, step, batch)
            await journal.note(connection, step.name, Stand(last, written))
        progress("moved", step.name, written, totals[step.name])
    async with target.writing() as connection:
        await journal.note(connection, step.name, Stand(last, written, ended=True))


async def _write(connection: AsyncConnection, step: Step, batch: Sequence[Row]) -> None:
    dialect = connection.dialect.name
    rows = [step.written(dialect, row) for row in batch]
    try:
        await connection.execute(step.insert(dialect), rows)
    except (IntegrityError, DataError) as error:
        first, last = key_of(step, batch[0]), key_of(step, batch[-1])
        raise TransferError(
            f"{step.name}: a row between {first} and {last} is refused by the target",
            str(error.orig),
        ) from error


async def _compare(
    source: AsyncConnection,
    target: AsyncConnection,
    step: Step,
    totals: Mapping[str, int],
    progress: Progress,
) -> int:
    def compared(so_far: int) -> None:
        progress("compared", step.name, so_far, totals[step.name])

    return await compare(source, target, step, compared=compared)
