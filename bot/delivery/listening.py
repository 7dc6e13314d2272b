"""Listening: the adapter's own `run`, whenever this process holds the account's lease.

A platform hears one listener a token: a second one would be refused, or take half of what people say.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter, Outlet
from bot.life import first

_AGAIN: Final = 5.0  # seconds after an adapter that broke

log = structlog.get_logger(__name__)


class Held:
    """Whether the lease is held, as something to wait for."""

    def __init__(self) -> None:
        self._held, self._lost = asyncio.Event(), asyncio.Event()

    def set(self, *, held: bool) -> None:
        """It is held now, or it is not."""
        for event, true in ((self._held, held), (self._lost, not held)):
            if true:
                event.set()
            else:
                event.clear()

    async def until(self, *, held: bool) -> None:
        """Wait until it is held, or lost."""
        await (self._held if held else self._lost).wait()


async def listen(adapter: ChatAdapter, outlet: Outlet, held: Held, stop: asyncio.Event) -> None:
    """Run the adapter, again and again, until ``stop`` or until its platform has nothing more to say."""
    while not stop.is_set():
        await first(stop.wait(), held.until(held=True))
        if not stop.is_set() and not await _once(adapter, outlet, held, stop):
            break


async def _once(adapter: ChatAdapter, outlet: Outlet, held: Held, stop: asyncio.Event) -> bool:
    """Listen while the lease is held; whether to listen again."""
    enough = asyncio.Event()

    async def watch() -> None:
        await first(stop.wait(), held.until(held=False))
        enough.set()

    watching = asyncio.ensure_future(watch())
    try:
        await adapter.run(outlet, enough)
    except Exception:
        log.exception("an adapter broke; it listens again soon", platform=adapter.platform)
        await first(stop.wait(), asyncio.sleep(_AGAIN))
        return True
    finally:
        watching.cancel()
    return enough.is_set()
