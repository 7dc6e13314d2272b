"""The steps of a transfer: the rows to copy, their order, and their form on each database.

A table comes after the tables to which it refers. A table that refers to itself (an alert to its briefing)
has two steps: the rows without a reference come first. Rows are read in batches of bounded size.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Select,
    Table,
    Text,
    collate,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import Executable

from bot.store.tables import metadata

MAX_BATCH_ROWS: Final = 1_000
"""Rows of one batch."""

# The second bound of a batch: an item may be a long document.
_MAX_BATCH_CHARS: Final = 4_000_000
_ROWS_PER_FETCH: Final = 200

Row = dict[str, Any]
"""Values by column name, in a form that is the same on both databases."""

Key = tuple[int | str, ...]
"""The primary key of a row."""


class Step(Protocol):
    """A set of rows of one table."""

    @property
    def name(self) -> str:
        """The name of the step. The journal stores it, so it must not change."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key columns."""

    def count(self, dialect: str) -> Select[Any]:
        """Return a query for the number of rows."""

    def after(self, dialect: str, last: Key | None) -> Select[Any]:
        """Return a query for the rows after the key ``last``, in the order of their keys."""

    def ordered(self, dialect: str) -> Select[Any]:
        """Return a query for all rows, in the order of their keys as Python compares them."""

    def read(self, row: Mapping[str, Any]) -> Row:
        """Convert a selected row to the common form."""

    def insert(self, dialect: str) -> Executable:
        """Return the statement that writes a row."""

    def parameters(self, dialect: str, row: Row) -> Row:
        """Convert a row to the parameters of `insert`."""


def key_of(step: Step, row: Row) -> Key:
    """Return the key of a row."""
    return tuple(row[name] for name in step.keys)


@dataclass(frozen=True, slots=True)
class TableStep:
    """The rows of a table, or those that match ``where``."""

    name: str
    table: Table
    where: ColumnElement[bool] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(column.name for column in self.table.primary_key)

    def count(self, _dialect: str) -> Select[Any]:
        """Return a query for the number of rows."""
        return self._filter(select(func.count()).select_from(self.table))

    def after(self, _dialect: str, last: Key | None) -> Select[Any]:
        """Return a query for the rows after the key ``last``, in the order of their keys."""
        keys = list(self.table.primary_key)
        rows = self._filter(select(self.table)).order_by(*keys)
        return rows if last is None else rows.where(_is_after(keys, last))

    def ordered(self, dialect: str) -> Select[Any]:
        """Return a query for all rows, in the byte order of their keys.

        Without the collation, PostgreSQL sorts by the language of the server.
        """
        order = [
            collate(key, "C") if dialect != "sqlite" and isinstance(key.type, Text) else key
            for key in self.table.primary_key
        ]
        return self._filter(select(self.table)).order_by(*order)

    def read(self, row: Mapping[str, Any]) -> Row:
        """Return the row. The column types give the same values on both databases."""
        return dict(row)

    def insert(self, _dialect: str) -> Executable:
        """Return the statement that writes a row."""
        return self.table.insert()

    def parameters(self, _dialect: str, row: Row) -> Row:
        """Return the row."""
        return row

    def _filter(self, rows: Select[Any]) -> Select[Any]:
        return rows if self.where is None else rows.where(self.where)


_TERMS_SQLITE: Final = Table(
    "item_terms", MetaData(), Column("rowid", BigInteger, primary_key=True), Column("terms", Text)
)
_TERMS_POSTGRES: Final = Table(
    "item_terms", MetaData(), Column("item_id", BigInteger, primary_key=True), Column("terms", Text)
)
_INSERT_SQLITE: Final = text("INSERT INTO item_terms (rowid, terms) VALUES (:item_id, :terms)")
_INSERT_POSTGRES: Final = text("INSERT INTO item_terms (item_id, terms) VALUES (:item_id, :terms)")


@dataclass(frozen=True, slots=True)
class SearchIndexStep:
    """The full-text index. It is copied, because computing the terms again would take hours.

    The terms of a row are one text with sorted terms.
    """

    name: str = "words"
    keys: tuple[str, ...] = ("item_id",)

    def count(self, dialect: str) -> Select[Any]:
        """Return a query for the number of indexed items."""
        return select(func.count()).select_from(_search_index(dialect)[0])

    def after(self, dialect: str, last: Key | None) -> Select[Any]:
        """Return a query for the rows after the key ``last``, in the order of the items."""
        _, item_id, rows = _search_index(dialect)
        rows = rows.order_by(item_id)
        return rows if last is None else rows.where(_is_after([item_id], last))

    def ordered(self, dialect: str) -> Select[Any]:
        """Return a query for all rows, in the order of the items."""
        return self.after(dialect, None)

    def read(self, row: Mapping[str, Any]) -> Row:
        """Return the row with its terms."""
        return {"item_id": row["item_id"], "terms": row["terms"]}

    def insert(self, dialect: str) -> Executable:
        """Return the statement that writes a row."""
        return _INSERT_SQLITE if dialect == "sqlite" else _INSERT_POSTGRES

    def parameters(self, _dialect: str, row: Row) -> Row:
        """Return the row: both databases store the terms as one text."""
        return row


def steps() -> list[Step]:
    """Return all steps in the order in which they must run."""
    return [
        *(step for table in metadata.sorted_tables for step in _steps_of(table)),
        SearchIndexStep(),
    ]


def _steps_of(table: Table) -> Iterator[Step]:
    self_references = [key.parent for key in table.foreign_keys if key.column.table is table]
    if not self_references:
        yield TableStep(table.name, table)
        return
    # No table has two references to itself.
    (reference,) = self_references
    yield TableStep(table.name, table, reference.is_(None))
    yield TableStep(f"{table.name} that refer to others", table, reference.is_not(None))


def _search_index(dialect: str) -> tuple[Table, ColumnElement[int], Select[Any]]:
    """Return the table of the full-text index, its key column, and a query for its rows."""
    if dialect == "sqlite":
        item_id = _TERMS_SQLITE.c.rowid
        return _TERMS_SQLITE, item_id, select(item_id.label("item_id"), _TERMS_SQLITE.c.terms)
    item_id = _TERMS_POSTGRES.c.item_id
    return _TERMS_POSTGRES, item_id, select(item_id, _TERMS_POSTGRES.c.terms)


def _is_after(keys: Sequence[ColumnElement[Any]], last: Key) -> ColumnElement[bool]:
    if len(keys) == 1:
        return keys[0] > last[0]
    values = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return tuple_(*keys) > tuple_(*values)


async def rows_of(
    connection: AsyncConnection, step: Step, query: Select[Any]
) -> AsyncGenerator[Row]:
    """Yield the rows of a query without loading all of them into memory."""
    rows = await connection.stream(query.execution_options(yield_per=_ROWS_PER_FETCH))
    async for row in rows.mappings():
        yield step.read(row)


async def batches(
    connection: AsyncConnection, step: Step, *, last: Key | None = None
) -> AsyncIterator[list[Row]]:
    """Yield the rows of a step after the key ``last`` in batches, in the order of their keys."""
    batch: list[Row] = []
    char_count = 0
    async for row in rows_of(connection, step, step.after(connection.dialect.name, last)):
        batch.append(row)
        char_count += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(batch) >= MAX_BATCH_ROWS or char_count >= _MAX_BATCH_CHARS:
            yield batch
            batch, char_count = [], 0
    if batch:
        yield batch
