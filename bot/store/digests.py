"""Briefings: what was held is told together, in one message or a few.

    alerts (held, until) ──► claim, at that moment ──► a briefing: rows of the outbox ──► the sender
           ▲                        │                            │
           ├── still quiet, muted ──┘                            │       unsubscribed in the meantime:
           └── quiet hours have begun, a pause (store/holding.py)┘       expired

A briefing is made in one transaction: its rows are there and every alert that it stands for names it, or
none of that happened. It is sent as any other row, and what it stands for ends as it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.holding import Held, held_in_chat, requeue, settle_held
from bot.store.judging import Cause, Causes, causes, facts
from bot.store.sql import chunks
from bot.store.tables import (
    IS_HELD,
    QUEUED,
    Moment,
    alerts,
    briefings,
    chats,
)
from bot.store.timing import CHAT_TIMING, chat_timing
from bot.timing.modes import OFF
from bot.timing.verdict import (
    ChatTiming,
    Facts,
    HoldUntil,
    decide,
    holds_back,
    rules,
)

PAGE: Final = 20
"""Chats briefed in one transaction."""

STORIES: Final = 7
"""Stories in one message: readable on a phone, and within every platform's limits."""

PARTS: Final = 5
"""Messages of one briefing in which each story has its sources and a sentence …"""

LISTED: Final = 20
"""… then come the titles of the others, so many in one message …"""

LISTS: Final = 5
"""… and in so many messages; what is beyond them is counted in the last."""

_AWAKE = (
    chats.c.suspended_at.is_(None),
    or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
)
CHATS_WITH_HELD = (
    select(alerts.c.chat_id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(IS_HELD, alerts.c.held_until <= bindparam("now"), *_AWAKE)
    .distinct()
    .limit(bindparam("most"))
)
CHATS_WITH_DIGEST = (
    select(chats.c.id)
    .where(chats.c.digest_at.is_not(None), chats.c.digest_at <= bindparam("now"), *_AWAKE)
    .limit(bindparam("most"))
)
HOLD_CHATS = (
    select(chats.c.id, chats.c.digest_at, chats.c.always, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True, skip_locked=True)
)
QUEUE_FOR_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("in_chat"))
    .values(due_at=func.coalesce(chats.c.due_at, bindparam("now", type_=Moment())))
)


async def is_brief_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether any briefing is to be made."""
    values = {"now": now, "most": 1}
    for due in (CHATS_WITH_HELD, CHATS_WITH_DIGEST):
        if (await connection.execute(due, values)).first() is not None:
            return True
    return False


async def brief_page(connection: AsyncConnection, *, now: datetime, most: int = PAGE) -> int:
    """Make the briefings that are due in up to ``most`` chats; how many were looked at (0: none)."""
    values = {"now": now, "most": most}
    due = set((await connection.execute(CHATS_WITH_HELD, values)).scalars())
    due |= set((await connection.execute(CHATS_WITH_DIGEST, values)).scalars())
    if not due:
        return 0
    # Two processes may look at once: each takes the chats that the other has not.
    found = (await connection.execute(HOLD_CHATS, {"ids": sorted(due)})).all()
    for row in found:
        timing = chat_timing(row.mode, row.quiet, row.zone)
        told = await _brief(connection, row.id, timing, now=now)
        if row.digest_at is not None and row.digest_at <= now:
            if not told and row.always:
                await _queue(connection, row.id, [()], 0, now=now)
            await schedule(connection, row.id, timing, always=row.always, now=now)
    return len(found)


async def schedule(
    connection: AsyncConnection, chat_id: int, timing: ChatTiming, *, always: bool, now: datetime
) -> None:
    """Note when the chat's next digest comes that comes even if there is nothing new."""
    moment = None
    if always and timing.mode.is_scheduled:
        verdict = decide(rules(timing), Facts(), now)
        moment = verdict.moment if isinstance(verdict, HoldUntil) else None
    await connection.execute(update(chats).where(chats.c.id == chat_id).values(digest_at=moment))


async def _brief(
    connection: AsyncConnection, chat_id: int, timing: ChatTiming, *, now: datetime
) -> bool:
    """Claim what is due in a chat; whether that made a briefing."""
    due = await held_in_chat(connection, chat_id, due=now)
    made = [one.id for one in due if one.item_id is None]
    if made:  # a briefing that had to wait goes as it was made
        await requeue(connection, made)
        await connection.execute(QUEUE_FOR_CHAT, {"in_chat": chat_id, "now": now})
    held = [one for one in due if one.item_id is not None]
    items = {one.item_id for one in held if one.item_id is not None}
    known = await causes(connection, {chat_id: timing}, items, now=now)
    told: list[Held] = []
    later: dict[int, datetime] = {}
    dropped: list[int] = []
    for one in held:
        several = [c for c in known.get((chat_id, one.item_id or 0), ()) if c.rules.mode != OFF]
        until = _not_before(several, now)
        if not several:
            dropped.append(one.id)
        elif until is not None:
            later[one.id] = until
        else:
            told.append(one)
    await settle_held(connection, later, dropped, now=now)
    spikes = [one.id for one in told if one.is_spike]
    if spikes:
        await requeue(connection, spikes)
        await connection.execute(QUEUE_FOR_CHAT, {"in_chat": chat_id, "now": now})
        told = [one for one in told if not one.is_spike]
    if told:
        sizes = await facts(connection, {one.story_id or 0 for one in told}, now=now)
        parts = _parts(chat_id, told, known, sizes)
        await _queue(connection, chat_id, parts, len(told), now=now)
    return bool(told or made or spikes)


def _not_before(several: Sequence[Cause], now: datetime) -> datetime | None:
    """Until when all topics that lead to it are muted or quiet; ``None``: one is not."""
    moments = []
    for cause in several:
        until = cause.muted_until if cause.is_muted(now) else holds_back(cause.rules, now)
        if until is None:
            return None
        moments.append(until)
    return min(moments, default=None)


def _parts(
    chat_id: int, told: Sequence[Held], known: Causes, sizes: Mapping[int, Facts]
) -> list[list[int]]:
    """Which alerts go into which message: by topic, the biggest stories first."""

    def size(one: Held) -> tuple[int, int]:
        return -sizes.get(one.story_id or 0, Facts()).sources, -one.id

    def place(one: Held) -> tuple[int, tuple[int, int]]:
        return min(cause.place for cause in known[chat_id, one.item_id or 0]), size(one)

    biggest = sorted(told, key=size)
    full, others = biggest[: STORIES * PARTS], biggest[STORIES * PARTS :]
    listed, rest = others[: LISTED * LISTS], others[LISTED * LISTS :]
    parts = [[one.id for one in some] for some in chunks(sorted(full, key=place), STORIES)]
    parts += [[one.id for one in some] for some in chunks(sorted(listed, key=place), LISTED)]
    parts[-1] += [one.id for one in rest]
    return parts


async def _queue(
    connection: AsyncConnection,
    chat_id: int,
    parts: Sequence[Sequence[int]],
    total: int,
    *,
    now: datetime,
) -> None:
    """Write a briefing's messages into the outbox, and into each alert the one that it is in."""
    row = {"chat_id": chat_id, "state": QUEUED, "priority": 2, "created_at": now}
    for number, members in enumerate(parts, start=1):
        made = await connection.execute(plain_insert(alerts).values(row).returning(alerts.c.id))
        briefing_id = made.scalar_one()
        part = {"alert_id": briefing_id, "part": number, "parts": len(parts), "total": total}
        await connection.execute(plain_insert(briefings), part)
        for ids in chunks(members):
            named = update(alerts).where(alerts.c.id.in_(ids), IS_HELD)
            await connection.execute(named.values(briefing_id=briefing_id))
    await connection.execute(QUEUE_FOR_CHAT, {"in_chat": chat_id, "now": now})
