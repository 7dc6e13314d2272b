"""Fan-out: turn a matched item into one alert per chat and story, in batches of chats.

    fanout_jobs (item, last processed chat) ──► the next chats that follow a matched topic ──► decision
                                                                                           ──► alerts

A batch is one transaction that also stores its progress: a topic with 100,000 followers never causes a
transaction of 100,000 rows, and a crash repeats nothing. A chat gets one alert per story, which names
all of its topics that matched. The same transaction decides when the alert is sent: now, in a
briefing, or not until more sources report the story.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Boolean,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.decision import Decision, HoldUntil, SendSilently
from bot.store.chats.schedule import CHAT_TIMING, chat_timing
from bot.store.dialect import insert
from bot.store.outbox.alert_decisions import (
    AlertCandidate,
    decide_alerts,
    follow_up_candidates,
    load_story_facts,
    load_topic_matches,
    needs_story_facts,
    record_daily_counts,
)
from bot.store.outbox.follow_ups import queue_follow_ups, write_edit_batch
from bot.store.tables import (
    HAS_STORY_THRESHOLD,
    HELD,
    IS_HELD,
    QUEUED,
    alert_topics,
    alerts,
    chat_item_numbers,
    chats,
    fanout_jobs,
    items,
    matches,
    subscriptions,
)

FANOUT_BATCH_SIZE: Final = 500
"""Chats that are processed in one transaction."""

_OF_STORY = items.alias("of_story")
NEXT_FANOUT_JOBS = (
    select(
        fanout_jobs.c.id,
        fanout_jobs.c.item_id,
        fanout_jobs.c.chat_id,
        items.c.story_id,
        select(_OF_STORY.c.id)
        .where(_OF_STORY.c.story_id == items.c.story_id, _OF_STORY.c.id != items.c.id)
        .exists()
        .label("has_other_items"),
    )
    .join(items, items.c.id == fanout_jobs.c.item_id)
    .order_by(fanout_jobs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=fanout_jobs)
)
_CAN_RECEIVE = and_(
    or_(subscriptions.c.muted_until.is_(None), subscriptions.c.muted_until <= bindparam("now")),
    chats.c.suspended_at.is_(None),
    or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
    subscriptions.c.chat_id > bindparam("after"),
)
FANOUT_NEXT_CHATS = (
    select(subscriptions.c.chat_id, matches.c.item_id)
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(matches.c.item_id == bindparam("item_id"), _CAN_RECEIVE)
    .distinct()
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("limit"))
)
# An earlier item of the story matched these chats, but the story was below their threshold. They are
# alerted of that item as soon as the story has grown.
_CHATS_WITH_THRESHOLD = (
    select(subscriptions.c.chat_id, func.max(matches.c.item_id).label("item_id"))
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .join(items, items.c.id == matches.c.item_id)
    .where(
        items.c.story_id == bindparam("story_id"),
        items.c.id != bindparam("item_id"),
        HAS_STORY_THRESHOLD,
        _CAN_RECEIVE,
    )
    .group_by(subscriptions.c.chat_id)
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("limit"))
)
_CANDIDATES = union_all(
    select(FANOUT_NEXT_CHATS.subquery("followers")),
    select(_CHATS_WITH_THRESHOLD.subquery("waiting")),
).subquery("either")
FANOUT_NEXT_CHATS_OF_GROWING_STORY = (
    select(
        _CANDIDATES.c.chat_id,
        func.coalesce(
            func.max(case((_CANDIDATES.c.item_id == bindparam("item_id"), _CANDIDATES.c.item_id))),
            func.max(_CANDIDATES.c.item_id),
        ).label("item_id"),
    )
    .group_by(_CANDIDATES.c.chat_id)
    .order_by(_CANDIDATES.c.chat_id)
    .limit(bindparam("limit"))
)
# An alert names every matched topic of its chat, including muted ones.
TOPICS_OF_ALERTS = (
    select(alerts.c.id, subscriptions.c.topic_id)
    .join(subscriptions, subscriptions.c.chat_id == alerts.c.chat_id)
    .join(
        matches,
        (matches.c.topic_id == subscriptions.c.topic_id) & (matches.c.item_id == alerts.c.item_id),
    )
    .where(alerts.c.id.in_(bindparam("alert_ids", expanding=True)))
)
NUMBERED_ITEMS = select(chat_item_numbers.c.chat_id, chat_item_numbers.c.item_id).where(
    chat_item_numbers.c.item_id.in_(bindparam("item_ids", expanding=True)),
    chat_item_numbers.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
)
# Every transaction locks chats in the order of their IDs, so that no deadlock can occur.
FANOUT_LOCK_CHATS = (
    select(chats.c.id, chats.c.last_number, *CHAT_TIMING)
    .where(chats.c.id.in_(bindparam("chat_ids", expanding=True)))
    .order_by(chats.c.id)
    .with_for_update(key_share=True)
)
FANOUT_UPDATE_CHAT = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(
        last_number=bindparam("new_last_number"),
        due_at=case(
            (chats.c.suspended_at.is_not(None), None),
            (
                bindparam("is_queued", type_=Boolean()),
                func.coalesce(chats.c.due_at, bindparam("now")),
            ),
            else_=chats.c.due_at,
        ),
    )
)
DELETE_FANOUT_JOBS = delete(fanout_jobs).where(
    fanout_jobs.c.id.in_(bindparam("job_ids", expanding=True))
)
ADVANCE_FANOUT_JOB = (
    update(fanout_jobs)
    .where(fanout_jobs.c.id == bindparam("job_id"))
    .values(chat_id=bindparam("last_chat"))
)

# The columns that change when a held alert is to be sent now.
_PROMOTED_COLUMNS: Final = ("item_id", "state", "held_until", "priority", "created_at")


async def fan_out_batch(
    connection: AsyncConnection,
    *,
    now: datetime,
    limit: int = FANOUT_BATCH_SIZE,
    max_follow_ups: int = 0,
) -> int:
    """Make alerts for up to ``limit`` chats; return the number of processed jobs, 0 if none is left.

    ``max_follow_ups`` limits the replies per chat, story and day; 0: no limit.

    Alert edit jobs are processed when no fan-out job is left.
    """
    jobs = (await connection.execute(NEXT_FANOUT_JOBS, {"limit": limit})).all()
    remaining = limit
    completed: list[int] = []
    candidates: list[AlertCandidate] = []
    for job in jobs:
        values = {
            "item_id": job.item_id,
            "after": job.chat_id,
            "now": now,
            "limit": remaining,
        }
        statement = FANOUT_NEXT_CHATS
        if job.has_other_items:
            values["story_id"] = job.story_id
            statement = FANOUT_NEXT_CHATS_OF_GROWING_STORY
        rows = await connection.execute(statement, values)
        new_candidates = [AlertCandidate(row.chat_id, row.item_id, job.story_id) for row in rows]
        candidates += new_candidates
        if len(new_candidates) == remaining:
            progress = {"job_id": job.id, "last_chat": new_candidates[-1].chat_id}
            await connection.execute(ADVANCE_FANOUT_JOB, progress)
            break
        completed.append(job.id)
        remaining -= len(new_candidates)
    await _make_alerts(connection, candidates, now=now, max_follow_ups=max_follow_ups)
    if completed:
        await connection.execute(DELETE_FANOUT_JOBS, {"job_ids": completed})
    return len(jobs) or await write_edit_batch(connection, now=now, limit=limit)


async def _make_alerts(
    connection: AsyncConnection,
    candidates: Sequence[AlertCandidate],
    *,
    now: datetime,
    max_follow_ups: int,
) -> None:
    """Make the alerts of a batch; the number of statements does not depend on the number of items."""
    if not candidates:
        return
    chat_ids = sorted({candidate.chat_id for candidate in candidates})
    chat_rows = (await connection.execute(FANOUT_LOCK_CHATS, {"chat_ids": chat_ids})).all()
    last_numbers = {row.id: row.last_number for row in chat_rows}
    # Other chats were erased meanwhile.
    candidates = [candidate for candidate in candidates if candidate.chat_id in last_numbers]
    timings = {row.id: chat_timing(row.mode, row.quiet, row.zone) for row in chat_rows}
    item_ids = {candidate.item_id for candidate in candidates}
    topic_matches = await load_topic_matches(connection, timings, item_ids, now=now)
    story_facts = {}
    if needs_story_facts(topic_matches):
        story_ids = {candidate.story_id for candidate in candidates}
        story_facts = await load_story_facts(connection, story_ids, now=now)
    decisions = await decide_alerts(connection, candidates, topic_matches, story_facts, now=now)
    new_alerts = await _write_alerts(connection, decisions, now=now)
    if new_alerts:
        # The parameter of an INSERT … SELECT must be bound before the statement is executed.
        alert_ids = [alert_id for alert_id, *_ in new_alerts]
        topics = TOPICS_OF_ALERTS.params(alert_ids=alert_ids)
        pairs = insert(connection, alert_topics).from_select(["alert_id", "topic_id"], topics)
        await connection.execute(pairs.on_conflict_do_nothing())
    follow_ups = await queue_follow_ups(
        connection,
        follow_up_candidates(candidates, topic_matches, story_facts, now),
        now=now,
        max_per_day=max_follow_ups,
    )
    chat_items = [(chat_id, item_id) for _, chat_id, item_id, _ in new_alerts] + follow_ups
    if chat_items:
        queued_chats = {chat_id for _, chat_id, _, is_sent_now in new_alerts if is_sent_now}
        await _number_items(connection, chat_items, last_numbers, queued_chats, now=now)
    await record_daily_counts(connection, new_alerts, topic_matches, now=now)


async def _write_alerts(
    connection: AsyncConnection,
    decisions: Mapping[tuple[int, int], tuple[AlertCandidate, Decision]],
    *,
    now: datetime,
) -> list[tuple[int, int, int, bool]]:
    """Write the alerts that are new or sent sooner than before.

    Return the ID, the chat and the item of each, and True if it is sent now.
    """
    written: list[tuple[int, int, int, bool]] = []
    for is_sent_now in (True, False):
        rows = [
            _alert_values(candidate, verdict, now)
            for candidate, verdict in decisions.values()
            if isinstance(verdict, HoldUntil) is not is_sent_now
        ]
        if not rows:
            continue
        new = insert(connection, alerts)
        key = ["chat_id", "story_id"]
        if is_sent_now:
            # A held alert is promoted if a later item of its story is to be sent now.
            promoted_values = {name: new.excluded[name] for name in _PROMOTED_COLUMNS}
            upsert = new.on_conflict_do_update(
                index_elements=key, set_=promoted_values, where=and_(IS_HELD, ~alerts.c.muted)
            )
        else:
            upsert = new.on_conflict_do_nothing(index_elements=key)
        result = await connection.execute(
            upsert.returning(alerts.c.id, alerts.c.chat_id, alerts.c.item_id), rows
        )
        written += [(row.id, row.chat_id, row.item_id, is_sent_now) for row in result]
    return sorted(written)


def _alert_values(candidate: AlertCandidate, verdict: Decision, now: datetime) -> dict[str, object]:
    held_until = verdict.moment if isinstance(verdict, HoldUntil) else None
    return {
        "chat_id": candidate.chat_id,
        "story_id": candidate.story_id,
        "item_id": candidate.item_id,
        "created_at": now,
        "state": QUEUED if held_until is None else HELD,
        "held_until": held_until,
        "priority": 2 if isinstance(verdict, SendSilently) else 1,
    }


async def _number_items(
    connection: AsyncConnection,
    chat_items: Sequence[tuple[int, int]],
    last_numbers: dict[int, int],
    queued_chats: Collection[int],
    *,
    now: datetime,
) -> None:
    """Assign numbers to the items that are new in a chat, and make ``queued_chats`` due.

    The chats are locked already, so their numbers can be assigned here.
    """
    chat_ids = sorted({chat_id for chat_id, _ in chat_items})
    item_ids = sorted({item_id for _, item_id in chat_items})
    values = {"item_ids": item_ids, "chat_ids": chat_ids}
    rows = await connection.execute(NUMBERED_ITEMS, values)
    numbered = {(row.chat_id, row.item_id) for row in rows}
    new_rows = []
    for chat_id, item_id in chat_items:
        if (chat_id, item_id) not in numbered:
            last_numbers[chat_id] += 1
            number = last_numbers[chat_id]
            new_rows.append({"chat_id": chat_id, "number": number, "item_id": item_id})
    if new_rows:
        await connection.execute(insert(connection, chat_item_numbers), new_rows)
    chat_values = [
        {
            "chat_id": chat_id,
            "new_last_number": last_numbers[chat_id],
            "now": now,
            "is_queued": chat_id in queued_chats,
        }
        for chat_id in chat_ids
    ]
    await connection.execute(FANOUT_UPDATE_CHAT, chat_values)
