"""The connection to the database: transactions, and what can go wrong with them."""

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

from bot.errors import StoreBusy, StoreError, StoreFull, StoreReadOnly, StoreUnreachable

Transaction = AsyncConnection
"""What a block under `Database.reading` or `writing` works with."""

APPLICATION: Final = "tocsin"
"""What every connection to PostgreSQL is named with, in front of its process and machine."""

OUR_NAME: Final = f"{APPLICATION} {os.getpid()}@{platform.node()}"[:63]  # PostgreSQL takes no more

_BUSY_SECONDS: Final = 10.0  # how long a writer waits for another one
_CONNECT_SECONDS: Final = 10.0  # for a server to answer at all
_LONGEST_STATEMENT: Final = 900.0  # seconds; a server that is silent for longer is gone
_WRITES: Final = "tocsin_writes"
_REBUILDS: Final = "tocsin_rebuilds"


class Database:
    """One database, SQLite or PostgreSQL, for the life of the process.

    A block under `reading` or `writing` is one transaction: all of it happens, or nothing does.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _create_engine(url)
        # SQLite has one writer at a time: waiting in line here is quicker than polling its lock.
        self._line = asyncio.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this process."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def shown(self) -> str:
        """Its address as a person would write it, without the password."""
        return shown(self.url)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that reads.

        Raises:
            StoreError: the database refused, in words for a person.
        """
        with translated(self.url):
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that reads, and sees all the while what was there at its beginning.

        Raises:
            StoreError: the database refused, in words for a person.
        """
        with translated(self.url):
            async with self._engine.connect() as connection:
                if not self.is_sqlite:  # whose readers see nothing else anyway
                    await connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; on SQLite it holds the file's only write lock.

        Raises:
            StoreError: the database refused, in words for a person; nothing was changed.
        """
        async with self._turn():
            with translated(self.url):
                async with self._engine.connect() as connection:
                    await connection.execution_options(**{_WRITES: True})
                    async with connection.begin():
                        yield connection

    @asynccontextmanager
    async def unbound(self) -> AsyncIterator[AsyncConnection]:
        """A connection to a server outside of any transaction, held for as long as the block runs.

        Raises:
            StoreError: the database does not answer.
        """
        with translated(self.url):
            async with self._engine.connect() as connection:
                yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write whole tables anew: on SQLite, no reference acts in it.

        SQLite changes a table by writing another one and dropping the first, and whatever refers to
        the rows of a table that is dropped goes with them, unless references are switched off.
        References that lead nowhere at its end fail it.

        Raises:
            StoreError: the database refused, in words for a person; nothing was changed.
        """
        async with self._turn():
            with translated(self.url):
                async with self._engine.connect() as connection:
                    await connection.execution_options(**{_WRITES: True, _REBUILDS: True})
                    async with connection.begin():
                        yield connection
                        await _check_references(connection, self.url)
                    if self.is_sqlite:
                        await connection.invalidate()  # its references stay off

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._line is None:
            yield
            return
        async with self._line:
            yield


def shown(url: URL) -> str:
    """An address as a person would write it: without the driver, and without the password."""
    return regex.sub(r"\+\w+", "", url.render_as_string(hide_password=True), count=1)


def _create_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": _LONGEST_STATEMENT,
                "server_settings": {"application_name": OUR_NAME},
            },
        )
    if url.database and not url.database.startswith(
        "file:"
    ):  # SQLite's own addresses name no folder
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver's own idea of transactions loses updates: we say BEGIN ourselves (see below).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",  # readers never wait for the writer
        "synchronous=FULL",  # a commit survives the power going out: the promise needs it
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later fails when another one wrote in between:
    # a writer takes the lock at its beginning.
    options = connection.get_execution_options()
    if options.get(_REBUILDS, False):  # inside a transaction it would do nothing
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")


async def _check_references(connection: AsyncConnection, url: URL) -> None:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL never switched them off
    found = await connection.exec_driver_sql("PRAGMA foreign_key_check")
    lost = found.mappings().all()
    if lost:
        tables = ", ".join(sorted({f"{row['table']} to {row['parent']}" for row in lost}))
        raise StoreError(
            f"{url.database}: {len(lost)} references lead nowhere (from {tables}); nothing was changed"
        )


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn the drivers' errors into ours, which say what happened and what to do."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy("every connection to the database is in use; trying again") from error
    except (DBAPIError, OSError, sqlite3.Error) as error:
        meant = _meaning(error, shown(url))
        if meant is None:
            raise
        raise meant from error


def _meaning(error: BaseException, where: str) -> StoreError | None:
    """What a driver's error means for a person; ``None`` for what can only be a fault of ours."""
    text = str(getattr(error, "orig", None) or error)
    lower = text.lower()
    if "disk is full" in lower or "no space left" in lower or "disk full" in lower:
        return StoreFull(f"no space is left for {where}; free some, nothing was lost", text)
    if "readonly database" in lower or "read-only transaction" in lower:
        return StoreReadOnly(f"{where} may not be written; check its permissions", text)
    if "unable to open database" in lower or "disk i/o error" in lower:
        return StoreUnreachable(f"{where} cannot be opened; check its folder and rights", text)
    if "file is not a database" in lower or "malformed" in lower:
        return StoreUnreachable(f"{where} is damaged, or no database of SQLite", text)
    if "does not exist" in lower and "database" in lower:
        return StoreUnreachable(f"there is no database at {where}; create it first", text)
    if "database is locked" in lower:
        return StoreBusy(f"another process holds {where}; trying again", text)
    if isinstance(error, OSError) or _is_disconnect(error, lower):
        return StoreUnreachable(f"{where} does not answer; trying again", text)
    return None


_NO_ANSWER: Final = (
    "connection was closed",
    "connection refused",
    "connection does not exist",
    "the database system is",  # … starting up, shutting down, in recovery
    "password authentication failed",
    "timeout",
)


def _is_disconnect(error: BaseException, lower: str) -> bool:
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or any(sign in lower for sign in _NO_ANSWER)
