"""SQL that both databases support and that SQLAlchemy spells per dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

# SQLite accepts 32,766 parameters in a statement, PostgreSQL 32,767.
MAX_PARAMETERS: Final = 5_000
"""Values in one IN clause."""

T = TypeVar("T")
Insert = sqlite.Insert | postgresql.Insert


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """Return an INSERT with ON CONFLICT support for the dialect of ``connection``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(values: Iterable[T], size: int = MAX_PARAMETERS) -> Iterator[Sequence[T]]:
    """Yield ``values`` in chunks of at most ``size``."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk
