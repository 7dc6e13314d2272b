"""Store the results of feed polls: metadata, failures and moves to other addresses.

A feed keeps its row when its title or address changes. The former ones stay in ``names``, so that a topic
that names one of them still matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.feeds.feeds import (
    FIND_FEED,
    INACTIVE_STATES,
    FeedRow,
    public_names,
    remove_feed,
    reset_feed_values,
)
from bot.store.tables import ACTIVE, PAUSED, sources
from watchers import PollResult

MAX_FEED_NAMES: Final = 20
"""Stored names of one feed, the oldest and the newest: some feeds put the date or a count into the
title."""

NAMES_OF_FEED = select(sources.c.names).where(sources.c.id == bindparam("id"))


async def record_poll_success(
    connection: AsyncConnection,
    feed_id: int,
    polled: PollResult,
    *,
    now: datetime,
    item_count: int,
) -> None:
    """Store a successful poll that saved ``item_count`` items, and the next due time."""
    due, about = polled.due_at, polled.feed_info
    values: dict[str, Any] = {
        "polled_at": now,
        "succeeded_at": now,
        "due_at": due,
        "interval": (due - now).total_seconds() if due else None,
        "problem": None,
        "failures": 0,
        "failing_since": None,
        "state": ACTIVE,
    }
    if about is not None:
        values |= {"site": about.site} | ({"title": about.title} if about.title else {})
        values["names"] = await _merged_names(connection, feed_id, (about.title,))
    if item_count:
        values["news_at"] = now
    # A user may have paused or removed the feed during the poll.
    where = (sources.c.id == feed_id, sources.c.state.not_in(INACTIVE_STATES))
    await connection.execute(update(sources).where(*where).values(**values))


async def touch_news_at(connection: AsyncConnection, feed_id: int, *, now: datetime) -> None:
    """Record that a feed has new entries, although they are not stored as items yet."""
    await connection.execute(update(sources).where(sources.c.id == feed_id).values(news_at=now))


async def record_failure(
    connection: AsyncConnection,
    feed: FeedRow,
    *,
    now: datetime,
    problem: str,
    state: str,
    due: datetime | None,
    is_fault_of_host: bool = False,
) -> None:
    """Store a failed poll. A fault of the host does not count as a failure of the feed."""
    values = {
        "polled_at": now,
        "problem": problem,
        "failures": feed.failures + (not is_fault_of_host),
        "failing_since": feed.failing_since or now,
        "state": state,
        "due_at": due,
    }
    where = (sources.c.id == feed.id, sources.c.state.not_in(INACTIVE_STATES))
    await connection.execute(update(sources).where(*where).values(**values))


async def move_feed(
    connection: AsyncConnection, feed_id: int, *, address: str, host: str, now: datetime
) -> bool:
    """Change the address of a feed. Return False if another feed has this address.

    In that case this feed is removed, the other feed gets its names, and the other feed is started
    again unless it is active or paused.
    """
    other = (await connection.execute(FIND_FEED, {"address": address})).first()
    if other is not None and other.id != feed_id:
        await remove_feed(connection, feed_id)
        # Topics that name the removed feed match the items of the other feed.
        names = (await connection.execute(NAMES_OF_FEED, {"id": feed_id})).scalar_one()
        merged_names = await _merged_names(connection, other.id, names)
        await connection.execute(
            update(sources).where(sources.c.id == other.id).values(names=merged_names)
        )
        if other.state not in {ACTIVE, PAUSED}:
            await connection.execute(
                update(sources).where(sources.c.id == other.id).values(**reset_feed_values(now))
            )
        return False
    merged_names = await _merged_names(connection, feed_id, (address,))
    await connection.execute(
        update(sources)
        .where(sources.c.id == feed_id)
        .values(address=address, host=host, names=merged_names)
    )
    return True


async def _merged_names(
    connection: AsyncConnection, feed_id: int, new_names: Iterable[str]
) -> list[str]:
    """Return the stored and the new names of a feed, without duplicates and within the limit."""
    rows = await connection.execute(NAMES_OF_FEED, {"id": feed_id})
    stored_names: Sequence[str] = rows.scalar_one_or_none() or ()
    known_names = public_names((*stored_names, *new_names))
    names = list(dict.fromkeys(name for name in known_names if name))
    half = MAX_FEED_NAMES // 2
    return names if len(names) <= MAX_FEED_NAMES else [*names[:half], *names[-half:]]
