"""The send scheduler: decides which message is sent next, and grants send slots.

    push ──► queue (one per chat, in order) ──► waiting ──► ready ──► take ──► in flight ──► done
                                                (window,    (by rank)  (by the account's
                                                 refusal)               rate limit)

One message per chat is in flight at a time. Replies are first, but every tenth slot is for an alert.
Among alerts, the one that has been due longest is first; bulk messages count as due a minute later,
so they yield to alerts and still cannot starve. `ChatScheduler` is pure: it holds IDs, and the time
is a parameter. `SendSlots` adds the clock and the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Final

import structlog

from bot.chats.adapter import AccountRateLimit, Priority, RateLimit
from bot.delivery.rate_limiter import AccountRateLimiter, SlidingWindows
from bot.errors import ErrorScope, RateLimited

BULK_PENALTY_SECONDS: Final = 60.0
"""The seconds by which bulk messages yield to alerts."""

ALERT_SLOT_EVERY: Final = 10
"""Every 10th send slot is reserved for an alert, even when replies are queued."""

# Refusals of two chats within this time mean that the platform refuses the account.
_ACCOUNT_LIMIT_WINDOW_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)

Rank = tuple[int, float, int]
"""The order of messages: replies before alerts, then by due time, then by arrival."""


@dataclass(frozen=True, slots=True)
class SendSlot:
    """The permission to send one message now. ``id`` is the ID that was pushed."""

    id: int
    chat: str
    priority: Priority
    rank: Rank


@dataclass(slots=True)
class _ChatQueue:
    chat: str
    windows: SlidingWindows
    waiting: list[tuple[Rank, int, Priority]] = field(default_factory=list)
    is_busy: bool = False
    blocked_until: float = -inf
    # Heap entries with another version are out of date.
    version: int = 0

    def available_at(self) -> float:
        return max(self.blocked_until, self.windows.available_at())


class ChatScheduler:
    """The scheduler of one account. Each call costs the logarithm of the number of messages held."""

    def __init__(
        self, limit: AccountRateLimit, chat_limits: Callable[[str], Sequence[RateLimit]]
    ) -> None:
        self.account_limiter = AccountRateLimiter(limit)
        self._chat_limits = chat_limits
        self._queues: dict[str, _ChatQueue] = {}
        # Cancelled messages that are still in the queue of their chat.
        self._cancelled: set[int] = set()
        self._replies: list[tuple[Rank, str, int]] = []
        self._alerts: list[tuple[Rank, str, int]] = []
        self._waiting: list[tuple[float, str, int]] = []
        self._idle: list[tuple[float, str, int]] = []
        self._pushed = 0
        self._granted = 0
        self._last_refusal = ("", -inf)

    def __len__(self) -> int:
        """Return the number of chats in memory."""
        return len(self._queues)

    def push(self, chat: str, id_: int, priority: Priority, due_at: float, *, now: float) -> None:
        """Queue a message of a chat that has been due since ``due_at``."""
        self._pushed += 1
        penalty = BULK_PENALTY_SECONDS if priority is Priority.BULK else 0.0
        rank = (min(priority, Priority.FRESH), due_at + penalty, self._pushed)
        queue = self._queue(chat)
        heappush(queue.waiting, (rank, id_, priority))
        if not queue.is_busy:
            self._place(queue, now)

    def take(self, now: float, *, alerts: bool = True) -> SendSlot | None:
        """Return the next message that may be sent now, and count it as in flight.

        Without ``alerts``, only replies are taken.
        """
        self._release_waiting(now)
        if self.account_limiter.available_at(now) > now:
            return None
        slot = self._pop_ready(alerts=alerts and not self.account_limiter.is_saturated)
        if slot is None:
            return None
        self._granted += 1
        self._queues[slot.chat].is_busy = True
        self.account_limiter.start(now, alert=slot.priority is not Priority.REPLY)
        return slot

    def record_response(self, slot: SendSlot, now: float) -> None:
        """Record that the platform answered. The chat stays busy until `done`."""
        self._queues[slot.chat].windows.record(now)

    def done(self, slot: SendSlot, now: float) -> None:
        """End a message in flight: the chat may have its next message."""
        queue = self._queues[slot.chat]
        queue.is_busy = False
        self.account_limiter.done(now, alert=slot.priority is not Priority.REPLY)
        self._place(queue, now)

    def requeue(self, slot: SendSlot, now: float) -> None:
        """Queue a message in flight again, as the first of its chat."""
        queue = self._queues[slot.chat]
        heappush(queue.waiting, (slot.rank, slot.id, slot.priority))
        self.done(slot, now)

    def record_rate_limit(
        self, chat: str, seconds: float, now: float, *, account: bool = False
    ) -> bool:
        """Block a chat that the platform refused. Return True if the whole account is blocked now."""
        self.account_limiter.record_refusal()
        last_refused_chat, last_refused_at = self._last_refusal
        self._last_refusal = (chat, now)
        self.block_until(chat, now + seconds, now)
        is_second_chat = (
            last_refused_chat != chat and now - last_refused_at <= _ACCOUNT_LIMIT_WINDOW_SECONDS
        )
        if account or is_second_chat:
            self.account_limiter.slow_down(now, seconds)
            return True
        return False

    def block_until(self, chat: str, until: float, now: float) -> None:
        """Send nothing to a chat before ``until``."""
        queue = self._queue(chat)
        queue.blocked_until = max(queue.blocked_until, until)
        if not queue.is_busy:
            self._place(queue, now)

    def available_at(self, chat: str) -> float:
        """Return when a chat may have its next message; a time in the past means now."""
        queue = self._queues.get(chat)
        return queue.available_at() if queue else -inf

    def cancel(self, id_: int) -> None:
        """Remove a message that is not in flight."""
        self._cancelled.add(id_)

    def next_wakeup(self, now: float, *, alerts: bool = True) -> float:
        """Return when `take` may have a message, if no call changes that before; infinite if never."""
        self._release_waiting(now)
        account_available_at = self.account_limiter.available_at(now)
        alerts = alerts and not self.account_limiter.is_saturated
        ready = (self._replies, self._alerts) if alerts else (self._replies,)
        if any(next(self._current_chats(heap), None) is not None for heap in ready):
            return account_available_at
        while self._waiting and not self._is_current(*self._waiting[0][1:]):
            heappop(self._waiting)
        return max(self._waiting[0][0], account_available_at) if self._waiting else inf

    def _queue(self, chat: str) -> _ChatQueue:
        queue = self._queues.get(chat)
        if queue is None:
            windows = SlidingWindows(self._chat_limits(chat))
            queue = self._queues[chat] = _ChatQueue(chat, windows)
        return queue

    def _place(self, queue: _ChatQueue, now: float) -> None:
        """Put a chat into the right heap: ready, waiting, or idle until it can be forgotten."""
        queue.version += 1
        while queue.waiting and queue.waiting[0][1] in self._cancelled:
            self._cancelled.discard(heappop(queue.waiting)[1])
        available_at = queue.available_at()
        if not queue.waiting:
            forget_at = max(queue.blocked_until, queue.windows.idle_at())
            heappush(self._idle, (forget_at, queue.chat, queue.version))
        elif available_at > now:
            heappush(self._waiting, (available_at, queue.chat, queue.version))
        else:
            rank, _, priority = queue.waiting[0]
            ready = self._replies if priority is Priority.REPLY else self._alerts
            heappush(ready, (rank, queue.chat, queue.version))

    def _release_waiting(self, now: float) -> None:
        """Move chats that no longer have to wait to the ready heaps, and forget idle chats."""
        while self._waiting and self._waiting[0][0] <= now:
            _, chat, version = heappop(self._waiting)
            if self._is_current(chat, version):
                self._place(self._queues[chat], now)
        while self._idle and self._idle[0][0] <= now:
            _, chat, version = heappop(self._idle)
            if self._is_current(chat, version):
                del self._queues[chat]

    def _pop_ready(self, *, alerts: bool) -> SendSlot | None:
        heaps = [self._replies, self._alerts] if alerts else [self._replies]
        if self._granted % ALERT_SLOT_EVERY == ALERT_SLOT_EVERY - 1:
            heaps.reverse()
        for heap in heaps:
            for chat in self._current_chats(heap):
                heappop(heap)
                queue = self._queues[chat]
                if queue.waiting[0][1] in self._cancelled:
                    self._place(queue, queue.available_at())
                    continue
                rank, id_, priority = heappop(queue.waiting)
                queue.version += 1
                return SendSlot(id_, chat, priority, rank)
        return None

    def _current_chats(self, heap: list[tuple[Rank, str, int]]) -> Iterator[str]:
        """Yield the chat on top of ``heap`` repeatedly, after removing entries that are out of date."""
        while heap:
            _, chat, version = heap[0]
            if self._is_current(chat, version):
                yield chat
            else:
                heappop(heap)

    def _is_current(self, chat: str, version: int) -> bool:
        queue = self._queues.get(chat)
        return queue is not None and queue.version == version


class SendSlots:
    """Grants the send slots of one account.

    A request of `request` is returned by `grant_ready` when it may be sent. `slot` waits for its own
    request. ``wakeup`` is set when a slot may have become available.
    """

    def __init__(
        self, scheduler: ChatScheduler, monotonic: Callable[[], float], wakeup: asyncio.Event
    ) -> None:
        self.scheduler = scheduler
        self._monotonic = monotonic
        self._wakeup = wakeup
        # Requests without a waiter are returned by `grant_ready`.
        self._requests: dict[int, asyncio.Future[SendSlot] | None] = {}
        self._last_id = 0

    def wake(self) -> None:
        """Wake the loop that grants slots."""
        self._wakeup.set()

    def request(
        self,
        chat: str,
        priority: Priority,
        *,
        due_at: float | None = None,
        waiter: asyncio.Future[SendSlot] | None = None,
    ) -> int:
        """Queue a request for a slot of a chat, and return the ID of the request."""
        self._last_id += 1
        now = self._monotonic()
        self._requests[self._last_id] = waiter
        due_at = now if due_at is None else due_at
        self.scheduler.push(chat, self._last_id, priority, due_at, now=now)
        self._wakeup.set()
        return self._last_id

    def requeue(self, slot: SendSlot) -> None:
        """Give a slot back unused, and queue its request again as the first of the chat."""
        self._requests[slot.id] = None
        self.scheduler.requeue(slot, self._monotonic())
        self._wakeup.set()

    def cancel(self, request_id: int) -> bool:
        """Remove a request. Return False, and do nothing, if its slot has been granted."""
        if request_id not in self._requests:
            return False
        del self._requests[request_id]
        self.scheduler.cancel(request_id)
        return True

    def grant_ready(self, *, alerts: bool) -> list[SendSlot]:
        """Grant all slots that are available now, and return those that nothing waits for."""
        granted = []
        while (slot := self.scheduler.take(self._monotonic(), alerts=alerts)) is not None:
            waiter = self._requests.pop(slot.id)
            if waiter is None:
                granted.append(slot)
            elif waiter.cancelled():
                self.done(slot)
            else:
                waiter.set_result(slot)
        return granted

    def seconds_until_ready(self, *, alerts: bool) -> float | None:
        """Return the seconds until `grant_ready` may have more, or None to wait for a wake-up."""
        now = self._monotonic()
        wakeup_at = self.scheduler.next_wakeup(now, alerts=alerts)
        return None if wakeup_at == inf else max(0.0, wakeup_at - now)

    def block_chat(self, chat: str, seconds: float) -> None:
        """Send nothing to a chat for ``seconds``."""
        now = self._monotonic()
        self.scheduler.block_until(chat, now + seconds, now)
        self._wakeup.set()

    def record_rate_limit(self, chat: str, seconds: float, *, account: bool) -> bool:
        """Block a chat that the platform refused. Return True if the whole account is blocked now."""
        is_account_limited = self.scheduler.record_rate_limit(
            chat, seconds, self._monotonic(), account=account
        )
        log.info("rate_limited", chat=chat, seconds=seconds, account_wide=is_account_limited)
        return is_account_limited

    def done(self, slot: SendSlot) -> None:
        """End a slot: the chat may have its next message."""
        self.scheduler.done(slot, self._monotonic())
        self._wakeup.set()

    @asynccontextmanager
    async def slot(self, chat: str, priority: Priority = Priority.REPLY) -> AsyncIterator[None]:
        """Wait for a slot and hold it during the block. A RateLimited error blocks the chat."""
        slot = await self._wait_for_slot(chat, priority)
        try:
            yield
        except RateLimited as error:
            self.record_rate_limit(chat, error.seconds, account=error.scope is ErrorScope.ACCOUNT)
            raise
        finally:
            self.scheduler.record_response(slot, self._monotonic())
            self.done(slot)

    async def _wait_for_slot(self, chat: str, priority: Priority) -> SendSlot:
        waiter: asyncio.Future[SendSlot] = asyncio.get_running_loop().create_future()
        request_id = self.request(chat, priority, waiter=waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            self.cancel(request_id)
            # The slot may have been granted in the same iteration of the event loop.
            if waiter.done() and not waiter.cancelled():
                self.done(waiter.result())
            raise
