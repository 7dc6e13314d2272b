"""The matcher: the topics of the store, kept in an index that items are held against.

It follows the store's revision, so that a topic subscribed to in any process is matched here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.store import Transaction
from bot.store.topics import read_revision, topics_since
from watchers import Item, Matches, TopicIndex

_QUICK: Final = 20_000  # characters that are matched before anybody notices; more goes to a thread


class Matcher:
    """Matches items against every active topic. One task at a time is inside."""

    def __init__(self, index: TopicIndex) -> None:
        self._index = index
        self._revision = 0
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._index)

    async def follow(self, connection: Transaction) -> None:
        """Take over what changed in the store since the last time."""
        revision = await read_revision(connection)
        if revision == self._revision:
            return
        async with self._turn:
            for change in await topics_since(connection, self._revision):
                if change.active:
                    self._index.add(change.id, change.query)
                else:
                    self._index.discard(change.id)
                revision = max(revision, change.revision)
            self._revision = revision

    async def match(self, items: Sequence[Item]) -> tuple[int, list[Matches]]:
        """Which topics each item is about, and the revision of the topics that were asked."""
        async with self._turn:
            # Another task may take over new topics as soon as this turn ends.
            revision = self._revision
            if sum(item.length for item in items) <= _QUICK:
                return revision, self._match(items)
            return revision, await asyncio.to_thread(self._match, items)

    def _match(self, items: Sequence[Item]) -> list[Matches]:
        return [self._index.match(item) for item in items]
