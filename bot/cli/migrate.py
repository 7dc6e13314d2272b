"""`tocsin migrate`: upgrade the schema, or copy all data to another database, SQLite or PostgreSQL.

A copy requires exclusive access to both databases: it locks a SQLite file, and it checks for other
clients of a PostgreSQL database before and after the copy.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from time import monotonic
from typing import Final

from bot.errors import TransferError, UserError
from bot.runtime.process_lock import exclusive_process
from bot.settings import DatabaseUrl, Settings, parse_database_url, sqlite_path
from bot.store import Database, migrate
from bot.store.admin.transfer import list_other_clients, transfer

# Standard error is a file or a pipe: print a new line at this interval.
_LOG_INTERVAL_SECONDS: Final = 5.0
# Standard error is a terminal: redraw one line at this interval.
_REDRAW_INTERVAL_SECONDS: Final = 0.1
# PostgreSQL needs this time to notice that a client was killed.
_OTHER_CLIENTS_TIMEOUT_SECONDS: Final = 5.0
_OTHER_CLIENTS_POLL_SECONDS: Final = 0.5


class ProgressLine:
    """Show the progress of a long command on standard error."""

    def __init__(self) -> None:
        # A log file gets few whole lines; a terminal gets one line that is redrawn often.
        self._is_terminal = sys.stderr.isatty()
        self._printed_at = monotonic()
        self._has_open_line = False

    def __call__(self, done: str, part: str, so_far: int, total: int) -> None:
        """Print ``so_far`` of ``total`` if the interval since the last line has passed."""
        if monotonic() - self._printed_at < (
            _REDRAW_INTERVAL_SECONDS if self._is_terminal else _LOG_INTERVAL_SECONDS
        ):
            return
        self._printed_at = monotonic()
        line = f"{done:<9} {part}: {so_far:,} of {total:,}"
        if self._is_terminal:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._has_open_line = True
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the redrawn line."""
        if self._has_open_line:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._has_open_line = False


async def migrate_schema(settings: Settings) -> int:
    """Upgrade the schema of the configured database and return the exit code."""
    with exclusive_process(settings.sqlite_file):
        database = Database(settings.database)
        try:
            revisions = await migrate(database)
        finally:
            await database.close()
    print(f"schema migrated: {', '.join(revisions)}" if revisions else "schema is up to date")
    return 0


async def migrate_database(settings: Settings, from_url: str | None, to_url: str | None) -> int:
    """Copy all rows and return the exit code. The default of each address is the configured database.

    Raises:
        SettingsError: an address is invalid.
        UserError: both addresses name the same database.
        TransferError: the schemas do not fit, or another process uses one of the databases.
    """
    origin = parse_database_url(from_url, "--from") if from_url else settings.database
    goal = parse_database_url(to_url, "--to") if to_url else settings.database
    if _is_same(origin, goal):
        raise UserError("--from and --to name the same database; give two different ones")
    require_file(origin)
    with exclusive_sqlite(origin), exclusive_sqlite(goal):
        async with open_database(origin) as source, open_database(goal) as target:
            # Both before and after the copy: a service that started meanwhile would lose its changes.
            await require_no_other_clients(source)
            await require_no_other_clients(target)
            progress = ProgressLine()
            try:
                result = await transfer(
                    source, target, source_name=display_url(origin), progress=progress
                )
            finally:
                progress.close()
            await require_no_other_clients(
                source, remedy="its changes during the copy were not copied"
            )
            where = target.display_url
    resumed = ", continued from an interrupted run" if result.resumed else ""
    print(f"{result.total:,} rows copied and compared{resumed}", file=sys.stderr)
    print(f"set TOCSIN_DATABASE_URL to {where} and start; the old database is unchanged")
    return 0


def display_url(url: DatabaseUrl) -> str:
    """Return the address that identifies a database, independent of the working directory."""
    file = sqlite_path(url)
    return str(file.resolve()) if file else url.render_as_string(hide_password=True)


def require_file(url: DatabaseUrl) -> None:
    """Raise TransferError if ``url`` names a SQLite file that does not exist."""
    file = sqlite_path(url)
    if file is None and url.get_backend_name() == "sqlite":
        raise TransferError("a SQLite database in memory cannot be copied; give a file")
    if file is not None and not file.is_file():
        raise TransferError(f"the file {file} does not exist")


def exclusive_sqlite(url: DatabaseUrl) -> AbstractContextManager[None]:
    """Lock a SQLite file for this process."""
    return exclusive_process(sqlite_path(url))


@asynccontextmanager
async def open_database(url: DatabaseUrl) -> AsyncIterator[Database]:
    """Open a database for the duration of the block."""
    try:
        database = Database(url)
    except ImportError as error:
        raise TransferError(
            "the driver is not installed; run pip install 'tocsin[postgres]'"
        ) from error
    try:
        yield database
    finally:
        await database.close()


async def require_no_other_clients(database: Database, remedy: str = "stop it first") -> None:
    """Raise TransferError if another process uses the database.

    Wait a few seconds first: the connection of a killed process disappears only after that time.
    """
    deadline = monotonic() + _OTHER_CLIENTS_TIMEOUT_SECONDS
    while True:
        async with database.reading() as connection:
            others = await list_other_clients(connection)
        if not others:
            return
        if monotonic() > deadline:
            names = ", ".join(others)
            raise TransferError(
                f"another Tocsin process uses {database.display_url} ({names}); {remedy}"
            )
        await asyncio.sleep(_OTHER_CLIENTS_POLL_SECONDS)


def _is_same(first: DatabaseUrl, second: DatabaseUrl) -> bool:
    files = sqlite_path(first), sqlite_path(second)
    if files[0] and files[1]:
        # Two paths can name one file through a symbolic link.
        return files[0].resolve() == files[1].resolve()
    # The same server can be reached with other credentials; only the database matters.
    plain = [url.set(password=None, query={}) for url in (first, second)]
    return plain[0] == plain[1] and first.query.get("host") == second.query.get("host")
