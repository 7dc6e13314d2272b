"""What is deleted for its age, and what stays however old it is.

    follow-ups, alerts   ended long ago, of a story that is closed, telling nothing that still stands
    announcements        that are in the outbox no more
    items                neither found nor changed of late, told by no alert that is kept, no document
                         that lies in its folder; a note stays behind, so that it is never news again
    stories              of which nothing is left
    notes of items       of feeds that show them no more
    texts                pages, buttons' texts, what models wrote, budgets, updates: each its own time

Each sweep goes through its table by the key, a page at a time: `find` reads (and holds nobody up), `drop`
deletes what was found in a short transaction, under the same conditions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

PAGE: Final = 200
"""Rows looked at, and deleted at most, in one step."""


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Moments before which things are old. ``None``: they are kept for ever."""

    now: datetime
    items: datetime | None
    alerts: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a sweep: what may go, and where the next page begins (``None``: this was the last)."""

    keys: Sequence[Any]
    after: Any


@dataclass(frozen=True, slots=True)
class Sweep:
    """A way through a table. ``after`` is `Found.after` of the page before, ``None`` at the beginning."""

    name: str
    find: Callable[[AsyncConnection, Any, Cutoffs], Awaitable[Found]]
    drop: Callable[[AsyncConnection, Sequence[Any], Cutoffs], Awaitable[int]]
