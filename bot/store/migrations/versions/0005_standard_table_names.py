"""Give eleven tables the standard names of the things they hold.

Every row, constraint, index and sequence is kept; their names follow the new name of the table.
Columns are unchanged.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW_NAMES = {
    "marks": "counters",
    "kept": "callback_texts",
    "written": "llm_summaries",
    "spending": "llm_usage",
    "forgotten": "item_tombstones",
    "thin_items": "pending_items",
    "retellings": "alert_edit_jobs",
    "shown": "chat_item_numbers",
    "pushes": "websub_subscriptions",
    "fanouts": "fanout_jobs",
    "announced": "announcement_alerts",
}

# No other table refers to one of these eleven, so no foreign key of another table has to change.
SQLITE_STATEMENTS = sa.text(
    "SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type = 'index'"
)
# Constraints include the NOT NULL constraints that PostgreSQL names since version 18.
POSTGRES_CONSTRAINTS = sa.text(
    "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:name) ORDER BY conname"
)
POSTGRES_INDEXES = sa.text(
    "SELECT CAST(indexrelid AS regclass)::text FROM pg_index WHERE indrelid = to_regclass(:name)"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1"
)
POSTGRES_SEQUENCES = sa.text(
    "SELECT CAST(objid AS regclass)::text FROM pg_depend WHERE refobjid = to_regclass(:name)"
    " AND classid = CAST('pg_class' AS regclass) AND deptype = 'a'"
    " AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S') ORDER BY 1"
)


def upgrade() -> None:
    """Rename the tables and everything that is named after them."""
    rename = _rebuild_on_sqlite if op.get_bind().dialect.name == "sqlite" else _rename_on_postgres
    for old, new in NEW_NAMES.items():
        rename(old, new)


def _rebuild_on_sqlite(old: str, new: str) -> None:
    """Create the table with its new name, copy the rows, and drop the old table.

    SQLite can rename a table, but neither its constraints nor its indexes.
    """
    table, *indexes = op.get_bind().execute(SQLITE_STATEMENTS, {"name": old}).scalars()
    op.execute(_renamed_statement(table, old, new))
    op.execute(f"INSERT INTO {new} SELECT * FROM {old}")  # noqa: S608
    op.execute(f"DROP TABLE {old}")
    for index in indexes:
        op.execute(_renamed_statement(index, old, new))


def _renamed_statement(statement: str, old: str, new: str) -> str:
    """Return a CREATE statement with the new names of the table, its constraints and its indexes."""
    statement = re.sub(rf"^(CREATE TABLE|CREATE INDEX \S+ ON) {old}\b", rf"\1 {new}", statement)
    return re.sub(rf"\b(pk|fk|uq|ix)_{old}(_|\b)", rf"\1_{new}\2", statement)


def _rename_on_postgres(old: str, new: str) -> None:
    """Rename the table, its constraints, its other indexes and its sequences."""
    connection = op.get_bind()
    name = {"name": old}
    constraints = connection.execute(POSTGRES_CONSTRAINTS, name).scalars().all()
    indexes = connection.execute(POSTGRES_INDEXES, name).scalars().all()
    sequences = connection.execute(POSTGRES_SEQUENCES, name).scalars().all()
    op.execute(f"ALTER TABLE {old} RENAME TO {new}")
    for constraint in constraints:
        target = constraint.replace(old, new, 1)
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {constraint} TO {target}")
    for index in indexes:
        op.execute(f"ALTER INDEX {index} RENAME TO {index.replace(old, new, 1)}")
    for sequence in sequences:
        op.execute(f"ALTER SEQUENCE {sequence} RENAME TO {sequence.replace(old, new, 1)}")
