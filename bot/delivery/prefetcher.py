"""The chats in memory: their messages that were read from the outbox, and when to read more.

OutboxReader ──► read ──► one slot request per chat ──► message_for(slot) ──► settle ──► next message
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.delivery.outbox_reader import PAGE_SIZE, OutboxMessage, OutboxReader
from bot.delivery.scheduler import SendSlot, SendSlots
from bot.runtime.clock import Clock

# The next page is read when fewer chats than this are in memory.
_LOW_WATERMARK_CHATS: Final = PAGE_SIZE // 2
# Another thread of a chat in memory is read after this time.
_NEXT_THREAD_SECONDS: Final = 1.0
# A chat is read if its next slot is at most this far away.
_MAX_SLOT_WAIT_SECONDS: Final = 0.5


@dataclass(slots=True)
class _BufferedChat:
    messages: deque[OutboxMessage]
    platform_chat: str
    # The slot request of the first message.
    request_id: int = 0


class OutboxPrefetcher:
    """Holds the messages of one page of chats and requests a send slot for the first of each chat.

    A platform chat has one row in memory at a time: its threads take turns.
    """

    def __init__(
        self,
        reader: OutboxReader,
        slots: SendSlots,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._slots = slots
        self._clock = clock
        self._monotonic = monotonic
        self._chats: dict[int, _BufferedChat] = {}
        self._chat_by_request: dict[int, int] = {}
        self._platform_chats: set[str] = set()
        # Rows that are not in memory may be due.
        self._may_have_due = True
        self._next_due: datetime | None = None

    # ── when to read ──────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Read again soon: messages may have been queued."""
        self._may_have_due = True

    @property
    def should_read(self) -> bool:
        """Whether to read now."""
        delay = self.seconds_until_read()
        return delay is not None and delay <= 0

    def seconds_until_read(self) -> float | None:
        """Return seconds until the next read, or None to wait for a wake-up."""
        if len(self._chats) >= _LOW_WATERMARK_CHATS:
            return None
        if self._may_have_due:
            return 0.0
        if self._next_due is None:
            return None
        return (self._next_due - self._clock()).total_seconds()

    async def read(self) -> None:
        """Read the next page and request the slots of its chats.

        Raises:
            StoreError: the database does not answer.
        """
        # Cleared before the read, so that a wake-up during the read is not lost.
        self._may_have_due = False
        try:
            page = await self._reader.read(self._chats.keys(), self._busy_until)
        except BaseException:
            self._may_have_due = True
            raise
        now, monotonic_now = self._clock(), self._monotonic()
        for chat_id, messages in page.messages.items():
            waited_seconds = (now - page.due_since[chat_id]).total_seconds()
            self._add_chat(chat_id, messages, due_at=monotonic_now - waited_seconds)
        self._may_have_due = self._may_have_due or page.has_more
        self._next_due = page.next_due

    def _busy_until(self, platform_chat: str) -> datetime | None:
        """Return when a busy chat can have its next slot, or None if it is free."""
        wait_seconds = self._slots.scheduler.available_at(platform_chat) - self._monotonic()
        if platform_chat in self._platform_chats:
            wait_seconds = max(wait_seconds, _NEXT_THREAD_SECONDS)
        if wait_seconds <= _MAX_SLOT_WAIT_SECONDS:
            return None
        return self._clock() + timedelta(seconds=wait_seconds)

    # ── the messages in memory ────────────────────────────────────────────────────────────────────

    def message_for(self, slot: SendSlot) -> OutboxMessage:
        """Return the message of a granted slot."""
        return self._chats[self._chat_by_request[slot.id]].messages[0]

    def requeue(self, slot: SendSlot, *, plain: bool) -> None:
        """Wait for another slot for a message in flight; send it as plain text if ``plain``."""
        messages = self._chats[self._chat_by_request[slot.id]].messages
        if plain:
            messages[0] = replace(messages[0], plain=True)
        self._slots.requeue(slot)

    def settle(
        self,
        message: OutboxMessage,
        slot: SendSlot,
        *,
        next_due: datetime | None = None,
        discard_chat: bool = False,
    ) -> None:
        """End the slot of a message, and request one for the next message of the chat.

        Args:
            message: the message that was sent, or that goes back to the database.
            slot: its slot.
            next_due: when the chat may have its next message from the database, if that is known.
            discard_chat: whether to drop the other messages of the chat and read them again later.
        """
        self._slots.done(slot)
        del self._chat_by_request[slot.id]
        chat = self._chats[message.chat_id]
        chat.messages.popleft()
        if chat.messages and not discard_chat:
            self._request_slot(message.chat_id, due_at=self._monotonic())
            return
        self._remove_chat(message.chat_id)
        if next_due is None or next_due <= self._clock():
            self._may_have_due = True
        elif self._next_due is None or next_due < self._next_due:
            self._next_due = next_due

    def clear(self) -> None:
        """Drop all messages but those in flight, which must not be read again before their result."""
        for chat_id, chat in list(self._chats.items()):
            if self._slots.cancel(chat.request_id):
                del self._chat_by_request[chat.request_id]
                self._remove_chat(chat_id)
            else:
                chat.messages = deque([chat.messages[0]])

    def _add_chat(self, chat_id: int, messages: Sequence[OutboxMessage], *, due_at: float) -> None:
        platform_chat = messages[0].ref.chat
        self._chats[chat_id] = _BufferedChat(deque(messages), platform_chat)
        self._platform_chats.add(platform_chat)
        self._request_slot(chat_id, due_at=due_at)

    def _request_slot(self, chat_id: int, *, due_at: float) -> None:
        chat = self._chats[chat_id]
        priority = chat.messages[0].priority
        chat.request_id = self._slots.request(chat.platform_chat, priority, due_at=due_at)
        self._chat_by_request[chat.request_id] = chat_id

    def _remove_chat(self, chat_id: int) -> None:
        self._platform_chats.discard(self._chats.pop(chat_id).platform_chat)
