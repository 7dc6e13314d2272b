"""What every table is made of: moments, row ids, references."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """A time with its zone: SQLite gives times back without one, PostgreSQL with."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To the database: always UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone is no moment: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From the database: always UTC, always said."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts rows by INTEGER only; PostgreSQL's would end at two thousand million.
RowId = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    """A row's number, in the order that rows come."""
    return Column("id", RowId, primary_key=True, autoincrement=True)


def refers_to(table: str, name: str | None = None, *, key: bool = False) -> Column[int]:
    """A reference to a row of ``table``, which takes this row along when it goes."""
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(
        name or f"{table.removesuffix('s')}_id", RowId, target, nullable=False, primary_key=key
    )
