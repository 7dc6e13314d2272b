"""Replies and edits that a person waits for, and state changes that the adapter reports.

Replies are sent before all alerts. They are not stored: a crash loses them. A chat with a rate limit
waits in the scheduler, a card that the platform rejects is sent again as plain text, a chat that
migrated is followed, and a reply without an answer of the platform is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.chats.adapter import DEFAULT_OPTIONS, ChatAdapter, SendOptions, SentMessage
from bot.conversation.cards.card import Card
from bot.delivery.account_hold import AccountHold
from bot.delivery.chat_state import ChatState
from bot.delivery.inbox import UpdateInbox
from bot.delivery.message_sender import CardSender
from bot.delivery.scheduler import SendSlots
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
    StoreError,
    TransientDeliveryError,
)
from bot.models import ChatRef
from bot.runtime.backoff import Backoff
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.updates import StoredUpdate

_MAX_ATTEMPTS: Final = 4
# A reply is dropped if the platform requires a longer wait.
_MAX_RATE_LIMIT_SECONDS: Final = 60.0
_RETRY_BACKOFF: Final = Backoff(first_seconds=0.5, factor=4.0, max_seconds=5.0)

log = structlog.get_logger(__name__)


class AccountReplyChannel:
    """The `ReplyChannel` of one account."""

    def __init__(
        self,
        database: Database,
        adapter: ChatAdapter,
        cards: CardSender,
        slots: SendSlots,
        chats: ChatState,
        hold: AccountHold,
        clock: Clock,
    ) -> None:
        self._cards = cards
        self._slots = slots
        self._chats = chats
        self._hold = hold
        self._inbox = UpdateInbox(database, adapter.platform, adapter.account, clock)
        # Edits that wait for their slot.
        self._edits: dict[SentMessage, _PendingEdit] = {}
        self._has_restored_chats = False

    async def reply(
        self, to: ChatRef, card: Card, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """See `ReplyChannel.reply`."""
        attempt = _Attempt(to)
        while True:
            try:
                async with self._slots.slot(attempt.to.chat):
                    # After a migration, the ID belongs to another message.
                    is_same_chat = attempt.to.chat == to.chat
                    sent = await self._cards.send(
                        attempt.to,
                        card,
                        options if is_same_chat else replace(options, reply_to=""),
                        plain=attempt.plain,
                    )
            except DeliveryError as error:
                await self._prepare_retry(error, attempt)
                continue
            await self._restore_reached_chat(attempt.to)
            return sent

    async def edit(self, message: SentMessage, card: Card) -> None:
        """See `ReplyChannel.edit`."""
        pending = self._edits.get(message)
        if pending is not None:
            # The older card was not sent yet, so the newer one takes its slot.
            pending.card = card
            await asyncio.shield(pending.done)
            return
        edit = self._edits[message] = _PendingEdit(card)
        try:
            await self._edit(message, edit)
        except BaseException as error:
            edit.done.set_exception(error)
            # Retrieved here, because nothing else may be waiting for this edit.
            edit.done.exception()
            raise
        else:
            edit.done.set_result(None)
        finally:
            if self._edits.get(message) is edit:
                del self._edits[message]

    def rate_limit_slot(self, to: ChatRef) -> AbstractAsyncContextManager[None]:
        """See `ReplyChannel.rate_limit_slot`."""
        return self._slots.slot(to.chat)

    async def claim_update(self, update_id: str) -> bool:
        """See `ReplyChannel.claim_update`."""
        return await self._inbox.claim(update_id)

    async def store_updates(self, updates: Sequence[StoredUpdate]) -> set[str]:
        """See `ReplyChannel.store_updates`."""
        return await self._inbox.store(updates)

    async def pending_updates(self, *, min_age: timedelta = timedelta(0)) -> list[StoredUpdate]:
        """See `ReplyChannel.pending_updates`."""
        return await self._inbox.pending(min_age=min_age)

    async def finish_update(self, update_id: str) -> None:
        """See `ReplyChannel.finish_update`."""
        await self._inbox.finish(update_id)

    async def chat_unreachable(self, ref: ChatRef, reason: str) -> None:
        """See `ReplyChannel.chat_unreachable`."""
        await self._chats.suspend(ref, reason)

    async def chat_restored(self, ref: ChatRef) -> None:
        """See `ReplyChannel.chat_restored`."""
        await self._chats.restore(ref)
        self._announce_restored_chat()

    async def thread_restored(self, ref: ChatRef) -> None:
        """See `ReplyChannel.thread_restored`."""
        await self._chats.restore(ref, all_threads=False)
        self._announce_restored_chat()

    async def chat_migrated(
        self, old: ChatRef, new: ChatRef, *, keeps_messages: bool = False
    ) -> None:
        """See `ReplyChannel.chat_migrated`."""
        await self._chats.migrate(old, new, keeps_messages=keeps_messages)
        self._announce_restored_chat()

    def pop_restored(self) -> bool:
        """Return True if a chat was restored since the last call: its messages may be due."""
        restored, self._has_restored_chats = self._has_restored_chats, False
        return restored

    def _announce_restored_chat(self) -> None:
        self._has_restored_chats = True
        self._slots.wake()

    async def _edit(self, message: SentMessage, edit: _PendingEdit) -> None:
        attempt = _Attempt(message.ref)
        # A retry of this edit would undo a newer edit of the same message.
        while self._edits.setdefault(message, edit) is edit:
            try:
                async with self._slots.slot(message.ref.chat):
                    # From here on, a newer edit needs a slot of its own.
                    del self._edits[message]
                    await self._cards.edit(message, edit.card, plain=attempt.plain)
            except DeliveryError as error:
                # The message stays in the old chat.
                if isinstance(error, ChatMigrated):
                    raise
                await self._prepare_retry(error, attempt)
                continue
            return

    async def _prepare_retry(self, error: DeliveryError, attempt: _Attempt) -> None:
        """Prepare the next attempt, or raise ``error`` if there is none."""
        attempt.failures += 1
        may_retry = attempt.failures < _MAX_ATTEMPTS
        match error:
            case RateLimited() if may_retry and error.seconds <= _MAX_RATE_LIMIT_SECONDS:
                # The scheduler has blocked the chat for this time.
                return None
            case MessageRejected() if not attempt.plain:
                attempt.plain = True
                return None
            case ChatMigrated() if may_retry:
                attempt.to = await self._chats.migrate_to(attempt.to, error.chat, error.thread)
                return None
            case TransientDeliveryError() | DeliveryUnknown() if may_retry:
                # A reply that arrives twice is better than a command without an answer.
                return self._wait_before_retry(attempt)
            case ChatUnreachable() if await self._is_unproven(error, attempt) and may_retry:
                return self._wait_before_retry(attempt)
        raise error

    async def _is_unproven(self, error: ChatUnreachable, attempt: _Attempt) -> bool:
        """Suspend a chat that the platform refuses; return True if a probe contradicts the refusal."""
        if error.scope is ErrorScope.ACCOUNT:
            return not await self._hold.is_account_refused()
        only_thread = error.scope is ErrorScope.THREAD
        if not only_thread and not await self._hold.may_suspend():
            return True
        await self._chats.suspend(attempt.to, error.reason, only_thread=only_thread)
        return False

    def _wait_before_retry(self, attempt: _Attempt) -> None:
        self._slots.block_chat(attempt.to.chat, _RETRY_BACKOFF.delay(attempt.failures))

    async def _restore_reached_chat(self, ref: ChatRef) -> None:
        """Restore a suspended chat: a reply that arrives shows that it can be reached."""
        try:
            if await self._chats.restore_if_suspended(ref):
                self._announce_restored_chat()
        except StoreError as error:
            log.warning("chat_restore_failed", chat=ref.chat, error=str(error))


class _PendingEdit:
    """An edit that waits for its slot, and its newest card."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class _Attempt:
    """Where and how the next attempt is made."""

    to: ChatRef
    plain: bool = False
    failures: int = 0
