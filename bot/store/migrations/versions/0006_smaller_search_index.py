"""Make the search index smaller: store a word and a stem of the same text as one term.

On PostgreSQL, the terms become one text: a tsvector takes twice the space, and its index can be built from
the text. Both databases write the rows to another table, so that the old table returns all of its space.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAGE_ROWS = 2_000
READ_SQLITE = sa.text(
    "SELECT rowid AS id, terms FROM item_terms WHERE rowid > :after ORDER BY rowid LIMIT :limit"
)
READ_POSTGRES = sa.text(
    "SELECT item_id AS id, tsvector_to_array(terms) AS terms FROM item_terms"
    " WHERE item_id > :after ORDER BY item_id LIMIT :limit"
)
WRITE_SQLITE = sa.text("INSERT INTO new_item_terms (rowid, terms) VALUES (:id, :terms)")
WRITE_POSTGRES = sa.text("INSERT INTO new_item_terms (item_id, terms) VALUES (:id, :terms)")


def upgrade() -> None:
    """Write the terms of all items to a new table, and replace the old table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE new_item_terms USING fts5"
            "(terms, tokenize = 'ascii', detail = 'none', prefix = '4')"
        )
        _copy(READ_SQLITE, WRITE_SQLITE)
        op.execute("DROP TABLE item_terms")
        op.execute("ALTER TABLE new_item_terms RENAME TO item_terms")
        return
    op.execute(
        "CREATE TABLE new_item_terms (item_id bigint PRIMARY KEY REFERENCES items (id)"
        " ON DELETE CASCADE, terms text NOT NULL)"
    )
    # PostgreSQL compresses rows of more than 2 kB only, which most rows do not reach. MAIN keeps the
    # compressed text in the row: another table for it would need an index of its own.
    op.execute("ALTER TABLE new_item_terms SET (toast_tuple_target = 128)")
    op.execute("ALTER TABLE new_item_terms ALTER COLUMN terms SET STORAGE MAIN")
    _copy(READ_POSTGRES, WRITE_POSTGRES)
    op.execute("DROP TABLE item_terms")
    op.execute("ALTER TABLE new_item_terms RENAME TO item_terms")
    for suffix in ("pkey", "item_id_fkey"):
        op.execute(
            f"ALTER TABLE item_terms RENAME CONSTRAINT new_item_terms_{suffix} TO item_terms_{suffix}"
        )
    # A build over all rows is faster and gives a smaller index than one insert per row.
    op.execute(
        "CREATE INDEX ix_item_terms_terms ON item_terms"
        " USING gin (array_to_tsvector(string_to_array(terms, ' ')))"
        # The list of entries that are not sorted yet takes 4 MB by default, and each search reads it.
        " WITH (gin_pending_list_limit = 512)"
    )
    # Ingest writes the terms before the rows of their items, which wait for a lock.
    op.execute(
        "ALTER TABLE item_terms ALTER CONSTRAINT item_terms_item_id_fkey"
        " DEFERRABLE INITIALLY DEFERRED"
    )


def _copy(read: sa.TextClause, write: sa.TextClause) -> None:
    connection = op.get_bind()
    last_id = -1
    while True:
        values = {"after": last_id, "limit": PAGE_ROWS}
        rows = connection.execute(read, values).all()
        if not rows:
            return
        last_id = rows[-1].id
        merged = [{"id": row.id, "terms": _merged_terms(row.terms)} for row in rows]
        connection.execute(write, merged)


def _merged_terms(stored: str | list[str]) -> str:
    # FTS5 keeps the terms as a text, PostgreSQL as a list.
    return " ".join(_merge(stored.split() if isinstance(stored, str) else stored))


def _merge(terms: Iterable[str]) -> list[str]:
    distinct = set(terms)
    words = {term[1:] for term in distinct if term[0] == "w"}
    stems = {term[1:] for term in distinct if term[0] == "s"}
    both = words & stems
    others = {term for term in distinct if term[0] not in "ws" or term[1:] not in both}
    return sorted(others | {f"b{text}" for text in both})
