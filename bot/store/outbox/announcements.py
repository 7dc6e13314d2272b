"""Announcements: messages from the operators or from Tocsin itself to many chats.

    announcements (text, last processed chat) ──► the next chats ──► alerts, announcement_alerts ──► sender

A batch of chats is one transaction that also stores its progress, so a crash neither repeats nor skips
a chat. The messages are sent like any other outbox row, with a lower priority than news. Quiet hours
and pauses of a chat hold a message back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Exists, FromClause, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Announcement, ChatRef
from bot.scheduling.decision import ChatDeliverySettings, effective_rules, quiet_until
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.schedule import CHAT_TIMING, chat_timing
from bot.store.dialect import insert
from bot.store.outbox.digests import SET_CHAT_DUE
from bot.store.tables import (
    ALL_CHATS_AUDIENCE,
    HELD,
    IS_QUEUED,
    OPERATOR_AUDIENCE,
    QUEUED,
    RETURN_AUDIENCE_PREFIX,
    TOPIC_AUDIENCE_PREFIX,
    alerts,
    announcement_alerts,
    announcements,
    chats,
    subscriptions,
)

ANNOUNCEMENT_BATCH_SIZE: Final = 500
"""Chats that are processed in one transaction."""

OPEN_AUDIENCES = select(announcements.c.audience).where(announcements.c.ended_at.is_(None))
OLDEST_OPEN_ANNOUNCEMENT = (
    select(announcements)
    .where(announcements.c.ended_at.is_(None), announcements.c.audience == bindparam("audience"))
    .order_by(announcements.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_EARLIER_THREAD = chats.alias("earlier")


def _has_subscription(table: FromClause) -> Exists:
    return exists().where(subscriptions.c.chat_id == table.c.id)


# A chat receives an announcement once, even if several of its threads have subscriptions.
_IS_FIRST_THREAD = ~exists().where(
    _EARLIER_THREAD.c.platform == chats.c.platform,
    _EARLIER_THREAD.c.account == chats.c.account,
    _EARLIER_THREAD.c.chat == chats.c.chat,
    _EARLIER_THREAD.c.id < chats.c.id,
    _EARLIER_THREAD.c.suspended_at.is_(None),
    _has_subscription(_EARLIER_THREAD),
)
_CAN_RECEIVE = (chats.c.suspended_at.is_(None), _has_subscription(chats), _IS_FIRST_THREAD)
COUNT_AUDIENCE = select(func.count()).select_from(chats).where(*_CAN_RECEIVE)
ANNOUNCEMENT_NEXT_CHATS = (
    select(chats.c.id)
    .where(chats.c.id > bindparam("after"), *_CAN_RECEIVE)
    .order_by(chats.c.id)
    .limit(bindparam("limit"))
)
ANNOUNCEMENT_NEXT_FOLLOWERS = (
    select(chats.c.id)
    .where(
        chats.c.id > bindparam("after"),
        chats.c.suspended_at.is_(None),
        exists().where(
            subscriptions.c.chat_id == chats.c.id,
            subscriptions.c.topic_id == bindparam("topic_id"),
        ),
    )
    .order_by(chats.c.id)
    .limit(bindparam("limit"))
)
# Every transaction locks chats in the order of their IDs, so that no deadlock can occur.
ANNOUNCEMENT_LOCK_CHATS = (
    select(chats.c.id, chats.c.paused_until, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("chat_ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
INSERT_ALERTS = alerts.insert().returning(alerts.c.id)
SET_PROGRESS = (
    update(announcements)
    .where(announcements.c.id == bindparam("announcement_id"))
    .values(chat_id=bindparam("last_chat"), ended_at=bindparam("end"))
)
READ_ANNOUNCEMENTS = (
    select(
        alerts.c.id,
        alerts.c.chat_id,
        alerts.c.attempts,
        alerts.c.created_at,
        announcements.c.text,
        announcements.c.audience,
        chats.c.platform,
        chats.c.account,
        chats.c.chat,
        chats.c.thread,
    )
    .join(announcement_alerts, announcement_alerts.c.alert_id == alerts.c.id)
    .join(announcements, announcements.c.id == announcement_alerts.c.announcement_id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)), IS_QUEUED)
    .order_by(alerts.c.id)
)
LAST_ANNOUNCEMENT = (
    select(announcements)
    .where(announcements.c.audience == ALL_CHATS_AUDIENCE)
    .order_by(announcements.c.id.desc())
    .limit(1)
)
COUNT_ALERTS_BY_STATE = (
    select(alerts.c.state, func.count().label("alert_count"))
    .join(announcement_alerts, announcement_alerts.c.alert_id == alerts.c.id)
    .where(announcement_alerts.c.announcement_id == bindparam("announcement_id"))
    .group_by(alerts.c.state)
)


@dataclass(frozen=True, slots=True)
class AnnouncementProgress:
    """The progress of an announcement: its messages by state, and True if all are in the outbox."""

    text: str
    created_at: datetime
    states: Mapping[str, int]
    is_queued: bool


async def announce(
    connection: AsyncConnection, text: str, *, user_id: str, idempotency_key: str, now: datetime
) -> bool:
    """Announce ``text`` to every chat with a subscription.

    Return False if ``idempotency_key`` was used before.
    """
    new = insert(connection, announcements).values(
        text=text, audience=ALL_CHATS_AUDIENCE, by=user_id, nonce=idempotency_key, created_at=now
    )
    insert_once = new.on_conflict_do_nothing(index_elements=["nonce"]).returning(announcements.c.id)
    return (await connection.execute(insert_once)).first() is not None


async def notify_operators(connection: AsyncConnection, text: str, *, now: datetime) -> None:
    """Announce ``text`` to the operators, on every platform."""
    values = {"text": text, "audience": OPERATOR_AUDIENCE, "by": "", "created_at": now}
    await connection.execute(announcements.insert(), values)


async def notify_followers(
    connection: AsyncConnection, topic_id: int, text: str, *, now: datetime
) -> None:
    """Announce ``text`` to every chat that follows a topic."""
    values = {
        "text": text,
        "audience": f"{TOPIC_AUDIENCE_PREFIX}{topic_id}",
        "by": "",
        "created_at": now,
    }
    await connection.execute(announcements.insert(), values)


async def count_audience(connection: AsyncConnection) -> int:
    """Return the number of chats that an announcement to everybody reaches."""
    return (await connection.execute(COUNT_AUDIENCE)).scalar_one()


async def open_audiences(connection: AsyncConnection) -> set[str]:
    """Return the audiences of announcements that are not completely in the outbox yet."""
    return set((await connection.execute(OPEN_AUDIENCES)).scalars())


async def queue_announcement_batch(
    connection: AsyncConnection,
    *,
    now: datetime,
    limit: int = ANNOUNCEMENT_BATCH_SIZE,
    audience: str = ALL_CHATS_AUDIENCE,
) -> bool:
    """Queue the oldest open announcement for its next chats; return False if there is none.

    ``audience`` is `EVERYBODY`, or `FOLLOWERS` with the ID of a topic.
    """
    row = (await connection.execute(OLDEST_OPEN_ANNOUNCEMENT, {"audience": audience})).first()
    if row is None:
        return False
    values: dict[str, object] = {"after": row.chat_id, "limit": limit}
    statement = ANNOUNCEMENT_NEXT_CHATS
    if audience != ALL_CHATS_AUDIENCE:
        values["topic_id"] = int(audience.removeprefix(TOPIC_AUDIENCE_PREFIX))
        statement = ANNOUNCEMENT_NEXT_FOLLOWERS
    chat_ids = list((await connection.execute(statement, values)).scalars())
    await _queue(connection, row.id, chat_ids, now=now)
    is_last_batch = len(chat_ids) < limit
    last_chat = chat_ids[-1] if chat_ids else row.chat_id
    await _set_progress(connection, row.id, last_chat, now if is_last_batch else None)
    return True


async def queue_operator_announcement(
    connection: AsyncConnection, operators: Iterable[ChatRef], *, now: datetime
) -> bool:
    """Queue the oldest open announcement to operators for all of them; return False if there is none."""
    row = (
        await connection.execute(OLDEST_OPEN_ANNOUNCEMENT, {"audience": OPERATOR_AUDIENCE})
    ).first()
    if row is None:
        return False
    chat_ids = [await get_or_create_chat(connection, ref, now=now) for ref in operators]
    await _queue(connection, row.id, sorted(set(chat_ids)), now=now)
    await _set_progress(connection, row.id, max(chat_ids, default=0), now)
    return True


async def read_announcements(
    connection: AsyncConnection, alert_ids: Sequence[int]
) -> list[Announcement]:
    """Return the announcements among these outbox rows, in their order."""
    rows = await connection.execute(READ_ANNOUNCEMENTS, {"alert_ids": list(alert_ids)})
    return [
        Announcement(
            id=row.id,
            ref=ChatRef(row.platform, row.account, row.chat, row.thread),
            chat_id=row.chat_id,
            attempts=row.attempts,
            created_at=row.created_at,
            text=row.text,
            to_operators=row.audience == OPERATOR_AUDIENCE,
            is_notice=row.audience.startswith(TOPIC_AUDIENCE_PREFIX),
            missed_since=_missed_since(row.audience),
        )
        for row in rows
    ]


def _missed_since(audience: str) -> datetime | None:
    if not audience.startswith(RETURN_AUDIENCE_PREFIX):
        return None
    return datetime.fromisoformat(audience.removeprefix(RETURN_AUDIENCE_PREFIX))


async def last_announcement(connection: AsyncConnection) -> AnnouncementProgress | None:
    """Return the progress of the newest announcement to everybody."""
    row = (await connection.execute(LAST_ANNOUNCEMENT)).first()
    if row is None:
        return None
    counts = await connection.execute(COUNT_ALERTS_BY_STATE, {"announcement_id": row.id})
    return AnnouncementProgress(
        row.text,
        row.created_at,
        {count.state: count.alert_count for count in counts},
        row.ended_at is not None,
    )


async def _queue(
    connection: AsyncConnection, announcement_id: int, chat_ids: Sequence[int], *, now: datetime
) -> None:
    if not chat_ids:
        return
    # Chats that were erased meanwhile are not among these rows.
    chat_rows = (await connection.execute(ANNOUNCEMENT_LOCK_CHATS, {"chat_ids": chat_ids})).all()
    held_until = {
        row.id: _hold_until(chat_timing(row.mode, row.quiet, row.zone), row.paused_until, now)
        for row in chat_rows
    }
    alert_rows = [_alert_values(chat_id, until, now) for chat_id, until in held_until.items()]
    if not alert_rows:
        return
    alert_ids = (await connection.execute(INSERT_ALERTS, alert_rows)).scalars().all()
    pairs = [{"alert_id": alert_id, "announcement_id": announcement_id} for alert_id in alert_ids]
    await connection.execute(announcement_alerts.insert(), pairs)
    due_chats = [
        {"chat_id": chat_id, "now": now} for chat_id, until in held_until.items() if until is None
    ]
    if due_chats:
        await connection.execute(SET_CHAT_DUE, due_chats)


def _alert_values(chat_id: int, held_until: datetime | None, now: datetime) -> dict[str, object]:
    return {
        "chat_id": chat_id,
        "state": QUEUED if held_until is None else HELD,
        "held_until": held_until,
        "priority": 2,
        "created_at": now,
    }


def _hold_until(
    timing: ChatDeliverySettings, paused_until: datetime | None, now: datetime
) -> datetime | None:
    """Return the end of a chat's quiet hours or pause, or ``None`` if it can receive a message now."""
    ends = (quiet_until(effective_rules(timing), now), paused_until)
    return max((end for end in ends if end is not None and end > now), default=None)


async def _set_progress(
    connection: AsyncConnection, announcement_id: int, last_chat: int, end: datetime | None
) -> None:
    values = {"announcement_id": announcement_id, "last_chat": last_chat, "end": end}
    await connection.execute(SET_PROGRESS, values)
