import asyncio

from structlog.testing import capture_logs

from bot.errors import DiskFullError
from bot.runtime.tasks import TaskPool, wait_for_future_or_event, wait_for_stop


async def test_a_full_pool_refuses_work_and_takes_it_again_when_a_task_is_done():
    release, done = asyncio.Event(), []

    async def work() -> None:
        await release.wait()
        done.append(1)

    pool = TaskPool(2, error_event="failed")
    assert pool.start(work())
    assert pool.start(work())
    assert pool.free_slots == 0
    with capture_logs() as logs:
        assert not pool.start(work())
    assert [log["event"] for log in logs] == ["task_pool_full"]
    release.set()
    await pool.wait_idle()
    assert done == [1, 1]
    assert pool.free_slots == 2


async def test_a_task_that_fails_is_logged_and_the_others_go_on():
    calls = []

    async def fail(error: Exception) -> None:
        raise error

    async def work() -> None:
        await asyncio.sleep(0)
        calls.append("worked")

    pool = TaskPool(error_event="failed", on_done=lambda: calls.append("done"))
    with capture_logs() as logs:
        pool.start(fail(DiskFullError("full")), "first")
        pool.start(fail(ZeroDivisionError()), "second")
        pool.start(work())
        await pool.wait_idle()
        await asyncio.sleep(0)
    assert [(log["event"], log["log_level"], log["task"]) for log in logs] == [
        ("failed", "warning", "first"),
        ("failed", "error", "second"),
    ]
    assert sorted(calls) == ["done", "done", "done", "worked"]


async def test_a_pool_that_closes_gives_time_and_then_cancels():
    finished, never = [], asyncio.Event()

    async def quick() -> None:
        await asyncio.sleep(0)
        finished.append("quick")

    async def endless() -> None:
        await never.wait()
        finished.append("endless")

    pool = TaskPool(error_event="failed")
    pool.start(quick())
    pool.start(endless())
    await pool.close(grace_seconds=0.05)
    assert finished == ["quick"]
    assert not pool


async def test_a_wait_ends_with_the_stop_or_with_the_time():
    stop = asyncio.Event()
    assert not await wait_for_stop(stop, 0.001)
    stop.set()
    assert await wait_for_stop(stop, 3_600)


async def test_a_stop_does_not_cancel_the_future_that_is_waited_for():
    stop, future = asyncio.Event(), asyncio.get_running_loop().create_future()
    stop.set()
    assert not await wait_for_future_or_event(future, stop)
    assert not future.cancelled()
    future.set_result(None)
    assert await wait_for_future_or_event(future, asyncio.Event())
