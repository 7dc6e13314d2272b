import asyncio

from bot.errors import StoreFull
from bot.worker import Worker


async def test_a_worker_works_until_nothing_is_left_and_waits_to_be_woken():
    work, done, idle = [3, 2, 1], [], asyncio.Event()

    async def step() -> bool:
        if work:
            done.append(work.pop())
        if not work:
            idle.set()
        return bool(work)

    stop, worker = asyncio.Event(), Worker("w", step)
    task = asyncio.ensure_future(worker.run(stop))
    await asyncio.wait_for(idle.wait(), 5)
    assert done == [1, 2, 3]
    work.append(4)
    idle.clear()
    worker.wake()
    await asyncio.wait_for(idle.wait(), 5)
    assert done == [1, 2, 3, 4]
    stop.set()
    await asyncio.wait_for(task, 5)


async def test_a_worker_that_fails_tries_again(monkeypatch):
    monkeypatch.setattr("bot.worker._FIRST_PAUSE", 0.001)
    failures, worked = [StoreFull("full"), ZeroDivisionError()], asyncio.Event()

    async def step() -> bool:
        if failures:
            raise failures.pop()
        worked.set()
        return False

    stop, worker = asyncio.Event(), Worker("w", step)
    task = asyncio.ensure_future(worker.run(stop))
    await asyncio.wait_for(worked.wait(), 5)
    stop.set()
    await asyncio.wait_for(task, 5)


async def test_a_stop_lets_the_step_under_way_finish():
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), []

    async def step() -> bool:
        begun.set()
        await go_on.wait()
        finished.append(True)
        return True

    stop = asyncio.Event()
    task = asyncio.ensure_future(Worker("w", step).run(stop))
    await asyncio.wait_for(begun.wait(), 5)
    stop.set()
    go_on.set()
    await asyncio.wait_for(task, 5)
    assert finished == [True]
