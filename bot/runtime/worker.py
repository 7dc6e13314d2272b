"""A loop that runs a step until no work is left, then waits for a wake-up.

    wake() ──► step() ── more work ──► step() ── no work left ──► wait for wake()

A failed step is logged once and retried with exponential backoff. Its input stays in the database,
so no work is lost. No error ends a worker. `run_periodically` wakes the workers at fixed intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import structlog

from bot.errors import BotError
from bot.runtime.backoff import Backoff
from bot.runtime.tasks import wait_first, wait_for_stop

Step = Callable[[], Awaitable[bool]]
"""A bounded piece of work. The result is True if there may be more."""

_SCHEDULER_DELAY_SECONDS: Final = 0.5
# The jitter spreads the retries of processes that lost the same database at the same moment.
_BACKOFF: Final = Backoff(first_seconds=0.5, max_seconds=30.0, jitter=0.1)

log = structlog.get_logger(__name__)


class Worker:
    """Runs ``step`` whenever it is woken."""

    def __init__(self, name: str, step: Step) -> None:
        self.name = name
        self._step = step
        self._woken = asyncio.Event()
        # `drain` and `run` must not run the step at the same time.
        self._lock = asyncio.Lock()
        self._failures = 0

    def wake(self) -> None:
        """Run the step soon: there may be work."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; a step that is running is finished first."""
        while not stop.is_set():
            self._woken.clear()
            error = await self._work(stop)
            if error is None:
                self._record_success()
                if not stop.is_set():
                    await wait_first(stop.wait(), self._woken.wait())
            else:
                self._record_failure(error)
                # Wake-ups are ignored here: they would turn a full disk into a busy loop.
                await wait_for_stop(stop, _BACKOFF.delay(self._failures))

    async def drain(self) -> None:
        """Work until no work is left.

        Raises:
            BotError: a step failed; its input stays in the database.
        """
        async with self._lock:
            while await self._step():
                pass

    async def _work(self, stop: asyncio.Event) -> Exception | None:
        """Run the step until no work is left, and return the error that ended it, if any."""
        try:
            has_more = True
            while has_more and not stop.is_set():
                async with self._lock:
                    has_more = await self._step()
        except Exception as error:  # noqa: BLE001 - an internal error must not end the worker
            return error
        return None

    def _record_success(self) -> None:
        if self._failures:
            log.info("worker_recovered", worker=self.name)
            self._failures = 0

    def _record_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures > 1:
            return
        is_expected = isinstance(error, BotError)
        log.error(
            "worker_step_failed",
            worker=self.name,
            error=str(error) if is_expected else f"{type(error).__name__}: {error}",
            exc_info=None if is_expected else error,
        )


@contextmanager
def run_periodically(calls: dict[Callable[[], None], float]) -> Iterator[None]:
    """Call each function on the event loop, at its interval in seconds, during the block.

    The calls only wake workers. The tables state what is due, so a second process that does the
    same causes no duplicate work, and no job store is shared.
    """
    stack = ExitStack()
    # Each worker runs once at its start, so the first calls may come later. Importing APScheduler takes
    # a twentieth of a second, because it searches all installed packages for plug-ins.
    timer = asyncio.get_running_loop().call_later(
        _SCHEDULER_DELAY_SECONDS, _start_scheduler, calls, stack
    )
    with stack:
        try:
            yield
        finally:
            timer.cancel()


def _start_scheduler(calls: dict[Callable[[], None], float], stack: ExitStack) -> None:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415 - see above

    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for call, seconds in calls.items():
        scheduler.add_job(_call_on_event_loop, "interval", seconds=seconds, args=[call])
    scheduler.start()
    stack.callback(scheduler.shutdown, wait=False)


async def _call_on_event_loop(call: Callable[[], None]) -> None:
    # APScheduler runs plain functions in a thread, where objects of the event loop must not be used.
    call()
