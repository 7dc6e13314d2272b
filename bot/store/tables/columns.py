"""Column types and column constructors that all tables share."""

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


class UtcDateTime(TypeDecorator[datetime]):
    """A time zone aware timestamp in UTC; SQLite itself stores timestamps without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Convert a value for the database to UTC.

        Raises:
            ValueError: the value has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a timestamp without a time zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Convert a value from the database to an aware timestamp in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite generates row IDs only for INTEGER columns, which hold 64 bits. INTEGER in PostgreSQL holds
# 32 bits and would overflow after two billion rows.
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
    """Return the column of a generated row ID, which grows with each row."""
    return Column("id", RowId, primary_key=True, autoincrement=True)


def refers_to(table: str, name: str | None = None, *, key: bool = False) -> Column[int]:
    """Return a foreign key to ``table``; deleting the row there deletes this row."""
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(
        name or f"{table.removesuffix('s')}_id", RowId, target, nullable=False, primary_key=key
    )
