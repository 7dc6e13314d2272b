"""The steps of a move: which rows go when, and how they are read and written on each database.

A table comes after those that it refers to. One that refers to itself (an alert to the briefing that
tells it) is two steps: first the rows that refer to none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import Executable

from bot.store.tables import metadata

Row = dict[str, Any]
"""A row by the names of its columns, in values that are the same on both databases."""

Key = tuple[int | str, ...]
"""What tells a row from the others of its table."""


class Step(Protocol):
    """Rows of one table."""

    @property
    def name(self) -> str:
        """What the step is called, as "alerts" or "alerts that refer to others"."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the columns that make the key."""

    def count(self, dialect: str) -> Select[Any]:
        """How many rows there are."""

    def after(self, dialect: str, last: Key | None) -> Select[Any]:
        """The rows behind ``last``, in the order of their keys."""

    def ordered(self, dialect: str) -> Select[Any]:
        """All rows, in an order that is the same on both databases, and Python's of their keys."""

    def read(self, row: Mapping[str, Any]) -> Row:
        """A row as it was selected, in values that are the same on both databases."""

    def insert(self, dialect: str) -> Executable:
        """What writes a row."""

    def written(self, dialect: str, row: Row) -> Row:
        """The parameters of `insert`."""


def key_of(step: Step, row: Row) -> Key:
    """The key of a row."""
    return tuple(row[name] for name in step.keys)


@dataclass(frozen=True, slots=True)
class TableStep:
    """A table, or those of its rows that are ``where``."""

    name: str
    table: Table
    where: ColumnElement[bool] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(one.name for one in self.table.primary_key)

    def count(self, _dialect: str) -> Select[Any]:
        """How many rows there are."""
        return self._of_it(select(func.count()).select_from(self.table))

    def after(self, _dialect: str, last: Key | None) -> Select[Any]:
        """The rows behind ``last``, in the order of their keys."""
        keys = list(self.table.primary_key)
        rows = self._of_it(select(self.table)).order_by(*keys)
        return rows if last is None else rows.where(_behind(keys, last))

    def ordered(self, dialect: str) -> Select[Any]:
        """All rows, by the bytes of their keys: a server sorts by its language, if it is let."""
        by = [
            collate(key, "C") if dialect != "sqlite" and isinstance(key.type, Text) else key
            for key in self.table.primary_key
        ]
        return self._of_it(select(self.table)).order_by(*by)

    def read(self, row: Mapping[str, Any]) -> Row:
        """The columns' own types give the same values on both databases."""
        return dict(row)

    def insert(self, _dialect: str) -> Executable:
        """What writes a row."""
        return self.table.insert()

    def written(self, _dialect: str, row: Row) -> Row:
        """The row as it is."""
        return row

    def _of_it(self, rows: Select[Any]) -> Select[Any]:
        return rows if self.where is None else rows.where(self.where)


_TERMS_SQLITE: Final = Table(
    "item_terms", MetaData(), Column("rowid", BigInteger, primary_key=True), Column("terms", Text)
)
_TERMS_POSTGRES: Final = Table(
    "item_terms", MetaData(), Column("item_id", BigInteger, primary_key=True), Column("terms", Text)
)
_WRITE_SQLITE: Final = text("INSERT INTO item_terms (rowid, terms) VALUES (:item_id, :terms)")
_WRITE_POSTGRES: Final = text(
    "INSERT INTO item_terms (item_id, terms) VALUES (:item_id, array_to_tsvector(:terms))"
)


@dataclass(frozen=True, slots=True)
class WordsStep:
    """The word index: carried over, since finding the terms anew would take a processor hours.

    A row's terms are a sorted list: FTS5 keeps them as a text, PostgreSQL as a set.
    """

    name: str = "words"
    keys: tuple[str, ...] = ("item_id",)

    def count(self, dialect: str) -> Select[Any]:
        """How many items are in the index."""
        return select(func.count()).select_from(_words(dialect)[0])

    def after(self, dialect: str, last: Key | None) -> Select[Any]:
        """The rows behind ``last``."""
        _, item_id, rows = _words(dialect)
        rows = rows.order_by(item_id)
        return rows if last is None else rows.where(_behind([item_id], last))

    def ordered(self, dialect: str) -> Select[Any]:
        """All rows, by their items."""
        return self.after(dialect, None)

    def read(self, row: Mapping[str, Any]) -> Row:
        """The terms as a sorted list."""
        terms = row["terms"]
        several = terms.split(" ") if isinstance(terms, str) else terms
        return {"item_id": row["item_id"], "terms": sorted({one for one in several if one})}

    def insert(self, dialect: str) -> Executable:
        """What writes a row."""
        return _WRITE_SQLITE if dialect == "sqlite" else _WRITE_POSTGRES

    def written(self, dialect: str, row: Row) -> Row:
        """The terms as the database takes them."""
        return row if dialect != "sqlite" else row | {"terms": " ".join(row["terms"])}


def steps() -> list[Step]:
    """All steps, in their order."""
    return [*(step for table in metadata.sorted_tables for step in _steps_of(table)), WordsStep()]


def _steps_of(table: Table) -> Iterator[Step]:
    to_itself = [key.parent for key in table.foreign_keys if key.column.table is table]
    if not to_itself:
        yield TableStep(table.name, table)
        return
    (reference,) = to_itself  # nothing here refers to itself in two ways
    yield TableStep(table.name, table, reference.is_(None))
    yield TableStep(f"{table.name} that refer to others", table, reference.is_not(None))


def _words(dialect: str) -> tuple[Table, ColumnElement[int], Select[Any]]:
    if dialect == "sqlite":
        item_id = _TERMS_SQLITE.c.rowid
        return _TERMS_SQLITE, item_id, select(item_id.label("item_id"), _TERMS_SQLITE.c.terms)
    item_id = _TERMS_POSTGRES.c.item_id
    terms = func.tsvector_to_array(_TERMS_POSTGRES.c.terms, type_=ARRAY(Text))
    return _TERMS_POSTGRES, item_id, select(item_id, terms.label("terms"))


def _behind(keys: Sequence[ColumnElement[Any]], last: Key) -> ColumnElement[bool]:
    if len(keys) == 1:
        return keys[0] > last[0]
    values = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return tuple_(*keys) > tuple_(*values)
