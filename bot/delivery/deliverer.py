"""The deliverer: claims due alerts, sends each once, records how it ended.

    outbox ── claim ──► render ──► send ──► record ── next
                                    │
                RetryLater, Transient: the chat waits, and its alerts keep their order

An alert is recorded right after its own send: after a crash at most the one in flight is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog

from bot.chats.adapter import ChatAdapter
from bot.clock import Clock
from bot.conversation.item_cards import alert_card
from bot.errors import DeliveryError, Gone, InDoubt, Moved, Rejected, RetryLater
from bot.model import Alert
from bot.store import Database
from bot.store.chats import hold_chat, suspend_chat
from bot.store.outbox import (
    LEASE,
    claim_alerts,
    end_alert,
    put_off_alert,
    release_alerts,
    release_every_alert,
    retake_lease,
)
from bot.store.tables import FAILED, SENT, UNKNOWN

_BATCH: Final = 50
_PAUSES: Final = (1, 5, 30, 120, 600)  # seconds before the next try, by how many failed


@dataclass(frozen=True, slots=True)
class _Ending:
    """How an alert ended."""

    state: str
    reason: str | None = None
    message_id: str | None = None


log = structlog.get_logger(__name__)


class Deliverer:
    """Sends alerts through the adapters it has. `step` is a worker's step."""

    def __init__(
        self, database: Database, adapters: Mapping[str, ChatAdapter], clock: Clock
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._clock = clock
        self._owner = uuid4().hex  # whose the claimed alerts are
        self._stopping = asyncio.Event()
        # What was sent and could not be recorded (a full disk): nothing more is sent before it is.
        self._unrecorded: dict[int, _Ending] = {}

    async def take_over(self) -> None:
        """Claim what a process that died had claimed; call it where no other can be alive."""
        async with self._database.writing() as connection:
            await release_every_alert(connection)

    def stop(self) -> None:
        """Send what is under way and claim no more."""
        self._stopping.set()

    async def step(self) -> bool:
        """Send one batch; whether there may be more."""
        if self._stopping.is_set() or not self._adapters:
            return False
        await self._record()
        async with self._database.writing() as connection:
            claimed = await claim_alerts(
                connection,
                platforms=self._adapters.keys(),
                owner=self._owner,
                most=_BATCH,
                now=self._clock(),
            )
        claimed_at = self._clock()
        waiting: set[int] = set()  # chats whose further alerts must not overtake
        for alert in claimed:
            if self._stopping.is_set():
                break
            if alert.chat_id in waiting:
                continue
            if self._clock() - claimed_at > LEASE / 2 and not await self._still_ours(alert):
                continue
            if not await self._deliver(alert):
                waiting.add(alert.chat_id)
        if waiting or self._stopping.is_set():
            await self._release()
        return bool(claimed) and not self._stopping.is_set()

    async def _still_ours(self, alert: Alert) -> bool:
        """The fence: a batch that took long may have lost its lease to another sender."""
        async with self._database.writing() as connection:
            return await retake_lease(connection, alert.id, owner=self._owner, now=self._clock())

    async def _deliver(self, alert: Alert) -> bool:
        """Send one alert and record how that ended; ``False`` if its chat has to wait."""
        adapter = self._adapters[alert.ref.platform]
        try:
            message_id = await adapter.send(alert.ref, alert_card(alert.shown, now=self._clock()))
        except DeliveryError as error:
            return await self._failed(alert, error)
        except Exception as error:
            # One alert that breaks our own code must not hold up the others.
            log.exception("an alert broke", alert=alert.id)
            ending = _Ending(FAILED, reason=f"a fault of ours: {type(error).__name__}")
        else:
            ending = _Ending(SENT, message_id=message_id)
        await self._end(alert, ending)
        return True

    async def _failed(self, alert: Alert, error: DeliveryError) -> bool:
        match error:
            case RetryLater():
                await self._put_off(alert, error.seconds)
                return False
            case Gone() | Moved():
                log.warning("a chat cannot be reached", chat=alert.ref.chat, reason=error.reason)
                async with self._database.writing() as connection:
                    await suspend_chat(connection, alert.chat_id, error.reason, now=self._clock())
                return False
            case InDoubt():
                await self._end(alert, _Ending(UNKNOWN, reason=error.reason))
                return True
            case Rejected():
                await self._end(alert, _Ending(FAILED, reason=error.reason))
                return True
            case _:
                await self._put_off(alert, _PAUSES[min(alert.attempts, len(_PAUSES) - 1)])
                return False

    async def _put_off(self, alert: Alert, seconds: float) -> None:
        until = self._clock() + timedelta(seconds=seconds)
        async with self._database.writing() as connection:
            await put_off_alert(connection, alert.id)
            await hold_chat(connection, alert.chat_id, until=until)

    async def _end(self, alert: Alert, ending: _Ending) -> None:
        if ending.reason:
            log.warning("an alert was not sent", alert=alert.id, reason=ending.reason)
        self._unrecorded[alert.id] = ending
        await self._record()

    async def _record(self) -> None:
        """Write down how alerts ended. Until that succeeds, no further one is sent."""
        for alert_id, ending in list(self._unrecorded.items()):
            async with self._database.writing() as connection:
                await end_alert(
                    connection,
                    alert_id,
                    state=ending.state,
                    reason=ending.reason,
                    message_id=ending.message_id,
                    now=self._clock(),
                )
            del self._unrecorded[alert_id]

    async def _release(self) -> None:
        async with self._database.writing() as connection:
            await release_alerts(connection, owner=self._owner)
