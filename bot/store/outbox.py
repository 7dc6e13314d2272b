"""The outbox: alerts that are to be sent, and how each ended.

A sender claims alerts by a lease, sends one at a time, and records each right after its own send. A
crash in between repeats that one message and loses none.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, Ref, Shown
from bot.store.items import COLUMNS, item_of
from bot.store.matches import reasons_of_alerts
from bot.store.tables import QUEUED, SENT, alerts, chats, items, shown

LEASE: Final = timedelta(seconds=30)
"""How long a claimed alert is its sender's own."""

DUE_ALERTS = (
    select(alerts.c.id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(
        alerts.c.ended_at.is_(None),
        or_(alerts.c.lease_until.is_(None), alerts.c.lease_until <= bindparam("now")),
        or_(chats.c.held_until.is_(None), chats.c.held_until <= bindparam("now")),
        chats.c.suspended_at.is_(None),
        alerts.c.platform.in_(bindparam("platforms", expanding=True)),
    )
    .order_by(alerts.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=alerts)
)
CLAIMED_ALERTS = (
    select(
        alerts.c.id.label("alert_id"),
        alerts.c.chat_id,
        alerts.c.attempts,
        alerts.c.created_at,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
        shown.c.number,
        *COLUMNS,
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .join(items, items.c.id == alerts.c.item_id)
    .join(shown, (shown.c.chat_id == alerts.c.chat_id) & (shown.c.item_id == alerts.c.item_id))
    .where(alerts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(alerts.c.id)
)
END_ALERT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), alerts.c.ended_at.is_(None))
    .values(
        state=bindparam("as_state"),
        ended_at=bindparam("at"),
        reason=bindparam("because"),
        message_id=bindparam("message"),
        attempts=alerts.c.attempts + 1,
        lease_until=None,
        lease_owner=None,
    )
)
PUT_OFF_ALERT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"))
    .values(attempts=alerts.c.attempts + 1, lease_until=None, lease_owner=None)
)
RELEASE_ALERTS = (
    update(alerts)
    .where(alerts.c.lease_owner == bindparam("owner"), alerts.c.ended_at.is_(None))
    .values(lease_until=None, lease_owner=None)
)
RELEASE_EVERY_ALERT = (
    update(alerts)
    .where(alerts.c.lease_owner.is_not(None), alerts.c.ended_at.is_(None))
    .values(lease_until=None, lease_owner=None)
)
RETAKE_LEASE = (
    update(alerts)
    .where(
        alerts.c.id == bindparam("alert_id"),
        alerts.c.lease_owner == bindparam("owner"),
        alerts.c.ended_at.is_(None),
    )
    .values(lease_until=bindparam("until"))
)
COUNT_BY_STATE = select(alerts.c.state, func.count().label("many")).group_by(alerts.c.state)
OLDEST_WAITING = select(func.min(alerts.c.created_at)).where(alerts.c.ended_at.is_(None))


async def claim_alerts(
    connection: AsyncConnection,
    *,
    platforms: Collection[str],
    owner: str,
    most: int,
    now: datetime,
) -> list[Alert]:
    """The next alerts that may be sent on these platforms, oldest first; they are ``owner``'s now."""
    values = {"now": now, "platforms": list(platforms), "most": most}
    due = list((await connection.execute(DUE_ALERTS, values)).scalars())
    if not due:
        return []
    await connection.execute(
        update(alerts)
        .where(alerts.c.id.in_(due))
        .values(lease_until=now + LEASE, lease_owner=owner)
    )
    rows = (await connection.execute(CLAIMED_ALERTS, {"ids": due})).all()
    reasons = await reasons_of_alerts(connection, due)
    return [
        Alert(
            id=row.alert_id,
            ref=Ref(row.platform, row.account, row.chat, row.thread),
            chat_id=row.chat_id,
            attempts=row.attempts,
            created_at=row.created_at,
            shown=Shown(row.number, row.id, item_of(row), reasons.get(row.alert_id, ())),
        )
        for row in rows
    ]


async def retake_lease(
    connection: AsyncConnection, alert_id: int, *, owner: str, now: datetime
) -> bool:
    """Make sure, right before sending, that the alert is still ours: the fence against two senders."""
    values = {"alert_id": alert_id, "owner": owner, "until": now + LEASE}
    return (await connection.execute(RETAKE_LEASE, values)).rowcount > 0


async def end_alert(
    connection: AsyncConnection,
    alert_id: int,
    *,
    state: str = SENT,
    reason: str | None = None,
    message_id: str | None = None,
    now: datetime,
) -> None:
    """Record how an alert ended; an alert ends once."""
    values = {
        "alert_id": alert_id,
        "as_state": state,
        "at": now,
        "because": reason,
        "message": message_id,
    }
    await connection.execute(END_ALERT, values)


async def release_every_alert(connection: AsyncConnection) -> None:
    """Give back what a sender that died had claimed: only where no other sender can be alive."""
    await connection.execute(RELEASE_EVERY_ALERT)


async def put_off_alert(connection: AsyncConnection, alert_id: int) -> None:
    """Note that a try was in vain; the alert stays in its place."""
    await connection.execute(PUT_OFF_ALERT, {"alert_id": alert_id})


async def release_alerts(connection: AsyncConnection, *, owner: str) -> None:
    """Give back what was claimed and not sent: at a clean stop, or when a chat has to wait."""
    await connection.execute(RELEASE_ALERTS, {"owner": owner})


async def count_alerts(connection: AsyncConnection) -> dict[str, int]:
    """How many alerts stand in which state."""
    counts = {QUEUED: 0, SENT: 0}
    for row in await connection.execute(COUNT_BY_STATE):
        counts[row.state] = row.many
    return counts


async def oldest_waiting(connection: AsyncConnection) -> datetime | None:
    """When the alert that waits longest was decided."""
    oldest: datetime | None = (await connection.execute(OLDEST_WAITING)).scalar_one_or_none()
    return oldest
