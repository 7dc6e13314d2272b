"""The matcher: the topics of the store, kept in an index that items are held against.

It follows the store's revision, so that a topic subscribed to in any process is matched here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from bot.store import Transaction
from bot.store.topics import read_revision, topics_since
from watchers import Item, Matches, TopicIndex

_QUICK: Final = 20_000  # characters that are matched before anybody notices; more goes to a thread

log = structlog.get_logger(__name__)


class Matcher:
    """Matches items against every active topic. One task at a time is inside."""

    def __init__(self, index: TopicIndex) -> None:
        self._index = index
        self._revision = 0
        self._turn = asyncio.Lock()
        self._unreadable: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._index)

    @property
    def unreadable(self) -> Mapping[int, str]:
        """The stored texts, by topic, that cannot be read and are not reported yet."""
        return self._unreadable

    def reported(self, topic_ids: Sequence[int]) -> None:
        """Forget unreadable topics: they are reported."""
        for topic_id in topic_ids:
            self._unreadable.pop(topic_id, None)

    async def follow(self, connection: Transaction) -> None:
        """Take over what changed in the store since the last time."""
        revision = await read_revision(connection)
        if revision == self._revision:
            return
        async with self._turn:
            for change in await topics_since(connection, self._revision):
                if change.query is not None:
                    self._index.add(change.id, change.query)
                else:
                    self._index.discard(change.id)
                if change.active and change.query is None:
                    # One topic that cannot be read must not stop the others.
                    log.warning("topic_unreadable", topic=change.id)
                    self._unreadable[change.id] = change.text
                else:
                    self._unreadable.pop(change.id, None)
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
