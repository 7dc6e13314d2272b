"""Search: candidates for one query among the stored items, by the database's own full-text index.

The index holds the terms of watchers/topics/candidates.py, and finds too much rather than too little;
whoever asks holds the query itself against what comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from bot.store.items import COLUMNS, item_of
from bot.store.tables import items, sources
from watchers import Item
from watchers.topics.candidates import ANYTHING, AllOf, Formula, Term

# Punctuation would part a term in two for FTS5: any letter beyond ASCII may stand for it.
_ASCII_SIGNS = {code: "·" for code in range(128) if not chr(code).isalnum()}

WRITE_TERMS_SQLITE = text("INSERT INTO item_terms (rowid, terms) VALUES (:id, :terms)")
DROP_TERMS_SQLITE = text("DELETE FROM item_terms WHERE rowid = :id")
WRITE_TERMS_POSTGRES = text(
    "INSERT INTO item_terms (item_id, terms) VALUES (:id, array_to_tsvector(:terms))"
    " ON CONFLICT (item_id) DO UPDATE SET terms = excluded.terms"
)
MATCHES_SQLITE = text("items.id IN (SELECT rowid FROM item_terms WHERE item_terms MATCH :formula)")
MATCHES_POSTGRES = text(
    "items.id IN (SELECT item_id FROM item_terms WHERE terms @@ CAST(:formula AS tsquery))"
)


CANDIDATES = select(*COLUMNS, items.c.found_at, sources.c.names).join(
    sources, sources.c.id == items.c.source_id
)
COUNT_SINCE = select(func.count()).where(items.c.found_at >= bindparam("since"))
OLDEST_SINCE = select(func.min(items.c.found_at)).where(items.c.found_at >= bindparam("since"))


async def index_terms(
    connection: AsyncConnection, found: Sequence[tuple[int, Sequence[str]]]
) -> None:
    """Make items findable by their terms, by row id; what they were found by before is dropped."""
    if not found:
        return
    if connection.dialect.name == "sqlite":
        await connection.execute(DROP_TERMS_SQLITE, [{"id": item_id} for item_id, _ in found])
        rows = [{"id": item_id, "terms": " ".join(map(_safe, terms))} for item_id, terms in found]
        await connection.execute(WRITE_TERMS_SQLITE, rows)
        return
    rows = [{"id": item_id, "terms": [_safe(term) for term in terms]} for item_id, terms in found]
    await connection.execute(WRITE_TERMS_POSTGRES, rows)


async def drop_terms(connection: AsyncConnection, item_ids: Sequence[int]) -> None:
    """Items that are about to be deleted are found no more; on PostgreSQL their terms go with them."""
    if connection.dialect.name == "sqlite" and item_ids:
        await connection.execute(DROP_TERMS_SQLITE, [{"id": item_id} for item_id in item_ids])


async def candidates(
    connection: AsyncConnection,
    formula: Formula | None,
    *,
    since: datetime | None,
    before: int | None,
    most: int,
) -> list[tuple[int, datetime, Item]]:
    """Items that may match, newest first: row id, when it was found, and the item."""
    statement = CANDIDATES.order_by(items.c.id.desc()).limit(most)
    if since is not None:
        statement = statement.where(items.c.found_at >= since)
    if before is not None:
        statement = statement.where(items.c.id < before)
    if formula is not None:
        statement = statement.where(_matches(connection, formula))
    rows = await connection.execute(statement)
    return [
        (row.id, row.found_at, replace(item_of(row), source_names=tuple(row.names))) for row in rows
    ]


async def count_since(connection: AsyncConnection, since: datetime) -> int:
    """How many items were found since then."""
    return (await connection.execute(COUNT_SINCE, {"since": since})).scalar_one()


async def oldest_since(connection: AsyncConnection, since: datetime) -> datetime | None:
    """When the first of the items since then was found."""
    oldest: datetime | None = (
        await connection.execute(OLDEST_SINCE, {"since": since})
    ).scalar_one_or_none()
    return oldest


def _matches(connection: AsyncConnection, formula: Formula) -> TextClause:
    if connection.dialect.name == "sqlite":
        return MATCHES_SQLITE.bindparams(formula=f'"{_safe(ANYTHING)}" OR {_fts5(formula)}')
    return MATCHES_POSTGRES.bindparams(formula=f"'{_safe(ANYTHING)}' | {_tsquery(formula)}")


def _safe(term: str) -> str:
    return term.translate(_ASCII_SIGNS)


def _fts5(formula: Formula) -> str:
    if isinstance(formula, Term):
        return f'"{_safe(formula.text)}"{"*" if formula.begins else ""}'
    joint = " AND " if isinstance(formula, AllOf) else " OR "
    return f"({joint.join(map(_fts5, formula.parts))})"


def _tsquery(formula: Formula) -> str:
    if isinstance(formula, Term):
        return f"'{_safe(formula.text)}'{':*' if formula.begins else ''}"
    joint = " & " if isinstance(formula, AllOf) else " | "
    return f"({joint.join(map(_tsquery, formula.parts))})"
