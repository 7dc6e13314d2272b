"""The connection to the database: transactions, and the translation of driver errors."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import regex
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from bot.errors import (
    DiskFullError,
    StoreBusyError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from bot.store.write_lock import WriteLock

Transaction = AsyncConnection
"""The connection that `Database.reading` and `Database.writing` yield."""

APPLICATION: Final = "tocsin"
"""The first word of the application name of every PostgreSQL connection."""

# PostgreSQL truncates application names to 63 bytes.
_MAX_APPLICATION_NAME_BYTES: Final = 63
CONNECTION_NAME: Final = f"{APPLICATION} {os.getpid()}@{platform.node()}"[
    :_MAX_APPLICATION_NAME_BYTES
]
"""The application name of this process's PostgreSQL connections."""

_BUSY_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 10.0
# Long enough for a migration of a large table; a server that is silent for longer is lost.
_STATEMENT_TIMEOUT_SECONDS: Final = 900.0

_MODE_ATTEMPTS: Final = 40
_MODE_RETRY_SECONDS: Final = 0.05

# Execution options that `_begin_sqlite` reads.
_IS_WRITE: Final = "tocsin_is_write"
_IS_SCHEMA_CHANGE: Final = "tocsin_is_schema_change"


class Database:
    """One SQLite or PostgreSQL database, used for the life of the process.

    A block under `reading` or `writing` is one transaction: either all of its changes are committed,
    or none.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _create_engine(url)
        # SQLite allows one writer at a time. Waiting for this lock is faster than polling SQLite's.
        self._write_lock = WriteLock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Return True if the database is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def display_url(self) -> str:
        """Return the URL for messages: without the driver and the password."""
        return display_url(self.url)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that reads.

        Raises:
            StoreError: the database refused.
        """
        with translate_errors(self.url):
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that reads the state of the database at its start until it ends.

        Raises:
            StoreError: the database refused.
        """
        with translate_errors(self.url):
            async with self._engine.connect() as connection:
                # Every SQLite reader has a snapshot in WAL mode.
                if not self.is_sqlite:
                    await connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def writing(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; on SQLite it holds the write lock of the file.

        An urgent transaction comes before all that wait for the lock.

        Raises:
            StoreError: the database refused; nothing was changed.
        """
        async with self._hold_write_lock(is_urgent=is_urgent):
            with translate_errors(self.url):
                async with self._engine.connect() as connection:
                    await connection.execution_options(**{_IS_WRITE: True})
                    async with connection.begin():
                        yield connection

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection without a transaction and hold it while the block runs.

        Raises:
            StoreError: the database does not answer.
        """
        with translate_errors(self.url):
            async with self._engine.connect() as connection:
                yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def schema_change(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may rebuild tables: on SQLite, foreign keys are not enforced in it.

        SQLite changes a table by creating another one and dropping the first. With enforced foreign
        keys, dropping a table would delete the rows that refer to it. The transaction fails at its
        end if a foreign key refers to a missing row.

        Raises:
            StoreError: the database refused; nothing was changed.
        """
        async with self._hold_write_lock():
            with translate_errors(self.url):
                async with self._engine.connect() as connection:
                    await connection.execution_options(**{_IS_WRITE: True, _IS_SCHEMA_CHANGE: True})
                    async with connection.begin():
                        yield connection
                        await _check_foreign_keys(connection, self.url)
                    if self.is_sqlite:
                        # The connection would keep foreign keys disabled for its next user.
                        await connection.invalidate()

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _hold_write_lock(self, *, is_urgent: bool = False) -> AsyncIterator[None]:
        if self._write_lock is None:
            yield
            return
        async with self._write_lock.hold(is_urgent=is_urgent):
            yield


def display_url(url: URL) -> str:
    """Return a database URL for messages: without the driver and the password."""
    secrets = [name for name in url.query if "password" in name.lower()]
    url = url.difference_update_query(secrets)
    return regex.sub(r"\+\w+", "", url.render_as_string(hide_password=True), count=1)


def _create_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            connect_args={
                "timeout": _CONNECT_TIMEOUT_SECONDS,
                "command_timeout": _STATEMENT_TIMEOUT_SECONDS,
                "server_settings": {"application_name": CONNECTION_NAME},
            },
        )
    # A SQLite URI (file:…) is not a path, so it has no folder to create.
    if url.database and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver's implicit transactions start at the first write, which loses updates. With
    # isolation_level None, `_begin_sqlite` issues BEGIN.
    connection.isolation_level = None
    cursor = connection.cursor()
    _enable_write_ahead_log(cursor)
    for pragma in (
        # A commit survives a power failure. WAL mode with NORMAL would lose the last commits.
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _enable_write_ahead_log(cursor: Any) -> None:
    """Let readers never wait for the writer.

    SQLite does not wait for another process that changes the mode of a new file at the same moment.
    """
    for attempt in range(_MODE_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == _MODE_ATTEMPTS - 1:
                raise
            await_only(asyncio.sleep(_MODE_RETRY_SECONDS))
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get(_IS_SCHEMA_CHANGE, False):
        # Inside a transaction, this pragma would have no effect.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    # A transaction that reads before it writes fails if another one wrote in between. A writer
    # therefore takes the lock at its start.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_IS_WRITE, False) else "BEGIN")


async def _check_foreign_keys(connection: AsyncConnection, url: URL) -> None:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL enforced them throughout the transaction.
    result = await connection.exec_driver_sql("PRAGMA foreign_key_check")
    violations = result.mappings().all()
    if violations:
        tables = ", ".join(sorted({f"{row['table']} to {row['parent']}" for row in violations}))
        raise StoreError(
            f"{url.database}: {len(violations)} rows refer to missing rows (from {tables}); nothing was"
            " changed"
        )


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Translate driver errors to `StoreError`, whose message states the cause and the remedy."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusyError("all connections to the database are in use; retrying") from error
    except (DBAPIError, OSError, sqlite3.Error) as error:
        store_error = _to_store_error(error, display_url(url))
        if store_error is None:
            raise
        raise store_error from error


def _to_store_error(error: BaseException, url: str) -> StoreError | None:
    """Return the `StoreError` for a driver error, or ``None`` for an error that only a bug can cause."""
    text = str(getattr(error, "orig", None) or error)
    lower = text.lower()
    if "disk is full" in lower or "no space left" in lower or "disk full" in lower:
        return DiskFullError(f"no space is left for {url}; free some space, nothing was lost", text)
    if "readonly database" in lower or "read-only transaction" in lower:
        return StoreReadOnlyError(f"{url} is not writable; check its permissions", text)
    if "unable to open database" in lower or "disk i/o error" in lower:
        return StoreUnavailableError(
            f"{url} cannot be opened; check that its folder exists and its permissions", text
        )
    if "file is not a database" in lower or "malformed" in lower:
        return StoreUnavailableError(f"{url} is damaged or not a SQLite database", text)
    if "does not exist" in lower and "database" in lower:
        return StoreUnavailableError(f"the database {url} does not exist; create it first", text)
    if "database is locked" in lower:
        return StoreBusyError(f"another process holds {url}; retrying", text)
    if isinstance(error, OSError) or _is_disconnect(error, lower):
        return StoreUnavailableError(f"{url} does not answer; retrying", text)
    return None


_DISCONNECT_MESSAGES: Final = (
    "connection was closed",
    "connection refused",
    "connection does not exist",
    # The server is starting up, shutting down or in recovery.
    "the database system is",
    "password authentication failed",
    "timeout",
)


def _is_disconnect(error: BaseException, lower: str) -> bool:
    is_invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    return is_invalidated or any(message in lower for message in _DISCONNECT_MESSAGES)
