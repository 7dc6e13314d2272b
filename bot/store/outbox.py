"""The outbox: alerts that are to be sent, and how each ended.

    fan-out ──► alerts (queued) ──► chats.due_at ──► the account's sender ──► sent, failed,
        │                               ▲                                     expired, unknown
        └─► held ──► briefings ─────────┴── more is queued: its turn comes again
            (store/digests.py)

A chat is the unit of work: `chats.due_at` says when its next alert may go, and is empty where nothing
is queued. A sender reads the chats that have been due longest, whoever has how much, and the first
alerts of each. One process at a time sends for an account (store/leases.py), so that alerts need no
claims of their own. Each is recorded right after its own send: a crash in between repeats that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alert, Ref, Shown, Spike
from bot.store.items import COLUMNS, item_of
from bot.store.matches import reasons_of_alerts
from bot.store.stories import also_in
from bot.store.tables import (
    EXPIRED,
    IS_QUEUED,
    Moment,
    alerts,
    chats,
    items,
    shown,
    spikes,
    subscriptions,
)

_QUEUED_IN_CHAT: Final = and_(alerts.c.chat_id == chats.c.id, IS_QUEUED)
_FIRST = (
    select(alerts.c.id)
    .where(_QUEUED_IN_CHAT)
    .order_by(alerts.c.priority, alerts.c.id)
    .limit(1)
    .correlate(chats)
    .scalar_subquery()
)
_HAS_QUEUED = select(alerts.c.id).where(_QUEUED_IN_CHAT).correlate(chats).exists()
_HAS_QUIET_TOPICS = (
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
        _FIRST.label("alert_id"),
        or_(chats.c.quiet != "off", _HAS_QUIET_TOPICS).label("is_quiet"),
    )
    .where(
        chats.c.platform == bindparam("platform"),
        chats.c.account == bindparam("account"),
        chats.c.due_at.is_not(None),
    )
    .order_by(chats.c.due_at, chats.c.id)
    .limit(bindparam("most"))
)
FIRST_ALERTS = (
    select(alerts.c.id)
    .where(alerts.c.chat_id == bindparam("chat_id"), IS_QUEUED)
    .order_by(alerts.c.priority, alerts.c.id)
    .limit(bindparam("most"))
)
LATE_ALERTS = (
    select(alerts.c.id)
    .where(
        alerts.c.chat_id == bindparam("chat_id"),
        IS_QUEUED,
        alerts.c.item_id.is_not(None),
        alerts.c.created_at < bindparam("before"),
    )
    .order_by(alerts.c.id)
)
SUM_UP_LATE = LATE_ALERTS.with_only_columns(func.count(), func.max(alerts.c.id)).order_by(None)
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
        func.coalesce(shown.c.number, 0).label("number"),
        spikes.c.topic_id.label("spike_of"),
        spikes.c.today,
        spikes.c.usual,
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .outerjoin(spikes, spikes.c.alert_id == alerts.c.id)
    .outerjoin(shown, (shown.c.chat_id == alerts.c.chat_id) & (shown.c.item_id == alerts.c.item_id))
    .where(
        alerts.c.id.in_(bindparam("ids", expanding=True)), IS_QUEUED, alerts.c.item_id.is_not(None)
    )
    .order_by(alerts.c.priority, alerts.c.id)
)
ITEMS_OF_ALERTS = select(*COLUMNS, items.c.changed_at).where(
    items.c.id.in_(bindparam("ids", expanding=True))
)
# On PostgreSQL the chats are locked before it is seen whether more is queued: a fan-out that has
# written alerts and not yet committed would otherwise be overlooked, and nobody would be woken.
HOLD_CHATS = (
    select(chats.c.id)
    .where(chats.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
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
    )
)
END_LATE_ALERTS = (
    update(alerts)
    .where(
        alerts.c.chat_id == bindparam("in_chat"),
        IS_QUEUED,
        alerts.c.item_id.is_not(None),
        alerts.c.created_at < bindparam("before"),
        alerts.c.id <= bindparam("alert_id"),
    )
    .values(
        state=EXPIRED,
        ended_at=bindparam("at"),
        reason=bindparam("because"),
        message_id=bindparam("message"),
    )
)
# What a briefing stands for ends as the briefing does; the message is the briefing's.
END_BRIEFED = (
    update(alerts)
    .where(alerts.c.briefing_id == bindparam("alert_id"), alerts.c.ended_at.is_(None))
    .values(state=bindparam("as_state"), ended_at=bindparam("at"), reason=bindparam("because"))
)
NEXT_TURN = (
    update(chats)
    .where(chats.c.id == bindparam("in_chat"))
    .values(
        due_at=case(
            (_HAS_QUEUED & chats.c.suspended_at.is_(None), bindparam("due", type_=Moment()))
        )
    )
)
NOTE_ATTEMPT = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"))
    .values(attempts=alerts.c.attempts + 1)
)
PUT_OFF = (
    update(chats)
    .where(
        chats.c.platform == bindparam("of_platform"),
        chats.c.account == bindparam("of_account"),
        chats.c.chat == bindparam("of_chat"),
        chats.c.due_at < bindparam("until"),
    )
    .values(due_at=bindparam("until"))
)
POSTPONE_CHATS = (
    update(chats)
    .where(chats.c.id == bindparam("in_chat"), chats.c.due_at.is_not(None))
    .values(due_at=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class DueChat:
    """A chat with something queued. ``chat`` is its platform's id, which its threads share."""

    id: int
    chat: str
    due_at: datetime
    alert_id: int | None
    is_quiet: bool = False  # at some hours, for some topics


@dataclass(frozen=True, slots=True)
class Ending:
    """How an alert ended, and when its chat may have the next one.

    With ``before``, it stands for all of its chat's alerts up to it that were decided before then; a
    briefing stands for those that it has.
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
    connection: AsyncConnection, platform: str, account: str, *, most: int
) -> list[DueChat]:
    """The chats of an account that have something queued, those first that have been due longest."""
    values = {"platform": platform, "account": account, "most": most}
    rows = await connection.execute(DUE_CHATS, values)
    return [
        DueChat(row.id, row.chat, row.due_at, row.alert_id, is_quiet=bool(row.is_quiet))
        for row in rows
    ]


async def first_alerts(connection: AsyncConnection, chat_id: int, *, most: int) -> list[int]:
    """What is queued for a chat, in its order."""
    rows = await connection.execute(FIRST_ALERTS, {"chat_id": chat_id, "most": most})
    return list(rows.scalars())


async def late_alerts(
    connection: AsyncConnection, chat_id: int, *, before: datetime, most: int
) -> tuple[list[int], int, int]:
    """What was decided ``before`` and is still queued: the last so many, how many, the last of all."""
    values = {"chat_id": chat_id, "before": before}
    newest = LATE_ALERTS.order_by(None).order_by(alerts.c.id.desc()).limit(most)
    ids = list((await connection.execute(newest, values)).scalars())
    many, last = (await connection.execute(SUM_UP_LATE, values)).one()
    return sorted(ids), many, last or 0


async def read_alerts(connection: AsyncConnection, alert_ids: Sequence[int]) -> list[Alert]:
    """These alerts with all that is to be said, in their order; those that have ended are left out."""
    rows = (await connection.execute(QUEUED_ALERTS, {"ids": list(alert_ids)})).all()
    wanted = list({row.item_id for row in rows})
    # An item is read once, however many chats it goes to: it may be a long document.
    read = (await connection.execute(ITEMS_OF_ALERTS, {"ids": wanted})).all()
    found = {row.id: item_of(row) for row in read}
    since = {row.id: row.changed_at for row in read}
    reasons = await reasons_of_alerts(connection, [row.id for row in rows])
    also = await also_in(connection, wanted)
    return [
        Alert(
            id=row.id,
            ref=Ref(row.platform, row.account, row.chat, row.thread),
            chat_id=row.chat_id,
            attempts=row.attempts,
            priority=row.priority,
            created_at=row.created_at,
            shown=Shown(
                row.number,
                row.item_id,
                found[row.item_id],
                reasons.get(row.id, ()),
                also.get(row.item_id, ()),
            ),
            spike=Spike(row.spike_of, row.today, row.usual) if row.spike_of else None,
            found_at=since[row.item_id],
        )
        for row in rows
    ]


async def end_alerts(
    connection: AsyncConnection, endings: Sequence[Ending], *, now: datetime
) -> None:
    """Record how alerts ended (each ends once), and when their chats may have the next."""
    await _hold(connection, {one.chat_id for one in endings})
    for late in (True, False):
        values = [
            {
                "alert_id": one.alert_id,
                "at": now,
                "because": one.reason,
                "message": one.message_id,
                **(
                    {"in_chat": one.chat_id, "before": one.before}
                    if late
                    else {"as_state": one.state}
                ),
            }
            for one in endings
            if (one.before is not None) is late
        ]
        if values:
            await connection.execute(END_LATE_ALERTS if late else END_ALERT, values)
    briefed = [
        {"alert_id": one.alert_id, "at": now, "because": one.reason, "as_state": one.state}
        for one in endings
        if one.is_briefing
    ]
    if briefed:
        await connection.execute(END_BRIEFED, briefed)
    turns = [{"in_chat": one.chat_id, "due": one.due_at} for one in endings]
    await connection.execute(NEXT_TURN, turns)


async def settle_chats(
    connection: AsyncConnection, chat_ids: Sequence[int], *, now: datetime
) -> None:
    """See for chats whether anything is queued: where something is, it is due now."""
    await _hold(connection, chat_ids)
    await connection.execute(NEXT_TURN, [{"in_chat": one, "due": now} for one in chat_ids])


async def put_off(
    connection: AsyncConnection, ref: Ref, *, until: datetime, alert_id: int | None = None
) -> None:
    """Send nothing to a chat before ``until``; with ``alert_id``, that one's try was in vain."""
    values = {"of_platform": ref.platform, "of_account": ref.account, "of_chat": ref.chat}
    await connection.execute(PUT_OFF, values | {"until": until})
    if alert_id is not None:
        await connection.execute(NOTE_ATTEMPT, {"alert_id": alert_id})


async def postpone_chats(connection: AsyncConnection, until: Mapping[int, datetime]) -> None:
    """Let chats come up again at a moment of their own: their turn cannot be now."""
    rows = [{"in_chat": chat_id, "until": until[chat_id]} for chat_id in sorted(until)]
    await connection.execute(POSTPONE_CHATS, rows)


async def _hold(connection: AsyncConnection, chat_ids: Sequence[int] | set[int]) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        await connection.execute(HOLD_CHATS, {"ids": list(chat_ids)})
