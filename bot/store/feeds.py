"""Feeds: which is to be asked now, by whom, and how that ended. The table is the queue.

due_at ≤ now, host free ──► claim: the host is ours, the feed comes back by itself if we die
                              │
              looked at, or failed: the next due_at, and the host is free after its pause
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sources import WatchedSource
from bot.store.sql import chunks, insert
from bot.store.tables import ACTIVE, DEAD, PAUSED, REMOVED, hosts, sources
from watchers import Polled, Source

LEASE: Final = timedelta(minutes=2)
"""How long a host is a process's own, and until a feed whose process died is due again."""

FEED: Final = "feed"
_LEFT_ALONE: Final = (PAUSED, REMOVED)

_IS_HELD = exists().where(hosts.c.name == sources.c.host, hosts.c.until > bindparam("now"))
DUE_FEEDS = (
    select(sources)
    .where(sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now"), ~_IS_HELD)
    .order_by(sources.c.due_at)
    .limit(bindparam("most"))
)
NEXT_DUE = select(func.min(sources.c.due_at)).where(sources.c.due_at.is_not(None))
PUT_OFF = update(sources).values(due_at=bindparam("until"))
FREE_HOST = (
    update(hosts)
    .where(hosts.c.name == bindparam("host"), hosts.c.owner == bindparam("mine"))
    .values(until=bindparam("free_at"))
)
FREE_EVERY_HOST = delete(hosts)
FIND_FEED = select(sources).where(sources.c.kind == FEED, sources.c.address == bindparam("address"))
_KEPT = (sources.c.kind == FEED, sources.c.state != REMOVED)
ONE_FEED = select(sources).where(*_KEPT, sources.c.id == bindparam("id"))
LIST_FEEDS = select(sources).where(*_KEPT).order_by(sources.c.id)
COUNT_FEEDS = (
    select(sources.c.state, func.count().label("many")).where(*_KEPT).group_by(sources.c.state)
)
REMOVE_FEED = (
    update(sources)
    .where(*_KEPT, sources.c.id == bindparam("row"))
    .values(state=REMOVED, due_at=None)
)
FORGET_HOSTS = delete(hosts).where(hosts.c.until <= bindparam("now"))


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
    """A feed that is to be followed; its title is replaced by its own when it is first read."""

    address: str
    host: str
    title: str = ""
    tags: tuple[str, ...] = ()


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
    address, tags = new.address, list(new.tags)
    values = {"kind": FEED, "address": address, "host": new.host, "title": new.title, "tags": tags}
    add = insert(connection, sources).values(**values, created_at=now, due_at=due or now)
    made = await connection.execute(add.on_conflict_do_nothing().returning(sources.c.id))
    is_new = made.first() is not None
    row = (await connection.execute(FIND_FEED, {"address": address})).one()
    if (
        row.state == REMOVED and again
    ):  # followed before: what came meanwhile is known first, and no news
        anew = {"state": ACTIVE, "due_at": due or now, "baseline_at": None, "tags": tags}
        await connection.execute(update(sources).where(sources.c.id == row.id).values(**anew))
        row = (await connection.execute(FIND_FEED, {"address": address})).one()
        is_new = True
    return _feed(row), is_new


async def claim_feeds(
    connection: AsyncConnection, *, owner: str, most: int, now: datetime
) -> list[FeedRow]:
    """Up to ``most`` feeds that are due, one of each host; the hosts are ours until freed.

    A host that another process asks, or that was asked a moment ago, is left alone.
    """
    # More than wanted are looked at, because many may be of one host.
    rows = await connection.execute(DUE_FEEDS, {"now": now, "most": 4 * most})
    first: dict[str, FeedRow] = {}
    for row in rows:
        first.setdefault(row.host, _feed(row))
    # In one order for everybody: two processes that claim never wait for each other in a circle.
    wanted = sorted(list(first)[:most])
    if not wanted:
        return []
    take = insert(connection, hosts)
    taken = await connection.execute(
        take.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": take.excluded.owner, "until": take.excluded.until},
            where=hosts.c.until <= now,
        ).returning(hosts.c.name),
        [{"name": name, "owner": owner, "until": now + LEASE} for name in wanted],
    )
    ours = [first[name] for name in taken.scalars()]
    await connection.execute(
        PUT_OFF.where(sources.c.id.in_([one.id for one in ours])), {"until": now + LEASE}
    )
    return sorted(ours, key=lambda one: one.due_at or now)


async def free_host(connection: AsyncConnection, host: str, *, owner: str, at: datetime) -> None:
    """Let anybody ask ``host`` again from then on."""
    await connection.execute(FREE_HOST, {"host": host, "mine": owner, "free_at": at})


async def free_every_host(connection: AsyncConnection) -> None:
    """Take back what a process that died had claimed: only where no other can be alive."""
    await connection.execute(FREE_EVERY_HOST)


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
        "told_dead": False,
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


async def move_feed(connection: AsyncConnection, feed_id: int, *, address: str, host: str) -> bool:
    """The feed has another address. Where that one is followed already, this one is not any more."""
    taken = (await connection.execute(FIND_FEED, {"address": address})).first()
    if taken is not None:
        await remove_feed(connection, feed_id)
        return False
    await connection.execute(
        update(sources).where(sources.c.id == feed_id).values(address=address, host=host)
    )
    return True


async def list_feeds(connection: AsyncConnection) -> list[FeedRow]:
    """Every feed, in the order they were added."""
    return [_feed(row) for row in await connection.execute(LIST_FEEDS)]


async def one_feed(connection: AsyncConnection, feed_id: int) -> FeedRow | None:
    """The feed with this number."""
    row = (await connection.execute(ONE_FEED, {"id": feed_id})).first()
    return _feed(row) if row is not None else None


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


async def ask_now(
    connection: AsyncConnection, feed_ids: Collection[int] | None, *, now: datetime
) -> int:
    """Make feeds due at once (``None``: all that are asked at all), ended ones of the list too."""
    values: dict[str, object] = {"due_at": now}
    if feed_ids is None:
        every = or_(sources.c.state == ACTIVE, sources.c.state == DEAD)
        where = [(sources.c.kind == FEED, every)]
    else:
        where = [(sources.c.kind == FEED, sources.c.id.in_(run)) for run in chunks(feed_ids)]
        values["state"] = ACTIVE
    done = 0
    for each in where:
        found = await connection.execute(update(sources).where(*each).values(**values))
        done += found.rowcount
    return done


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next feed is due."""
    found: datetime | None = (await connection.execute(NEXT_DUE)).scalar_one_or_none()
    return found


async def mark_told(connection: AsyncConnection, feed_id: int, *, told: bool) -> None:
    """The admins know that it is dead, or that it is well again."""
    await connection.execute(update(sources).where(sources.c.id == feed_id).values(told_dead=told))


async def forget_hosts(connection: AsyncConnection, *, now: datetime) -> None:
    """Drop what nobody holds: the table is as small as what is being asked."""
    await connection.execute(FORGET_HOSTS, {"now": now})


def _feed(row: Row[Any]) -> FeedRow:
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
