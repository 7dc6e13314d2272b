"""Reception of updates, by long polling or by the webhook, in order per chat.

    getUpdates ──┐
    webhook ─────┼──► stored ──► queue of the Application ──► PerChatUpdateProcessor ──► UpdateHandler
    pending ─────┘        └──► confirmed to Telegram

Updates are confirmed once they are stored, and a start first handles those that are pending. Reception
continues after failures: no network, another program with the same token, a rejected token. Each is
logged when it begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from telegram import Update
from telegram.error import (
    Conflict,
    EndPointNotFound,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import ApplicationBuilder, BaseUpdateProcessor, TypeHandler

from bot.chats.adapter import ReplyChannel
from bot.chats.telegram.callbacks import CallbackSigner
from bot.chats.telegram.client import AdminCache
from bot.chats.telegram.command_menu import set_menus
from bot.chats.telegram.errors import error_message, retry_after_seconds
from bot.chats.telegram.intake import MAX_PENDING_UPDATES, UpdateIntake
from bot.chats.telegram.request import BotApiClient
from bot.chats.telegram.updates import UpdateHandler
from bot.chats.telegram.webhook import Webhook
from bot.conversation.conversation import Conversation
from bot.runtime.backoff import Backoff
from bot.runtime.tasks import wait_for_future_or_event, wait_for_stop

ALLOWED_UPDATES: Final = (
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.CHAT_MEMBER,
)
"""The kinds of updates that Telegram sends to this bot."""

# People do not type so fast: more is a flood, which must not use the whole queue.
_MAX_PENDING_PER_CHAT: Final = 250
# The conversation bounds the work of all chats and shares it fairly.
_MAX_CONCURRENT_UPDATES: Final = 512

_POLL_TIMEOUT_SECONDS: Final = 30
# The answer to a long poll may arrive this long after its timeout.
_POLL_GRACE_SECONDS: Final = 10
_POLL_BATCH_SIZE: Final = 100
_WEBHOOK_CONNECTIONS: Final = 40

_RETRY_BACKOFF: Final = Backoff(first_seconds=1.0, max_seconds=30.0)
_TOKEN_REJECTED_RETRY_SECONDS: Final = 300.0

log = structlog.get_logger(__name__)


class PerChatUpdateProcessor(BaseUpdateProcessor):
    """Processor that handles updates of different chats concurrently, and those of one chat in order.

    ``/subscribe x`` is finished before ``/unsubscribe 1`` of the same chat. ``chat_of`` returns the chat
    of an update, and ``on_dropped`` gets an update of a flood. After ``stop`` is set, no update begins:
    the next start handles it.
    """

    def __init__(
        self,
        chat_of: Callable[[object], str],
        on_dropped: Callable[[object], Awaitable[None]],
        stop: asyncio.Event,
    ) -> None:
        super().__init__(MAX_PENDING_UPDATES)
        self._chat_of = chat_of
        self._on_dropped = on_dropped
        self._stop = stop
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_UPDATES)
        self._queues: dict[str, _ChatQueue] = {}
        self._flooding_chats: set[str] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for earlier updates of the chat and a free slot; then handle the update."""
        chat = self._chat_of(update)
        queue = self._queues.setdefault(chat, _ChatQueue())
        if queue.pending >= _MAX_PENDING_PER_CHAT:
            if chat not in self._flooding_chats:
                self._flooding_chats.add(chat)
                log.warning("chat_flooding_dropped", chat=chat)
            _close_coroutine(coroutine)
            await self._on_dropped(update)
            return
        queue.pending += 1
        try:
            # The lock first: an update that waits for its chat must not occupy a slot.
            async with queue.lock, self._slots:
                if self._stop.is_set():
                    _close_coroutine(coroutine)
                else:
                    await coroutine
        finally:
            queue.pending -= 1
            if not queue.pending:
                self._queues.pop(chat, None)
                self._flooding_chats.discard(chat)

    async def initialize(self) -> None:
        """Do nothing: the processor has no resources."""

    async def shutdown(self) -> None:
        """Do nothing: the processor has no resources."""


class _ChatQueue:
    """Pending updates of one chat. An asyncio.Lock serves its waiters in the order of arrival."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.pending = 0


def _close_coroutine(coroutine: Awaitable[Any]) -> None:
    # A coroutine that is neither awaited nor closed causes a warning of Python.
    close = getattr(coroutine, "close", None)
    if close is not None:
        close()


class UpdateReceiver:
    """Receiver of the updates of one bot."""

    def __init__(
        self,
        bot: BotApiClient,
        conversation: Conversation,
        signer: CallbackSigner,
        admin_cache: AdminCache,
        *,
        webhook: Webhook | None,
        public_url: str,
    ) -> None:
        self._bot = bot
        self._conversation = conversation
        self._signer = signer
        self._admin_cache = admin_cache
        self._webhook = webhook
        self._public_url = public_url
        self.username = ""

    async def run(self, reply_channel: ReplyChannel, stop: asyncio.Event) -> None:
        """Receive and handle updates until ``stop`` is set."""
        failures = 0
        while not stop.is_set():
            try:
                me = await self._bot.get_me()
            except TelegramError as error:
                await self._wait_after_error(error, failures, stop)
                failures += 1
                continue
            self.username = me.username or ""
            await self._run_application(reply_channel, stop)
            return

    async def _run_application(self, reply_channel: ReplyChannel, stop: asyncio.Event) -> None:
        handler = UpdateHandler(
            self._bot,
            self.username,
            reply_channel,
            self._conversation,
            self._signer,
            self._admin_cache,
        )
        app = (
            ApplicationBuilder()
            .bot(self._bot)
            .updater(None)
            .job_queue(None)
            .concurrent_updates(PerChatUpdateProcessor(handler.chat_of, handler.drop, stop))
            .build()
        )
        app.add_handler(TypeHandler(object, handler.handle))
        await app.initialize()
        await app.start()
        # In the background: the many requests for the menus must not delay the first answer.
        menu_task = asyncio.ensure_future(set_menus(self._bot, self._conversation.commands))
        log.info("telegram_listening", bot=f"@{self.username}")
        try:
            intake = UpdateIntake(app, self._bot, handler, reply_channel, stop)
            await intake.resume()
            await (self._serve_webhook(intake, stop) if self._webhook else self._poll(intake, stop))
        finally:
            menu_task.cancel()
            with suppress(asyncio.CancelledError):
                await menu_task
            await app.stop()

    async def _poll(self, intake: UpdateIntake, stop: asyncio.Event) -> None:
        """Poll for updates. The offset of a poll confirms the updates of the previous one."""
        offset: int | None = None
        failures, has_webhook = 0, True
        while not stop.is_set():
            fetch_task = asyncio.ensure_future(
                self._fetch_updates(offset, delete_webhook=has_webhook)
            )
            if not await wait_for_future_or_event(fetch_task, stop):
                fetch_task.cancel()
                with suppress(asyncio.CancelledError, TelegramError):
                    await fetch_task
                return
            try:
                raw_updates = fetch_task.result()
            except TelegramError as error:
                await self._wait_after_error(error, failures, stop)
                failures += not isinstance(error, TimedOut)
                continue
            if failures:
                log.info("telegram_connection_restored")
            failures, has_webhook = 0, False
            if raw_updates and await intake.accept_all(raw_updates):
                offset = int(raw_updates[-1]["update_id"]) + 1
            await intake.wait_for_capacity()

    async def _fetch_updates(
        self, offset: int | None, *, delete_webhook: bool
    ) -> list[dict[str, Any]]:
        """Return raw updates, as `BotApiClient.fetch_raw_updates` does."""
        # An earlier run may have set a webhook; Telegram refuses polls while there is one.
        if delete_webhook:
            await self._bot.delete_webhook()
        arguments: dict[str, object] = {
            "limit": _POLL_BATCH_SIZE,
            "timeout": _POLL_TIMEOUT_SECONDS,
            "allowed_updates": ALLOWED_UPDATES,
        }
        if offset is not None:
            arguments["offset"] = offset
        return await self._bot.fetch_raw_updates(
            arguments, read_timeout=_POLL_TIMEOUT_SECONDS + _POLL_GRACE_SECONDS
        )

    async def _serve_webhook(self, intake: UpdateIntake, stop: asyncio.Event) -> None:
        """Register the webhook and pass its updates to the application until ``stop`` is set."""
        webhook = self._webhook
        if webhook is None:
            return

        webhook.set_receiver(intake.accept)
        url = self._public_url + webhook.path
        failures = 0
        try:
            while not stop.is_set():
                try:
                    await self._bot.set_webhook(
                        url,
                        secret_token=webhook.secret,
                        allowed_updates=ALLOWED_UPDATES,
                        max_connections=_WEBHOOK_CONNECTIONS,
                    )
                except TelegramError as error:
                    await self._wait_after_error(error, failures, stop)
                    failures += 1
                else:
                    log.info("telegram_webhook_registered", url=url)
                    await stop.wait()
        finally:
            webhook.set_receiver(None)

    async def _wait_after_error(
        self, error: TelegramError, failures: int, stop: asyncio.Event
    ) -> None:
        """Wait before the next attempt, and log the first failure in a row."""
        message = error_message(error, self._bot.token)
        delay = _RETRY_BACKOFF.delay(failures + 1)
        if isinstance(error, RetryAfter):
            delay = retry_after_seconds(error)
        elif await self._is_token_rejected(error):
            # A rejected token stays rejected until an operator changes it.
            delay = _TOKEN_REJECTED_RETRY_SECONDS
            log.error("telegram_token_rejected", setting="TOCSIN_TELEGRAM_TOKEN", error=message)
        elif isinstance(error, Conflict):
            log.error(
                "telegram_token_conflict",
                cause="another program uses the same Telegram token",
                error=message,
            )
        elif not failures:
            log.warning("telegram_unreachable", error=message)
        await wait_for_stop(stop, delay)

    async def _is_token_rejected(self, error: TelegramError) -> bool:
        """Return True if getMe confirms that Telegram rejects the token: one answer may be wrong."""
        if not isinstance(error, InvalidToken | EndPointNotFound):
            return False
        try:
            await self._bot.get_me()
        except (InvalidToken, EndPointNotFound):
            return True
        except TelegramError as second_error:
            log.info("telegram_token_unproven", error=error_message(second_error, self._bot.token))
        return False
