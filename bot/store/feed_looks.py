"""How looks at feeds end: what each says about itself, what is wrong with it, and where it has moved.

A feed keeps its row through a new title and a new address; what it was called before stands in its
``names``, so that a topic that asks for it by an old one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.feeds import FIND_FEED, LEFT_ALONE, FeedRow, anew, remove_feed
from bot.store.tables import ACTIVE, PAUSED, sources
from watchers import Polled

MOST_NAMES: Final = 20
"""Names kept of a feed, the first ones and the last: some put the day, or a count, into their title."""

NAMES_OF = select(sources.c.names).where(sources.c.id == bindparam("id"))


async def record_look(
    connection: AsyncConnection,
    feed_id: int,
    polled: Polled,
    *,
    now: datetime,
    brought: int,
) -> None:
    """It could be read: what it says about itself, and when it is due again."""
    due, about = polled.due, polled.about
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
        values["names"] = await _names(connection, feed_id, (about.title,))
    if brought:
        values["news_at"] = now
    # One that was paused or removed while it was being read stays so.
    where = (sources.c.id == feed_id, sources.c.state.not_in(LEFT_ALONE))
    await connection.execute(update(sources).where(*where).values(**values))


async def note_news(connection: AsyncConnection, feed_id: int, *, now: datetime) -> None:
    """It brought something that is not among the items yet."""
    await connection.execute(update(sources).where(sources.c.id == feed_id).values(news_at=now))


async def record_failure(
    connection: AsyncConnection,
    feed: FeedRow,
    *,
    now: datetime,
    problem: str,
    state: str,
    due: datetime | None,
) -> None:
    """It could not be read."""
    values = {
        "polled_at": now,
        "problem": problem,
        "failures": feed.failures + 1,
        "failing_since": feed.failing_since or now,
        "state": state,
        "due_at": due,
    }
    where = (sources.c.id == feed.id, sources.c.state.not_in(LEFT_ALONE))
    await connection.execute(update(sources).where(*where).values(**values))


async def move_feed(
    connection: AsyncConnection, feed_id: int, *, address: str, host: str, now: datetime
) -> bool:
    """The feed has another address. Where that one is known already, this one is not followed any more.

    The other one then is, if it is not by somebody's wish that it is paused. Whether it was moved.
    """
    taken = (await connection.execute(FIND_FEED, {"address": address})).first()
    if taken is not None and taken.id != feed_id:
        await remove_feed(connection, feed_id)
        # Whoever asked for the one by its name is brought what the other brings.
        mine = (await connection.execute(NAMES_OF, {"id": feed_id})).scalar_one()
        names = await _names(connection, taken.id, mine)
        await connection.execute(
            update(sources).where(sources.c.id == taken.id).values(names=names)
        )
        if taken.state not in {ACTIVE, PAUSED}:
            await connection.execute(
                update(sources).where(sources.c.id == taken.id).values(**anew(now))
            )
        return False
    values = {"address": address, "host": host}
    names = await _names(connection, feed_id, (address,))
    await connection.execute(
        update(sources).where(sources.c.id == feed_id).values(**values, names=names)
    )
    return True


async def _names(connection: AsyncConnection, feed_id: int, new: Iterable[str]) -> list[str]:
    known = (await connection.execute(NAMES_OF, {"id": feed_id})).scalar_one_or_none()
    return _with_names(known or (), new)


def _with_names(known: Sequence[str], new: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(name for name in (*known, *new) if name))
    half = MOST_NAMES // 2
    return names if len(names) <= MOST_NAMES else [*names[:half], *names[-half:]]
