"""The life of a process: everything at once, until one of it ends it, and an end in good time.

works, talking, stop ──► the first that is over ──► stop ──► all finish their step, or are cut off
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Final

_LONGEST_STOP: Final = 4.0  # seconds for what is under way when asked to stop


async def live(
    works: Iterable[Coroutine[Any, Any, None]],
    talk: Coroutine[Any, Any, None],
    stop: asyncio.Event,
) -> bool:
    """Run all of it side by side until ``stop`` is set, or the first of it ends; then stop the rest.

    Whether it ended by itself, as it does when ``talk`` has nothing more to say. What broke is raised.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    stopping = asyncio.ensure_future(stop.wait())
    talking = asyncio.ensure_future(talk)
    try:
        done, _ = await asyncio.wait(
            {talking, stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED
        )
        asked_to_stop = stopping in done
        _raise_first(done)
    finally:
        stop.set()
        await _end([*tasks, talking, stopping])
    return not asked_to_stop


async def first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is over, and end the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _raise_first(done: Iterable[asyncio.Future[Any]]) -> None:
    for task in done:
        error = task.exception()
        if error is not None:
            raise error


async def _end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Give every task the time to finish its step; cancel those that do not."""
    _, late = await asyncio.wait(tasks, timeout=_LONGEST_STOP)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
