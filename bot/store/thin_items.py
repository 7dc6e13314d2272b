"""Items that say too little to be matched: they wait here until the page of their article is read.

poll ──► one transaction: cursor · the item, here ──► claim, one a host ──► its page
                                     ▲                                       │
                                     └── later, some times ◄── it failed ────┤
                                                                             ▼
                                         ingest: one transaction: the item · matches · not here any more
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.feed_queue import claim_hosts, free_host
from bot.store.item_json import item_from_json, item_to_json
from bot.store.sources import WatchedSource
from bot.store.sql import chunks, insert
from bot.store.tables import hosts, items, sources, thin_items
from watchers import Item, Source

LEASE: Final = timedelta(minutes=2)
"""On the host of a page: longer than reading it may take."""

_IS_HELD: Final = exists().where(
    hosts.c.name == thin_items.c.host, hosts.c.until > bindparam("now")
)
DUE_THIN = (
    select(thin_items.c.id, thin_items.c.host)
    .where(thin_items.c.due_at <= bindparam("now"), ~_IS_HELD)
    .order_by(thin_items.c.due_at)
    .limit(bindparam("most"))
)
TAKE_THIN = (
    update(thin_items)
    .where(thin_items.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("until"), tries=thin_items.c.tries + 1)
    .returning(thin_items.c.id)
)
THIN_ITEMS = (
    select(
        *thin_items.c,
        sources.c.kind,
        sources.c.address,
        sources.c.baseline_at,
        sources.c.names,
        func.coalesce(items.c.text, "").label("known_text"),
    )
    .join(sources, sources.c.id == thin_items.c.source_id)
    .outerjoin(
        items,
        and_(items.c.source_id == thin_items.c.source_id, items.c.key == thin_items.c.key),
    )
)
LATE_THIN = (
    THIN_ITEMS.where(thin_items.c.queued_at <= bindparam("before"))
    .order_by(thin_items.c.queued_at)
    .limit(bindparam("most"))
)
# One that came anew meanwhile is another one.
_SAME = (thin_items.c.id == bindparam("row"), thin_items.c.queued_at == bindparam("queued"))
PUT_OFF_THIN = update(thin_items).where(*_SAME).values(due_at=bindparam("until"))
FREE_EVERY_THIN = (
    update(thin_items).where(thin_items.c.due_at > bindparam("now")).values(due_at=bindparam("at"))
)
DROP_THIN = delete(thin_items).where(*_SAME)


@dataclass(frozen=True, slots=True)
class ThinItem:
    """An item that waits for its page.

    ``known_text`` is what is known of it already, where this is an edit; ``tries`` counts the times it
    was claimed.
    """

    id: int
    watched: WatchedSource
    item: Item
    host: str
    queued_at: datetime
    tries: int
    known_text: str


async def queue_thin(
    connection: AsyncConnection,
    source_id: int,
    found: Sequence[tuple[Item, str]],
    *,
    now: datetime,
) -> None:
    """Let items of a source wait for their pages, each with the host of its page."""
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
        for item, host in found
    ]
    if rows:
        new = insert(connection, thin_items)
        anew = {name: new.excluded[name] for name in rows[0] if name not in {"source_id", "key"}}
        await connection.execute(
            new.on_conflict_do_update(index_elements=["source_id", "key"], set_=anew), rows
        )


async def forget_thin(connection: AsyncConnection, source_id: int, keys: Iterable[str]) -> None:
    """What waits under these keys is outdated."""
    for run in chunks(keys):
        await connection.execute(
            delete(thin_items).where(thin_items.c.source_id == source_id, thin_items.c.key.in_(run))
        )


async def claim_thin(
    connection: AsyncConnection, *, owner: str, most: int, now: datetime
) -> list[ThinItem]:
    """Up to ``most`` items whose pages are due, one of each host; the hosts are ours until freed."""
    rows = await connection.execute(DUE_THIN, {"now": now, "most": 4 * most})
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.host, row.id)
    names = await claim_hosts(connection, list(first)[:most], owner=owner, now=now, lease=LEASE)
    if not names:
        return []
    wanted = [first[name] for name in sorted(names)]
    taken = await connection.execute(
        TAKE_THIN.where(thin_items.c.id.in_(wanted)), {"now": now, "until": now + LEASE}
    )
    ours = await _these(connection, list(taken.scalars()))
    for name in names.difference(one.host for one in ours):
        await free_host(connection, name, owner=owner, at=now)
    return ours


async def late_thin(connection: AsyncConnection, *, before: datetime, most: int) -> list[ThinItem]:
    """Items that have waited since ``before``, or longer."""
    rows = await connection.execute(LATE_THIN, {"before": before, "most": most})
    return [_thin(row) for row in rows]


async def put_off_thin(connection: AsyncConnection, thin: ThinItem, *, until: datetime) -> None:
    """Ask for its page again then."""
    values = {"row": thin.id, "queued": thin.queued_at, "until": until}
    await connection.execute(PUT_OFF_THIN, values)


async def drop_thin(connection: AsyncConnection, thin: ThinItem) -> bool:
    """It waits no more, and whether it did; one that came anew meanwhile goes on waiting."""
    done = await connection.execute(DROP_THIN, {"row": thin.id, "queued": thin.queued_at})
    return done.rowcount > 0


async def free_every_thin(connection: AsyncConnection, *, now: datetime) -> None:
    """Take back what a process that died had claimed: only where no other can be alive."""
    await connection.execute(FREE_EVERY_THIN, {"now": now, "at": now})


async def is_thin_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether there is a page that could be asked for now."""
    return (await connection.execute(DUE_THIN, {"now": now, "most": 1})).first() is not None


async def _these(connection: AsyncConnection, ids: Collection[int]) -> list[ThinItem]:
    rows = await connection.execute(THIN_ITEMS.where(thin_items.c.id.in_(ids)))
    return [_thin(row) for row in rows]


def _thin(row: Any) -> ThinItem:
    return ThinItem(
        id=row.id,
        watched=WatchedSource(
            row.source_id,
            Source(row.kind, row.address),
            row.baseline_at is not None,
            names=tuple(row.names),
        ),
        item=item_from_json(row.item),
        host=row.host,
        queued_at=row.queued_at,
        tries=row.tries,
        known_text=row.known_text,
    )
