"""Supply: keeps the page of chats in memory filled from the outbox, and knows when to look again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.delivery.lanes import Lanes
from bot.delivery.letters import PAGE, Letter, Letters
from bot.delivery.rows import Rows

_LOW: Final = PAGE // 2  # chats in memory below which the next page is read
_THREADS_TAKE_TURNS: Final = 1.0  # seconds until another thread of a chat is looked at
_SOON: Final = 0.5  # seconds that a chat's turn may be away when it is read


class Supply:
    """Reads what is due into ``rows``, a page at a time."""

    def __init__(
        self, letters: Letters, rows: Rows, lanes: Lanes, clock: Clock, ticks: Callable[[], float]
    ) -> None:
        self._letters = letters
        self._rows = rows
        self._lanes = lanes
        self._clock = clock
        self._ticks = ticks
        self._news = True  # something may be due that is not in memory
        self._next_due: datetime | None = None

    def news(self) -> None:
        """Something may have been queued."""
        self._news = True

    @property
    def is_wanted(self) -> bool:
        """Whether to read now."""
        due_in = self.due_in()
        return due_in is not None and due_in <= 0

    def due_in(self) -> float | None:
        """Seconds until there is something to read; ``None``: only news can tell."""
        if len(self._rows.ids) >= _LOW:
            return None
        if self._news:
            return 0.0
        if self._next_due is None:
            return None
        return (self._next_due - self._clock()).total_seconds()

    async def read(self) -> None:
        """Read the next page.

        Raises:
            StoreError: the database does not answer.
        """
        self._news = False  # before it is read: what comes meanwhile is news
        try:
            page = await self._letters.read(self._rows.ids, self._busy_until)
        except BaseException:
            self._news = True
            raise
        now, ticks = self._clock(), self._ticks()
        for chat_id, letters in page.letters.items():
            waited = (now - page.due[chat_id]).total_seconds()
            self._rows.load(chat_id, letters, due=ticks - waited)
        self._news = self._news or page.more
        self._next_due = page.next_due

    def left(self, letter: Letter, due_at: datetime | None, *, all_of_it: bool) -> None:
        """A letter is settled; when its chat may have the next one, if that is known."""
        if self._rows.next(letter, ticks=self._ticks(), drop=all_of_it):
            return
        if due_at is None or due_at <= self._clock():
            self._news = True
        elif self._next_due is None or due_at < self._next_due:
            self._next_due = due_at

    def _busy_until(self, chat: str) -> datetime | None:
        """When a chat that is not free can have its turn."""
        wait = self._lanes.free_at(chat) - self._ticks()
        if self._rows.has_lane(chat):
            wait = max(wait, _THREADS_TAKE_TURNS)
        return self._clock() + timedelta(seconds=wait) if wait > _SOON else None
