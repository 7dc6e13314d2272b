"""Background tasks of a process: running them together, waiting for a stop, and task pools.

run_until_stopped ── tasks, console, stop ──► the first that ends ──► stop ──► all finish or are cancelled
TaskPool          ── start ──► running ──► done ──► on_done
                                  ├─ drain: run until no work is left, at most half a minute
                                  └─ close: cancel; the work comes due again from the database
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.errors import BotError

_SHUTDOWN_TIMEOUT_SECONDS: Final = 4.0
_DRAIN_TIMEOUT_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


async def run_until_stopped(
    background: Iterable[Coroutine[Any, Any, None]],
    foreground: Coroutine[Any, Any, None],
    stop: asyncio.Event,
) -> bool:
    """Run everything side by side until ``stop`` is set or one task ends; then stop the others.

    Return True if a task ended first, as ``foreground`` does at the end of its input. An exception
    of a task is raised.
    """
    tasks = [asyncio.ensure_future(work) for work in background]
    stop_task = asyncio.ensure_future(stop.wait())
    foreground_task = asyncio.ensure_future(foreground)
    try:
        done, _ = await asyncio.wait(
            {foreground_task, stop_task, *tasks}, return_when=asyncio.FIRST_COMPLETED
        )
        stop_requested = stop_task in done
        _raise_first_error(done)
    finally:
        stop.set()
        await _finish_or_cancel([*tasks, foreground_task, stop_task])
    return not stop_requested


async def wait_first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of the coroutines is done, and cancel the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def wait_for_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait until ``stop`` is set, at most ``seconds``. Return True if it is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def wait_for_future_or_event(future: asyncio.Future[Any], event: asyncio.Event) -> bool:
    """Wait until ``future`` is done or ``event`` is set. Return True if the future is done.

    The future is not cancelled: some callers have to end it in a way of their own.
    """
    event_task = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({future, event_task}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        event_task.cancel()
    return future.done()


class TaskPool:
    """A set of at most ``max_tasks`` tasks. The owner of the pool drains or cancels them.

    A task that raises is logged as ``error_event``; the other tasks go on. ``on_done`` is called
    after each task.
    """

    def __init__(
        self,
        max_tasks: int = sys.maxsize,
        *,
        error_event: str,
        on_done: Callable[[], None] | None = None,
    ) -> None:
        self._max_tasks = max_tasks
        self._error_event = error_event
        self._on_done = on_done
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return the number of running tasks."""
        return len(self._tasks)

    @property
    def free_slots(self) -> int:
        """The number of tasks that can be started now."""
        return self._max_tasks - len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None], name: str | None = None) -> bool:
        """Start a task. Return False, and drop the work, if the pool is full."""
        if len(self._tasks) >= self._max_tasks:
            work.close()
            log.error("task_pool_full", pool=self._error_event, tasks=len(self._tasks))
            return False
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return True

    async def drain(
        self,
        step: Callable[[], Awaitable[bool]],
        is_due_soon: Callable[[], Awaitable[bool]],
        *,
        pause: timedelta,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Run ``step`` and wait for the tasks it starts until no work is left, for half a minute.

        Work that is due within ``pause`` is waited for: its host was polled a moment ago.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _DRAIN_TIMEOUT_SECONDS
        while (remaining := deadline - loop.time()) > 0:
            await step()
            if self._tasks:
                await self.wait_any(timeout=remaining)
            elif await is_due_soon():
                await sleep(pause.total_seconds())
            else:
                return

    async def wait_any(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait until one of the running tasks is done, if there are any."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)

    async def wait_idle(self) -> None:
        """Wait until no task is running, including tasks that are started meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        """Cancel all running tasks."""
        for task in self._tasks:
            task.cancel()

    async def close(self, *, grace_seconds: float = 0.0) -> None:
        """Let the running tasks finish for ``grace_seconds``, then cancel them."""
        if self._tasks and grace_seconds > 0:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, BotError):
            log.warning(self._error_event, task=task.get_name(), error=str(error))
        elif error is not None:
            log.error(self._error_event, task=task.get_name(), exc_info=error)
        if self._on_done is not None:
            self._on_done()


def _raise_first_error(done: Iterable[asyncio.Future[Any]]) -> None:
    for task in done:
        error = task.exception()
        if error is not None:
            raise error


async def _finish_or_cancel(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Give every task the time to finish its step; cancel those that take longer."""
    _, late = await asyncio.wait(tasks, timeout=_SHUTDOWN_TIMEOUT_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
