import asyncio

from bot.errors import DiskFullError
from bot.runtime.backoff import Backoff
from bot.runtime.worker import Worker


async def test_a_worker_runs_until_no_work_is_left_and_waits_for_a_wake_up():
    work, done, idle = [3, 2, 1], [], asyncio.Event()

    async def step() -> bool:
        if work:
            done.append(work.pop())
        if not work:
            idle.set()
        return bool(work)

    stop, worker = asyncio.Event(), Worker("w", step)
    task = asyncio.ensure_future(worker.run(stop))
    await asyncio.wait_for(idle.wait(), 60)
    assert done == [1, 2, 3]
    work.append(4)
    idle.clear()
    worker.wake()
    await asyncio.wait_for(idle.wait(), 60)
    assert done == [1, 2, 3, 4]
    stop.set()
    await asyncio.wait_for(task, 60)


async def test_a_failed_step_is_retried(monkeypatch):
    monkeypatch.setattr("bot.runtime.worker._BACKOFF", Backoff(first_seconds=0.001))
    failures, worked = [DiskFullError("full"), ZeroDivisionError()], asyncio.Event()

    async def step() -> bool:
        if failures:
            raise failures.pop()
        worked.set()
        return False

    stop, worker = asyncio.Event(), Worker("w", step)
    task = asyncio.ensure_future(worker.run(stop))
    await asyncio.wait_for(worked.wait(), 60)
    stop.set()
    await asyncio.wait_for(task, 60)


async def test_a_stop_lets_the_running_step_finish():
    started, resume, finished = asyncio.Event(), asyncio.Event(), []

    async def step() -> bool:
        started.set()
        await resume.wait()
        finished.append(True)
        return True

    stop = asyncio.Event()
    task = asyncio.ensure_future(Worker("w", step).run(stop))
    await asyncio.wait_for(started.wait(), 60)
    stop.set()
    resume.set()
    await asyncio.wait_for(task, 60)
    assert finished == [True]
