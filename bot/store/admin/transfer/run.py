"""Run a transfer: copy every step in batches, compare all rows, then mark the target as complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.admin.transfer import journal
from bot.store.admin.transfer.journal import StepProgress
from bot.store.admin.transfer.preflight import check_source, complete_transfer, prepare_target
from bot.store.admin.transfer.steps import Row, Step, batches, key_of, steps
from bot.store.admin.transfer.verify import compare, read_counters, set_counters
from bot.store.database import Database

Progress = Callable[[str, str, int, int], None]
"""Gets the phase ("moved" or "compared"), the step, the number of finished rows and of all rows."""


@dataclass(frozen=True, slots=True)
class TransferResult:
    """The number of rows by step, and whether the call continued an unfinished transfer."""

    rows: Mapping[str, int]
    resumed: bool

    @property
    def total(self) -> int:
        """The number of rows of all steps."""
        return sum(self.rows.values())


async def transfer(
    source: Database, target: Database, *, source_name: str, progress: Progress
) -> TransferResult:
    """Copy the content of ``source`` to ``target`` and compare the two.

    No other process may write to either database. If the transfer is killed, the same call continues it.
    ``name`` identifies the source: only a transfer with the same name is continued.

    Raises:
        TransferError: the databases do not fit, or their rows differ after the copy.
        StoreError: a database reported an error; the same call continues from there.
    """
    await check_source(source)
    await prepare_target(target, source=source_name)
    async with target.reading() as connection:
        progress_by_step = await journal.read_progress(connection)
    rows: dict[str, int] = {}
    async with source.snapshot() as snapshot:
        dialect = snapshot.dialect.name
        plan = steps()
        totals = {
            step.name: (await snapshot.execute(step.count(dialect))).scalar_one() for step in plan
        }
        for step in plan:
            done = progress_by_step.get(step.name, StepProgress())
            await _copy(snapshot, target, step, done, totals, progress)
        async with target.reading() as target_connection:
            for step in plan:
                rows[step.name] = await _compare(
                    snapshot, target_connection, step, totals, progress
                )
        counters = await read_counters(snapshot)
    async with target.writing() as connection:
        await set_counters(connection, counters)
        await complete_transfer(connection)
        if not target.is_sqlite:
            # Without statistics, the planner would choose bad plans for the first queries.
            await connection.execute(text("ANALYZE"))
    return TransferResult(rows, bool(progress_by_step))


async def _copy(
    source: AsyncConnection,
    target: Database,
    step: Step,
    done: StepProgress,
    totals: Mapping[str, int],
    progress: Progress,
) -> None:
    """Copy the remaining rows of a step."""
    if done.ended:
        return
    last, written = done.last, done.written
    async for batch in batches(source, step, last=last):
        last, written = key_of(step, batch[-1]), written + len(batch)
        async with target.writing() as connection:
            await _write(connection, step, batch)
            await journal.write_progress(connection, step.name, StepProgress(last, written))
        progress("moved", step.name, written, totals[step.name])
    async with target.writing() as connection:
        done = StepProgress(last, written, ended=True)
        await journal.write_progress(connection, step.name, done)


async def _write(connection: AsyncConnection, step: Step, batch: Sequence[Row]) -> None:
    dialect = connection.dialect.name
    rows = [step.parameters(dialect, row) for row in batch]
    try:
        await connection.execute(step.insert(dialect), rows)
    except (IntegrityError, DataError) as error:
        first, last = key_of(step, batch[0]), key_of(step, batch[-1])
        raise TransferError(
            f"{step.name}: the target rejected a row between {first} and {last}",
            str(error.orig),
        ) from error


async def _compare(
    source: AsyncConnection,
    target: AsyncConnection,
    step: Step,
    totals: Mapping[str, int],
    progress: Progress,
) -> int:
    def report(compared: int) -> None:
        progress("compared", step.name, compared, totals[step.name])

    return await compare(source, target, step, report=report)
