"""A worker: one step of work, again and again, woken when there may be some.

    wake() ──► step() ── did something ──► step() ── nothing left ──► sleep until wake()

A step that fails is told once, waits a little longer each time, and is tried again: what it would
have done stands in the database, so nothing is lost. No worker ever ends by an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from bot.errors import BotError

Step = Callable[[], Awaitable[bool]]
"""Does a bounded piece of work; whether there may be more."""

_FIRST_PAUSE: Final = 0.5  # seconds after a failure, doubled with each until …
_LONGEST_PAUSE: Final = 30.0

log = structlog.get_logger(__name__)


class Worker:
    """Runs ``step`` whenever it is woken. The clock wakes it too (bot/ticks.py)."""

    def __init__(self, name: str, step: Step) -> None:
        self.name = name
        self._step = step
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._failures = 0

    def wake(self) -> None:
        """There may be work."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; the step under way is finished first."""
        stopping: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                pause = await self._work(stop)
                await self._rest(stopping, pause)
        finally:
            stopping.cancel()

    async def drain(self) -> None:
        """Work until nothing is left.

        Raises:
            BotError: a step failed; what it would have done waits in the database.
        """
        async with self._turn:
            while await self._step():
                pass

    async def _work(self, stop: asyncio.Event) -> float | None:
        """All there is to do now; how long to rest after a failure."""
        try:
            more = True
            while more and not stop.is_set():
                async with self._turn:
                    more = await self._step()
        except BotError as error:
            return self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours ends no worker
            return self._failed(f"{type(error).__name__}: {error}", exc_info=True)
        if self._failures:
            log.info("working again", worker=self.name)
            self._failures = 0
        return None

    def _failed(self, problem: str, *, exc_info: bool = False) -> float:
        pause: float = min(_FIRST_PAUSE * 2 ** min(self._failures, 10), _LONGEST_PAUSE)
        if not self._failures:
            log.error("cannot work", worker=self.name, problem=problem, exc_info=exc_info)
        self._failures += 1
        return pause

    async def _rest(self, stopping: asyncio.Future[Any], pause: float | None) -> None:
        if pause is not None:
            # Being woken must not turn a full disk into a busy loop.
            await asyncio.wait({stopping}, timeout=pause)
            return
        waking: asyncio.Future[Any] = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait({stopping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
