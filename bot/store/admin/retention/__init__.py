"""Deletion of old rows, a page at a time.

Not here: when it runs (`bot.jobs.retention`).

    follow-ups, alerts   alerts that ended before the cutoff, of closed stories
    announcements        announcements without rows in the outbox
    items                items that neither appeared nor changed since the cutoff, without a kept
                         alert or an existing document; a tombstone prevents a new alert
    stories              stories without items
    tombstones           tombstones of entries that their feed does not list any more
    texts                pages, callback texts, model output, budgets, updates: each with its own age

A pass walks through its table by the key, a page at a time. `find` reads without blocking writers.
`drop` deletes the page in a short transaction, under the same conditions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

BATCH_SIZE: Final = 200
"""The maximum number of rows that one step reads and deletes."""


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The times before which rows are old. ``None``: rows are kept for ever."""

    now: datetime
    items: datetime | None
    alerts: datetime | None


@dataclass(frozen=True, slots=True)
class ExpiredBatch:
    """The keys of rows to delete, and the position of the next batch (``None``: no more rows)."""

    keys: Sequence[Any]
    next_position: Any


NO_MORE: Final = ExpiredBatch((), None)
"""The batch of a pass that has nothing to delete."""


@dataclass(frozen=True, slots=True)
class RetentionPass:
    """A walk through one table.

    Attributes:
        name: the name of the pass in the log.
        find: gets the ``next_position`` of the previous batch, ``None`` at the start.
        drop: deletes the rows with these keys and returns their number.
    """

    name: str
    find: Callable[[AsyncConnection, Any, Cutoffs], Awaitable[ExpiredBatch]]
    drop: Callable[[AsyncConnection, Sequence[Any], Cutoffs], Awaitable[int]]
