"""Send one message once, return its outcome and write its result. The caller applies the outcome.

render ──► send ──► no error ──► Finish(SENT)
                └─► error ─────► outcome_of_error (pure)
                                   RateLimited             Retry
                                   ChatUnreachable         SuspendChat or HaltAccount
                                   ChatMigrated            MigrateChat
                                   MessageRejected         RetryAsPlainText, then Finish(FAILED)
                                   DeliveryUnknown         CheckHistory or Retry, later Finish(UNKNOWN)
                                   TransientDeliveryError  Retry, counted as an attempt

Alerts, replies, edits and follow-ups are all sent by `CardSender`. Results that arrive during a commit
share the next commit. Results that could not be saved are kept in memory, and sending stops until they
are saved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.chats.adapter import (
    DEFAULT_OPTIONS,
    ChatAdapter,
    Priority,
    SendOptions,
    SentMessage,
)
from bot.conversation.cards.card import Card
from bot.delivery.outbox_reader import OutboxMessage
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
)
from bot.models import ChatRef
from bot.runtime.backoff import Backoff
from bot.runtime.clock import Clock
from bot.runtime.telemetry import Metrics, Telemetry, error_kind
from bot.store import Database
from bot.store.outbox.outbox import DeliveryResult, record_results
from bot.store.tables import FAILED, SENT, UNKNOWN

RETRY_BACKOFF: Final = Backoff(first_seconds=1.0, factor=5.0, max_seconds=600.0)
"""The delays before a message that was not sent is tried again, by its failed attempts."""

ACCOUNT_HALT_SECONDS: Final = 300.0
"""The time after which an account whose token was refused tries again."""

MAX_UNCERTAIN_ATTEMPTS: Final = 40
"""Attempts of a message whose result stays uncertain: about six hours at `RETRY_BACKOFF`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finish:
    """Terminal: record the alert as sent, failed or unknown."""

    state: str
    reason: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class RetryAsPlainText:
    """Send again at once, without markup."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The chat waits for ``seconds``; its alerts keep their order.

    Attributes:
        refused: the platform refused because of its rate limit; the attempt is not counted.
        account: the platform refused the account as a whole.
        is_uncertain: the platform gave no usable answer, so the message may have been sent.
    """

    seconds: float
    refused: bool
    account: bool = False
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class SuspendChat:
    """The chat cannot be reached; its alerts wait until it is restored.

    ``only_thread``: the other threads of the chat can be reached.
    """

    reason: str
    only_thread: bool = False


@dataclass(frozen=True, slots=True)
class HaltAccount:
    """The account cannot send at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class MigrateChat:
    """The chat has another ID now."""

    chat: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class CheckHistory:
    """The message may have been sent; the history of the platform shows it."""

    reason: str


Outcome = Finish | RetryAsPlainText | Retry | SuspendChat | HaltAccount | MigrateChat
"""The outcome of one attempt."""


def outcome_of_error(  # noqa: PLR0911 - one return per error is the clearest form
    error: Exception, *, attempts: int, plain: bool, has_history: bool
) -> Outcome | CheckHistory:
    """Return the outcome of ``error``, after ``attempts`` earlier attempts that failed."""
    match error:
        case RateLimited():
            return Retry(error.seconds, refused=True, account=error.scope is ErrorScope.ACCOUNT)
        case ChatUnreachable(scope=ErrorScope.ACCOUNT):
            return HaltAccount(error.reason)
        case ChatUnreachable():
            return SuspendChat(error.reason, only_thread=error.scope is ErrorScope.THREAD)
        case ChatMigrated():
            return MigrateChat(error.chat, error.thread)
        case MessageRejected():
            return Finish(FAILED, error.reason) if plain else RetryAsPlainText()
        case DeliveryUnknown():
            if has_history:
                return CheckHistory(error.reason)
            if attempts + 1 >= MAX_UNCERTAIN_ATTEMPTS:
                return Finish(UNKNOWN, error.reason)
            # At least once: an alert that arrives twice is better than an alert that is missing.
            return Retry(RETRY_BACKOFF.delay(attempts + 1), refused=False, is_uncertain=True)
        case DeliveryError():
            return Retry(RETRY_BACKOFF.delay(attempts + 1), refused=False)
        case _:
            return Finish(FAILED, f"internal error: {type(error).__name__}")


class CardSender:
    """Sends the cards of one account."""

    def __init__(self, adapter: ChatAdapter, telemetry: Telemetry) -> None:
        self._adapter = adapter
        self._telemetry = telemetry

    async def send(
        self,
        to: ChatRef,
        card: Card,
        options: SendOptions = DEFAULT_OPTIONS,
        *,
        plain: bool = False,
    ) -> SentMessage:
        """Send a card once.

        Raises:
            DeliveryError: see `ChatAdapter.send`.
        """
        payload = self._adapter.render(card, plain=plain)
        with self._observe("send"):
            return await self._adapter.send(to, payload, options)

    async def edit(self, message: SentMessage, card: Card, *, plain: bool = False) -> None:
        """Replace the card of a message once.

        Raises:
            DeliveryError: see `ChatAdapter.edit`.
        """
        payload = self._adapter.render(card, plain=plain)
        with self._observe("edit"):
            await self._adapter.edit(message, payload)

    @contextmanager
    def _observe(self, span: str) -> Iterator[None]:
        platform = self._adapter.platform
        with self._telemetry.tracer.span(span, platform=platform):
            try:
                yield
            except DeliveryError as error:
                self._telemetry.metrics.record_refusal(platform, error_kind(error))
                raise


class MessageSender:
    """Sends the outbox messages of one account."""

    def __init__(self, adapter: ChatAdapter, cards: CardSender) -> None:
        self._adapter = adapter
        self._cards = cards

    async def send(self, message: OutboxMessage) -> Outcome:
        """Send a message once and return the outcome."""
        has_history = self._adapter.capabilities.history_search
        key = f"{message.chat_id}-{message.alert_id}"
        is_silent = message.priority is Priority.BULK
        options = SendOptions(silent=is_silent, idempotency_key=key)
        try:
            # An earlier attempt may have been sent without an answer.
            if has_history and message.attempts:
                existing = await self._find_sent(message, key)
                if existing is not None:
                    return Finish(SENT, message_id=existing.message_id)
            sent = await self._cards.send(message.ref, message.card, options, plain=message.plain)
        except Exception as error:
            if not isinstance(error, DeliveryError):
                # One alert that causes an internal error must not block the others.
                log.exception("alert_send_crashed", alert=message.alert_id)
            outcome = outcome_of_error(
                error, attempts=message.attempts, plain=message.plain, has_history=has_history
            )
            if isinstance(outcome, CheckHistory):
                return await self._check_history(message, key, outcome.reason)
            return outcome
        return Finish(SENT, message_id=sent.message_id)

    async def _check_history(self, message: OutboxMessage, key: str, reason: str) -> Outcome:
        """Search the history for the message. If it is not there, the message is tried again."""
        try:
            existing = await self._find_sent(message, key)
        except DeliveryError:
            # The next attempt searches first.
            existing = None
        if existing is not None:
            return Finish(SENT, message_id=existing.message_id)
        log.info("message_not_in_history", alert=message.alert_id, reason=reason)
        delay = RETRY_BACKOFF.delay(message.attempts + 1)
        return Retry(delay, refused=False, is_uncertain=True)

    async def _find_sent(self, message: OutboxMessage, key: str) -> SentMessage | None:
        """Return the message from the history of the platform; None if it is not there.

        Raises:
            DeliveryError: the platform did not answer.
        """
        try:
            return await self._adapter.find_sent(message.ref, key, message.created_at)
        except (ChatUnreachable, MessageRejected) as error:
            # The platform does not show this history. The send decides what that means for the chat.
            log.info("history_not_readable", alert=message.alert_id, reason=error.reason)
            return None


class ResultWriter:
    """Writes the results of one account, several per transaction where several wait."""

    def __init__(self, database: Database, clock: Clock, platform: str, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._platform = platform
        self._metrics = metrics
        # Each result with the seconds from the discovery of its item to the send.
        self._unwritten: dict[DeliveryResult, float | None] = {}
        self._lock = asyncio.Lock()
        self._last_write_failed = False

    @property
    def has_unwritten(self) -> bool:
        """Whether the last write failed: messages were sent, and their results are not saved."""
        return self._last_write_failed

    async def record(
        self, result: DeliveryResult, *, found_at: datetime | None = None
    ) -> list[DeliveryResult]:
        """Write a result, and return all results that this call has written.

        The result may also be written, and returned, by a concurrent call or by a later `flush`.
        ``found_at`` is when the item of the alert was found.

        Raises:
            StoreError: the database refused; `flush` tries again.
        """
        latency = (self._clock() - found_at).total_seconds() if found_at is not None else None
        self._unwritten[result] = latency
        return await self.flush()

    async def flush(self) -> list[DeliveryResult]:
        """Write all results that are not saved yet, and return them.

        Raises:
            StoreError: the database refused.
        """
        async with self._lock:
            if not self._unwritten:
                return []
            batch = list(self._unwritten)
            try:
                async with self._database.writing() as connection:
                    await record_results(connection, batch, now=self._clock())
            except BaseException:
                self._last_write_failed = True
                raise
            self._last_write_failed = False
            for result in batch:
                latency = self._unwritten.pop(result)
                seconds = latency if result.state == SENT else None
                self._metrics.record_delivery(self._platform, result.state, seconds)
            return batch
