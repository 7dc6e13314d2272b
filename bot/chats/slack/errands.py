"""Work that goes on after Slack has its acknowledgement: owned, and ended with its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from bot.errors import BotError

MOST: Final = 500
"""At once: what comes beyond is refused, which is better than to fall over."""

log = structlog.get_logger(__name__)


class Errands:
    """A set of tasks."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> bool:
        """Begin ``work``; whether there was room for it."""
        if len(self._tasks) >= MOST:
            work.close()
            log.error("too much comes from Slack at once", errands=len(self._tasks))
            return False
        task = asyncio.ensure_future(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def settle(self) -> None:
        """Wait until all of it is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, grace: float) -> None:
        """Give what is under way so many seconds, then end it."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except BotError as error:
        log.warning("somebody could not be answered", problem=str(error))
    except Exception:
        log.exception("answering somebody broke")
