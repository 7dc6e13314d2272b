"""The outbox: alerts that are to be sent, and their results.

    fan-out ──► alerts (queued) ──► chats.due_at ──► the account's sender ──► sent, failed,
        │                               ▲                                     expired, unknown
        └─► held ──► briefings ─────────┴── set again while more alerts are queued
            (store/outbox/digests.py)

The chat is the unit of work: `chats.due_at` is the time at which its next alert may be sent, and is
empty if no alert is queued. A sender reads the chats that have been due longest and the first alerts
of each, so that a chat with many alerts does not delay the others. One process at a time sends for an
account (store/leases.py), so alerts need no claims of their own. Each result is recorded right after
the send: a crash in between repeats only that message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Alert, ChatItem, ChatRef, Spike
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.items.matches import reasons_of_alerts
from bot.store.items.stories import other_sources
from bot.store.tables import (
    EXPIRED,
    IS_QUEUED,
    UtcDateTime,
    alerts,
    chat_item_numbers,
    chats,
    items,
    spikes,
    subscriptions,
)

_IS_QUEUED_IN_CHAT: Final = and_(alerts.c.chat_id == chats.c.id, IS_QUEUED)
_FIRST_ALERT_ID = (
    select(alerts.c.id)
    .where(_IS_QUEUED_IN_CHAT)
    .order_by(alerts.c.priority, alerts.c.id)
    .limit(1)
    .correlate(chats)
    .scalar_subquery()
)
_HAS_QUEUED_ALERT = select(alerts.c.id).where(_IS_QUEUED_IN_CHAT).correlate(chats).exists()
_HAS_QUIET_TOPIC = (
    select(subscriptions.c.id)
    .where(subscriptions.c.chat_id == chats.c.id, subscriptions.c.quiet.is_not(None))
    .correlate(chats)
    .exists()
)

DUE_CHATS = (
    select(
        chats.c.id,
        chats.c.chat,
        chats.c.due_at,
        _FIRST_ALERT_ID.label("alert_id"),
        or_(chats.c.quiet != "off", _HAS_QUIET_TOPIC).label("has_quiet_hours"),
    )
    .where(
        chats.c.platform == bindparam("platform"),
        chats.c.account == bindparam("account"),
        chats.c.due_at.is_not(None),
    )
    .order_by(chats.c.due_at, chats.c.id)
    .limit(bindparam("limit"))
)
FIRST_ALERTS = (
    select(alerts.c.id)
    .where(alerts.c.chat_id == bindparam("chat_id"), IS_QUEUED)
    .order_by(alerts.c.priority, alerts.c.id)
    .limit(bindparam("limit"))
)
_LATE_ALERTS = select(alerts.c.id).where(
    alerts.c.chat_id == bindparam("chat_id"),
    IS_QUEUED,
    alerts.c.item_id.is_not(None),
    alerts.c.created_at < bindparam("before"),
)
NEWEST_LATE_ALERTS = _LATE_ALERTS.order_by(alerts.c.id.desc()).limit(bindparam("limit"))
COUNT_LATE_ALERTS = _LATE_ALERTS.with_only_columns(func.count(), func.max(alerts.c.id))
QUEUED_ALERTS = (
    select(
        alerts.c.id,
        alerts.c.chat_id,
        alerts.c.item_id,
        alerts.c.attempts,
        alerts.c.priority,
        alerts.c.created_at,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
        func.coalesce(chat_item_numbers.c.number, 0).label("number"),
        spikes.c.topic_id.label("spike_topic_id"),
        spikes.c.today,
        spikes.c.usual,
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .outerjoin(spikes, spikes.c.alert_id == alerts.c.id)
    .outerjoin(
        chat_item_numbers,
        (chat_item_numbers.c.chat_id == alerts.c.chat_id)
        & (chat_item_numbers.c.item_id == alerts.c.item_id),
    )
    .where(
        alerts.c.id.in_(bindparam("alert_ids", expanding=True)),
        IS_QUEUED,
        alerts.c.item_id.is_not(None),
    )
    .order_by(alerts.c.priority, alerts.c.id)
)
ITEMS_OF_ALERTS = select(*ITEM_COLUMNS, items.c.changed_at).where(
    items.c.id.in_(bindparam("item_ids", expanding=True))
)
# On PostgreSQL, chats are locked before the check for further queued alerts. The check would miss the
# alerts of a fan-out that has not committed yet, and nothing would set the chat due.
OUTBOX_LOCK_CHATS = (
    select(chats.c.id)
    .where(chats.c.id.in_(bindparam("chat_ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
END_ALERT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), alerts.c.ended_at.is_(None))
    .values(
        state=bindparam("new_state"),
        ended_at=bindparam("now"),
        reason=bindparam("end_reason"),
        message_id=bindparam("sent_message_id"),
        attempts=alerts.c.attempts + 1,
    )
)
END_LATE_ALERTS = (
    update(alerts)
    .where(
        alerts.c.chat_id == bindparam("chat_id_param"),
        IS_QUEUED,
        alerts.c.item_id.is_not(None),
        alerts.c.created_at < bindparam("before"),
        alerts.c.id <= bindparam("alert_id"),
    )
    .values(
        state=EXPIRED,
        ended_at=bindparam("now"),
        reason=bindparam("end_reason"),
        message_id=bindparam("sent_message_id"),
    )
)
# The alerts of a briefing get the state of the briefing. Only the briefing has a message ID.
END_ALERTS_OF_BRIEFING = (
    update(alerts)
    .where(alerts.c.briefing_id == bindparam("alert_id"), alerts.c.ended_at.is_(None))
    .values(state=bindparam("new_state"), ended_at=bindparam("now"), reason=bindparam("end_reason"))
)
SET_DUE_IF_QUEUED = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(
        due_at=case(
            (
                _HAS_QUEUED_ALERT & chats.c.suspended_at.is_(None),
                bindparam("new_due_at", type_=UtcDateTime()),
            )
        )
    )
)
COUNT_ATTEMPT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"))
    .values(attempts=alerts.c.attempts + 1)
)
# The threads of a chat share the rate limits of the platform.
DELAY_ALL_THREADS = (
    update(chats)
    .where(
        chats.c.platform == bindparam("platform_param"),
        chats.c.account == bindparam("account_param"),
        chats.c.chat == bindparam("chat_param"),
        chats.c.due_at < bindparam("until"),
    )
    .values(due_at=bindparam("until"))
)
POSTPONE_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"), chats.c.due_at.is_not(None))
    .values(due_at=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class DueChat:
    """A chat with a queued alert.

    Attributes:
        chat: the platform's ID of the chat, which its threads share.
        alert_id: the first queued alert.
        has_quiet_hours: True if the chat or one of its topics has quiet hours.
    """

    id: int
    chat: str
    due_at: datetime
    alert_id: int | None
    has_quiet_hours: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of an alert.

    Attributes:
        due_at: when the chat may receive its next alert.
        before: if set, the result applies to all alerts of the chat that were created before that
            time, up to `alert_id`.
        is_briefing: True if the result also applies to the alerts of the briefing `alert_id`.
    """

    alert_id: int
    chat_id: int
    state: str
    due_at: datetime
    reason: str | None = None
    message_id: str | None = None
    before: datetime | None = None
    is_briefing: bool = False


async def due_chats(
    connection: AsyncConnection, platform: str, account: str, *, limit: int
) -> list[DueChat]:
    """Return the chats of an account that have queued alerts, those that are due longest first."""
    values = {"platform": platform, "account": account, "limit": limit}
    rows = await connection.execute(DUE_CHATS, values)
    return [
        DueChat(row.id, row.chat, row.due_at, row.alert_id, bool(row.has_quiet_hours))
        for row in rows
    ]


async def queued_alert_ids(connection: AsyncConnection, chat_id: int, *, limit: int) -> list[int]:
    """Return the first ``limit`` queued alerts of a chat, in their order."""
    rows = await connection.execute(FIRST_ALERTS, {"chat_id": chat_id, "limit": limit})
    return list(rows.scalars())


async def find_late_alerts(
    connection: AsyncConnection, chat_id: int, *, before: datetime, limit: int
) -> tuple[list[int], int, int]:
    """Return the queued alerts of a chat that were created ``before`` a time.

    Return the newest ``limit`` of them, the number of all, and the ID of the newest.
    """
    values = {"chat_id": chat_id, "before": before}
    rows = await connection.execute(NEWEST_LATE_ALERTS, {**values, "limit": limit})
    newest = sorted(rows.scalars())
    count, last_id = (await connection.execute(COUNT_LATE_ALERTS, values)).one()
    return newest, count, last_id or 0


async def read_alerts(connection: AsyncConnection, alert_ids: Sequence[int]) -> list[Alert]:
    """Return the queued alerts among these rows with their content, in their order."""
    rows = (await connection.execute(QUEUED_ALERTS, {"alert_ids": list(alert_ids)})).all()
    # An item may be a long document, so it is read once however many chats it is sent to.
    item_ids = list({row.item_id for row in rows})
    item_rows = (await connection.execute(ITEMS_OF_ALERTS, {"item_ids": item_ids})).all()
    items_by_id = {row.id: item_from_row(row) for row in item_rows}
    changed_at = {row.id: row.changed_at for row in item_rows}
    reasons = await reasons_of_alerts(connection, [row.id for row in rows])
    sources = await other_sources(connection, item_ids)
    return [
        Alert(
            id=row.id,
            ref=ChatRef(row.platform, row.account, row.chat, row.thread),
            chat_id=row.chat_id,
            attempts=row.attempts,
            priority=row.priority,
            created_at=row.created_at,
            chat_item=ChatItem(
                row.number,
                row.item_id,
                items_by_id[row.item_id],
                reasons.get(row.id, ()),
                sources.get(row.item_id, ()),
            ),
            spike=Spike(row.spike_topic_id, row.today, row.usual) if row.spike_topic_id else None,
            item_changed_at=changed_at[row.item_id],
        )
        for row in rows
    ]


async def record_results(
    connection: AsyncConnection, results: Sequence[DeliveryResult], *, now: datetime
) -> None:
    """Record the results of alerts, and set their chats due again. An alert ends only once."""
    await _lock_chats(connection, {result.chat_id for result in results})
    late_values = [
        {**_end_values(result, now), "chat_id_param": result.chat_id, "before": result.before}
        for result in results
        if result.before is not None
    ]
    if late_values:
        await connection.execute(END_LATE_ALERTS, late_values)
    alert_values = [
        {**_end_values(result, now), "new_state": result.state}
        for result in results
        if result.before is None
    ]
    if alert_values:
        await connection.execute(END_ALERT, alert_values)
    briefing_values = [
        {
            "alert_id": result.alert_id,
            "now": now,
            "end_reason": result.reason,
            "new_state": result.state,
        }
        for result in results
        if result.is_briefing
    ]
    if briefing_values:
        await connection.execute(END_ALERTS_OF_BRIEFING, briefing_values)
    due_values = [{"chat_id": result.chat_id, "new_due_at": result.due_at} for result in results]
    await connection.execute(SET_DUE_IF_QUEUED, due_values)


async def refresh_due_at(
    connection: AsyncConnection, chat_ids: Sequence[int], *, now: datetime
) -> None:
    """Make the chats due now that have queued alerts, and the others not due."""
    await _lock_chats(connection, chat_ids)
    values = [{"chat_id": chat_id, "new_due_at": now} for chat_id in chat_ids]
    await connection.execute(SET_DUE_IF_QUEUED, values)


async def reschedule(
    connection: AsyncConnection, ref: ChatRef, *, until: datetime, alert_id: int | None = None
) -> None:
    """Send nothing to a chat before ``until``; with ``alert_id``, count a failed attempt."""
    values = {
        "platform_param": ref.platform,
        "account_param": ref.account,
        "chat_param": ref.chat,
        "until": until,
    }
    await connection.execute(DELAY_ALL_THREADS, values)
    if alert_id is not None:
        await connection.execute(COUNT_ATTEMPT, {"alert_id": alert_id})


async def postpone_chats(connection: AsyncConnection, until: Mapping[int, datetime]) -> None:
    """Make each chat due at its own time, because nothing can be sent to it now."""
    rows = [{"chat_id": chat_id, "until": until[chat_id]} for chat_id in sorted(until)]
    await connection.execute(POSTPONE_CHAT, rows)


def _end_values(result: DeliveryResult, now: datetime) -> dict[str, object]:
    return {
        "alert_id": result.alert_id,
        "now": now,
        "end_reason": result.reason,
        "sent_message_id": result.message_id,
    }


async def _lock_chats(connection: AsyncConnection, chat_ids: Collection[int]) -> None:
    # SQLite has one writer at a time.
    if connection.dialect.name == "postgresql":
        await connection.execute(OUTBOX_LOCK_CHATS, {"chat_ids": list(chat_ids)})
