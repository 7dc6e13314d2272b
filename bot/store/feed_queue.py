"""The queue of feeds: which is to be asked now, and by whom. The table is the queue.

due_at ≤ now, host free ──► claim: the host is ours, the feed comes back by itself if we die
                              │
              looked at, or failed: the next due_at, and the host is free after its pause
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.feeds import FeedRow, feed_of
from bot.store.sql import insert
from bot.store.tables import hosts, sources

LEASE: Final = timedelta(seconds=24)
"""How long a host is a process's own if it is not renewed, and until a feed whose process died is due."""

_IS_HELD = exists().where(hosts.c.name == sources.c.host, hosts.c.until > bindparam("now"))
# Only what the choice is made by: many more are looked at than are taken.
DUE_FEEDS = (
    select(sources.c.id, sources.c.host)
    .where(sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now"), ~_IS_HELD)
    .order_by(sources.c.due_at)
    .limit(bindparam("most"))
)
# Somebody else may have asked it since it was looked up: then it is not due any more.
TAKE_FEEDS = (
    update(sources)
    .where(sources.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("until"))
    .returning(*sources.c)
)
FREE_HOST = (
    update(hosts)
    .where(hosts.c.name == bindparam("host"), hosts.c.owner == bindparam("mine"))
    .values(until=bindparam("free_at"))
)
KEEP_HOSTS = (
    update(hosts)
    .where(
        hosts.c.name.in_(bindparam("names", expanding=True)),
        hosts.c.owner == bindparam("mine"),
        hosts.c.until > bindparam("now"),
    )
    .values(until=bindparam("ends"))
    .returning(hosts.c.name)
)
FREE_EVERY_HOST = delete(hosts)
_UNUSED = (
    select(hosts.c.name).where(hosts.c.until <= bindparam("now")).with_for_update(skip_locked=True)
)
FORGET_HOSTS = delete(hosts).where(hosts.c.name.in_(_UNUSED))


async def is_any_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether there is a feed that could be asked now."""
    return (await connection.execute(DUE_FEEDS, {"now": now, "most": 1})).first() is not None


async def claim_feeds(
    connection: AsyncConnection,
    *,
    owner: str,
    most: int,
    now: datetime,
    lease: timedelta = LEASE,
) -> list[FeedRow]:
    """Up to ``most`` feeds that are due, one of each host; the hosts are ours until freed.

    Or until the ``lease`` ends, if nobody keeps them. A host that another process asks, or that was
    asked a moment ago, is left alone.
    """
    # More than wanted are looked at, because many may be of one host.
    rows = await connection.execute(DUE_FEEDS, {"now": now, "most": 4 * most})
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.host, row.id)
    names = await claim_hosts(connection, list(first)[:most], owner=owner, now=now, lease=lease)
    if not names:
        return []
    taken = await connection.execute(
        TAKE_FEEDS.where(sources.c.id.in_([first[name] for name in names])),
        {"now": now, "until": now + lease},
    )
    ours = {row.host: feed_of(row) for row in taken}
    for name in names.difference(ours):
        await free_host(connection, name, owner=owner, at=now)
    return [ours[name] for name in first if name in ours]


async def claim_host(
    connection: AsyncConnection,
    host: str,
    *,
    owner: str,
    now: datetime,
    lease: timedelta = LEASE,
) -> bool:
    """Make one host ours until freed; whether nobody else has it, and it was let rest."""
    return bool(await claim_hosts(connection, [host], owner=owner, now=now, lease=lease))


async def keep_hosts(
    connection: AsyncConnection,
    names: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta = LEASE,
) -> set[str]:
    """Have these hosts for longer; those that are still ours."""
    values = {"names": sorted(names), "mine": owner, "now": now, "ends": now + lease}
    return set((await connection.execute(KEEP_HOSTS, values)).scalars())


async def claim_hosts(
    connection: AsyncConnection,
    wanted: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta = LEASE,
) -> set[str]:
    """Make hosts ours until freed; those of them that nobody else has, and that were let rest."""
    if not wanted:
        return set()
    take = insert(connection, hosts)
    taken = await connection.execute(
        take.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": take.excluded.owner, "until": take.excluded.until},
            where=hosts.c.until <= now,
        ).returning(hosts.c.name),
        # In one order for everybody: two processes that claim never wait for each other in a circle.
        [{"name": name, "owner": owner, "until": now + lease} for name in sorted(wanted)],
    )
    return set(taken.scalars())


async def free_host(connection: AsyncConnection, host: str, *, owner: str, at: datetime) -> None:
    """Let anybody ask ``host`` again from then on."""
    await connection.execute(FREE_HOST, {"host": host, "mine": owner, "free_at": at})


async def free_every_host(connection: AsyncConnection) -> None:
    """Take back what a process that died had claimed: only where no other can be alive."""
    await connection.execute(FREE_EVERY_HOST)


async def forget_hosts(connection: AsyncConnection, *, now: datetime) -> None:
    """Drop what nobody holds: the table is as small as what is being asked."""
    await connection.execute(FORGET_HOSTS, {"now": now})
