"""Whether two databases are such that the one can be moved to the other: refused before a row moves."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, exists, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.database import Database
from bot.store.migrate import MOVING, current_revision, known_revisions, migrate
from bot.store.tables import marks, metadata
from bot.store.transfer import journal

_VERSION: Final = "alembic_version"
_WORDS: Final = "item_terms"
_NAMED: Final = 3  # tables named in an error

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


async def begun_from(database: Database) -> str | None:
    """Where the unfinished move to this database comes from; ``None`` if there is none."""
    begun = await _begun(database) if await is_moving(database) else None
    return begun[0] if begun else None


async def _begun(database: Database) -> tuple[str, str] | None:
    async with database.reading() as connection:
        return await journal.begun(connection)


async def prepare_target(database: Database, *, source: str) -> None:
    """Make the tables, unless a move from ``source`` was begun here before.

    Raises:
        TransferError: something else is in it.
    """
    newest = known_revisions()[-1]
    if await is_moving(database):
        begun = await _begun(database)
        if begun != (source, newest):
            was = f"{begun[0]}, schema {begun[1]}" if begun else "nobody knows where"
            raise TransferError(
                f"{database.shown} holds an unfinished move from {was}; finish that one, or begin"
                " with an empty database"
            )
        return
    filled = await what_is_in(database)
    if filled:
        more = ", …" if len(filled) > _NAMED else ""
        raise TransferError(
            f"{database.shown} is not empty (there is something in {', '.join(filled[:_NAMED])}{more});"
            " give an empty database"
        )
    await migrate(database)
    async with database.writing() as connection:
        await connection.execute(marks.delete())  # the schema brings two rows of its own
        await journal.begin(connection, source=source, schema=newest)
        await connection.execute(NAME_SCHEMA, {"revision": MOVING})


async def what_is_in(database: Database) -> list[str]:
    """The tables that hold something; what a schema brings along counts for nothing.

    In a SQLite file, a table of somebody else's counts too: the file is another program's.
    """
    async with database.reading() as connection:
        return await connection.run_sync(_filled)


async def empty(database: Database) -> None:
    """Drop all that is ours, in one transaction."""
    async with database.rebuilding() as connection:
        await connection.run_sync(_drop)


async def complete(connection: AsyncConnection) -> None:
    """From here on, it is a database like any other."""
    await journal.end(connection)
    await connection.execute(NAME_SCHEMA, {"revision": known_revisions()[-1]})


def _filled(connection: Connection) -> list[str]:
    there = set(inspect(connection).get_table_names())
    found = []
    if connection.dialect.name == "sqlite" and _VERSION not in there:
        found += sorted(there)
    for table in metadata.sorted_tables:
        if table.name not in there or table.name in found:
            continue
        rows = select(table.primary_key.columns[0])
        if table is marks:
            rows = rows.where(marks.c.value != 0)
        if connection.execute(select(exists(rows.limit(1)))).scalar_one():
            found.append(table.name)
    return found


def _drop(connection: Connection) -> None:
    for name in (_WORDS, _VERSION, journal.moves.name):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    metadata.drop_all(connection)
