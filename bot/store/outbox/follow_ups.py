"""Queue follow-ups: replies to alerts and edits of alerts.

    a matched item joins a story ──► it has news that the chat has not received ──► a reply
    an item joins a story, or changes its title ──► alert_edit_jobs ──► an edit per alert, in batches

An edit shows the state of the story when the edit is made, so one edit per alert is enough however
often the story changes. Both kinds are rows of `follow_ups`, which `follow_up_queue` reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.items.items import ITEM_COLUMNS, item_from_row
from bot.store.tables import (
    FOLLOW_UP_EDIT,
    FOLLOW_UP_REPLY,
    IS_EDIT,
    IS_REPLY,
    QUEUED,
    SENT,
    alert_edit_jobs,
    alerts,
    chats,
    follow_ups,
    items,
)
from watchers import Item
from watchers.stories import novel_content

_LIMITED_PERIOD: Final = timedelta(days=1)
MIN_REPLY_INTERVAL: Final = timedelta(minutes=10)
"""The time between two replies about one story in one chat."""


EDIT_BATCH_SIZE: Final = 500
"""Edits that are written in one transaction."""

NEXT_EDIT_JOBS = (
    select(alert_edit_jobs.c.story_id, alert_edit_jobs.c.chat_id)
    .order_by(alert_edit_jobs.c.story_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
# An alert that was sent in a briefing has no message of its own, so it cannot be edited.
EDIT_NEXT_CHATS = (
    select(alerts.c.chat_id)
    .where(
        alerts.c.story_id == bindparam("story_id"),
        alerts.c.chat_id > bindparam("after"),
        alerts.c.state.in_((QUEUED, SENT)),
        alerts.c.briefing_id.is_(None),
        alerts.c.muted.is_(False),
    )
    .order_by(alerts.c.chat_id)
    .limit(bindparam("limit"))
)
DELETE_EDIT_JOB = delete(alert_edit_jobs).where(
    alert_edit_jobs.c.story_id == bindparam("story_id_param")
)
ADVANCE_EDIT_JOB = (
    update(alert_edit_jobs)
    .where(alert_edit_jobs.c.story_id == bindparam("story_id_param"))
    .values(chat_id=bindparam("last_chat"))
)
ALERTS_OF_STORIES = (
    select(
        alerts.c.chat_id,
        alerts.c.story_id,
        alerts.c.item_id,
        alerts.c.held_until,
        chats.c.follow_ups.label("mode"),
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(
        alerts.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
        alerts.c.story_id.in_(bindparam("story_ids", expanding=True)),
        alerts.c.muted.is_(False),
    )
)
REPLIES_OF_STORIES = select(
    follow_ups.c.chat_id,
    follow_ups.c.story_id,
    follow_ups.c.item_id,
    follow_ups.c.created_at,
    follow_ups.c.due_at,
).where(
    follow_ups.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
    follow_ups.c.story_id.in_(bindparam("story_ids", expanding=True)),
    IS_REPLY,
)
ITEMS_BY_ID = select(*ITEM_COLUMNS).where(items.c.id.in_(bindparam("item_ids", expanding=True)))
READ_MODE = select(chats.c.follow_ups).where(chats.c.id == bindparam("chat_id"))
SET_MODE = (
    update(chats)
    .where(chats.c.id == bindparam("chat_id"))
    .values(follow_ups=bindparam("mode_param"))
)


@dataclass(frozen=True, slots=True)
class FollowUpCandidate:
    """An item that concerns a chat, and when the chat may receive it; ``silent``: without a sound."""

    chat_id: int
    story_id: int
    item_id: int
    due_at: datetime
    silent: bool = False


async def queue_edits(connection: AsyncConnection, story_ids: Collection[int]) -> None:
    """Queue the edit of all alerts of these stories."""
    rows = [{"story_id": story_id} for story_id in sorted(story_ids)]
    if rows:
        # A job that exists already starts again with the first chat.
        upsert = insert(connection, alert_edit_jobs).on_conflict_do_update(
            index_elements=["story_id"], set_={"chat_id": 0}
        )
        await connection.execute(upsert, rows)


async def write_edit_batch(
    connection: AsyncConnection, *, now: datetime, limit: int = EDIT_BATCH_SIZE
) -> int:
    """Write up to ``limit`` edits; return the number of processed stories, 0 if none is left."""
    jobs = (await connection.execute(NEXT_EDIT_JOBS, {"limit": limit})).all()
    remaining = limit
    for job in jobs:
        values = {"story_id": job.story_id, "after": job.chat_id, "limit": remaining}
        chat_ids = list((await connection.execute(EDIT_NEXT_CHATS, values)).scalars())
        await _write_edits(connection, job.story_id, chat_ids, now=now)
        if len(chat_ids) == remaining:
            progress = {"story_id_param": job.story_id, "last_chat": chat_ids[-1]}
            await connection.execute(ADVANCE_EDIT_JOB, progress)
            break
        await connection.execute(DELETE_EDIT_JOB, {"story_id_param": job.story_id})
        remaining -= len(chat_ids)
    return len(jobs)


async def queue_follow_ups(
    connection: AsyncConnection,
    candidates: Iterable[FollowUpCandidate],
    *,
    now: datetime,
    max_per_day: int = 0,
) -> list[tuple[int, int]]:
    """Queue replies about items with news for chats that have an alert of the story.

    Beyond ``max_per_day`` replies per chat and story in 24 hours, the edit of the alert is the only sign
    of news; 0: no limit. Return the chat and item of each reply. The caller holds the locks of the
    chats and numbers the items.
    """
    candidates = list(candidates)
    if not candidates:
        return []
    history = await _read_history(connection, candidates, since=now - _LIMITED_PERIOD)
    unseen = [
        candidate
        for candidate in candidates
        if history.wants_replies(candidate) and candidate.item_id not in history.items(candidate)
    ]
    if not unseen:
        return []
    item_ids = {candidate.item_id for candidate in unseen}
    item_ids = item_ids.union(*(history.items(candidate) for candidate in unseen))
    items_by_id = await _read_items(connection, item_ids)
    # Many chats have received the same items, so each comparison of texts is made once.
    has_news: dict[tuple[int, frozenset[int]], bool] = {}
    rows = []
    queued: list[tuple[int, int]] = []
    for candidate in unseen:
        if max_per_day and history.count_replies(candidate) >= max_per_day:
            continue
        received = history.items(candidate)
        key = (candidate.item_id, frozenset(received))
        if key not in has_news:
            received_items = [items_by_id[item_id] for item_id in sorted(received)]
            has_news[key] = bool(novel_content(items_by_id[candidate.item_id], received_items))
        if has_news[key]:
            received.add(candidate.item_id)
            due_at = max(candidate.due_at, history.due_after(candidate))
            # Only the first reply of a day has a sound.
            is_silent = candidate.silent or history.count_replies(candidate) > 0
            history.record_reply(candidate, due_at)
            queued.append((candidate.chat_id, candidate.item_id))
            rows.append(
                {
                    "chat_id": candidate.chat_id,
                    "story_id": candidate.story_id,
                    "item_id": candidate.item_id,
                    "kind": FOLLOW_UP_REPLY,
                    "created_at": now,
                    "silent": is_silent,
                    "due_at": due_at,
                }
            )
    if rows:
        new = insert(connection, follow_ups).on_conflict_do_nothing(
            index_elements=["chat_id", "item_id"], index_where=IS_REPLY
        )
        await connection.execute(new, rows)
    return queued


async def follow_up_mode(connection: AsyncConnection, chat_id: int) -> str:
    """Return the follow-up mode of a chat: reply, edit, or alert."""
    mode: str = (await connection.execute(READ_MODE, {"chat_id": chat_id})).scalar_one()
    return mode


async def set_follow_up_mode(connection: AsyncConnection, chat_id: int, mode: str) -> None:
    """Set the follow-up mode of a chat."""
    await connection.execute(SET_MODE, {"chat_id": chat_id, "mode_param": mode})


@dataclass(frozen=True, slots=True)
class _History:
    """The items of stories that chats have received, by chat and story.

    Attributes:
        received: the items of the alert and of its replies.
        modes: the follow-up mode by chat.
        held_until: the end of the delay of an alert that is still held.
        replies: the number of recent replies.
        last_reply_at: when the last reply is, or was, due.
    """

    received: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    modes: dict[int, str] = field(default_factory=dict)
    held_until: dict[tuple[int, int], datetime] = field(default_factory=dict)
    replies: Counter[tuple[int, int]] = field(default_factory=Counter)
    last_reply_at: dict[tuple[int, int], datetime] = field(default_factory=dict)

    def wants_replies(self, candidate: FollowUpCandidate) -> bool:
        """Return True if the chat has an alert of the story and receives replies to it."""
        has_alert = (candidate.chat_id, candidate.story_id) in self.received
        return has_alert and self.modes[candidate.chat_id] != FOLLOW_UP_EDIT

    def items(self, candidate: FollowUpCandidate) -> set[int]:
        """Return the items of the story that the chat has received."""
        return self.received[candidate.chat_id, candidate.story_id]

    def count_replies(self, candidate: FollowUpCandidate) -> int:
        """Return the number of recent replies in the story."""
        return self.replies[candidate.chat_id, candidate.story_id]

    def due_after(self, candidate: FollowUpCandidate) -> datetime:
        """Return the earliest time of a reply: not before a held alert, nor soon after a reply."""
        key = (candidate.chat_id, candidate.story_id)
        earliest = self.held_until.get(key, candidate.due_at)
        last_reply_at = self.last_reply_at.get(key)
        if last_reply_at is None:
            return earliest
        return max(earliest, last_reply_at + MIN_REPLY_INTERVAL)

    def record_reply(self, candidate: FollowUpCandidate, due_at: datetime) -> None:
        """Count a reply that is being queued."""
        key = (candidate.chat_id, candidate.story_id)
        self.replies[key] += 1
        self.last_reply_at[key] = due_at


async def _read_history(
    connection: AsyncConnection, candidates: Sequence[FollowUpCandidate], *, since: datetime
) -> _History:
    history = _History()
    story_ids = sorted({candidate.story_id for candidate in candidates})
    for chat_ids in chunks(sorted({candidate.chat_id for candidate in candidates})):
        values = {"chat_ids": list(chat_ids), "story_ids": story_ids}
        for alert in await connection.execute(ALERTS_OF_STORIES, values):
            key = (alert.chat_id, alert.story_id)
            history.received[key] = {alert.item_id}
            history.modes[alert.chat_id] = alert.mode
            if alert.held_until is not None:
                history.held_until[key] = alert.held_until
        for reply in await connection.execute(REPLIES_OF_STORIES, values):
            # A muted or deleted alert leaves its replies behind. They must not count as an alert.
            key = (reply.chat_id, reply.story_id)
            if key in history.received:
                history.received[key].add(reply.item_id)
                history.replies[key] += reply.created_at > since
                last_reply_at = history.last_reply_at.get(key, reply.due_at)
                history.last_reply_at[key] = max(last_reply_at, reply.due_at)
    return history


async def _read_items(connection: AsyncConnection, item_ids: Collection[int]) -> dict[int, Item]:
    items_by_id: dict[int, Item] = {}
    for chunk in chunks(sorted(item_ids)):
        rows = await connection.execute(ITEMS_BY_ID, {"item_ids": list(chunk)})
        items_by_id.update((row.id, item_from_row(row)) for row in rows)
    return items_by_id


async def _write_edits(
    connection: AsyncConnection, story_id: int, chat_ids: Sequence[int], *, now: datetime
) -> None:
    if not chat_ids:
        return
    upsert = insert(connection, follow_ups).on_conflict_do_update(
        index_elements=["chat_id", "story_id"],
        index_where=IS_EDIT,
        set_={"revision": follow_ups.c.revision + 1},
    )
    rows = [
        {
            "chat_id": chat_id,
            "story_id": story_id,
            "kind": FOLLOW_UP_EDIT,
            "created_at": now,
            "due_at": now,
        }
        for chat_id in chat_ids
    ]
    await connection.execute(upsert, rows)
