import asyncio
from typing import Any

import pytest

from bot.runtime.notifications import ProcessNotifier
from bot.store import Database
from bot.store.pg_notify import NotificationTopic


@pytest.fixture
def running(database: Database):
    """Start notifiers that are stopped at the end of the test."""
    tasks: list[tuple[asyncio.Event, asyncio.Future[None]]] = []

    def start(handlers: Any) -> ProcessNotifier:
        notifier, stop = ProcessNotifier(database), asyncio.Event()
        notifier.subscribe(handlers)
        tasks.append((stop, asyncio.ensure_future(notifier.run(stop))))
        return notifier

    start.tasks = tasks  # type: ignore[attr-defined]
    return start


async def end(running) -> None:
    for stop, task in running.tasks:
        stop.set()
        await asyncio.wait_for(task, 60)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_notification_wakes_another_process_and_a_burst_is_sent_once(running):
    ready, woken, times = asyncio.Event(), asyncio.Event(), []

    def alerts() -> None:
        times.append(1)
        woken.set()

    running({NotificationTopic.ALERTS: alerts, NotificationTopic.NEWS: ready.set})
    publisher = running({})
    await asyncio.wait_for(ready.wait(), 60)  # the handlers are called once after the connect
    await asyncio.wait_for(woken.wait(), 60)
    woken.clear()
    times.clear()
    for _ in range(1_000):
        publisher.publish(NotificationTopic.ALERTS)
    await asyncio.wait_for(woken.wait(), 60)
    assert len(times) < 5
    await end(running)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_notifications_are_received_again_after_a_lost_connection(
    running, database, monkeypatch
):
    from sqlalchemy import text

    monkeypatch.setattr("bot.runtime.notifications._RECONNECT_SECONDS", 0.05)
    received = asyncio.Event()
    running({NotificationTopic.LEASES: received.set})
    await asyncio.wait_for(received.wait(), 60)
    received.clear()
    async with database.reading() as connection:
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        await connection.execute(
            text(f"{terminate} WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )
    await asyncio.wait_for(received.wait(), 60)  # notifications may have been lost
    await end(running)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_published_on_sqlite(running):
    notifier = running({NotificationTopic.ALERTS: lambda: None})
    notifier.publish(NotificationTopic.ALERTS)
    await end(running)
