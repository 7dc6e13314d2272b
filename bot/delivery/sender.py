"""The sender of one account: sends its outbox messages, replies and follow-ups.

    outbox ──► OutboxReader ──► OutboxPrefetcher ─┐
    adapter ──► AccountReplyChannel ──────────────┼──► SendSlots (ChatScheduler) ──► grant
    follow_ups ──► FollowUpSender ────────────────┘                                    │
                                                                                       ▼
    result ◄── ResultWriter ◄── apply the outcome ◄── MessageSender.send ◄── outbox message

One loop grants the send slots. Each message is a task of its own, and one more task reads and writes
the database, so nothing waits for a slow chat or a slow disk. Only the process that holds the lease of
the account sends and listens: `Lease` in runtime/lease.py acquires and renews the lease, and
`AccountGate` in listener.py reports it. A stop finishes the messages in flight and records them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter
from bot.delivery.account_hold import AccountHold
from bot.delivery.chat_state import ChatState, OnChatMove
from bot.delivery.follow_ups import FollowUpSender
from bot.delivery.listener import AccountGate, run_listener
from bot.delivery.message_sender import (
    CardSender,
    Finish,
    HaltAccount,
    MessageSender,
    MigrateChat,
    Outcome,
    ResultWriter,
    Retry,
    RetryAsPlainText,
    SuspendChat,
)
from bot.delivery.outbox_reader import OutboxMessage, OutboxReader
from bot.delivery.prefetcher import OutboxPrefetcher
from bot.delivery.replies import AccountReplyChannel
from bot.delivery.scheduler import ChatScheduler, SendSlot, SendSlots
from bot.errors import BotError
from bot.models import ChatRef
from bot.runtime.backoff import Backoff, RetryTimer
from bot.runtime.clock import Clock
from bot.runtime.lease import LEASE_SECONDS, Lease
from bot.runtime.tasks import TaskPool, wait_for_future_or_event
from bot.runtime.telemetry import NO_TELEMETRY, Telemetry
from bot.runtime.worker import Worker
from bot.store import Database
from bot.store.outbox.outbox import DeliveryResult
from bot.store.tables import EXPIRED, SENT, UNKNOWN
from bot.store.updates import prune_updates

_DATABASE_BACKOFF: Final = Backoff(first_seconds=0.5, max_seconds=30.0)
# The time for the last transactions of the lease and the follow-ups at the end.
_SHUTDOWN_TIMEOUT_SECONDS: Final = 2.0
_PRUNE_UPDATES_SECONDS: Final = 3_600.0
# A restarted process must know of waits of an account that are at least this long.
_PERSIST_WAIT_ABOVE_SECONDS: Final = 30.0
# A chat whose outcome could not be written is read again, but not at once.
_UNWRITTEN_OUTCOME_DELAY_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


class Sender:
    """Sends and listens for one account.

    Attributes:
        reply_channel: the channel through which the adapter replies.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        adapter: ChatAdapter,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        max_age: timedelta | None = None,
        lease_seconds: float = LEASE_SECONDS,
        telemetry: Telemetry = NO_TELEMETRY,
        on_chat_move: OnChatMove = lambda _old, _new: None,
    ) -> None:
        platform, account = adapter.platform, adapter.account
        self.platform, self.account = platform, account
        self.name = f"{platform}/{account}"
        self._database = database
        self._adapter = adapter
        self._clock = clock
        self._monotonic = monotonic
        self._wakeup = asyncio.Event()

        self._scheduler = ChatScheduler(
            adapter.account_rate_limit,
            lambda chat: adapter.chat_rate_limits(ChatRef(platform, account, chat)),
        )
        self._slots = SendSlots(self._scheduler, monotonic, self._wakeup)
        self._lease = Lease(database, self.name, clock, monotonic, length=lease_seconds)
        self._writer = ResultWriter(database, clock, platform, telemetry.metrics)
        self._gate = AccountGate(self._lease, self._writer)
        self._chats = ChatState(database, clock, on_chat_move)
        self._hold = AccountHold(adapter, self._gate, monotonic, self._wakeup)
        reader = OutboxReader(database, platform, account, clock, max_age=max_age)
        self._prefetcher = OutboxPrefetcher(reader, self._slots, clock, monotonic)
        cards = CardSender(adapter, telemetry)
        self._message_sender = MessageSender(adapter, cards)
        self.reply_channel = AccountReplyChannel(
            database, adapter, cards, self._slots, self._chats, self._hold, clock
        )
        self._follow_ups = FollowUpSender(
            database, adapter, cards, self._slots, self._chats, self._hold, clock
        )
        self._follow_up_worker = Worker(f"follow-ups of {self.name}", self._follow_ups.step)

        self._tasks = TaskPool(error_event="sender_task_crashed")
        self._database_task: asyncio.Task[None] | None = None
        self._database_retry = RetryTimer(_DATABASE_BACKOFF, monotonic)
        # Messages that were sent and whose result is being written, by alert.
        self._unrecorded: dict[int, tuple[OutboxMessage, SendSlot]] = {}
        self._is_listening = False
        self._prune_updates_at = -inf

    # ── control ───────────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Look for new messages: alerts may have been queued."""
        self._prefetcher.wake()
        self._follow_up_worker.wake()
        self._wakeup.set()

    def retry_lease(self) -> None:
        """Try to acquire the lease now: another process may have released it."""
        self._lease.retry_now()

    def stop(self) -> None:
        """Start no more alerts; `run` finishes those in flight."""
        self._gate.is_stopping = True
        self._wakeup.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send due messages within the rate limits until ``stop``; then finish those in flight."""
        ended = asyncio.Event()
        lease_task = asyncio.ensure_future(self._lease.maintain(self._on_lease_changed, ended))
        stop_task = asyncio.ensure_future(self._close_on(stop))
        follow_up_task = asyncio.ensure_future(self._follow_up_worker.run(stop))
        try:
            # As long as the adapter listens, replies are sent.
            while not self._gate.is_closing or self._is_listening:
                self._wakeup.clear()
                self._advance()
                await self._wait_for_wakeup()
        finally:
            stop_task.cancel()
            ended.set()
            await self._finish(lease_task, follow_up_task)
            self._gate.is_closing = False

    async def listen(self, stop: asyncio.Event) -> None:
        """Run the listener of the adapter while the lease is held, until ``stop``."""
        self._is_listening = True
        try:
            await run_listener(
                self._adapter, self.reply_channel, self._gate, stop, prepare=self._load_moves
            )
        finally:
            self._is_listening = False
            self._wakeup.set()

    async def _load_moves(self) -> None:
        await self._chats.load_moves(self.platform, self.account)

    async def drain(self) -> None:
        """Send all messages that the rate limits allow now. The others stay in the database.

        Raises:
            BotError: the database refused.
        """
        if not await self._lease.acquire_or_renew():
            return
        self._on_lease_changed(True)
        while not self._gate.is_stopping:
            await self._flush_results()
            await self._hold.probe_if_due()
            if self._should_read():
                await self._prefetcher.read()
            self._start_granted()
            if self._tasks:
                await self._tasks.wait_any()
            elif not self._should_read():
                break
        await self._tasks.wait_idle()
        await self._flush_results()
        while not self._gate.is_stopping and await self._drain_follow_ups():
            pass

    async def _drain_follow_ups(self) -> bool:
        """Send the follow-ups that the rate limits allow now. Return True if there may be more."""
        step_task = asyncio.ensure_future(self._follow_ups.step())
        while not step_task.done():
            self._wakeup.clear()
            self._start_granted()
            # Lets the follow-ups whose slots were granted start.
            await asyncio.sleep(0)
            is_blocked = self._slots.seconds_until_ready(alerts=True) != 0
            if self._follow_ups.is_waiting_for_slots and is_blocked:
                await self._follow_ups.finish()
            await wait_for_future_or_event(step_task, self._wakeup)
        return await step_task

    # ── the loop ──────────────────────────────────────────────────────────────────────────────────

    def _advance(self) -> None:
        """Start the database task if it has work, and the messages whose slots are granted."""
        if self.reply_channel.pop_restored():
            self.wake()
        is_busy = self._database_task is not None or self._database_retry.remaining_seconds > 0
        if not is_busy and (self._writer.has_unwritten or self._should_read()):
            self._database_task = asyncio.ensure_future(self._use_database())
        if (
            self._gate.is_on_hold
            and self._gate.may_read()
            and self._hold.seconds_until_probe() == 0
        ):
            self._tasks.start(self._hold.probe_if_due())
        self._start_granted()

    def _start_granted(self) -> None:
        for slot in self._slots.grant_ready(alerts=self._gate.may_send()):
            self._tasks.start(self._deliver(self._prefetcher.message_for(slot), slot))

    async def _wait_for_wakeup(self) -> None:
        """Wait for a wake-up, or until a slot is available, or until the database is due."""
        delays = [self._slots.seconds_until_ready(alerts=self._gate.may_send())]
        if self._database_task is None:
            retry_seconds = self._database_retry.remaining_seconds
            if retry_seconds > 0:
                delays.append(retry_seconds)
            elif self._gate.may_read():
                delays.append(self._prefetcher.seconds_until_read())
        if self._gate.is_on_hold and self._gate.may_read():
            delays.append(self._hold.seconds_until_probe())
        known_delays = [delay for delay in delays if delay is not None]
        timer = None
        if known_delays:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(max(0.0, min(known_delays)), self._wakeup.set)
        try:
            await self._wakeup.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _use_database(self) -> None:
        """Write pending results, read the next page, and prune old updates."""
        try:
            await self._flush_results()
            if self._should_read():
                await self._prefetcher.read()
            if self._monotonic() >= self._prune_updates_at:
                self._prune_updates_at = self._monotonic() + _PRUNE_UPDATES_SECONDS
                async with self._database.writing() as connection:
                    await prune_updates(connection, now=self._clock())
            self._database_retry.record_success()
        except BotError as error:
            self._delay_database(error)
        except Exception as error:
            log.exception("sender_crashed", account=self.name)
            self._delay_database(error)
        finally:
            self._database_task = None
            self._wakeup.set()

    def _should_read(self) -> bool:
        return self._gate.may_read() and self._prefetcher.should_read

    def _delay_database(self, error: Exception) -> None:
        if self._database_retry.record_failure():
            log.error("delivery_failed", account=self.name, error=str(error) or repr(error))

    # ── one message ───────────────────────────────────────────────────────────────────────────────

    async def _deliver(self, message: OutboxMessage, slot: SendSlot) -> None:
        """Send one message and apply the outcome."""
        try:
            # The fence, checked right before the send. A message that may not be sent is read again:
            # meanwhile another process may have sent it, or quiet hours have begun.
            is_stale = message.recheck_at is not None and self._clock() >= message.recheck_at
            if is_stale or not self._gate.may_send():
                self._prefetcher.settle(message, slot, discard_chat=True)
            else:
                outcome = await self._message_sender.send(message)
                self._scheduler.record_response(slot, self._monotonic())
                if isinstance(outcome, Finish):
                    self._hold.consecutive_failures = 0
                else:
                    outcome = await self._hold.apply(outcome, attempts=message.attempts)
                await self._apply(message, slot, outcome)
        except BotError as error:
            self._delay_database(error)
        except Exception as error:
            log.exception("sender_crashed", account=self.name, alert=message.alert_id)
            self._delay_database(error)
        self._wakeup.set()

    async def _apply(self, message: OutboxMessage, slot: SendSlot, outcome: Outcome) -> None:
        """Apply an outcome: record, retry, postpone, suspend, migrate or halt.

        Raises:
            StoreError: the outcome could not be written yet.
        """
        match outcome:
            case Finish():
                await self._record(message, slot, outcome)
            case RetryAsPlainText():
                self._prefetcher.requeue(slot, plain=True)
            case HaltAccount():
                self._prefetcher.settle(message, slot, discard_chat=True)
            case Retry() | SuspendChat() | MigrateChat():
                next_due: datetime | None = None
                try:
                    next_due = await self._change_chat(message, outcome)
                except BaseException:
                    self._slots.block_chat(slot.chat, _UNWRITTEN_OUTCOME_DELAY_SECONDS)
                    raise
                finally:
                    self._prefetcher.settle(message, slot, next_due=next_due, discard_chat=True)

    async def _record(self, message: OutboxMessage, slot: SendSlot, outcome: Finish) -> None:
        if outcome.reason:
            log.warning("alert_not_sent", alert=message.alert_id, reason=outcome.reason)
        if outcome.state == UNKNOWN:
            await self._chats.report_unknown(message.ref, outcome.reason or "")
        wait_seconds = max(0.0, self._scheduler.available_at(slot.chat) - self._monotonic())
        result = DeliveryResult(
            message.alert_id,
            message.chat_id,
            outcome.state,
            self._clock() + timedelta(seconds=wait_seconds),
            reason=outcome.reason,
            message_id=outcome.message_id,
            is_briefing=message.is_briefing,
        )
        if message.expires_alerts_before is not None:
            is_sent = outcome.state == SENT
            result = replace(
                result,
                state=EXPIRED,
                reason="too old; listed in a catch-up" if is_sent else outcome.reason,
                before=message.expires_alerts_before,
            )
        self._unrecorded[result.alert_id] = (message, slot)
        self._settle_recorded(await self._writer.record(result, found_at=message.found_at))

    async def _flush_results(self) -> None:
        self._settle_recorded(await self._writer.flush())

    def _settle_recorded(self, results: list[DeliveryResult]) -> None:
        for result in results:
            message, slot = self._unrecorded.pop(result.alert_id)
            self._prefetcher.settle(message, slot, next_due=result.due_at)
        if results:
            self._wakeup.set()

    async def _change_chat(
        self, message: OutboxMessage, outcome: Retry | SuspendChat | MigrateChat
    ) -> datetime | None:
        """Write an outcome that concerns the whole chat. Return when the chat is due again."""
        blocked_account = None
        if isinstance(outcome, Retry) and outcome.refused:
            is_account_limited = self._slots.record_rate_limit(
                message.ref.chat, outcome.seconds, account=outcome.account
            )
            if is_account_limited and outcome.seconds >= _PERSIST_WAIT_ABOVE_SECONDS:
                blocked_account = self.name
        return await self._chats.apply(message, outcome, blocked_account=blocked_account)

    # ── lease and shutdown ────────────────────────────────────────────────────────────────────────

    def _on_lease_changed(self, is_held: bool) -> None:
        if not is_held:
            log.warning("lease_lost", account=self.name)
            self._gate.set_lease_held(held=False)
            self._prefetcher.clear()
            return
        lease = self._lease.lease
        # An earlier process may have been refused as a whole account.
        if lease is not None and lease.blocked_until is not None:
            wait_seconds = (lease.blocked_until - self._clock()).total_seconds()
            self._scheduler.account_limiter.block_until(self._monotonic() + wait_seconds)
        self._database_retry.reset()
        self._gate.set_lease_held(held=True)
        self.wake()

    async def _close_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._gate.is_closing = True
        self._wakeup.set()

    async def _finish(self, *background: asyncio.Future[None]) -> None:
        """Finish and record the messages in flight, then release the lease."""
        try:
            await self._follow_ups.finish()
            await self._tasks.wait_idle()
            if self._database_task is not None:
                await asyncio.wait({self._database_task})
            await self._flush_results()
            # These tasks end by themselves.
            await asyncio.wait(background, timeout=_SHUTDOWN_TIMEOUT_SECONDS)
        except BotError as error:
            log.error("results_not_recorded", account=self.name, error=str(error))
        except asyncio.CancelledError:
            self._tasks.cancel()
            raise
        finally:
            for task in background:
                task.cancel()
            self._prefetcher.clear()
            self._gate.set_lease_held(held=False)
            await self._lease.release()
