"""What SQL needs on both databases and SQLAlchemy spells apart for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_PARAMETERS: Final = 5_000
"""Values in one IN (…): far below what either database takes (32,766 and 32,767)."""

T = TypeVar("T")
Insert = sqlite.Insert | postgresql.Insert


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT, for the database behind ``connection``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(values: Iterable[T], size: int = MOST_PARAMETERS) -> Iterator[Sequence[T]]:
    """``values`` in runs of at most ``size``."""
    rest = iter(values)
    while run := list(islice(rest, size)):
        yield run
