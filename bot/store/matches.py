"""Matches: which item is about which topic, and where in it that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Reason
from bot.store.sql import insert
from bot.store.tables import alerts, fanouts, matches, subscriptions, topics
from bot.store.topics import stored_query
from watchers import Matches, Span

MOST_SPANS: Final = 24
"""Places remembered of one match: enough to highlight and to explain, bounded for long documents."""

_REASONS = (
    select(matches.c.topic_id, topics.c.query, subscriptions.c.label, matches.c.spans)
    .join(topics, topics.c.id == matches.c.topic_id)
    .join(subscriptions, subscriptions.c.topic_id == matches.c.topic_id)
    .order_by(subscriptions.c.id)
)


async def write_matches(connection: AsyncConnection, found: Mapping[int, Matches]) -> None:
    """What items are about, by row id; what was known of these items before is replaced."""
    await connection.execute(delete(matches).where(matches.c.item_id.in_(found)))
    rows = [
        {"item_id": item_id, "topic_id": topic_id, "spans": _spans_out(spans)}
        for item_id, matched in found.items()
        for topic_id, spans in zip(matched.topic_ids, matched.spans, strict=True)
    ]
    if rows:
        await connection.execute(insert(connection, matches).on_conflict_do_nothing(), rows)


async def matched_topics(
    connection: AsyncConnection, item_ids: Iterable[int]
) -> dict[int, set[int]]:
    """The topics these items are known to be about."""
    found: dict[int, set[int]] = {}
    rows = await connection.execute(
        select(matches.c.item_id, matches.c.topic_id).where(matches.c.item_id.in_(list(item_ids)))
    )
    for item_id, topic_id in rows:
        found.setdefault(item_id, set()).add(topic_id)
    return found


async def add_matches(
    connection: AsyncConnection, topic_id: int, found: Sequence[tuple[int, tuple[Span, ...]]]
) -> None:
    """Note that known items are about a topic that is new: row ids with the places."""
    rows = [
        {"item_id": item_id, "topic_id": topic_id, "spans": _spans_out(spans)}
        for item_id, spans in found
    ]
    if rows:
        await connection.execute(insert(connection, matches).on_conflict_do_nothing(), rows)


async def announce(connection: AsyncConnection, item_ids: Sequence[int]) -> None:
    """Hand these items to everybody who follows a topic they match: see store/fanout.py."""
    if item_ids:
        rows = [{"item_id": item_id} for item_id in item_ids]
        await connection.execute(insert(connection, fanouts), rows)


async def reasons_for(
    connection: AsyncConnection, chat_id: int, item_ids: Sequence[int]
) -> dict[int, tuple[Reason, ...]]:
    """Why these items are of interest to a chat: its topics that they match, in their order."""
    statement = _REASONS.add_columns(matches.c.item_id.label("about")).where(
        subscriptions.c.chat_id == chat_id, matches.c.item_id.in_(item_ids)
    )
    return _grouped(await connection.execute(statement))


async def reasons_of_alerts(
    connection: AsyncConnection, alert_ids: Sequence[int]
) -> dict[int, tuple[Reason, ...]]:
    """Why each of these alerts is sent: the topics of its chat that its item matches."""
    statement = (
        _REASONS.add_columns(alerts.c.id.label("about"))
        .join(
            alerts,
            (alerts.c.chat_id == subscriptions.c.chat_id) & (alerts.c.item_id == matches.c.item_id),
        )
        .where(alerts.c.id.in_(alert_ids))
    )
    return _grouped(await connection.execute(statement))


def _grouped(rows: Iterable[Row[Any]]) -> dict[int, tuple[Reason, ...]]:
    found: dict[int, list[Reason]] = {}
    for row in rows:
        reason = Reason(row.topic_id, stored_query(row.query), row.label, _spans_in(row.spans))
        found.setdefault(row.about, []).append(reason)
    return {about: tuple(reasons) for about, reasons in found.items()}


def _spans_out(spans: Sequence[Span]) -> list[list[str | int]]:
    return [[span.field, span.start, span.end] for span in spans[:MOST_SPANS]]


def _spans_in(rows: Sequence[Sequence[object]]) -> tuple[Span, ...]:
    return tuple(Span(*row) for row in rows)  # type: ignore[arg-type]  # JSON keeps no types
