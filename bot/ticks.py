"""The in-process clock: APScheduler wakes the workers, and the tables say what is due.

A handful of jobs, never one a feed, and never a shared job store: two processes that tick do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apscheduler.schedulers.asyncio import AsyncIOScheduler


@contextmanager
def ticking(ticks: dict[Callable[[], None], float]) -> Iterator[None]:
    """Call each function on the event loop, every so many seconds, while the block runs."""
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for call, seconds in ticks.items():
        scheduler.add_job(_on_the_loop, "interval", seconds=seconds, args=[call])
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _on_the_loop(call: Callable[[], None]) -> None:
    # APScheduler runs plain functions in a thread, where an event loop's objects may not be touched.
    call()
