"""Notices between processes, by PostgreSQL's LISTEN and NOTIFY: they shorten a wait, and nothing else.

What was told is in the tables, and a tick finds it there. A notice takes a lock that every commit with
one waits for: it stands for many rows, or for something rare, and is never sent an item.
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


_Heard = Callable[[object, int, str, object], None]
_Ended = Callable[[object], None]


class _Driver(Protocol):
    """What is used of asyncpg's connection, which brings no types."""

    def add_termination_listener(self, callback: _Ended) -> None: ...
    def remove_termination_listener(self, callback: _Ended) -> None: ...
    async def add_listener(self, channel: str, callback: _Heard) -> None: ...
    async def remove_listener(self, channel: str, callback: _Heard) -> None: ...
    def is_closed(self) -> bool: ...


class Subject(StrEnum):
    """What may have happened in another process."""

    NEWS = "news"  # items matched, which are to be fanned out
    ALERTS = "alerts"  # alerts were queued
    FEEDS = "feeds"  # feeds came due
    LEASES = "leases"  # somebody let go of a lease


async def notify(connection: AsyncConnection, subject: Subject) -> None:
    """Tell the other processes when this transaction commits. Nothing on SQLite, which has one."""
    if connection.dialect.name == "postgresql":
        await connection.execute(NOTIFY, {"subject": subject.value})


@asynccontextmanager
async def listening(
    database: Database, hear: Callable[[Subject], None]
) -> AsyncIterator[asyncio.Event]:
    """Call ``hear`` for every notice while the block runs. The event is set when the connection is lost.

    Raises:
        StoreError: the database does not answer.
    """
    lost = asyncio.Event()

    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload in set(Subject):
            hear(Subject(str(payload)))

    def ended(_connection: object) -> None:
        lost.set()

    async with database.unbound() as connection:
        raw = await connection.get_raw_connection()
        driver = cast("_Driver", raw.driver_connection)
        driver.add_termination_listener(ended)
        await driver.add_listener(_CHANNEL, heard)
        try:
            yield lost
        finally:
            driver.remove_termination_listener(ended)
            if not driver.is_closed():
                await driver.remove_listener(_CHANNEL, heard)
