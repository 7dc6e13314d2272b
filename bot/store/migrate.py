"""Migration of a database to the schema of this version, at every start."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.database import Database

_MIGRATIONS_FOLDER: Final = Path(__file__).with_name("migrations")
TRANSFER_IN_PROGRESS: Final = "moving"
"""The revision of a database that a transfer is filling (store/admin/transfer): no version starts on it."""

# The advisory lock that lets one process at a time migrate; any number that no other program uses.
_LOCK_ID: Final = 0x70C51
LOCK_MIGRATION = text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})")
READ_REVISION = text("SELECT version_num FROM alembic_version")

# Revisions that free a large part of the database.
_SHRINKING_REVISIONS: Final = frozenset({"0006"})

log = structlog.get_logger(__name__)


async def migrate(database: Database) -> list[str]:
    """Run the missing revisions, oldest first, and return them.

    Two processes may call this at the same time: the second one waits and finds nothing to do.

    Raises:
        StoreError: the database refuses, or has the schema of a newer version.
    """
    async with database.reading() as connection:
        if await connection.run_sync(_read_revision) == known_revisions()[-1]:
            return []
    async with database.schema_change() as connection:
        await _lock_migration(connection)
        is_new = await connection.run_sync(_read_revision) is None
        revisions = await connection.run_sync(_upgrade)
    if not is_new and not _SHRINKING_REVISIONS.isdisjoint(revisions):
        await _shrink(database)
    return revisions


async def current_revision(database: Database) -> str | None:
    """Return the revision of the database's schema, or ``None`` if it has none."""
    async with database.reading() as connection:
        return await connection.run_sync(_read_revision)


def known_revisions() -> list[str]:
    """Return every revision of this version, oldest first.

    Each revision is a file with a name such as ``0001_first_schema.py``.
    """
    versions = _MIGRATIONS_FOLDER / "versions"
    return sorted(path.name[:4] for path in versions.glob("[0-9]*.py"))


async def _shrink(database: Database) -> None:
    """Return the free pages of a SQLite file to the file system.

    The file is usable without this, so an error, such as a full disk, is only logged.
    """
    # PostgreSQL returns the space of a dropped table by itself.
    if not database.is_sqlite or not database.url.database:
        return
    file = Path(database.url.database)
    try:
        await asyncio.to_thread(_vacuum, file)
    except sqlite3.Error as error:
        log.warning("database_not_shrunk", file=str(file), problem=str(error))


def _vacuum(file: Path) -> None:
    # VACUUM cannot run inside a transaction, and the connections of SQLAlchemy always begin one.
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        # In WAL mode, the file becomes smaller at the next checkpoint only.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _lock_migration(connection: AsyncConnection) -> None:
    # On SQLite, `Database.schema_change` holds the write lock already.
    if connection.dialect.name == "postgresql":
        await connection.execute(LOCK_MIGRATION)


def _upgrade(connection: Connection) -> list[str]:
    known = known_revisions()
    current = _read_revision(connection)
    if current == known[-1]:
        return []
    if current == TRANSFER_IN_PROGRESS:
        raise StoreError(
            "the database is incomplete: a transfer or a restore has not finished; run the same"
            " `tocsin migrate --from … --to …` or `tocsin restore …` again to complete it"
        )
    if current is not None and current not in known:
        raise StoreError(
            f"the database has schema {current}, and this version knows up to {known[-1]}; run the"
            " newer version, or set TOCSIN_DATABASE_URL to another database for this one"
        )
    # Importing Alembic takes a third of a second, so only a start that needs it imports it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # Alembic's configuration parser interpolates percent signs.
    config.set_main_option("script_location", str(_MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return known[known.index(current) + 1 :] if current else known


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(READ_REVISION).scalar_one_or_none()
