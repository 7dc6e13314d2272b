"""Assign items to stories, with an in-memory index that follows the store.

    sync (items of other processes) ──► transaction: lock ──► sync ──► assign ──► commit
                                                                         └─ failure: new index

One process at a time assigns stories: the one that has locked the stories in the store. After it has the
lock, it loads the items that other processes stored in the meantime. Under the lock, each transaction
gets a later time of storage than the one before, and each index loads the items in this order. Therefore
any number of processes, with any number of restarts, gives the same stories as one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.store import Transaction
from bot.store.items.items import Assignment
from bot.store.items.stories import (
    INLINE_ASSIGN_MAX,
    create_stories,
    items_of_stories,
    last_stored_time,
    last_story_id,
    lock_stories,
    set_last_stored_time,
)
from watchers import Item
from watchers.stories import Encoder, Signature, StoryIndex
from watchers.stories.index import MAX_WINDOW_ITEMS, STORY_WINDOW

_MAX_LOADED_ITEMS: Final = 2 * MAX_WINDOW_ITEMS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Signatures of more items would block the event loop noticeably, so a thread computes them.
_MAX_INLINE_SIGNATURES: Final = 20


class StoryAssigner:
    """Assigns items to stories inside the transaction that writes them."""

    def __init__(self, load_encoder: Callable[[], Encoder | None] | None = None) -> None:
        # The encoder for stories in several languages is loaded with the first index.
        self._load_encoder = load_encoder
        self._encoder: Encoder | None = None
        self._index: StoryIndex | None = None
        # When the newest items in the index were stored.
        self._stored_at = _EPOCH
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
        await self._load(connection, await last_stored_time(connection), now=now)

    async def _load(self, connection: Transaction, newest: datetime, *, now: datetime) -> None:
        """Load items. ``newest`` is when the newest items were stored."""
        if self._index is not None and newest == self._stored_at:
            return
        story_id = await last_story_id(connection)
        oldest = now - 2 * STORY_WINDOW
        if self._index is None or self._stored_at < oldest:
            index = await self._new_index()
            batches = items_of_stories(connection, since=oldest, limit=_MAX_LOADED_ITEMS)
        else:
            index = self._index
            batches = items_of_stories(connection, since=self._stored_at + _MICROSECOND)
        # A failure below must not leave an incomplete index.
        self._index = None
        async for batch in batches:
            # Another process may have stored items after ``newest`` was read.
            newest = max(newest, batch[-1][2])
            if len(batch) <= _MAX_INLINE_SIGNATURES:
                index.load(batch)
            else:
                await asyncio.to_thread(index.load, batch)
        index.load((), last_story_id=story_id)
        if self._encoder is not None:
            await asyncio.to_thread(index.prepare)
        self._index, self._stored_at = index, newest

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

    async def assign(
        self, connection: Transaction, items: Sequence[Item], *, now: datetime
    ) -> Assignment:
        """Assign items whose signatures are computed, and create their new stories.

        Other processes assign no stories until the end of the transaction.
        """
        newest = await lock_stories(connection)
        await self._load(connection, newest, now=now)
        index = self._index
        if index is None:
            raise RuntimeError("stories are assigned only in a block of `transaction`")
        known_id = index.last_story_id
        stored_at = max(now, newest + _MICROSECOND)

        def assign_all() -> list[int]:
            return [
                index.assign(self._signatures[item.key], received_at=stored_at) for item in items
            ]

        # An item in a second language takes milliseconds.
        is_small = len(items) <= INLINE_ASSIGN_MAX and self._encoder is None
        story_ids = assign_all() if is_small else await asyncio.to_thread(assign_all)
        new_ids = {story_id for story_id in story_ids if story_id > known_id}
        await create_stories(connection, new_ids, now=now)
        await set_last_stored_time(connection, stored_at)
        self._stored_at = stored_at
        return Assignment(story_ids, stored_at, frozenset(new_ids))
