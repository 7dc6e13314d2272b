"""The updates of one account, stored before they are confirmed and until they are handled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.errors import StoreError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.updates import (
    StoredUpdate,
    claim_update,
    finish_updates,
    pending_updates,
    store_updates,
)

log = structlog.get_logger(__name__)


class UpdateInbox:
    """Stores and finishes the updates of one account."""

    def __init__(self, database: Database, platform: str, account: str, clock: Clock) -> None:
        self._database = database
        self._platform = platform
        self._account = account
        self._clock = clock
        # Updates that were handled while the database did not answer.
        self._unfinished: set[str] = set()
        self._finish_lock = asyncio.Lock()

    async def claim(self, update_id: str) -> bool:
        """See `ReplyChannel.claim_update`."""
        now = self._clock()
        async with self._database.writing() as connection:
            return await claim_update(connection, self._platform, self._account, update_id, now=now)

    async def store(self, updates: Sequence[StoredUpdate]) -> set[str]:
        """See `ReplyChannel.store_updates`."""
        now = self._clock()
        async with self._database.writing() as connection:
            return await store_updates(connection, self._platform, self._account, updates, now=now)

    async def pending(self, *, min_age: timedelta) -> list[StoredUpdate]:
        """See `ReplyChannel.pending_updates`."""
        before = self._clock() - min_age
        async with self._database.reading() as connection:
            pending = await pending_updates(
                connection, self._platform, self._account, before=before
            )
        return [update for update in pending if update.id not in self._unfinished]

    async def finish(self, update_id: str) -> None:
        """See `ReplyChannel.finish_update`."""
        self._unfinished.add(update_id)
        # Updates that are finished during a commit share the next one.
        async with self._finish_lock:
            if update_id not in self._unfinished:
                return
            finished = set(self._unfinished)
            try:
                # Before the writes of waiting commands: a crash handles unfinished updates again.
                async with self._database.writing(is_urgent=True) as connection:
                    await finish_updates(connection, self._platform, self._account, finished)
            except StoreError as error:
                # The next update that is handled finishes this one, too.
                log.warning("update_not_finished", update_id=update_id, error=str(error))
            else:
                self._unfinished -= finished
