"""Make briefings: held alerts of a chat are sent together, in one message or a few.

    alerts (held until a time) ──► due ──► a briefing: rows of the outbox ──► sender
           ▲                         │
           ├── still quiet or muted ─┤
           │                         └── unsubscribed meanwhile: expired
           └── quiet hours or a pause begin before a queued alert is sent (held_alerts.py)

One transaction writes the rows of a briefing and assigns every alert to one of them. A briefing is
sent like any other row of the outbox, and its alerts get the state of the briefing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.decision import (
    OFF,
    ChatDeliverySettings,
    HoldUntil,
    StoryFacts,
    decide,
    effective_rules,
    quiet_until,
)
from bot.store.chats.schedule import CHAT_TIMING, chat_timing
from bot.store.dialect import chunks
from bot.store.outbox.alert_decisions import (
    TopicMatches,
    TopicMatchFacts,
    load_story_facts,
    load_topic_matches,
)
from bot.store.outbox.held_alerts import (
    HeldAlert,
    held_alerts_of_chat,
    postpone_or_drop,
    requeue_held,
)
from bot.store.tables import (
    IS_HELD,
    QUEUED,
    UtcDateTime,
    alerts,
    briefings,
    chats,
)

BRIEFING_BATCH_SIZE: Final = 20
"""Chats that are processed in one transaction."""

MAX_STORIES_PER_PART: Final = 7
"""Stories with details in one message: readable on a phone, and below every platform's limits."""

MAX_DETAILED_PARTS: Final = 5
"""Messages of a briefing whose stories have details: the sources and a sentence."""

MAX_TITLES_PER_PART: Final = 20
"""Stories in one message of titles, which follows the messages with details."""

MAX_TITLE_PARTS: Final = 5
"""Messages of titles. The last one counts the remaining stories."""

_CAN_RECEIVE = (
    chats.c.suspended_at.is_(None),
    or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
)
CHATS_WITH_DUE_HELD_ALERTS = (
    select(alerts.c.chat_id)
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(IS_HELD, alerts.c.held_until <= bindparam("now"), *_CAN_RECEIVE)
    .distinct()
    .limit(bindparam("limit"))
)
CHATS_WITH_DUE_DIGEST = (
    select(chats.c.id)
    .where(chats.c.digest_at.is_not(None), chats.c.digest_at <= bindparam("now"), *_CAN_RECEIVE)
    .limit(bindparam("limit"))
)
# Two processes may make briefings at the same time: each skips the chats that the other has locked.
BRIEFING_LOCK_CHATS = (
    select(chats.c.id, chats.c.digest_at, chats.c.always, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("chat_ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True, skip_locked=True)
)
SET_CHAT_DUE = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(due_at=func.coalesce(chats.c.due_at, bindparam("now", type_=UtcDateTime())))
)
SET_DIGEST_TIME = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(digest_at=bindparam("next_digest_at"))
)
INSERT_ALERT = alerts.insert().returning(alerts.c.id)
ASSIGN_TO_BRIEFING = (
    update(alerts)
    .where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)), IS_HELD)
    .values(briefing_id=bindparam("new_briefing_id"))
)


async def is_briefing_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Return True if any chat has a due briefing."""
    values = {"now": now, "limit": 1}
    for statement in (CHATS_WITH_DUE_HELD_ALERTS, CHATS_WITH_DUE_DIGEST):
        if (await connection.execute(statement, values)).first() is not None:
            return True
    return False


async def make_briefings(
    connection: AsyncConnection, *, now: datetime, limit: int = BRIEFING_BATCH_SIZE
) -> int:
    """Make the due briefings of up to ``limit`` chats; return the number of processed chats."""
    values = {"now": now, "limit": limit}
    chat_ids = set((await connection.execute(CHATS_WITH_DUE_HELD_ALERTS, values)).scalars())
    chat_ids |= set((await connection.execute(CHATS_WITH_DUE_DIGEST, values)).scalars())
    if not chat_ids:
        return 0
    rows = (await connection.execute(BRIEFING_LOCK_CHATS, {"chat_ids": sorted(chat_ids)})).all()
    for row in rows:
        timing = chat_timing(row.mode, row.quiet, row.zone)
        has_stories = await _release_due_alerts(connection, row.id, timing, now=now)
        if row.digest_at is not None and row.digest_at <= now:
            if not has_stories and row.always:
                await _queue_briefing(connection, row.id, [()], 0, now=now)
            await schedule_next_digest(connection, row.id, timing, always=row.always, now=now)
    return len(rows)


async def schedule_next_digest(
    connection: AsyncConnection,
    chat_id: int,
    timing: ChatDeliverySettings,
    *,
    always: bool,
    now: datetime,
) -> None:
    """Store the time of the chat's next digest, if its digest is sent even without new stories."""
    next_digest_at = None
    if always and timing.mode.is_scheduled:
        verdict = decide(effective_rules(timing), StoryFacts(), now)
        next_digest_at = verdict.moment if isinstance(verdict, HoldUntil) else None
    values = {"chat_id": chat_id, "next_digest_at": next_digest_at}
    await connection.execute(SET_DIGEST_TIME, values)


async def _release_due_alerts(
    connection: AsyncConnection, chat_id: int, timing: ChatDeliverySettings, *, now: datetime
) -> bool:
    """Queue, postpone or drop the held alerts of a chat that are due; return True if any is queued."""
    due_alerts = await held_alerts_of_chat(connection, chat_id, due=now)
    # A briefing that was held as a whole is sent unchanged.
    held_briefings = [alert.id for alert in due_alerts if alert.item_id is None]
    await _requeue(connection, chat_id, held_briefings, now=now)
    held_alerts = [alert for alert in due_alerts if alert.item_id is not None]
    item_ids = {alert.item_id for alert in held_alerts if alert.item_id is not None}
    topic_matches = await load_topic_matches(connection, {chat_id: timing}, item_ids, now=now)
    released: list[HeldAlert] = []
    postponed: dict[int, datetime] = {}
    dropped: list[int] = []
    for alert in held_alerts:
        matches = [
            match
            for match in topic_matches.get((chat_id, alert.item_id or 0), ())
            if match.rules.mode != OFF
        ]
        held_until = _hold_until(matches, now)
        if not matches:
            dropped.append(alert.id)
        elif held_until is not None:
            postponed[alert.id] = held_until
        else:
            released.append(alert)
    await postpone_or_drop(connection, postponed, dropped, now=now)
    # A spike is not a story, so it is sent as an alert of its own.
    spikes = [alert.id for alert in released if alert.is_spike]
    await _requeue(connection, chat_id, spikes, now=now)
    stories = [alert for alert in released if not alert.is_spike]
    if stories:
        story_ids = {alert.story_id or 0 for alert in stories}
        story_facts = await load_story_facts(connection, story_ids, now=now)
        parts = _split_into_parts(chat_id, stories, topic_matches, story_facts)
        await _queue_briefing(connection, chat_id, parts, len(stories), now=now)
    return bool(stories or held_briefings or spikes)


async def _requeue(
    connection: AsyncConnection, chat_id: int, alert_ids: Sequence[int], *, now: datetime
) -> None:
    if alert_ids:
        await requeue_held(connection, alert_ids)
        await connection.execute(SET_CHAT_DUE, {"chat_id": chat_id, "now": now})


def _hold_until(matches: Sequence[TopicMatchFacts], now: datetime) -> datetime | None:
    """Return when the first of the matched topics is neither muted nor quiet; ``None`` for now."""
    ends = []
    for match in matches:
        end = match.muted_until if match.is_muted(now) else quiet_until(match.rules, now)
        if end is None:
            return None
        ends.append(end)
    return min(ends, default=None)


def _split_into_parts(
    chat_id: int,
    held_alerts: Sequence[HeldAlert],
    topic_matches: TopicMatches,
    story_facts: Mapping[int, StoryFacts],
) -> list[list[int]]:
    """Return the alerts of each message: the biggest stories with details, each message by topic."""

    def by_size(alert: HeldAlert) -> tuple[int, int]:
        return -story_facts.get(alert.story_id or 0, StoryFacts()).sources, -alert.id

    def by_topic(alert: HeldAlert) -> tuple[int, tuple[int, int]]:
        matches = topic_matches[chat_id, alert.item_id or 0]
        return min(match.position for match in matches), by_size(alert)

    biggest_first = sorted(held_alerts, key=by_size)
    detailed_count = MAX_STORIES_PER_PART * MAX_DETAILED_PARTS
    listed_count = MAX_TITLES_PER_PART * MAX_TITLE_PARTS
    detailed = biggest_first[:detailed_count]
    listed = biggest_first[detailed_count : detailed_count + listed_count]
    remaining = biggest_first[detailed_count + listed_count :]
    parts = [
        [alert.id for alert in part]
        for part in chunks(sorted(detailed, key=by_topic), MAX_STORIES_PER_PART)
    ]
    parts += [
        [alert.id for alert in part]
        for part in chunks(sorted(listed, key=by_topic), MAX_TITLES_PER_PART)
    ]
    parts[-1] += [alert.id for alert in remaining]
    return parts


async def _queue_briefing(
    connection: AsyncConnection,
    chat_id: int,
    parts: Sequence[Sequence[int]],
    total: int,
    *,
    now: datetime,
) -> None:
    """Write the messages of a briefing into the outbox and assign its alerts to them."""
    alert_row = {"chat_id": chat_id, "state": QUEUED, "priority": 2, "created_at": now}
    for number, alert_ids in enumerate(parts, start=1):
        briefing_id = (await connection.execute(INSERT_ALERT, alert_row)).scalar_one()
        part = {"alert_id": briefing_id, "part": number, "parts": len(parts), "total": total}
        await connection.execute(briefings.insert(), part)
        for chunk in chunks(alert_ids):
            values = {"alert_ids": list(chunk), "new_briefing_id": briefing_id}
            await connection.execute(ASSIGN_TO_BRIEFING, values)
    await connection.execute(SET_CHAT_DUE, {"chat_id": chat_id, "now": now})
