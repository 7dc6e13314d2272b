"""Notifications between processes: a process that wrote rows wakes the processes that read them.

    publish(topic) ──► (all topics within 50 ms) ──► NOTIFY
    LISTEN ──► handlers[topic]()

Notifications only save time: each process also polls the tables every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import structlog

from bot.errors import StoreError
from bot.runtime.tasks import wait_first, wait_for_stop
from bot.store import Database
from bot.store.pg_notify import NotificationTopic, listen, notify

# Topics that are published within this time share one transaction.
_COALESCE_SECONDS: Final = 0.05
_RECONNECT_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class ProcessNotifier:
    """Publishes notifications and calls the handlers of received ones.

    On SQLite there is only one process, so nothing is published.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._handlers: dict[NotificationTopic, list[Callable[[], None]]] = {}
        self._unpublished: set[NotificationTopic] = set()
        self._has_unpublished = asyncio.Event()

    def subscribe(self, handlers: Mapping[NotificationTopic, Callable[[], None]]) -> None:
        """Call ``handlers`` for their topics. Call this before `run`."""
        for topic, handler in handlers.items():
            self._handlers.setdefault(topic, []).append(handler)

    def announce(self, topic: NotificationTopic) -> None:
        """Call the handlers of this process, and notify the other processes if they have to act."""
        self._dispatch(topic)
        # The worker of this process is enough for a topic that it handles. Only alerts may belong
        # to an account whose lease another process holds.
        if topic is NotificationTopic.ALERTS or topic not in self._handlers:
            self.publish(topic)

    def announcer(self, topic: NotificationTopic) -> Callable[[], None]:
        """Return a function that announces ``topic``, for a component that writes its rows."""
        return partial(self.announce, topic)

    def publish(self, topic: NotificationTopic) -> None:
        """Notify the other processes soon."""
        if not self._database.is_sqlite:
            self._unpublished.add(topic)
            self._has_unpublished.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish and receive notifications until ``stop``."""
        if self._database.is_sqlite:
            await stop.wait()
            return
        publish_task = asyncio.ensure_future(self._publish_loop(stop))
        try:
            while not stop.is_set():
                try:
                    async with listen(self._database, self._dispatch) as lost:
                        # Notifications were lost while there was no connection.
                        for topic in self._handlers:
                            self._dispatch(topic)
                        await wait_first(stop.wait(), lost.wait())
                except StoreError as error:
                    log.info("notification_listen_failed", error=str(error))
                    await wait_for_stop(stop, _RECONNECT_SECONDS)
        finally:
            publish_task.cancel()

    def _dispatch(self, topic: NotificationTopic) -> None:
        for handler in self._handlers.get(topic, ()):
            handler()

    async def _publish_loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._has_unpublished.wait()
            self._has_unpublished.clear()
            topics, self._unpublished = self._unpublished, set()
            try:
                async with self._database.writing() as connection:
                    for topic in sorted(topics):
                        await notify(connection, topic)
            except StoreError as error:
                log.info("notification_publish_failed", error=str(error))
            await asyncio.sleep(_COALESCE_SECONDS)
