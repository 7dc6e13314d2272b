"""Notifications between processes, over PostgreSQL's LISTEN and NOTIFY.

A notification only shortens a wait: its subject is in the tables, and a process that misses it finds
the rows at its next interval. Every commit with a notification waits for one global lock of the
server, so a notification stands for many rows or a rare event, never for a single item.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final, Protocol, cast

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database

_CHANNEL: Final = "tocsin"

NOTIFY = select(func.pg_notify(_CHANNEL, bindparam("subject")))


_NotificationCallback = Callable[[object, int, str, object], None]
_TerminationCallback = Callable[[object], None]


class _Driver(Protocol):
    """The used methods of asyncpg's connection; asyncpg ships no type information."""

    def add_termination_listener(self, callback: _TerminationCallback) -> None: ...
    def remove_termination_listener(self, callback: _TerminationCallback) -> None: ...
    async def add_listener(self, channel: str, callback: _NotificationCallback) -> None: ...
    async def remove_listener(self, channel: str, callback: _NotificationCallback) -> None: ...
    def is_closed(self) -> bool: ...


class NotificationTopic(StrEnum):
    """An event in another process."""

    # Items matched and wait for their fan-out.
    NEWS = "news"
    # Alerts were queued.
    ALERTS = "alerts"
    # Feeds became due.
    FEEDS = "feeds"
    # A lease was released.
    LEASES = "leases"


async def notify(connection: AsyncConnection, subject: NotificationTopic) -> None:
    """Notify the other processes when this transaction commits; do nothing on SQLite.

    A SQLite database serves one process.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(NOTIFY, {"subject": subject.value})


@asynccontextmanager
async def listen(
    database: Database, on_notification: Callable[[NotificationTopic], None]
) -> AsyncIterator[asyncio.Event]:
    """Call ``on_notification`` for every notification while the block runs.

    The yielded event is set when the connection is lost.

    Raises:
        StoreError: the database does not answer.
    """
    is_lost = asyncio.Event()

    def handle_notification(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload in set(NotificationTopic):
            on_notification(NotificationTopic(str(payload)))

    def handle_termination(_connection: object) -> None:
        is_lost.set()

    async with database.autocommit() as connection:
        raw_connection = await connection.get_raw_connection()
        driver = cast("_Driver", raw_connection.driver_connection)
        driver.add_termination_listener(handle_termination)
        await driver.add_listener(_CHANNEL, handle_notification)
        try:
            yield is_lost
        finally:
            driver.remove_termination_listener(handle_termination)
            if not driver.is_closed():
                await driver.remove_listener(_CHANNEL, handle_notification)
