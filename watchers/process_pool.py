"""Run parsers of untrusted input in worker processes that can be killed.

    run(function, *arguments, seconds=…)
        │   waits for one of a few slots, which owners (such as chats) share fairly
        ▼
    pebble pool ──► worker: limited memory, killed after a timeout, replaced after some tasks
        │
        ▼
    the result, or the error of the function, or IsolationTimeout, or IsolationFailed

Workers start with the first task, which takes about a third of a second, and import only the module
of the function. A function is passed by its module-level name; arguments and results are pickled.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import util
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock
from types import ModuleType
from typing import Any, Final, Self, TypeVar, TypeVarTuple, Unpack, cast

from pebble import ProcessExpired, ProcessPool

from watchers.errors import SandboxFailed, SandboxTimeout
from watchers.fair_slots import FairSlots
from watchers.parser_environment import parser_environment

MAX_WORKERS: Final = 2
"""Worker processes per pool. Parsing is short, so two workers rarely queue."""

TASKS_PER_WORKER: Final = 500
"""Tasks after which a worker is replaced, which frees memory that a parser leaked."""

MEMORY_LIMIT_BYTES: Final = 1 << 30
"""Address space per worker."""

MAX_RESULT_BYTES: Final = 64_000_000
"""Size of the result of one task."""

# Workers normally start in a third of a second. After this delay the pool counts as broken.
_STARTUP_TIMEOUT_SECONDS: Final = 30.0

# Parsing yields the CPU to the process that serves chats.
_WORKER_NICENESS: Final = 5

# pebble raises either of these if the pool has already stopped.
_POOL_BROKEN_ERRORS: Final = (BrokenProcessPool, RuntimeError)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class SandboxPool:
    """A pool of worker processes that can be killed.

    Use one pool per process and one event loop per pool, and close the pool at shutdown. The owners of
    tasks share the workers fairly; see `for_owner`. A task that starts while others wait gets at most
    ``contended_seconds``.
    """

    def __init__(
        self,
        workers: int = MAX_WORKERS,
        *,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
        workers_per_owner: int | None = None,
        contended_seconds: float | None = None,
    ) -> None:
        self._workers = _Workers(workers, memory_limit_bytes)
        self._contended_seconds = contended_seconds
        self._slots = FairSlots(workers, slots_per_owner=workers_per_owner)
        self._owner = ""

    def for_owner(self, owner: str) -> SandboxPool:
        """Return this pool with tasks of ``owner``, which waits for its own tasks and its share."""
        view = SandboxPool.__new__(SandboxPool)
        view._workers, view._slots, view._owner = self._workers, self._slots, owner  # noqa: SLF001
        view._contended_seconds = self._contended_seconds  # noqa: SLF001
        return view

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
        """Return ``function(*arguments)``, computed in a worker within ``seconds``.

        The timeout does not include the time in the queue. Cancelling the call kills the worker.

        Raises:
            IsolationTimeout: the function ran longer than ``seconds`` and was killed.
            IsolationFailed: the worker died, ran out of memory, or cannot pickle the result.
            Exception: the function itself raised an error.
        """
        async with self._slots.hold(self._owner):
            if self._contended_seconds is not None and self._slots.waiting:
                seconds = min(seconds, self._contended_seconds)
            try:
                outcome = await self._workers.run(function, arguments, seconds)
            except _POOL_BROKEN_ERRORS:
                # A worker died while it was idle, which this task did not cause: try a new pool.
                await self.close()
                try:
                    outcome = await self._workers.run(function, arguments, seconds)
                except _POOL_BROKEN_ERRORS as error:
                    await self.close()
                    raise SandboxFailed("the worker processes cannot be started") from error
        return cast(Result, _unpack_outcome(outcome))

    async def close(self) -> None:
        """Kill the workers, including busy ones. A later `run` starts new workers."""
        await self._workers.close()


class _Workers:
    """The pebble pool, started at the first task."""

    def __init__(self, count: int, memory_limit_bytes: int) -> None:
        self._count = count
        self._memory_limit_bytes = memory_limit_bytes
        self._pool: ProcessPool | None = None
        self._pool_lock = Lock()

    async def run(
        self, function: Callable[..., object], arguments: tuple[object, ...], seconds: float
    ) -> bytes:
        """Return the packed outcome of one task."""
        # Starting workers blocks, so it must not happen on the event loop.
        future = await asyncio.to_thread(self._schedule, function, arguments, seconds)
        try:
            async with asyncio.timeout(seconds + _STARTUP_TIMEOUT_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            # The future is cancelled only if the timeout above expired: the pool lost the task.
            if future.cancelled():
                await self.close()
            raise SandboxTimeout(seconds) from error
        except ProcessExpired as error:
            raise SandboxFailed("the worker process crashed") from error

    async def close(self) -> None:
        """Kill the workers, including busy ones."""
        with self._pool_lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop_pool, pool)

    def _schedule(
        self, function: Callable[..., object], arguments: tuple[object, ...], seconds: float
    ) -> Future[bytes]:
        with self._pool_lock:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self._count,
                    max_tasks=TASKS_PER_WORKER,
                    initializer=_limit_resources,
                    initargs=(self._memory_limit_bytes,),
                    context=_WorkerContext(),
                )
            return self._pool.schedule(_pack_outcome, args=(function, arguments), timeout=seconds)


def _stop_pool(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


# ── In the worker ─────────────────────────────────────────────────────────────────────────────────


def _limit_resources(memory_limit_bytes: int) -> None:
    # The default action ends the worker at once, even inside a C function.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        os.nice(_WORKER_NICENESS)
    try:
        # POSIX only; on other systems only the timeout applies.
        import resource  # noqa: PLC0415
    except ImportError:
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    # An unprivileged process cannot raise its limit above the hard limit.
    limit = (
        memory_limit_bytes
        if hard_limit == resource.RLIM_INFINITY
        else min(memory_limit_bytes, hard_limit)
    )
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pack_outcome(function: Callable[..., object], arguments: tuple[object, ...]) -> bytes:
    """Return the pickled result or error of ``function``.

    An object that the parent cannot unpickle would break the whole pool, so the worker checks
    errors before it returns them.
    """
    try:
        packed = pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL)
        if len(packed) <= MAX_RESULT_BYTES:
            return packed
        reason = "its result is too large"
    except MemoryError:
        reason = "it needs too much memory"
    except RecursionError:
        reason = "it is nested too deeply"
    except Exception as error:  # noqa: BLE001 - the caller handles it
        with suppress(Exception):
            packed = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
            pickle.loads(packed)  # noqa: S301 - bytes from the line above
            return packed
        reason = f"{type(error).__name__}: {error}"
    return pickle.dumps((False, SandboxFailed(reason)), pickle.HIGHEST_PROTOCOL)


def _unpack_outcome(packed: bytes) -> object:
    is_result, outcome = pickle.loads(packed)  # noqa: S301 - bytes from a worker of this pool
    if is_result:
        return outcome
    raise outcome


# ── Workers without the main module of the program ────────────────────────────────────────────────


class _WorkerProcess(SpawnProcess):
    """A spawned process that does not import the main module of the program.

    multiprocessing imports ``__main__`` in each spawned process. A worker needs nothing from it, and
    importing the bot would cost seconds and memory. A worker does not get the environment of the
    program either, which contains its tokens.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the name that multiprocessing calls
        with _main_module_lock:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            # multiprocessing has no argument for the environment of a process.
            spawn = util.spawnv_passfds
            util.spawnv_passfds = _spawn_without_environment
            try:
                return SpawnProcess._Popen(process_obj)  # noqa: SLF001
            finally:
                util.spawnv_passfds = spawn
                sys.modules["__main__"] = main


def _spawn_without_environment(path: bytes, args: Sequence[Any], passfds: Sequence[int]) -> int:
    # To duplicate a descriptor to itself keeps it open in the new process.
    actions = [(os.POSIX_SPAWN_DUP2, number, number) for number in passfds]
    return os.posix_spawn(path, list(args), parser_environment(), file_actions=actions)


class _WorkerContext(SpawnContext):
    Process = _WorkerProcess


_main_module_lock: Final = Lock()
