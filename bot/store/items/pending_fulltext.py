"""Pending items: items with little text that wait until the page of their article has been fetched.

poll ──► one transaction: cursor · pending item ──► claim (one per host) ──► fetch the page
                                      ▲                                        │
                                      └── retry with backoff ◄── failure ──────┤
                                                                               ▼
                              ingest, one transaction: item · matches · pending item deleted
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import chunks, insert
from bot.store.feeds.feed_queue import claim_hosts, release_host
from bot.store.feeds.feeds import public_names
from bot.store.feeds.sources import WatchedSource
from bot.store.items.item_json import item_from_json, item_to_json
from bot.store.tables import hosts, items, pending_items, sources
from watchers import Item, Source

PAGE_LEASE: Final = timedelta(minutes=2)
"""The length of the lease on the host of a page: longer than the timeout of a fetch."""

# More due items than wanted are read, because several may belong to one host.
_CANDIDATES_PER_ITEM: Final = 4

_IS_LEASED: Final = exists().where(
    hosts.c.name == pending_items.c.host, hosts.c.until > bindparam("now")
)
DUE_PENDING = (
    select(pending_items.c.id, pending_items.c.host)
    .where(pending_items.c.due_at <= bindparam("now"), ~_IS_LEASED)
    .order_by(pending_items.c.due_at)
    .limit(bindparam("limit"))
)
CLAIM_PENDING = (
    update(pending_items)
    .where(pending_items.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("lease_end"), tries=pending_items.c.tries + 1)
    .returning(pending_items.c.id)
)
READ_PENDING = (
    select(
        *pending_items.c,
        sources.c.kind,
        sources.c.address,
        sources.c.baseline_at,
        sources.c.names,
        func.coalesce(items.c.text, "").label("known_text"),
    )
    .join(sources, sources.c.id == pending_items.c.source_id)
    .outerjoin(
        items,
        and_(items.c.source_id == pending_items.c.source_id, items.c.key == pending_items.c.key),
    )
)
OVERDUE_PENDING = (
    READ_PENDING.where(pending_items.c.queued_at <= bindparam("before"))
    .order_by(pending_items.c.queued_at)
    .limit(bindparam("limit"))
)
# A newer version of the item has the same row and another queued_at.
_IS_SAME_VERSION = (
    pending_items.c.id == bindparam("row"),
    pending_items.c.queued_at == bindparam("queued"),
)
RESCHEDULE_PENDING = (
    update(pending_items).where(*_IS_SAME_VERSION).values(due_at=bindparam("retry_at"))
)
RELEASE_ALL_PENDING = (
    update(pending_items)
    .where(pending_items.c.due_at > bindparam("now"))
    .values(due_at=bindparam("available_at"))
)
DELETE_PENDING = delete(pending_items).where(*_IS_SAME_VERSION)


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An item that waits for its page.

    ``known_text`` is the text of the stored item if this is a new version of it. ``tries`` is the number
    of claims.
    """

    id: int
    watched: WatchedSource
    item: Item
    host: str
    queued_at: datetime
    tries: int
    known_text: str


async def queue_pending(
    connection: AsyncConnection,
    source_id: int,
    items_with_hosts: Sequence[tuple[Item, str]],
    *,
    now: datetime,
) -> None:
    """Store items of a source, each with the host of its page. Replace their older versions."""
    rows = [
        {
            "source_id": source_id,
            "key": item.key,
            "item": item_to_json(item),
            "host": host,
            "queued_at": now,
            "due_at": now,
            "tries": 0,
        }
        for item, host in items_with_hosts
    ]
    if rows:
        statement = insert(connection, pending_items)
        updates = {
            name: statement.excluded[name] for name in rows[0] if name not in {"source_id", "key"}
        }
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["source_id", "key"], set_=updates),
            rows,
        )


async def delete_superseded(
    connection: AsyncConnection, source_id: int, keys: Iterable[str]
) -> None:
    """Delete pending versions of items for which a complete version has arrived."""
    for batch in chunks(keys):
        await connection.execute(
            delete(pending_items).where(
                pending_items.c.source_id == source_id, pending_items.c.key.in_(batch)
            )
        )


async def claim_pending(
    connection: AsyncConnection, *, owner: str, limit: int, now: datetime
) -> list[PendingItem]:
    """Lease the hosts of due pages. Return up to ``limit`` items, one per host."""
    candidate_limit = _CANDIDATES_PER_ITEM * limit
    rows = await connection.execute(DUE_PENDING, {"now": now, "limit": candidate_limit})
    item_by_host: dict[str, int] = {}
    for row in rows:
        item_by_host.setdefault(row.host, row.id)
    candidates = list(item_by_host)[:limit]
    leased = await claim_hosts(connection, candidates, owner=owner, now=now, lease=PAGE_LEASE)
    if not leased:
        return []
    ids = [item_by_host[host] for host in sorted(leased)]
    claimed = await connection.execute(
        CLAIM_PENDING.where(pending_items.c.id.in_(ids)),
        {"now": now, "lease_end": now + PAGE_LEASE},
    )
    pending = await _read_pending(connection, list(claimed.scalars()))
    # Another process may have claimed the item in the meantime.
    for host in leased.difference(row.host for row in pending):
        await release_host(connection, host, owner=owner, available_at=now)
    return pending


async def overdue_pending(
    connection: AsyncConnection, *, before: datetime, limit: int
) -> list[PendingItem]:
    """Return up to ``limit`` items that have waited since ``before`` or longer."""
    rows = await connection.execute(OVERDUE_PENDING, {"before": before, "limit": limit})
    return [_pending_of(row) for row in rows]


async def reschedule_pending(
    connection: AsyncConnection, pending: PendingItem, *, retry_at: datetime
) -> None:
    """Fetch the page of an item again at ``retry_at``."""
    values = {"row": pending.id, "queued": pending.queued_at, "retry_at": retry_at}
    await connection.execute(RESCHEDULE_PENDING, values)


async def delete_pending(connection: AsyncConnection, pending: PendingItem) -> bool:
    """Delete a pending item. Return False if it is gone or a newer version has replaced it."""
    deleted = await connection.execute(
        DELETE_PENDING, {"row": pending.id, "queued": pending.queued_at}
    )
    return deleted.rowcount > 0


async def release_all_pending(connection: AsyncConnection, *, now: datetime) -> None:
    """Make all items due. Call this only if no other process can have claimed one."""
    await connection.execute(RELEASE_ALL_PENDING, {"now": now, "available_at": now})


async def is_pending_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Return True if a page is due whose host is free."""
    return (await connection.execute(DUE_PENDING, {"now": now, "limit": 1})).first() is not None


async def _read_pending(connection: AsyncConnection, ids: Collection[int]) -> list[PendingItem]:
    rows = await connection.execute(READ_PENDING.where(pending_items.c.id.in_(ids)))
    return [_pending_of(row) for row in rows]


def _pending_of(row: Any) -> PendingItem:
    return PendingItem(
        id=row.id,
        watched=WatchedSource(
            row.source_id,
            Source(row.kind, row.address),
            row.baseline_at is not None,
            names=public_names(row.names),
        ),
        item=item_from_json(row.item),
        host=row.host,
        queued_at=row.queued_at,
        tries=row.tries,
        known_text=row.known_text,
    )
