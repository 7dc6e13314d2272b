"""Feeds: how each stands, how its last look ended, and the list of them.

active ── fails for a week ──► dead ── is read again ──► active
   └── gone for good ──► ended         paused, removed: by somebody's wish
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sources import WatchedSource
from bot.store.sql import chunks, insert
from bot.store.tables import ACTIVE, DEAD, PAUSED, REMOVED, sources
from watchers import Polled, Source

FEED: Final = "feed"
_LEFT_ALONE: Final = (PAUSED, REMOVED)

FIND_FEED = select(sources).where(sources.c.kind == FEED, sources.c.address == bindparam("address"))
FIND_TWIN = (
    select(sources)
    .where(sources.c.kind == FEED, sources.c.state != REMOVED)
    .order_by(sources.c.id)
    .limit(1)
)
_KEPT = (sources.c.kind == FEED, sources.c.state != REMOVED)
ONE_FEED = select(sources).where(*_KEPT, sources.c.id == bindparam("id"))
LIST_FEEDS = (
    select(sources)
    .where(*_KEPT, sources.c.id > bindparam("after"))
    .order_by(sources.c.id)
    .limit(bindparam("most"))
)
# What is wrong comes first.
SOME_FEEDS = (
    select(sources)
    .where(*_KEPT)
    .order_by(sources.c.problem.is_(None), sources.c.id)
    .limit(bindparam("most"))
)
FEED_NAMES = select(sources.c.id, sources.c.title, sources.c.address).where(*_KEPT)
COUNT_FEEDS = (
    select(sources.c.state, func.count().label("many")).where(*_KEPT).group_by(sources.c.state)
)
REMOVE_FEED = (
    update(sources)
    .where(*_KEPT, sources.c.id == bindparam("row"))
    .values(state=REMOVED, due_at=None)
)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as the store knows it: how it stands, and what is wrong with it, if something is."""

    id: int
    address: str
    title: str
    site: str | None
    tags: tuple[str, ...]
    host: str
    state: str
    is_baselined: bool
    due_at: datetime | None
    interval: float | None
    polled_at: datetime | None
    succeeded_at: datetime | None
    news_at: datetime | None
    failures: int
    failing_since: datetime | None
    problem: str | None
    told_dead: bool

    @property
    def watched(self) -> WatchedSource:
        """As ingest takes it."""
        return WatchedSource(self.id, Source(FEED, self.address), self.is_baselined)

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or self.address


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed that is to be followed; its title is replaced by its own when it is first read.

    ``twins`` are other spellings of its address: where one is followed, this feed is.
    """

    address: str
    host: str
    title: str = ""
    tags: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()


async def add_feed(
    connection: AsyncConnection,
    new: NewFeed,
    *,
    now: datetime,
    due: datetime | None = None,
    again: bool = True,
) -> tuple[FeedRow, bool]:
    """The feed, made if it is new, and whether it is. It is due at once, or ``due``.

    ``again``: also if somebody removed it before.
    """
    known = await find_feed(connection, (new.address, *new.twins))
    if known is not None:
        return known, False
    address, tags = new.address, list(new.tags)
    values = {"kind": FEED, "address": address, "host": new.host, "title": new.title, "tags": tags}
    add = insert(connection, sources).values(**values, created_at=now, due_at=due or now)
    made = await connection.execute(add.on_conflict_do_nothing().returning(sources.c.id))
    is_new = made.first() is not None
    row = (await connection.execute(FIND_FEED, {"address": address})).one()
    if row.state == REMOVED and again:
        await connection.execute(
            update(sources).where(sources.c.id == row.id).values(**_anew(due or now), tags=tags)
        )
        row = (await connection.execute(FIND_FEED, {"address": address})).one()
        is_new = True
    return feed_of(row), is_new


def _anew(due: datetime) -> dict[str, object]:
    """Followed before: what came meanwhile is known first, and no news."""
    return {
        "state": ACTIVE,
        "due_at": due,
        "baseline_at": None,
        "problem": None,
        "failures": 0,
        "failing_since": None,
        "told_dead": False,
    }


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
    if brought:
        values["news_at"] = now
    # One that was paused or removed while it was being read stays so.
    where = (sources.c.id == feed_id, sources.c.state.not_in(_LEFT_ALONE))
    await connection.execute(update(sources).where(*where).values(**values))


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
    where = (sources.c.id == feed.id, sources.c.state.not_in(_LEFT_ALONE))
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
        if taken.state not in {ACTIVE, PAUSED}:
            await connection.execute(
                update(sources).where(sources.c.id == taken.id).values(**_anew(now))
            )
        return False
    await connection.execute(
        update(sources).where(sources.c.id == feed_id).values(address=address, host=host)
    )
    return True


async def list_feeds(connection: AsyncConnection, *, most: int, after: int = 0) -> list[FeedRow]:
    """Up to ``most`` feeds in the order they were added, those behind number ``after``."""
    return [
        feed_of(row) for row in await connection.execute(LIST_FEEDS, {"after": after, "most": most})
    ]


async def some_feeds(connection: AsyncConnection, *, most: int) -> list[FeedRow]:
    """Up to ``most`` feeds, those with something wrong first."""
    return [feed_of(row) for row in await connection.execute(SOME_FEEDS, {"most": most})]


async def feed_names(connection: AsyncConnection) -> Sequence[tuple[int, str, str]]:
    """Number, title and address of every feed."""
    rows = await connection.execute(FEED_NAMES)
    return [(row.id, row.title, row.address) for row in rows]


async def find_feed(connection: AsyncConnection, addresses: Collection[str]) -> FeedRow | None:
    """The feed that is followed at one of these addresses."""
    among = FIND_TWIN.where(sources.c.address.in_(addresses))
    row = (await connection.execute(among)).first()
    return feed_of(row) if row is not None else None


async def one_feed(connection: AsyncConnection, feed_id: int) -> FeedRow | None:
    """The feed with this number."""
    row = (await connection.execute(ONE_FEED, {"id": feed_id})).first()
    return feed_of(row) if row is not None else None


async def count_feeds(connection: AsyncConnection) -> dict[str, int]:
    """How many feeds stand how."""
    return {row.state: row.many for row in await connection.execute(COUNT_FEEDS)}


async def remove_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Follow it no more; what it brought stays in the archive. Whether it was followed."""
    return (await connection.execute(REMOVE_FEED, {"row": feed_id})).rowcount > 0


async def pause_feed(connection: AsyncConnection, feed_id: int) -> bool:
    """Ask it no more, until it is resumed; whether it was being asked."""
    where = (sources.c.id == feed_id, sources.c.kind == FEED, sources.c.state.not_in(_LEFT_ALONE))
    done = await connection.execute(update(sources).where(*where).values(state=PAUSED, due_at=None))
    return done.rowcount > 0


async def resume_feed(connection: AsyncConnection, feed_id: int, *, now: datetime) -> bool:
    """Ask it again from now on, whatever it was before; whether it is followed."""
    where = (*_KEPT, sources.c.id == feed_id)
    done = await connection.execute(update(sources).where(*where).values(state=ACTIVE, due_at=now))
    return done.rowcount > 0


async def ask_now(
    connection: AsyncConnection,
    feed_ids: Collection[int] | None,
    *,
    now: datetime,
    not_since: datetime,
) -> int:
    """Make feeds due at once (``None``: all), and tell how many.

    Not those that are paused or gone, nor those that were asked after ``not_since``.
    """
    where = [
        sources.c.kind == FEED,
        or_(sources.c.state == ACTIVE, sources.c.state == DEAD),
        or_(sources.c.polled_at.is_(None), sources.c.polled_at <= not_since),
    ]
    runs = [[]] if feed_ids is None else [[sources.c.id.in_(run)] for run in chunks(feed_ids)]
    done = 0
    for run in runs:
        found = await connection.execute(update(sources).where(*where, *run).values(due_at=now))
        done += found.rowcount
    return done


def feed_of(row: Row[Any]) -> FeedRow:
    """The feed in a whole row of the table."""
    return FeedRow(
        id=row.id,
        address=row.address,
        title=row.title,
        site=row.site,
        tags=tuple(row.tags),
        host=row.host,
        state=row.state,
        is_baselined=row.baseline_at is not None,
        due_at=row.due_at,
        interval=row.interval,
        polled_at=row.polled_at,
        succeeded_at=row.succeeded_at,
        news_at=row.news_at,
        failures=row.failures,
        failing_since=row.failing_since,
        problem=row.problem,
        told_dead=row.told_dead,
    )
