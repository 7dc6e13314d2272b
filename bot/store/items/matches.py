"""Matches of items and topics, and full-text search in the stored items.

The full-text index of the database contains the terms of watchers/topics/candidates.py. A search returns
too many items rather than too few, so the caller evaluates the query on each candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from bot.models import TopicMatch
from bot.store.dialect import insert
from bot.store.feeds.feeds import public_names
from bot.store.items.items import ITEM_COLUMNS, NEWS_TIME, SavedItem, item_from_row
from bot.store.items.stored_terms import stored_forms, without_signs
from bot.store.tables import (
    UtcDateTime,
    alerts,
    fanout_jobs,
    items,
    matches,
    sources,
    subscriptions,
    topics,
)
from watchers import Item, Matches, Span
from watchers.topics.candidates import MATCH_ALL_TERM, AllOf, Formula, Term

MAX_SPANS: Final = 24
"""Stored spans of one match: enough to highlight and explain it, and a bound for long documents."""

_REASONS = (
    select(matches.c.topic_id, topics.c.query, subscriptions.c.label, matches.c.spans)
    .join(topics, topics.c.id == matches.c.topic_id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .order_by(subscriptions.c.id)
)

# ── matches ───────────────────────────────────────────────────────────────────────────────────────


async def replace_matches(
    connection: AsyncConnection, saved: Sequence[SavedItem], matches_by_key: Mapping[str, Matches]
) -> list[int]:
    """Replace the matches of items. Return the IDs of items with a topic that is new for them.

    Items that retention deleted before are not returned: they were alerted once.
    """
    if not saved:
        return []
    changed_ids = [row.id for row in saved if not row.is_new]
    topics_before = await matched_topics(connection, changed_ids) if changed_ids else {}
    matches_by_id = {row.id: matches_by_key[row.item.key] for row in saved}
    await write_matches(connection, matches_by_id, changed_ids=changed_ids)
    returned_ids = {row.id for row in saved if row.returned}
    return [
        item_id
        for item_id, matches in matches_by_id.items()
        if item_id not in returned_ids
        and not topics_before.get(item_id, set()).issuperset(matches.topic_ids)
    ]


async def write_matches(
    connection: AsyncConnection,
    matches_by_id: Mapping[int, Matches],
    *,
    changed_ids: Sequence[int] = (),
) -> None:
    """Write the matches of items, given by row ID. Replace those of items with ``changed_ids``."""
    # A new item has no matches yet, so most calls need no DELETE.
    if changed_ids:
        await connection.execute(delete(matches).where(matches.c.item_id.in_(changed_ids)))
    rows = [
        {"item_id": item_id, "topic_id": topic_id, "spans": _spans_to_json(spans)}
        for item_id, item_matches in matches_by_id.items()
        for topic_id, spans in zip(item_matches.topic_ids, item_matches.spans, strict=True)
    ]
    if rows:
        await connection.execute(insert(connection, matches).on_conflict_do_nothing(), rows)


async def matched_topics(
    connection: AsyncConnection, item_ids: Iterable[int]
) -> dict[int, set[int]]:
    """Return the stored topics of each item."""
    topic_ids_by_item: dict[int, set[int]] = {}
    rows = await connection.execute(
        select(matches.c.item_id, matches.c.topic_id).where(matches.c.item_id.in_(list(item_ids)))
    )
    for item_id, topic_id in rows:
        topic_ids_by_item.setdefault(item_id, set()).add(topic_id)
    return topic_ids_by_item


async def add_matches(
    connection: AsyncConnection, topic_id: int, spans_by_id: Sequence[tuple[int, tuple[Span, ...]]]
) -> None:
    """Add matches of a new topic: row IDs of stored items with their spans."""
    rows = [
        {"item_id": item_id, "topic_id": topic_id, "spans": _spans_to_json(spans)}
        for item_id, spans in spans_by_id
    ]
    if rows:
        await connection.execute(insert(connection, matches).on_conflict_do_nothing(), rows)


async def queue_fan_out(connection: AsyncConnection, item_ids: Sequence[int]) -> None:
    """Queue items for the fan-out to all subscribers of their topics (store/outbox/fanout.py)."""
    if item_ids:
        rows = [{"item_id": item_id} for item_id in item_ids]
        await connection.execute(insert(connection, fanout_jobs), rows)


async def reasons_of_items(
    connection: AsyncConnection, chat_id: int, item_ids: Sequence[int]
) -> dict[int, tuple[TopicMatch, ...]]:
    """Return the topics of a chat that each item matches, in the order of its subscriptions."""
    statement = _REASONS.add_columns(matches.c.item_id.label("group_id")).where(
        subscriptions.c.chat_id == chat_id, matches.c.item_id.in_(item_ids)
    )
    return _group_reasons(await connection.execute(statement))


async def reasons_of_alerts(
    connection: AsyncConnection, alert_ids: Sequence[int]
) -> dict[int, tuple[TopicMatch, ...]]:
    """Return the topics of the chat of each alert that the item of the alert matches."""
    statement = (
        _REASONS.add_columns(alerts.c.id.label("group_id"))
        .join(
            alerts,
            (alerts.c.chat_id == subscriptions.c.chat_id) & (alerts.c.item_id == matches.c.item_id),
        )
        .where(alerts.c.id.in_(alert_ids))
    )
    return _group_reasons(await connection.execute(statement))


def _group_reasons(rows: Iterable[Row[Any]]) -> dict[int, tuple[TopicMatch, ...]]:
    groups: dict[int, list[TopicMatch]] = {}
    for row in rows:
        spans = _spans_from_json(row.spans)
        reason = TopicMatch(row.topic_id, row.query, row.label, spans)
        groups.setdefault(row.group_id, []).append(reason)
    return {group_id: tuple(reasons) for group_id, reasons in groups.items()}


def _spans_to_json(spans: Sequence[Span]) -> list[list[str | int]]:
    return [[span.field, span.start, span.end] for span in spans[:MAX_SPANS]]


def _spans_from_json(rows: Sequence[Sequence[object]]) -> tuple[Span, ...]:
    # JSON has no types, so mypy cannot check the arguments.
    return tuple(Span(*row) for row in rows)  # type: ignore[arg-type]


# ── full-text search ──────────────────────────────────────────────────────────────────────────────

INSERT_TERMS_SQLITE = text("INSERT INTO item_terms (rowid, terms) VALUES (:id, :terms)")
DELETE_TERMS_SQLITE = text("DELETE FROM item_terms WHERE rowid = :id")
WRITE_TERMS_POSTGRES = text(
    "INSERT INTO item_terms (item_id, terms) VALUES (:id, :terms)"
    " ON CONFLICT (item_id) DO UPDATE SET terms = excluded.terms"
)
MATCHES_SQLITE = text("items.id IN (SELECT rowid FROM item_terms WHERE item_terms MATCH :formula)")
MATCHES_POSTGRES = text(
    # The expression of the index ix_item_terms_terms: a stored tsvector would take twice the space.
    "items.id IN (SELECT item_id FROM item_terms"
    " WHERE array_to_tsvector(string_to_array(terms, ' ')) @@ CAST(:formula AS tsquery))"
)

CANDIDATES = select(*ITEM_COLUMNS, items.c.found_at, sources.c.names).join(
    sources, sources.c.id == items.c.source_id
)
# An item is found after its publication, so the index on the time of discovery limits the search.
_SINCE: Final = (
    items.c.found_at >= bindparam("since"),
    bindparam("since", type_=UtcDateTime()) <= NEWS_TIME,
)
COUNT_SINCE = select(func.count()).where(*_SINCE)
OLDEST_SINCE = select(func.min(NEWS_TIME)).where(*_SINCE)


async def index_items(
    connection: AsyncConnection, terms_by_id: Sequence[tuple[int, str]], *, are_new: bool = False
) -> None:
    """Write the search terms of items, given by row ID. Replace older terms, unless the items are new.

    ``terms_by_id`` contains the results of `stored_terms`. The rows of new items may follow later in the
    transaction.
    """
    if not terms_by_id:
        return
    statement = WRITE_TERMS_POSTGRES
    if connection.dialect.name == "sqlite":
        statement = INSERT_TERMS_SQLITE
        # FTS5 has no UPSERT. A DELETE of a new row would still search its index.
        if not are_new:
            await delete_terms(connection, [item_id for item_id, _ in terms_by_id])
    rows = [{"id": item_id, "terms": terms} for item_id, terms in terms_by_id]
    await connection.execute(statement, rows)


async def delete_terms(connection: AsyncConnection, item_ids: Sequence[int]) -> None:
    """Delete the search terms of items. On PostgreSQL, a foreign key deletes them with the items."""
    if connection.dialect.name == "sqlite" and item_ids:
        await connection.execute(DELETE_TERMS_SQLITE, [{"id": item_id} for item_id in item_ids])


async def find_candidates(
    connection: AsyncConnection,
    formula: Formula | None,
    *,
    since: datetime | None,
    before: int | None,
    limit: int,
) -> list[tuple[int, datetime, Item]]:
    """Return items that may match, newest first: row ID, time of storage, and the item."""
    statement = CANDIDATES.order_by(items.c.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(items.c.found_at >= since, since <= NEWS_TIME)
    if before is not None:
        statement = statement.where(items.c.id < before)
    if formula is not None:
        statement = statement.where(_matches_formula(connection, formula))
    rows = await connection.execute(statement)
    return [
        (row.id, row.found_at, replace(item_from_row(row), source_names=public_names(row.names)))
        for row in rows
    ]


async def count_since(connection: AsyncConnection, since: datetime) -> int:
    """Return the number of items that were stored since a time."""
    return (await connection.execute(COUNT_SINCE, {"since": since})).scalar_one()


async def oldest_since(connection: AsyncConnection, since: datetime) -> datetime | None:
    """Return when the first item since a time was stored."""
    oldest: datetime | None = (
        await connection.execute(OLDEST_SINCE, {"since": since})
    ).scalar_one_or_none()
    return oldest


def _matches_formula(connection: AsyncConnection, formula: Formula) -> TextClause:
    # An item with too many terms has only the term ANYTHING. It is a candidate for every query.
    anything = without_signs(MATCH_ALL_TERM)
    if connection.dialect.name == "sqlite":
        return MATCHES_SQLITE.bindparams(formula=f'"{anything}" OR {_to_fts5(formula)}')
    return MATCHES_POSTGRES.bindparams(formula=f"'{anything}' | {_to_tsquery(formula)}")


def _to_fts5(formula: Formula) -> str:
    if isinstance(formula, Term):
        suffix = "*" if formula.is_prefix else ""
        forms = (f'"{form}"{suffix}' for form in stored_forms(formula.text))
        return f"({' OR '.join(forms)})"
    operator = " AND " if isinstance(formula, AllOf) else " OR "
    return f"({operator.join(map(_to_fts5, formula.parts))})"


def _to_tsquery(formula: Formula) -> str:
    if isinstance(formula, Term):
        suffix = ":*" if formula.is_prefix else ""
        forms = (f"'{form}'{suffix}" for form in stored_forms(formula.text))
        return f"({' | '.join(forms)})"
    operator = " & " if isinstance(formula, AllOf) else " | "
    return f"({operator.join(map(_to_tsquery, formula.parts))})"
