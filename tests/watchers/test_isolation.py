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

from watchers import isolation
from watchers.errors import IsolationFailed, IsolationTimeout, QuerySyntaxError
from watchers.isolation import Isolation

LONG = 60.0


def refuse():
    raise QuerySyntaxError("no", text="x", position=0)  # pickles, and cannot be unpickled


def crash():
    ctypes.string_at(0)


def vanish():
    os._exit(3)


def hoard():
    return len(bytearray(1 << 40))


def nested():
    value = []
    for _ in range(100_000):
        value = [value]
    return value


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def isolated():
    async with Isolation(workers=1) as made:
        yield made


async def test_a_function_runs_in_another_process(isolated):
    assert await isolated.run(os.getpid, seconds=LONG) != os.getpid()
    assert await isolated.run(divmod, 7, 2, seconds=LONG) == (3, 1)


async def test_a_function_s_own_error_comes_through(isolated):
    with pytest.raises(ZeroDivisionError):
        await isolated.run(divmod, 7, 0, seconds=LONG)


async def test_what_takes_too_long_is_killed_and_the_next_task_is_done(isolated):
    before = await isolated.run(os.getpid, seconds=LONG)
    with pytest.raises(IsolationTimeout, match="more than 0.2 seconds"):
        await isolated.run(time.sleep, LONG, seconds=0.2)
    assert not psutil.pid_exists(before)
    assert await isolated.run(os.getpid, seconds=LONG) not in {before, os.getpid()}


async def test_a_long_c_function_is_killed_at_once(isolated):
    await isolated.run(os.getpid, seconds=LONG)
    started = time.monotonic()
    with pytest.raises(IsolationTimeout):
        await isolated.run(math.factorial, 10_000_000, seconds=0.2)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("function", [crash, vanish])
async def test_a_worker_s_death_is_one_error_and_the_pool_lives_on(isolated, function):
    for _ in range(2):
        with pytest.raises(IsolationFailed, match="crashed"):
            await isolated.run(function, seconds=LONG)
    assert await isolated.run(abs, -1, seconds=LONG) == 1


@pytest.mark.parametrize(
    ("function", "words"),
    [(hoard, "too much memory"), (nested, "nested too deep"), (refuse, "QuerySyntaxError")],
)
async def test_what_cannot_be_carried_is_said(isolated, function, words):
    with pytest.raises(IsolationFailed, match=words):
        await isolated.run(function, seconds=LONG)
    assert await isolated.run(abs, -1, seconds=LONG) == 1


async def test_an_idle_worker_that_was_killed_is_replaced(isolated):
    os.kill(await isolated.run(os.getpid, seconds=LONG), signal.SIGKILL)
    assert await isolated.run(abs, -1, seconds=LONG) == 1


async def test_a_cancelled_call_frees_its_place(isolated):
    await isolated.run(os.getpid, seconds=LONG)
    task = asyncio.create_task(isolated.run(time.sleep, LONG, seconds=LONG))
    await asyncio.wait([task], timeout=0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):
        assert await isolated.run(abs, -1, seconds=LONG) == 1


async def test_more_calls_than_workers_wait_their_turn(isolated):
    calls = [isolated.run(abs, -number, seconds=LONG) for number in range(20)]
    assert await asyncio.gather(*calls) == list(range(20))


async def test_a_worker_is_replaced_after_some_tasks(monkeypatch):
    monkeypatch.setattr(isolation, "TASKS_PER_WORKER", 2)
    async with Isolation(workers=1) as isolated:
        seen = [await isolated.run(os.getpid, seconds=LONG) for _ in range(5)]
    assert len(set(seen)) == 3


async def test_nothing_starts_before_it_is_needed_and_nothing_is_left():
    threads = threading.active_count()
    unused = Isolation()
    await unused.close()
    assert threading.active_count() == threads
    async with Isolation(workers=1) as used:
        worker = await used.run(os.getpid, seconds=LONG)
    assert not psutil.pid_exists(worker)
    assert await used.run(abs, -1, seconds=LONG) == 1  # closed, and opened anew
    await used.close()


async def test_a_worker_imports_neither_the_bot_nor_the_test_runner():
    async with Isolation(workers=1) as fresh:
        loaded = await fresh.run(eval, "set(__import__('sys').modules)", seconds=LONG)
    assert not {"bot", "pytest", "aiohttp", "sqlalchemy", "telegram"} & loaded


async def test_a_program_that_forgets_to_close_still_ends(tmp_path):
    script = tmp_path / "tocsin"
    script.write_text(
        "import asyncio, os, sys, bot.errors\n"
        "from watchers.isolation import Isolation\n"
        "assert __name__ == '__main__'\n"
        "if __name__ == '__main__':\n"
        "    print(asyncio.run(Isolation().run(abs, -5, seconds=60)))\n"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.stdout, done.stderr) == ("5\n", "")
