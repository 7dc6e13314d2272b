"""Announcements: what those who run the bot say to many chats, and what Tocsin says to them.

    announcements (text, last chat done) ──► the next chats ──► alerts, announced ──► the sender

A page is one transaction, and the row remembers how far it came: a crash repeats nothing and leaves
nobody out. What is queued is sent as any other row of the outbox, behind the news. Quiet hours and
pauses hold it back as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Exists, FromClause, bindparam, exists, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Announcement, Ref
from bot.store.chats import ensure_chat
from bot.store.digests import QUEUE_FOR_CHAT
from bot.store.sql import insert
from bot.store.tables import (
    EVERYBODY,
    FOLLOWERS,
    HELD,
    IS_QUEUED,
    OPERATORS,
    QUEUED,
    alerts,
    announced,
    announcements,
    chats,
    subscriptions,
)
from bot.store.timing import CHAT_TIMING, chat_timing
from bot.timing.verdict import ChatTiming, holds_back, rules

PAGE: Final = 500
"""Chats told in one transaction."""

OPEN_AUDIENCES = select(announcements.c.audience).where(announcements.c.ended_at.is_(None))
NEXT_OPEN = (
    select(announcements)
    .where(announcements.c.ended_at.is_(None), announcements.c.audience == bindparam("audience"))
    .order_by(announcements.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_EARLIER = chats.alias("earlier")


def _follows(table: FromClause) -> Exists:
    return exists().where(subscriptions.c.chat_id == table.c.id)


# A chat hears it once, whatever number of its threads follow something.
_IS_FIRST_OF_CHAT = ~exists().where(
    _EARLIER.c.platform == chats.c.platform,
    _EARLIER.c.account == chats.c.account,
    _EARLIER.c.chat == chats.c.chat,
    _EARLIER.c.id < chats.c.id,
    _EARLIER.c.suspended_at.is_(None),
    _follows(_EARLIER),
)
_HEARS = (chats.c.suspended_at.is_(None), _follows(chats), _IS_FIRST_OF_CHAT)
COUNT_AUDIENCE = select(func.count()).select_from(chats).where(*_HEARS)
NEXT_CHATS = (
    select(chats.c.id)
    .where(chats.c.id > bindparam("after"), *_HEARS)
    .order_by(chats.c.id)
    .limit(bindparam("most"))
)
NEXT_FOLLOWERS = (
    select(chats.c.id)
    .where(
        chats.c.id > bindparam("after"),
        chats.c.suspended_at.is_(None),
        exists().where(
            subscriptions.c.chat_id == chats.c.id,
            subscriptions.c.topic_id == bindparam("of_topic"),
        ),
    )
    .order_by(chats.c.id)
    .limit(bindparam("most"))
)
# In the order of their ids, as everybody who locks several chats.
HOLD_CHATS = (
    select(chats.c.id, chats.c.paused_until, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
QUEUE_ALERTS = plain_insert(alerts).returning(alerts.c.id)
ADVANCE = (
    update(announcements)
    .where(announcements.c.id == bindparam("row"))
    .values(chat_id=bindparam("last"), ended_at=bindparam("ended"))
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
    .join(announced, announced.c.alert_id == alerts.c.id)
    .join(announcements, announcements.c.id == announced.c.announcement_id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(alerts.c.id.in_(bindparam("ids", expanding=True)), IS_QUEUED)
    .order_by(alerts.c.id)
)
LAST_TO_EVERYBODY = (
    select(announcements)
    .where(announcements.c.audience == EVERYBODY)
    .order_by(announcements.c.id.desc())
    .limit(1)
)
HOW_FAR = (
    select(alerts.c.state, func.count().label("many"))
    .join(announced, announced.c.alert_id == alerts.c.id)
    .where(announced.c.announcement_id == bindparam("row"))
    .group_by(alerts.c.state)
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an announcement to everybody is: messages by state, and whether all are written."""

    text: str
    created_at: datetime
    states: Mapping[str, int]
    is_queued: bool


async def announce(
    connection: AsyncConnection, text: str, *, by: str, nonce: str, now: datetime
) -> bool:
    """Say ``text`` to every chat that follows something; ``False`` where ``nonce`` was used before."""
    new = insert(connection, announcements).values(
        text=text, audience=EVERYBODY, by=by, nonce=nonce, created_at=now
    )
    once = new.on_conflict_do_nothing(index_elements=["nonce"]).returning(announcements.c.id)
    return (await connection.execute(once)).first() is not None


async def tell_operators(connection: AsyncConnection, text: str, *, now: datetime) -> None:
    """Say ``text`` to those who run the bot, on every platform that it is on."""
    new = plain_insert(announcements)
    await connection.execute(
        new, {"text": text, "audience": OPERATORS, "by": "", "created_at": now}
    )


async def tell_followers(
    connection: AsyncConnection, topic_id: int, text: str, *, now: datetime
) -> None:
    """Say ``text`` to every chat that follows a topic."""
    values = {"text": text, "audience": f"{FOLLOWERS}{topic_id}", "by": "", "created_at": now}
    await connection.execute(plain_insert(announcements), values)


async def count_audience(connection: AsyncConnection) -> int:
    """How many chats an announcement to everybody reaches."""
    return (await connection.execute(COUNT_AUDIENCE)).scalar_one()


async def open_audiences(connection: AsyncConnection) -> set[str]:
    """For whom there are announcements that are not all in the outbox yet."""
    return set((await connection.execute(OPEN_AUDIENCES)).scalars())


async def announce_page(
    connection: AsyncConnection, *, now: datetime, most: int = PAGE, audience: str = EVERYBODY
) -> bool:
    """Queue the oldest announcement to ``audience`` for its next chats; whether there was one.

    ``audience`` is everybody, or the followers of a topic.
    """
    row = (await connection.execute(NEXT_OPEN, {"audience": audience})).first()
    if row is None:
        return False
    values: dict[str, object] = {"after": row.chat_id, "most": most}
    statement = NEXT_CHATS
    if audience != EVERYBODY:
        values["of_topic"] = int(audience.removeprefix(FOLLOWERS))
        statement = NEXT_FOLLOWERS
    ids = list((await connection.execute(statement, values)).scalars())
    await _queue(connection, row.id, ids, now=now)
    is_last = len(ids) < most
    await _advance(connection, row.id, ids[-1] if ids else row.chat_id, now if is_last else None)
    return True


async def announce_to_operators(
    connection: AsyncConnection, operators: Iterable[Ref], *, now: datetime
) -> bool:
    """Queue the oldest announcement to operators for all of them; whether there was one."""
    row = (await connection.execute(NEXT_OPEN, {"audience": OPERATORS})).first()
    if row is None:
        return False
    ids = [await ensure_chat(connection, ref, now=now) for ref in operators]
    await _queue(connection, row.id, sorted(set(ids)), now=now)
    await _advance(connection, row.id, max(ids, default=0), now)
    return True


async def read_announcements(
    connection: AsyncConnection, alert_ids: Sequence[int]
) -> list[Announcement]:
    """Those of these rows that are announcements, in their order."""
    rows = await connection.execute(READ_ANNOUNCEMENTS, {"ids": list(alert_ids)})
    return [
        Announcement(
            id=row.id,
            ref=Ref(row.platform, row.account, row.chat, row.thread),
            chat_id=row.chat_id,
            attempts=row.attempts,
            created_at=row.created_at,
            text=row.text,
            to_operators=row.audience == OPERATORS,
            is_notice=row.audience.startswith(FOLLOWERS),
        )
        for row in rows
    ]


async def last_announcement(connection: AsyncConnection) -> Progress | None:
    """How far the newest announcement to everybody is."""
    row = (await connection.execute(LAST_TO_EVERYBODY)).first()
    if row is None:
        return None
    states = await connection.execute(HOW_FAR, {"row": row.id})
    return Progress(
        row.text,
        row.created_at,
        {one.state: one.many for one in states},
        row.ended_at is not None,
    )


async def _queue(
    connection: AsyncConnection, announcement_id: int, ids: Sequence[int], *, now: datetime
) -> None:
    if not ids:
        return
    held = (await connection.execute(HOLD_CHATS, {"ids": ids})).all()
    until = {
        row.id: _not_before(chat_timing(row.mode, row.quiet, row.zone), row.paused_until, now)
        for row in held
    }  # those that were erased are left out
    rows = [_alert(chat_id, moment, now) for chat_id, moment in until.items()]
    if not rows:
        return
    made = (await connection.execute(QUEUE_ALERTS, rows)).scalars().all()
    pairs = [{"alert_id": one, "announcement_id": announcement_id} for one in made]
    await connection.execute(plain_insert(announced), pairs)
    due = [{"in_chat": one, "now": now} for one, moment in until.items() if moment is None]
    if due:
        await connection.execute(QUEUE_FOR_CHAT, due)


def _alert(chat_id: int, until: datetime | None, now: datetime) -> dict[str, object]:
    return {
        "chat_id": chat_id,
        "state": QUEUED if until is None else HELD,
        "held_until": until,
        "priority": 2,
        "created_at": now,
    }


def _not_before(timing: ChatTiming, paused: datetime | None, now: datetime) -> datetime | None:
    """Until when a chat wants its peace."""
    moments = (holds_back(rules(timing), now), paused)
    return max((one for one in moments if one is not None and one > now), default=None)


async def _advance(
    connection: AsyncConnection, announcement_id: int, last: int, ended: datetime | None
) -> None:
    values = {"row": announcement_id, "last": last, "ended": ended}
    await connection.execute(ADVANCE, values)
