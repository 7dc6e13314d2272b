"""Whether two databases are such that the one can be moved to the other: refused before a row moves."""

from __future__ import annotations

from sqlalchemy import Connection, exists, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.database import Database
from bot.store.migrate import MOVING, current_revision, known_revisions, migrate
from bot.store.tables import marks, metadata
from bot.store.transfer import journal

NAME_SCHEMA = text("UPDATE alembic_version SET version_num = :revision")


async def check_source(database: Database) -> None:
    """Raises `TransferError` unless there is a database of this version's schema."""
    revision, newest = await current_revision(database), known_revisions()[-1]
    where = database.shown
    if revision is None:
        raise TransferError(f"{where} is no database of Tocsin")
    if revision == MOVING:
        raise TransferError(f"{where} is not complete itself: a move to it was not finished")
    if revision not in known_revisions():
        raise TransferError(
            f"{where} has schema {revision}, and this version knows up to {newest}; take the newer"
            " version of Tocsin"
        )
    if revision != newest:
        raise TransferError(
            f"{where} has schema {revision}, and this version needs {newest}; run `tocsin migrate`"
            " with TOCSIN_DATABASE_URL set to it first"
        )


async def is_moving(database: Database) -> bool:
    """Whether a move to this database was begun and not finished."""
    return await current_revision(database) == MOVING


async def prepare_target(database: Database, *, source: str) -> None:
    """Make the tables, unless a move from ``source`` was begun here before.

    Raises:
        TransferError: something else is in it.
    """
    newest = known_revisions()[-1]
    if await is_moving(database):
        async with database.reading() as connection:
            begun = await journal.begun(connection)
        if begun != (source, newest):
            was = f"{begun[0]}, schema {begun[1]}" if begun else "nobody knows where"
            raise TransferError(
                f"{database.shown} holds an unfinished move from {was}; finish that one, or begin"
                " with an empty database"
            )
        return
    async with database.reading() as connection:
        filled = await connection.run_sync(_filled)
    if filled:
        raise TransferError(
            f"{database.shown} is not empty (there is something in {', '.join(filled[:3])}"
            f"{', …' if len(filled) > 3 else ''}); give an empty database"  # noqa: PLR2004
        )
    await migrate(database)
    async with database.writing() as connection:
        await connection.execute(marks.delete())  # the schema brings two rows of its own
        await journal.begin(connection, source=source, schema=newest)
        await connection.execute(NAME_SCHEMA, {"revision": MOVING})


async def complete(connection: AsyncConnection) -> None:
    """From here on, it is a database like any other."""
    await journal.end(connection)
    await connection.execute(NAME_SCHEMA, {"revision": known_revisions()[-1]})


def _filled(connection: Connection) -> list[str]:
    """The tables of ours that hold something, the rows that a schema brings along apart."""
    there = set(inspect(connection).get_table_names())
    found = []
    for table in metadata.sorted_tables:
        if table.name not in there:
            continue
        rows = select(table.primary_key.columns[0])
        if table is marks:
            rows = rows.where(marks.c.value != 0)
        if connection.execute(select(exists(rows.limit(1)))).scalar_one():
            found.append(table.name)
    return found
