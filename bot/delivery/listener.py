"""The permission to work for an account, and the listener that runs while it is given.

Only the process that holds the lease of the account (runtime/lease.py) reads, sends and listens.

A platform accepts one listener per token: it refuses a second one, or splits the updates between
both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter, ReplyChannel
from bot.delivery.message_sender import ResultWriter
from bot.errors import StoreError
from bot.runtime.lease import Lease
from bot.runtime.tasks import wait_first, wait_for_stop

_RESTART_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class AccountGate:
    """The permission to work for an account: the lease, the saved results, and no stop request.

    Attributes:
        is_stopping: set once, when the process ends.
        is_closing: set while `Sender.run` ends.
        is_on_hold: set while the platform does not answer (`AccountHold`).
    """

    def __init__(self, lease: Lease, writer: ResultWriter) -> None:
        self._lease = lease
        self._writer = writer
        self.is_stopping = False
        self.is_closing = False
        self.is_on_hold = False
        self._held = asyncio.Event()
        self._lost = asyncio.Event()

    def may_read(self) -> bool:
        """Return True if the outbox may be read."""
        return self._lease.is_held and not self.is_stopping and not self.is_closing

    def may_send(self) -> bool:
        """Return True if a message may be sent now: the fence, checked right before each send.

        Nothing is sent while results are not saved: a crash would repeat all of those messages.
        """
        return self.may_read() and not self.is_on_hold and not self._writer.has_unwritten

    def set_lease_held(self, *, held: bool) -> None:
        """Wake those who wait for the lease, or for its loss."""
        signalled, cleared = (self._held, self._lost) if held else (self._lost, self._held)
        signalled.set()
        cleared.clear()

    async def wait_until_lease(self, *, held: bool) -> None:
        """Wait until the lease is held, or lost."""
        await (self._held if held else self._lost).wait()


async def run_listener(
    adapter: ChatAdapter,
    channel: ReplyChannel,
    gate: AccountGate,
    stop: asyncio.Event,
    *,
    prepare: Callable[[], Awaitable[None]],
) -> None:
    """Listen whenever the lease is held, until ``stop`` or until the input of the platform ends.

    ``prepare`` runs before the adapter listens.
    """
    while not stop.is_set():
        await wait_first(stop.wait(), gate.wait_until_lease(held=True))
        if stop.is_set():
            break
        try:
            await prepare()
        except StoreError as error:
            log.warning("listener_not_prepared", platform=adapter.platform, error=str(error))
            await wait_for_stop(stop, _RESTART_SECONDS)
            continue
        if not await _listen_once(adapter, channel, gate, stop):
            break


async def _listen_once(
    adapter: ChatAdapter, channel: ReplyChannel, gate: AccountGate, stop: asyncio.Event
) -> bool:
    """Listen while the lease is held. Return True if the adapter has to listen again."""
    stop_adapter = asyncio.Event()

    async def stop_when_lease_is_lost() -> None:
        await wait_first(stop.wait(), gate.wait_until_lease(held=False))
        stop_adapter.set()

    watch_task = asyncio.ensure_future(stop_when_lease_is_lost())
    try:
        await adapter.listen(channel, stop_adapter)
    except Exception:
        log.exception("listener_crashed", platform=adapter.platform)
        await wait_for_stop(stop, _RESTART_SECONDS)
        return True
    finally:
        watch_task.cancel()
    return stop_adapter.is_set()
