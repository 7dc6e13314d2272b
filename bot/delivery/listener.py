"""Runs the listener of an adapter while this process holds the lease of the account.

A platform accepts one listener per token: it refuses a second one, or splits the updates between
both.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter, ReplyChannel
from bot.delivery.account_gate import AccountGate
from bot.runtime.tasks import wait_first, wait_for_stop

_RESTART_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


async def run_listener(
    adapter: ChatAdapter, channel: ReplyChannel, gate: AccountGate, stop: asyncio.Event
) -> None:
    """Listen whenever the lease is held, until ``stop`` or until the input of the platform ends."""
    while not stop.is_set():
        await wait_first(stop.wait(), gate.wait_until_lease(held=True))
        if not stop.is_set() and not await _listen_once(adapter, channel, gate, stop):
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
