import asyncio

import pytest

from bot.notices import Notices
from bot.store import Database
from bot.store.notices import Subject


@pytest.fixture
def running(database: Database):
    """Processes that tell and hear, ended with the test."""
    tasks: list[tuple[asyncio.Event, asyncio.Future[None]]] = []

    def begin(hear) -> Notices:
        made, stop = Notices(database, [hear]), asyncio.Event()
        tasks.append((stop, asyncio.ensure_future(made.run(stop))))
        return made

    begin.tasks = tasks
    return begin


async def end(running) -> None:
    for stop, task in running.tasks:
        stop.set()
        await asyncio.wait_for(task, 10)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_one_process_tells_wakes_another_and_a_burst_is_told_together(running):
    ready, woken, times = asyncio.Event(), asyncio.Event(), []

    def alerts() -> None:
        times.append(1)
        woken.set()

    running({Subject.ALERTS: alerts, Subject.NEWS: ready.set})
    teller = running({})
    await asyncio.wait_for(ready.wait(), 10)  # it looks once by itself when it begins to hear
    await asyncio.wait_for(woken.wait(), 10)
    woken.clear()
    times.clear()
    for _ in range(1_000):
        teller.tell(Subject.ALERTS)
    await asyncio.wait_for(woken.wait(), 10)
    assert len(times) < 5
    await end(running)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_loses_the_database_hears_again_when_it_is_back(running, database, monkeypatch):
    from sqlalchemy import text

    monkeypatch.setattr("bot.notices._AGAIN", 0.05)
    heard = asyncio.Event()
    running({Subject.LEASES: heard.set})
    await asyncio.wait_for(heard.wait(), 10)
    heard.clear()
    async with database.reading() as connection:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        await connection.execute(
            text(f"{mine} WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )
    await asyncio.wait_for(heard.wait(), 10)  # what was told meanwhile is looked for
    await end(running)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_there_is_nobody_to_tell(running):
    one = running({Subject.ALERTS: lambda: None})
    one.tell(Subject.ALERTS)
    await end(running)
