"""Texts, updates and budgets: each is kept for its own time, whatever the settings say.

Whoever writes one of them drops the old ones as well; these sweeps do it where nobody writes any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Column, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import kept as kept_texts
from bot.store import pages as kept_pages
from bot.store import updates as kept_updates
from bot.store import written as kept_written
from bot.store.retention import PAGE, Cutoffs, Found, Sweep
from bot.store.tables import kept, pages, spending, updates, written

Before = Callable[[datetime], Any]
"""From now to the value before which a row is old."""


def _sweep(column: Column[Any], before: Before) -> Sweep:
    table = column.table
    key = list(table.primary_key)

    async def find(connection: AsyncConnection, _after: Any, cutoffs: Cutoffs) -> Found:
        old = select(*key).where(column < before(cutoffs.now)).order_by(column).limit(PAGE)
        found = [tuple(row) for row in await connection.execute(old)]
        return Found(found, True if len(found) == PAGE else None)

    async def drop(connection: AsyncConnection, keys: Sequence[Any], cutoffs: Cutoffs) -> int:
        those = tuple_(*key).in_(list(keys))
        old = delete(table).where(those, column < before(cutoffs.now))
        return (await connection.execute(old)).rowcount

    return Sweep(str(table.name), find, drop)


def _day_before(now: datetime) -> str:
    return (now - kept_written.SPENDING_KEPT).astimezone(UTC).date().isoformat()


TEXTS: Final = (
    _sweep(updates.c.seen_at, lambda now: now - kept_updates.KEPT),
    _sweep(pages.c.read_at, lambda now: now - kept_pages.FRESH),
    _sweep(kept.c.kept_at, lambda now: now - kept_texts.KEPT),
    _sweep(written.c.written_at, lambda now: now - kept_written.KEPT),
    _sweep(spending.c.day, _day_before),
)
"""A sweep for each of them."""
