"""Updates at once, but one after the other in each chat: `/subscribe x` is done before `/unsubscribe 1`.

update ──► its chat's line ──► one of a few places ──► handler
              └── too many wait there: dropped, and logged once
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from telegram.ext import BaseUpdateProcessor

MOST_WAITING: Final = 1_024
"""Updates that wait or are worked on at once; more are fetched when some are done."""

_MOST_IN_CHAT: Final = 50  # that wait in one chat: nobody types so fast
_AT_ONCE: Final = 32

log = structlog.get_logger(__name__)


class ByChat(BaseUpdateProcessor):
    """Lines updates up by chat. ``chat_of`` names the line of an update."""

    def __init__(self, chat_of: Callable[[object], str]) -> None:
        super().__init__(MOST_WAITING)
        self._chat_of = chat_of
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._lines: dict[str, _Line] = {}
        self._flooded: set[str] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn and a place; then handle the update."""
        chat = self._chat_of(update)
        line = self._lines.setdefault(chat, _Line())
        if line.waiting >= _MOST_IN_CHAT:
            if chat not in self._flooded:
                self._flooded.add(chat)
                log.warning("too much at once from one chat: not answered", chat=chat)
            _close(coroutine)
            return
        line.waiting += 1
        try:
            async with line.lock, self._places:
                await coroutine
        finally:
            line.waiting -= 1
            if not line.waiting:
                self._lines.pop(chat, None)
                self._flooded.discard(chat)

    async def initialize(self) -> None:
        """Nothing to make ready."""

    async def shutdown(self) -> None:
        """Nothing to give back."""


class _Line:
    """One chat's updates."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def _close(coroutine: Awaitable[Any]) -> None:
    close = getattr(coroutine, "close", None)
    if close is not None:
        close()
