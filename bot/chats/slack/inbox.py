"""Requests of one workspace that change or answer something: stored before Slack gets the answer.

    request ──► kind ──► stored ──► acknowledged ──► handled ──► finished
                            └── a start handles the requests that are pending

Slack waits three seconds for the acknowledgement. If the database needs longer, an event is not
acknowledged, so that Slack sends it again. Slack does not send a command or a button again: these wait
in memory until the database answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.chats.adapter import ReplyChannel
from bot.chats.slack.payloads import Payload
from bot.errors import StoreError
from bot.runtime.backoff import Backoff
from bot.runtime.tasks import TaskPool, wait_for_stop
from bot.store.updates import StoredUpdate

RequestTask = Coroutine[Any, Any, None]

_MAX_CONCURRENT_REQUESTS: Final = 16
_STORE_TIMEOUT_SECONDS: Final = 2.0
_STORE_BACKOFF: Final = Backoff(first_seconds=0.5, max_seconds=10.0)
_MAX_STORE_ATTEMPTS: Final = 20
_RESUME_INTERVAL_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StorableRequest:
    """A parsed request: its ID on Slack, and the function that handles it."""

    id: str
    handle: Callable[[], RequestTask]


ParseRequest = Callable[[Payload], StorableRequest | None]
"""Parse the body of a request; None if it needs no answer."""


class RequestInbox:
    """The inbox of one workspace. ``parsers`` has one function per kind of request."""

    def __init__(
        self, reply_channel: ReplyChannel, tasks: TaskPool, parsers: Mapping[str, ParseRequest]
    ) -> None:
        self._reply_channel = reply_channel
        self._tasks = tasks
        self._parsers = parsers
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_REQUESTS)
        # Requests that this process handles.
        self._in_progress: set[str] = set()

    async def accept(self, kind: str, body: Payload) -> bool:
        """Store a request and start to handle it. Return True once it is stored, False if not yet."""
        request = self._parsers[kind](body)
        if request is None:
            return True
        if not request.id:
            return self._tasks.start(request.handle())
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        content = json.dumps({"kind": kind, "body": body})
        if not self._tasks.start(self._store_and_handle(request, content, stored)):
            return False
        await asyncio.wait({stored}, timeout=_STORE_TIMEOUT_SECONDS)
        return stored.done()

    async def resume(self, stop: asyncio.Event, *, is_exclusive: bool) -> None:
        """Handle the requests that an earlier process stored and did not finish, until ``stop``.

        Unless ``is_exclusive``, other processes receive requests, too. Theirs are left for a minute.
        """
        min_age = timedelta(seconds=0 if is_exclusive else _RESUME_INTERVAL_SECONDS)
        while not stop.is_set():
            try:
                for pending in await self._reply_channel.pending_updates(min_age=min_age):
                    self._resume_one(pending)
            except StoreError as error:
                log.warning("slack_pending_requests_not_read", problem=str(error))
            min_age = timedelta(seconds=_RESUME_INTERVAL_SECONDS)
            await wait_for_stop(stop, _RESUME_INTERVAL_SECONDS)

    def _resume_one(self, pending: StoredUpdate) -> None:
        if pending.id in self._in_progress:
            return
        content = json.loads(pending.body)
        parse = self._parsers.get(content.get("kind"))
        request = parse(content.get("body")) if parse is not None else None
        if request is None:
            self._tasks.start(self._reply_channel.finish_update(pending.id))
        else:
            self._tasks.start(self._handle_pending(StorableRequest(pending.id, request.handle)))

    async def _handle_pending(self, request: StorableRequest) -> None:
        self._in_progress.add(request.id)
        try:
            await self._handle(request)
        finally:
            self._in_progress.discard(request.id)

    async def _store_and_handle(
        self, request: StorableRequest, content: str, stored: asyncio.Future[None]
    ) -> None:
        # Before it is stored: `resume` must not see it as the request of an earlier process.
        is_repeated = request.id in self._in_progress
        self._in_progress.add(request.id)
        try:
            is_new = await self._store(StoredUpdate(request.id, content))
            if not stored.done():
                stored.set_result(None)
            if is_new:
                await self._handle(request)
        finally:
            if not is_repeated:
                self._in_progress.discard(request.id)

    async def _store(self, update: StoredUpdate) -> bool:
        """Store a request, with retries. Return True if it is new."""
        for attempt in range(1, _MAX_STORE_ATTEMPTS + 1):
            try:
                return bool(await self._reply_channel.store_updates([update]))
            except StoreError as error:
                log.warning("slack_request_not_stored", problem=str(error))
                await asyncio.sleep(_STORE_BACKOFF.delay(attempt))
        raise StoreError("a request of Slack could not be stored")

    async def _handle(self, request: StorableRequest) -> None:
        async with self._slots:
            try:
                await request.handle()
            except Exception:
                await self._reply_channel.finish_update(request.id)
                raise
        await self._reply_channel.finish_update(request.id)
