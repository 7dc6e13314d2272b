"""Bringing a database to the schema this version needs, at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from bot.errors import StoreError
from bot.store.database import Database

FOLDER: Final = Path(__file__).with_name("migrations")
MOVING: Final = "moving"
"""The schema's name while a move fills the database (store/transfer): no version starts on it."""

_LOCK: Final = 0x70C51  # any number, the same in every process


async def migrate(database: Database) -> list[str]:
    """Run what is missing, oldest first; the revisions that were run.

    Two processes may call it at once: the second finds the work done.

    Raises:
        StoreError: the database refuses, or was made by a newer version.
    """
    async with database.reading() as connection:
        if await connection.run_sync(_current) == known_revisions()[-1]:
            return []
    async with database.rebuilding() as connection:
        if not database.is_sqlite:  # SQLite's write lock is held already
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await connection.run_sync(_upgrade)


async def current_revision(database: Database) -> str | None:
    """The schema the database has; ``None`` if it has none yet."""
    async with database.reading() as connection:
        return await connection.run_sync(_current)


def known_revisions() -> list[str]:
    """Every revision this version knows, oldest first: a file each, named `0001_what_it_does.py`."""
    return sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> list[str]:
    known = known_revisions()
    current = _current(connection)
    if current == known[-1]:
        return []
    if current == MOVING:
        raise StoreError(
            "the database is not complete: a move or a restore was begun and not finished; run the"
            " same `tocsin migrate --from … --to …` or `tocsin restore …` again, and it goes on"
        )
    if current is not None and current not in known:
        raise StoreError(
            f"the database has schema {current}, and this version knows up to {known[-1]};"
            " run the newer version, or give this one a database of its own"
        )
    # Alembic takes a third of a second to import: only a start that needs it pays.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return known[known.index(current) + 1 :] if current else known


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
