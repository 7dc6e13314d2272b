"""Intake of updates: decode, store, and queue them for their handler."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import structlog
from telegram import Update
from telegram.ext import Application

from bot.chats.adapter import ReplyChannel
from bot.chats.telegram.request import BotApiClient
from bot.chats.telegram.updates import UpdateHandler
from bot.errors import StoreError
from bot.runtime.backoff import Backoff
from bot.runtime.tasks import wait_for_stop
from bot.store.updates import StoredUpdate

MAX_PENDING_UPDATES: Final = 1_024
"""Updates that wait or are handled at the same time; Telegram keeps further ones for a day."""

_CAPACITY_CHECK_SECONDS: Final = 0.1
_STORE_BACKOFF: Final = Backoff(first_seconds=0.5, max_seconds=10.0)

App = Application[Any, Any, Any, Any, Any, Any]

log = structlog.get_logger(__name__)


class UpdateIntake:
    """Stores the updates of one bot, and queues each new one for its handler."""

    def __init__(
        self,
        app: App,
        bot: BotApiClient,
        handler: UpdateHandler,
        reply_channel: ReplyChannel,
        stop: asyncio.Event,
    ) -> None:
        self._app = app
        self._bot = bot
        self._handler = handler
        self._reply_channel = reply_channel
        self._stop = stop

    async def resume(self) -> None:
        """Queue the stored updates that an earlier run did not handle."""
        failures = 0
        while not self._stop.is_set():
            try:
                pending = await self._reply_channel.pending_updates()
            except StoreError as error:
                failures += 1
                log.warning("telegram_pending_updates_not_read", error=str(error))
                await wait_for_stop(self._stop, _STORE_BACKOFF.delay(failures))
                continue
            for update in self._decode_all([json.loads(stored.body) for stored in pending]):
                self._app.update_queue.put_nowait(update)
            return

    async def accept_all(self, raw_updates: Sequence[dict[str, Any]]) -> bool:
        """Store and queue updates, with retries. Return False if the bot stops before."""
        failures = 0
        while not self._stop.is_set():
            try:
                await self._store_and_queue(raw_updates)
            except StoreError as error:
                failures += 1
                log.warning("telegram_updates_not_stored", error=str(error))
                await wait_for_stop(self._stop, _STORE_BACKOFF.delay(failures))
                continue
            return True
        return False

    async def accept(self, raw_update: dict[str, Any]) -> bool:
        """Store and queue one update, once. Return False if it must be sent again later."""
        if self._stop.is_set() or self._app.update_queue.qsize() >= MAX_PENDING_UPDATES:
            return False
        try:
            await self._store_and_queue([raw_update])
        except StoreError as error:
            log.warning("telegram_updates_not_stored", error=str(error))
            return False
        return True

    async def wait_for_capacity(self) -> None:
        """Wait while too many updates are pending: Telegram keeps the others for a day."""
        processor = self._app.update_processor
        while (
            processor.current_concurrent_updates >= MAX_PENDING_UPDATES // 2
            and not self._stop.is_set()
        ):
            await wait_for_stop(self._stop, _CAPACITY_CHECK_SECONDS)

    async def _store_and_queue(self, raw_updates: Sequence[dict[str, Any]]) -> None:
        relevant = [
            (update, raw_update)
            for raw_update in raw_updates
            for update in self._decode_all([raw_update])
            if not self._handler.is_unrelated(update)
        ]
        new_ids = await self._reply_channel.store_updates(
            [
                StoredUpdate(str(update.update_id), json.dumps(raw_update))
                for update, raw_update in relevant
            ]
        )
        for update, _ in relevant:
            if str(update.update_id) in new_ids:
                # One batch may contain an update twice.
                new_ids.discard(str(update.update_id))
                self._app.update_queue.put_nowait(update)

    def _decode_all(self, raw_updates: Sequence[dict[str, Any]]) -> Iterator[Update]:
        for raw_update in raw_updates:
            try:
                yield Update.de_json(raw_update, self._bot)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                log.warning(
                    "telegram_update_unreadable",
                    update_id=raw_update.get("update_id"),
                    error=f"{type(error).__name__}: {error}",
                )
