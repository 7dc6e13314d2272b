import asyncio
import ctypes
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from watchers import process_pool
from watchers.errors import QuerySyntaxError, SandboxFailed, SandboxTimeout
from watchers.process_pool import SandboxPool

TIMEOUT_SECONDS = 60.0


def raise_unpicklable():
    # This error can be pickled but not unpickled.
    raise QuerySyntaxError("no", text="x", position=0)


def crash():
    ctypes.string_at(0)


def exit_process():
    os._exit(3)


def allocate_a_terabyte():
    return len(bytearray(1 << 40))


def return_nested_list():
    value: list = []
    for _ in range(100_000):
        value = [value]
    return value


pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with SandboxPool(workers=1) as pool:
        yield pool


async def test_a_function_runs_in_another_process(pool):
    assert await pool.run(os.getpid, seconds=TIMEOUT_SECONDS) != os.getpid()
    assert await pool.run(divmod, 7, 2, seconds=TIMEOUT_SECONDS) == (3, 1)


async def test_an_error_of_the_function_is_raised_in_the_caller(pool):
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 7, 0, seconds=TIMEOUT_SECONDS)


async def test_a_slow_task_is_killed_and_the_next_task_runs(pool):
    before = await pool.run(os.getpid, seconds=TIMEOUT_SECONDS)
    with pytest.raises(SandboxTimeout, match="more than 0.2 seconds"):
        await pool.run(time.sleep, TIMEOUT_SECONDS, seconds=0.2)
    assert not psutil.pid_exists(before)
    assert await pool.run(os.getpid, seconds=TIMEOUT_SECONDS) not in {before, os.getpid()}


async def test_a_c_function_is_killed_at_the_timeout(pool):
    worker = await pool.run(os.getpid, seconds=TIMEOUT_SECONDS)
    with pytest.raises(SandboxTimeout):
        # It would take hours, and never returns to the interpreter, which could end it.
        await pool.run(math.factorial, 1_000_000_000, seconds=0.2)
    assert not psutil.pid_exists(worker)


@pytest.mark.parametrize("function", [crash, exit_process])
async def test_a_crashed_worker_raises_one_error_and_the_pool_recovers(pool, function):
    for _ in range(2):
        with pytest.raises(SandboxFailed, match="crashed"):
            await pool.run(function, seconds=TIMEOUT_SECONDS)
    assert await pool.run(abs, -1, seconds=TIMEOUT_SECONDS) == 1


@pytest.mark.parametrize(
    ("function", "keyword"),
    [
        (allocate_a_terabyte, "too much memory"),
        (return_nested_list, "nested"),
        (raise_unpicklable, "QuerySyntaxError"),
    ],
)
async def test_an_outcome_that_cannot_be_pickled_raises_isolation_failed(pool, function, keyword):
    with pytest.raises(SandboxFailed, match=keyword):
        await pool.run(function, seconds=TIMEOUT_SECONDS)
    assert await pool.run(abs, -1, seconds=TIMEOUT_SECONDS) == 1


async def test_an_idle_worker_that_was_killed_is_replaced(pool):
    os.kill(await pool.run(os.getpid, seconds=TIMEOUT_SECONDS), signal.SIGKILL)
    assert await pool.run(abs, -1, seconds=TIMEOUT_SECONDS) == 1


async def test_a_cancelled_call_frees_its_slot(pool):
    await pool.run(os.getpid, seconds=TIMEOUT_SECONDS)
    task = asyncio.create_task(pool.run(time.sleep, TIMEOUT_SECONDS, seconds=TIMEOUT_SECONDS))
    await asyncio.wait([task], timeout=0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60):
        assert await pool.run(abs, -1, seconds=TIMEOUT_SECONDS) == 1


async def test_more_calls_than_workers_are_queued(pool):
    calls = [pool.run(abs, -number, seconds=TIMEOUT_SECONDS) for number in range(20)]
    assert await asyncio.gather(*calls) == list(range(20))


async def test_a_worker_is_replaced_after_its_task_limit(monkeypatch):
    monkeypatch.setattr(process_pool, "TASKS_PER_WORKER", 2)
    async with SandboxPool(workers=1) as pool:
        process_ids = [await pool.run(os.getpid, seconds=TIMEOUT_SECONDS) for _ in range(5)]
    assert len(set(process_ids)) == 3


async def test_workers_start_on_first_use_and_end_on_close():
    threads = threading.active_count()
    unused = SandboxPool()
    await unused.close()
    assert threading.active_count() == threads
    async with SandboxPool(workers=1) as used:
        worker = await used.run(os.getpid, seconds=TIMEOUT_SECONDS)
    assert not psutil.pid_exists(worker)
    # A closed pool starts new workers on the next call.
    assert await used.run(abs, -1, seconds=TIMEOUT_SECONDS) == 1
    await used.close()


async def test_a_worker_imports_neither_the_bot_nor_the_test_runner():
    async with SandboxPool(workers=1) as fresh:
        loaded = await fresh.run(eval, "set(__import__('sys').modules)", seconds=TIMEOUT_SECONDS)
    assert not {"bot", "pytest", "aiohttp", "sqlalchemy", "telegram"} & loaded


async def test_a_program_that_does_not_close_the_pool_exits(tmp_path):
    script = tmp_path / "tocsin"
    script.write_text(
        "import asyncio, os, sys, bot.errors\n"
        "from watchers.process_pool import SandboxPool\n"
        "assert __name__ == '__main__'\n"
        "if __name__ == '__main__':\n"
        "    print(asyncio.run(SandboxPool().run(abs, -5, seconds=60)))\n"
    )
    completed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (completed.stdout, completed.stderr) == ("5\n", "")


async def test_a_worker_does_not_get_the_environment_of_the_program(monkeypatch):
    monkeypatch.setenv("TOCSIN_TELEGRAM_TOKEN", "12345:secret")
    async with SandboxPool(workers=1) as fresh:
        environment = await fresh.run(
            eval, "open('/proc/self/environ').read()", seconds=TIMEOUT_SECONDS
        )
    assert "PATH" in environment
    assert "secret" not in environment


async def test_one_owner_uses_one_worker_while_another_waits():
    async with SandboxPool(workers=2, workers_per_owner=1) as fresh:
        first = fresh.for_owner("a")
        hanging = [
            asyncio.create_task(first.run(time.sleep, TIMEOUT_SECONDS, seconds=TIMEOUT_SECONDS))
            for _ in range(4)
        ]
        await asyncio.wait(hanging, timeout=0.1)
        async with asyncio.timeout(30):
            assert await fresh.for_owner("b").run(abs, -1, seconds=TIMEOUT_SECONDS) == 1
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_result_that_is_too_large_is_refused(pool):
    script = f"b'x' * {process_pool.MAX_RESULT_BYTES}"
    with pytest.raises(SandboxFailed, match="too large"):
        await pool.run(eval, script, seconds=TIMEOUT_SECONDS)
