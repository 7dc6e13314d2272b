"""The queue of due feeds, and the leases on their hosts. The table of sources is the queue.

due_at ≤ now, host free ──► claim: lease the host, set due_at to the end of the lease
                              │
                              ▼
              poll succeeded or failed: set the next due_at, release the host after its pause

If the process ends during the poll, the feed becomes due again when the lease ends.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.feeds.feeds import FeedRow, feed_from_row
from bot.store.tables import hosts, sources

HOST_LEASE: Final = timedelta(seconds=24)
"""The length of a host lease that is not renewed, and the delay after which the feed of a dead process
is due again."""

# More due feeds than wanted are read, because several may belong to one host.
_CANDIDATES_PER_FEED: Final = 4

_IS_LEASED = exists().where(hosts.c.name == sources.c.host, hosts.c.until > bindparam("now"))
# Only the columns for the choice: many more rows are read than claimed.
SELECT_DUE_FEEDS = (
    select(sources.c.id, sources.c.host)
    .where(sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now"), ~_IS_LEASED)
    .order_by(sources.c.due_at)
    .limit(bindparam("limit"))
)
# Another process may have polled the feed since it was read: then it is not due any more.
CLAIM_FEEDS = (
    update(sources)
    .where(sources.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("lease_end"))
    .returning(*sources.c)
)
RELEASE_HOST = (
    update(hosts)
    .where(hosts.c.name == bindparam("host"), hosts.c.owner == bindparam("owner_param"))
    .values(until=bindparam("available_at"))
)
RENEW_HOSTS = (
    update(hosts)
    .where(
        hosts.c.name.in_(bindparam("names", expanding=True)),
        hosts.c.owner == bindparam("owner_param"),
        hosts.c.until > bindparam("now"),
    )
    .values(until=bindparam("lease_end"))
    .returning(hosts.c.name)
)
RELEASE_ALL_HOSTS = delete(hosts)
_EXPIRED = (
    select(hosts.c.name).where(hosts.c.until <= bindparam("now")).with_for_update(skip_locked=True)
)
PRUNE_HOSTS = delete(hosts).where(hosts.c.name.in_(_EXPIRED))


async def is_any_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Return True if a feed is due whose host is free."""
    return (
        await connection.execute(SELECT_DUE_FEEDS, {"now": now, "limit": 1})
    ).first() is not None


async def claim_feeds(
    connection: AsyncConnection,
    *,
    owner: str,
    limit: int,
    now: datetime,
    lease: timedelta = HOST_LEASE,
) -> list[FeedRow]:
    """Lease the hosts of due feeds. Return up to ``limit`` feeds, one per host.

    The feed that has waited longest comes first. The leases end when they are released, or after
    ``lease`` if they are not renewed. Hosts that another process has leased, or whose pause has not
    ended, are left out.
    """
    candidate_limit = _CANDIDATES_PER_FEED * limit
    rows = await connection.execute(SELECT_DUE_FEEDS, {"now": now, "limit": candidate_limit})
    feed_by_host: dict[str, int] = {}
    for row in rows:
        feed_by_host.setdefault(row.host, row.id)
    candidates = list(feed_by_host)[:limit]
    leased = await claim_hosts(connection, candidates, owner=owner, now=now, lease=lease)
    if not leased:
        return []
    claimed = await connection.execute(
        CLAIM_FEEDS.where(sources.c.id.in_([feed_by_host[host] for host in leased])),
        {"now": now, "lease_end": now + lease},
    )
    feeds = {row.host: feed_from_row(row) for row in claimed}
    for host in leased.difference(feeds):
        await release_host(connection, host, owner=owner, available_at=now)
    return [feeds[host] for host in feed_by_host if host in feeds]


async def claim_host(
    connection: AsyncConnection,
    host: str,
    *,
    owner: str,
    now: datetime,
    lease: timedelta = HOST_LEASE,
) -> bool:
    """Lease one host. Return False if it is leased or its pause has not ended."""
    return bool(await claim_hosts(connection, [host], owner=owner, now=now, lease=lease))


async def claim_hosts(
    connection: AsyncConnection,
    wanted: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta = HOST_LEASE,
) -> set[str]:
    """Lease the hosts that are free. Return them."""
    if not wanted:
        return set()
    statement = insert(connection, hosts)
    claimed = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": statement.excluded.owner, "until": statement.excluded.until},
            where=hosts.c.until <= now,
        ).returning(hosts.c.name),
        # The sorted order prevents deadlocks between two processes that claim the same hosts.
        [{"name": host, "owner": owner, "until": now + lease} for host in sorted(wanted)],
    )
    return set(claimed.scalars())


async def renew_hosts(
    connection: AsyncConnection,
    names: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta = HOST_LEASE,
) -> set[str]:
    """Extend the leases of ``owner`` on these hosts. Return the hosts that it still has."""
    values = {
        "names": sorted(names),
        "owner_param": owner,
        "now": now,
        "lease_end": now + lease,
    }
    return set((await connection.execute(RENEW_HOSTS, values)).scalars())


async def release_host(
    connection: AsyncConnection, host: str, *, owner: str, available_at: datetime
) -> None:
    """End the lease of ``owner``. Any process may lease the host from the time ``available_at``."""
    values = {"host": host, "owner_param": owner, "available_at": available_at}
    await connection.execute(RELEASE_HOST, values)


async def release_all_hosts(connection: AsyncConnection) -> None:
    """End all leases. Call this only if no other process can hold one."""
    await connection.execute(RELEASE_ALL_HOSTS)


async def prune_hosts(connection: AsyncConnection, *, now: datetime) -> None:
    """Delete expired leases, so that the table contains only hosts that are being polled."""
    await connection.execute(PRUNE_HOSTS, {"now": now})
