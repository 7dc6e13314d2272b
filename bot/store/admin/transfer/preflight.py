"""Check before a transfer that the source and the target fit, and prepare the target."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, exists, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TransferError
from bot.store.admin.transfer import journal
from bot.store.database import Database
from bot.store.migrate import TRANSFER_IN_PROGRESS, current_revision, known_revisions, migrate
from bot.store.tables import counters, metadata

_VERSION_TABLE: Final = "alembic_version"
_TERMS_TABLE: Final = "item_terms"
_MAX_REPORTED_TABLES: Final = 3

SET_REVISION = text("UPDATE alembic_version SET version_num = :revision")


async def check_source(database: Database) -> None:
    """Raise `TransferError` unless the database has the schema of this version."""
    revision, newest = await current_revision(database), known_revisions()[-1]
    where = database.display_url
    if revision is None:
        raise TransferError(f"{where} is not a Tocsin database")
    if revision == TRANSFER_IN_PROGRESS:
        raise TransferError(f"{where} is incomplete: a transfer to it did not finish")
    if revision not in known_revisions():
        raise TransferError(
            f"{where} has schema {revision}, but this version of Tocsin supports schemas up to"
            f" {newest}; install a newer version"
        )
    if revision != newest:
        raise TransferError(
            f"{where} has schema {revision}, but this version of Tocsin needs {newest}; set"
            " TOCSIN_DATABASE_URL to it and run `tocsin migrate` first"
        )


async def is_transfer_in_progress(database: Database) -> bool:
    """Return True if a transfer to this database was started and has not finished."""
    return await current_revision(database) == TRANSFER_IN_PROGRESS


async def unfinished_transfer_source(database: Database) -> str | None:
    """Return the source of the unfinished transfer to this database, or ``None``."""
    header = await _read_header(database) if await is_transfer_in_progress(database) else None
    return header[0] if header else None


async def prepare_target(database: Database, *, source: str) -> None:
    """Create the schema, unless a transfer from ``source`` was started before.

    Raises:
        TransferError: the database has other content.
    """
    newest = known_revisions()[-1]
    if await is_transfer_in_progress(database):
        header = await _read_header(database)
        if header != (source, newest):
            origin = f"{header[0]}, schema {header[1]}" if header else "an unknown source"
            raise TransferError(
                f"{database.display_url} has an unfinished transfer from {origin};"
                " finish that transfer, or use an empty database"
            )
        return
    table_names = await non_empty_tables(database)
    if table_names:
        shown = ", ".join(table_names[:_MAX_REPORTED_TABLES])
        more = ", …" if len(table_names) > _MAX_REPORTED_TABLES else ""
        raise TransferError(
            f"{database.display_url} is not empty (there are rows in {shown}{more});"
            " use an empty database"
        )
    await migrate(database)
    async with database.writing() as connection:
        # The schema creates two counters. The transfer copies those of the source.
        await connection.execute(counters.delete())
        await journal.start_journal(connection, source=source, schema=newest)
        await connection.execute(SET_REVISION, {"revision": TRANSFER_IN_PROGRESS})


async def non_empty_tables(database: Database) -> list[str]:
    """Return the names of the tables with rows, without the rows that the schema creates.

    In a SQLite file without a schema of Tocsin, all tables count: the file belongs to another program.
    """
    async with database.reading() as connection:
        return await connection.run_sync(_non_empty_tables)


async def drop_all_tables(database: Database) -> None:
    """Drop all tables of Tocsin in one transaction."""
    async with database.schema_change() as connection:
        await connection.run_sync(_drop_tables)


async def complete_transfer(connection: AsyncConnection) -> None:
    """Delete the journal and set the schema revision, so that Tocsin can start with the target."""
    await journal.drop_journal(connection)
    await connection.execute(SET_REVISION, {"revision": known_revisions()[-1]})


async def _read_header(database: Database) -> tuple[str, str] | None:
    async with database.reading() as connection:
        return await journal.read_header(connection)


def _non_empty_tables(connection: Connection) -> list[str]:
    existing = set(inspect(connection).get_table_names())
    names = []
    if connection.dialect.name == "sqlite" and _VERSION_TABLE not in existing:
        names += sorted(existing)
    for table in metadata.sorted_tables:
        if table.name not in existing or table.name in names:
            continue
        rows = select(table.primary_key.columns[0])
        if table is counters:
            # The schema creates counters with the value 0.
            rows = rows.where(counters.c.value != 0)
        if connection.execute(select(exists(rows.limit(1)))).scalar_one():
            names.append(table.name)
    return names


def _drop_tables(connection: Connection) -> None:
    for name in (_TERMS_TABLE, _VERSION_TABLE, journal.journal_table.name):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    metadata.drop_all(connection)
