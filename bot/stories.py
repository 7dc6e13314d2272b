"""Stories as this process knows them: the index, kept up with the store.

    turn ──► follow (what others brought) ──► transaction: hold ──► assign ──► … ──► commit
                                                           (the rest)        └─ failed: built anew

Which story an item belongs to is decided by one process at a time: whoever holds the store's row for it
has first taken over everything that was brought before. So any number of processes gives the same
stories as one, and a restart the same as none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from bot.store import Transaction
from bot.store.stories import TAKEN_AT_ONCE, hold_stories, items_of_stories, newest
from watchers import Item
from watchers.stories import Signature, StoryIndex
from watchers.stories.index import MOST_ITEMS, WINDOW

_KNOWN: Final = 2 * MOST_ITEMS
_FEW: Final = 20  # items that are read before anybody notices; more go to a thread


class Stories:
    """Assigns items to stories, inside the transaction that writes them."""

    def __init__(self) -> None:
        self._index: StoryIndex | None = None
        self._upto = 0  # the last item that is in the index
        self._turn = asyncio.Lock()
        self._signatures: Mapping[str, Signature] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A block in which stories are assigned. If it fails, what it assigned is forgotten."""
        async with self._turn:
            try:
                yield
            except BaseException:
                self._index = None  # it holds what the store does not
                raise

    async def follow(self, connection: Transaction, *, now: datetime) -> None:
        """Take over what is in the store and not yet in the index."""
        last_item, last_story = await newest(connection)
        index = self._index
        if index is None:
            index = StoryIndex()
            known = items_of_stories(connection, since=now - 2 * WINDOW, most=_KNOWN)
        elif last_item > self._upto:
            few = last_item - self._upto <= _KNOWN  # rows are numbered: there cannot be more
            known = items_of_stories(connection, after=self._upto, most=None if few else _KNOWN)
        else:
            index.load((), last=last_story)
            return
        self._index = None  # until it is complete
        async for some in known:
            if len(some) <= _FEW:
                index.load(some)
            else:
                await asyncio.to_thread(index.load, some)
        index.load((), last=last_story)
        self._index, self._upto = index, last_item

    async def read(self, found: Sequence[Item]) -> None:
        """Read items that are to be assigned in this turn."""
        index = self._index or StoryIndex()

        def read() -> dict[str, Signature]:
            return {item.key: index.read(item) for item in found}

        self._signatures = read() if len(found) <= _FEW else await asyncio.to_thread(read)

    async def hold(self, connection: Transaction, *, now: datetime) -> None:
        """From here to the commit, nobody else assigns: the index is as the store is."""
        await hold_stories(connection)
        await self.follow(connection, now=now)

    async def assign(self, new: Sequence[Item], *, now: datetime) -> list[int]:
        """The story of each item, in order; numbers above `last` are new ones."""
        index = self._index
        if index is None:
            raise RuntimeError("stories are assigned between hold and commit")

        def assign() -> list[int]:
            return [index.assign(self._signatures[item.key], at=now) for item in new]

        return assign() if len(new) <= TAKEN_AT_ONCE else await asyncio.to_thread(assign)

    @property
    def last(self) -> int:
        """The highest number that a story has."""
        return self._index.last if self._index is not None else 0

    def noted(self, item_ids: Sequence[int]) -> None:
        """The items that were assigned are in these rows."""
        self._upto = max([self._upto, *item_ids])
