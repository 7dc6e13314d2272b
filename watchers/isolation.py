"""Worker processes for work that may never end: parsers on what strangers wrote.

    run(function, *arguments, seconds=…)
        │   one of a few places, first come first served
        ▼
    pebble's pool ──► worker: limited memory, killed when its time is up, replaced after some tasks
        │
        ▼
    the result, or the function's own error, or IsolationTimeout, or IsolationFailed

Workers start with the first task (about a third of a second) and import only what the function's
module needs. Functions are given by their module-level name; arguments and results are pickled.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock
from types import ModuleType
from typing import Any, Final, Self, TypeVar, TypeVarTuple, Unpack, cast

from pebble import ProcessExpired, ProcessPool

from watchers.errors import IsolationFailed, IsolationTimeout

WORKERS: Final = 2
"""Tasks at a time: threads of one process gain nothing beside them, and two rarely wait."""

TASKS_PER_WORKER: Final = 500
"""Tasks after which a worker is replaced: a parser's leaks and fragments go with it."""

MEMORY_LIMIT: Final = 1 << 30
"""Bytes of address space that one worker may have."""

_GRACE: Final = 30.0  # seconds that a worker may take to start; later the pool is taken for broken
_NICENESS: Final = 5  # whoever waits for an answer comes first

_BROKEN: Final = (BrokenProcessPool, RuntimeError)  # how a pool says that it is no more

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Isolation:
    """A few worker processes that can be killed. One for the whole process; close it at the end.

    Use it from one event loop.
    """

    def __init__(self, workers: int = WORKERS, *, memory: int = MEMORY_LIMIT) -> None:
        self._workers = workers
        self._memory = memory
        self._places = asyncio.Semaphore(workers)
        self._pool: ProcessPool | None = None
        self._pool_lock = Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(
        self,
        function: Callable[[Unpack[Arguments]], Result],
        *arguments: *Arguments,
        seconds: float,
    ) -> Result:
        """``function(*arguments)`` in a worker that has ``seconds`` for it, waiting not counted.

        A cancelled call kills its worker.

        Raises:
            IsolationTimeout: it took longer and was killed.
            IsolationFailed: the worker died, ran out of memory, or the result cannot be carried.
            Exception: what the function itself raised.
        """
        async with self._places:
            try:
                packed = await self._run(function, arguments, seconds)
            except _BROKEN:
                # A worker died while it had nothing to do; this work is not to blame.
                await self.close()
                try:
                    packed = await self._run(function, arguments, seconds)
                except _BROKEN as error:
                    await self.close()
                    raise IsolationFailed("the worker processes do not start") from error
        return cast(Result, _unpacked(packed))

    async def _run(
        self, function: Callable[..., object], arguments: tuple[object, ...], seconds: float
    ) -> bytes:
        future = await asyncio.to_thread(self._schedule, function, arguments, seconds)
        try:
            async with asyncio.timeout(seconds + _GRACE):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if future.cancelled():  # by our own clock: the pool has lost it
                await self.close()
            raise IsolationTimeout(seconds) from error
        except ProcessExpired as error:
            raise IsolationFailed("it crashed the process that worked on it") from error

    async def close(self) -> None:
        """Kill the workers, whatever they do. A later `run` starts new ones."""
        with self._pool_lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)

    def _schedule(
        self, function: Callable[..., object], arguments: tuple[object, ...], seconds: float
    ) -> Future[bytes]:
        with self._pool_lock:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self._workers,
                    max_tasks=TASKS_PER_WORKER,
                    initializer=_limit,
                    initargs=(self._memory,),
                    context=_Context(),
                )
            return self._pool.schedule(_packed, args=(function, arguments), timeout=seconds)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


# ── In the worker ─────────────────────────────────────────────────────────────────────────────────


def _limit(memory: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # dies at once, also in the midst of a C function
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    try:
        import resource  # noqa: PLC0415 - POSIX only; elsewhere the time limit has to do
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _packed(function: Callable[..., object], arguments: tuple[object, ...]) -> bytes:
    """The outcome as bytes: what cannot be unpickled would break the pool, not this task alone."""
    try:
        return pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        reason = "it asked for too much memory"
    except RecursionError:
        reason = "it is nested too deep"
    except Exception as error:  # noqa: BLE001 - carried over to where somebody can handle it
        with suppress(Exception):
            packed = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
            pickle.loads(packed)  # noqa: S301 - our own bytes
            return packed
        reason = f"{type(error).__name__}: {error}"
    return pickle.dumps((False, IsolationFailed(reason)), pickle.HIGHEST_PROTOCOL)


def _unpacked(packed: bytes) -> object:
    is_result, outcome = pickle.loads(packed)  # noqa: S301 - from our own worker
    if is_result:
        return outcome
    raise outcome


# ── Workers without the program's main module ─────────────────────────────────────────────────────


class _Process(SpawnProcess):
    """A spawned process that does not import the program's main module: it needs none of it."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the name that multiprocessing calls
        with _launching:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            try:
                return SpawnProcess._Popen(process_obj)  # noqa: SLF001
            finally:
                sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Process


_launching: Final = Lock()
