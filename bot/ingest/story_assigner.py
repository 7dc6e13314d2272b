"""Assign items to stories, with an in-memory index that follows the store.

    lock ──► sync (items of other processes) ──► transaction: lock_and_sync ──► assign ──► commit
                                                                                  └─ failure: new index

One process at a time assigns stories: the one that has locked the story counter in the store. After it
has the lock, it loads the items of all other processes. Therefore any number of processes, with any
number of restarts, gives the same stories as one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from bot.store import Transaction
from bot.store.items.stories import (
    INLINE_ASSIGN_MAX,
    items_of_stories,
    latest_ids,
    lock_story_counter,
)
from watchers import Item
from watchers.stories import Encoder, Signature, StoryIndex
from watchers.stories.index import MAX_WINDOW_ITEMS, STORY_WINDOW

_MAX_LOADED_ITEMS: Final = 2 * MAX_WINDOW_ITEMS
# Signatures of more items would block the event loop noticeably, so a thread computes them.
_MAX_INLINE_SIGNATURES: Final = 20


class StoryAssigner:
    """Assigns items to stories inside the transaction that writes them."""

    def __init__(self, load_encoder: Callable[[], Encoder | None] | None = None) -> None:
        # The encoder for stories in several languages is loaded with the first index.
        self._load_encoder = load_encoder
        self._encoder: Encoder | None = None
        self._index: StoryIndex | None = None
        self._last_indexed_item = 0
        self._lock = asyncio.Lock()
        self._signatures: Mapping[str, Signature] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Run a block that assigns stories. If it fails, discard the index."""
        async with self._lock:
            try:
                yield
            except BaseException:
                # The index contains items that the store has rolled back.
                self._index = None
                raise

    async def sync(self, connection: Transaction, *, now: datetime) -> None:
        """Load the items that are in the store but not in the index."""
        last_item, last_story = await latest_ids(connection)
        index = self._index
        if index is None:
            index = await self._new_index()
            batches = items_of_stories(
                connection, since=now - 2 * STORY_WINDOW, limit=_MAX_LOADED_ITEMS
            )
        elif last_item > self._last_indexed_item:
            # The difference of two IDs bounds the number of rows between them. The limit costs a
            # query that walks over all rows up to it, so it is left out where it has no effect.
            is_below_limit = last_item - self._last_indexed_item <= _MAX_LOADED_ITEMS
            batches = items_of_stories(
                connection,
                after=self._last_indexed_item,
                limit=None if is_below_limit else _MAX_LOADED_ITEMS,
            )
        else:
            index.load((), last_story_id=last_story)
            return
        # A failure below must not leave an incomplete index.
        self._index = None
        async for batch in batches:
            if len(batch) <= _MAX_INLINE_SIGNATURES:
                index.load(batch)
            else:
                await asyncio.to_thread(index.load, batch)
        index.load((), last_story_id=last_story)
        if self._encoder is not None:
            await asyncio.to_thread(index.prepare)
        self._index, self._last_indexed_item = index, last_item

    async def _new_index(self) -> StoryIndex:
        if self._load_encoder is not None:
            self._encoder = await asyncio.to_thread(self._load_encoder)
            self._load_encoder = None
        return StoryIndex(encoder=self._encoder)

    async def compute_signatures(self, items: Sequence[Item]) -> None:
        """Compute the signatures of the items that the next transaction assigns."""
        index = self._index or await self._new_index()

        def compute() -> dict[str, Signature]:
            return {item.key: index.make_signature(item) for item in items}

        is_small = len(items) <= _MAX_INLINE_SIGNATURES
        self._signatures = compute() if is_small else await asyncio.to_thread(compute)

    async def lock_and_sync(self, connection: Transaction, *, now: datetime) -> None:
        """Keep other processes from assigning stories until the commit, and load their items."""
        await lock_story_counter(connection)
        await self.sync(connection, now=now)

    async def assign(self, items: Sequence[Item], *, now: datetime) -> list[int]:
        """Return the story of each item. IDs above `max_story_id` are new stories."""
        index = self._index
        if index is None:
            raise RuntimeError("stories are assigned only between lock_and_sync and the commit")

        def assign_all() -> list[int]:
            return [index.assign(self._signatures[item.key], received_at=now) for item in items]

        # An item in a second language takes milliseconds.
        is_small = len(items) <= INLINE_ASSIGN_MAX and self._encoder is None
        return assign_all() if is_small else await asyncio.to_thread(assign_all)

    @property
    def max_story_id(self) -> int:
        """The highest ID of a story."""
        return self._index.last_story_id if self._index is not None else 0

    def mark_committed(self, item_ids: Sequence[int]) -> None:
        """Record the IDs of the assigned items, so that `sync` does not load them."""
        self._last_indexed_item = max([self._last_indexed_item, *item_ids])
