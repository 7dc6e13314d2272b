"""What is under way at the same time, as many as there are places: owned, waited for, cancelled.

begin ──► under way ──► over: told to whoever waits for a place
             │
             ├─ finish: go on until nothing is due, for half a minute at most
             └─ close: cancel; what was under way comes due again by itself
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.worker import Step

_LAST_PATIENCE: Final = 30.0  # seconds for what is due at the end

log = structlog.get_logger(__name__)


class UnderWay:
    """Tasks of one kind. A task that raises is told in the log as ``complaint``."""

    def __init__(self, most: int, *, complaint: str, on_end: Callable[[], None]) -> None:
        self._most = most
        self._complaint = complaint
        self._on_end = on_end
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._tasks)

    @property
    def places(self) -> int:
        """How many more may begin."""
        return self._most - len(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin one more."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def finish(
        self,
        step: Step,
        is_due_soon: Callable[[], Awaitable[bool]],
        *,
        pause: timedelta,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Step, and wait for what that began, until nothing is due: for half a minute at most.

        What is due ``pause`` from now is waited for: its host was asked a moment ago.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + _LAST_PATIENCE
        while (left := end - loop.time()) > 0:
            await step()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            elif await is_due_soon():
                await sleep(pause.total_seconds())
            else:
                return

    async def settled(self) -> None:
        """Wait until all that is under way now is over, however it ends."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await self.settled()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error(self._complaint, task=task.get_name(), problem=str(error))
        self._on_end()
