"""Sends follow-ups: edits of alerts that were sent, and replies to them.

    follow_ups (due) ──► a send slot of the chat, behind its alerts ──► edit or send ──► recorded

Each follow-up is recorded right after it was sent. After a crash in between, an edit is repeated,
which has no visible effect, or a reply is sent twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from bot.chats.adapter import ChatAdapter, Priority, SendOptions, SentMessage
from bot.conversation.cards.card import Card
from bot.conversation.cards.item import edited_card, follow_up_card
from bot.delivery.account_hold import AccountHold
from bot.delivery.chat_state import ChatState
from bot.delivery.message_sender import (
    ACCOUNT_HALT_SECONDS,
    CardSender,
    CheckHistory,
    Finish,
    HaltAccount,
    MigrateChat,
    Outcome,
    Retry,
    RetryAsPlainText,
    SuspendChat,
    outcome_of_error,
)
from bot.delivery.scheduler import SendSlots
from bot.errors import DeliveryError, StoreError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.outbox.follow_up_queue import (
    FollowUp,
    due_follow_ups,
    end_follow_up,
    reschedule_follow_up,
)
from bot.store.tables import FOLLOW_UP_EDIT, FOLLOW_UP_REPLY
from watchers.stories import describe_novel_content, novel_content

_PAGE_SIZE: Final = 16
# An edit that failed this often is given up: its news is old by then.
_MAX_EDIT_ATTEMPTS: Final = 8

log = structlog.get_logger(__name__)


class FollowUpSender:
    """Sends the due follow-ups of one account."""

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
        self._database = database
        self._adapter = adapter
        self._cards = cards
        self._slots = slots
        self._chats = chats
        self._gate = hold.gate
        self._hold = hold
        self._clock = clock
        self._tasks: set[asyncio.Task[bool]] = set()
        self._waiting_for_slot: set[asyncio.Task[bool]] = set()

    @property
    def is_waiting_for_slots(self) -> bool:
        """Whether every running follow-up waits for its send slot."""
        return self._tasks <= self._waiting_for_slot

    async def step(self) -> bool:
        """Send a page of due follow-ups. Return True if there may be more.

        Raises:
            StoreError: the database refused; follow-ups that were not recorded are sent again.
        """
        if not self._gate.may_send():
            return False
        platform, account = self._adapter.platform, self._adapter.account
        async with self._database.reading() as connection:
            due = await due_follow_ups(
                connection, platform, account, now=self._clock(), limit=_PAGE_SIZE
            )
        # The sender may have been stopped during the read; then no slot is granted any more.
        if not self._gate.may_send():
            return False
        # Not a TaskGroup: it would cancel sends in flight when one of them fails.
        self._tasks = {asyncio.ensure_future(self._send(follow_up)) for follow_up in due}
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = set()
        for result in results:
            # `finish` cancels follow-ups that wait for a slot.
            is_cancelled = isinstance(result, asyncio.CancelledError)
            if isinstance(result, BaseException) and not is_cancelled:
                raise result
        return any(result is True for result in results)

    async def finish(self) -> None:
        """Finish the sends in flight. Follow-ups that wait for a slot stay in the database."""
        for task in self._waiting_for_slot:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _send(self, follow_up: FollowUp) -> bool:
        """Send one follow-up. Return True if its row has changed."""
        card = self._build_card(follow_up)
        if card is None:
            await self._end(follow_up, reason="the message cannot be edited, or has no content")
            return True
        plain = False
        while True:
            try:
                async with self._wait_for_slot(follow_up.ref.chat):
                    # The fence, checked right before the send.
                    if not self._gate.may_send():
                        return False
                    message_id = await self._attempt(follow_up, card, plain=plain)
            except StoreError:
                raise
            except Exception as error:
                if not isinstance(error, DeliveryError):
                    log.exception("follow_up_crashed", follow_up=follow_up.id)
                outcome = outcome_of_error(
                    error, attempts=follow_up.attempts, plain=plain, has_history=False
                )
            else:
                await self._end(follow_up, message_id=message_id)
                return True
            if isinstance(outcome, RetryAsPlainText):
                plain = True
                continue
            if not isinstance(outcome, CheckHistory):
                outcome = await self._hold.apply(outcome, attempts=follow_up.attempts)
            await self._apply(follow_up, outcome)
            return True

    def _build_card(self, follow_up: FollowUp) -> Card | None:
        """Return the card of a follow-up, or None if it cannot be sent."""
        now = self._clock()
        if follow_up.chat_item is None:
            return None
        if follow_up.kind != FOLLOW_UP_EDIT:
            item, earlier = follow_up.chat_item.item, follow_up.earlier_items
            news = describe_novel_content(novel_content(item, earlier), item, earlier)
            return follow_up_card(
                follow_up.chat_item, now=now, news=news, alert_number=follow_up.alert_number
            )
        if not follow_up.reply_to_message_id or not self._adapter.capabilities.can_edit:
            return None
        return edited_card(follow_up.chat_item, follow_up.newest_item, now=now)

    @asynccontextmanager
    async def _wait_for_slot(self, chat: str) -> AsyncIterator[None]:
        task = cast("asyncio.Task[bool]", asyncio.current_task())
        self._waiting_for_slot.add(task)
        try:
            async with self._slots.slot(chat, Priority.BULK):
                self._waiting_for_slot.discard(task)
                yield
        finally:
            self._waiting_for_slot.discard(task)

    async def _attempt(self, follow_up: FollowUp, card: Card, *, plain: bool) -> str | None:
        if follow_up.kind == FOLLOW_UP_EDIT:
            message = SentMessage(follow_up.ref, follow_up.reply_to_message_id)
            await self._cards.edit(message, card, plain=plain)
            return None
        options = SendOptions(
            silent=follow_up.silent,
            reply_to=follow_up.reply_to_message_id if follow_up.mode == FOLLOW_UP_REPLY else "",
            idempotency_key=f"follow-up-{follow_up.id}",
        )
        return (await self._cards.send(follow_up.ref, card, options, plain=plain)).message_id

    async def _apply(
        self,
        follow_up: FollowUp,
        outcome: Outcome | CheckHistory,
    ) -> None:
        """Apply the outcome of an attempt that failed."""
        is_edit = follow_up.kind == FOLLOW_UP_EDIT
        match outcome:
            case Retry() if (
                not is_edit or outcome.refused or follow_up.attempts < _MAX_EDIT_ATTEMPTS
            ):
                await self._reschedule(
                    follow_up, outcome.seconds, count_attempt=not outcome.refused
                )
            case HaltAccount():
                await self._reschedule(follow_up, ACCOUNT_HALT_SECONDS, count_attempt=False)
            case SuspendChat():
                await self._chats.suspend(
                    follow_up.ref, outcome.reason, only_thread=outcome.only_thread
                )
            case MigrateChat() if is_edit:
                # The message stays in the old chat.
                await self._end(follow_up, reason="the chat has migrated")
            case MigrateChat():
                await self._chats.migrate_to(follow_up.ref, outcome.chat, outcome.thread)
            case Finish():
                await self._end(follow_up, reason=outcome.reason)
            case _:
                await self._end(follow_up, reason="too many failed attempts")

    async def _end(
        self, follow_up: FollowUp, *, message_id: str | None = None, reason: str | None = None
    ) -> None:
        if reason:
            log.info("follow_up_not_sent", follow_up=follow_up.id, reason=reason)
        async with self._database.writing() as connection:
            await end_follow_up(
                connection, follow_up, now=self._clock(), message_id=message_id, reason=reason
            )

    async def _reschedule(
        self, follow_up: FollowUp, seconds: float, *, count_attempt: bool
    ) -> None:
        until: datetime = self._clock() + timedelta(seconds=seconds)
        async with self._database.writing() as connection:
            await reschedule_follow_up(connection, follow_up, until=until, attempted=count_attempt)
