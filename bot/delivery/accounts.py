"""A Sender for each account, begun and ended while the bot runs: workspaces come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from bot.chats.adapter import ChatAdapter, Outlet
from bot.delivery.sender import Sender

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Running:
    sender: Sender
    stop: asyncio.Event
    tasks: tuple[asyncio.Task[None], ...]


class Accounts:
    """Runs Senders. Needs a running loop for `start`."""

    def __init__(self, make: Callable[[ChatAdapter], Sender]) -> None:
        self._make = make
        self._running: dict[str, _Running] = {}

    def __iter__(self) -> Iterator[Sender]:
        return iter([one.sender for one in self._running.values()])

    def start(self, adapter: ChatAdapter) -> Outlet:
        """Send and listen for an account from now on; gives what its adapter speaks through."""
        sender = self._make(adapter)
        stop = asyncio.Event()
        tasks = tuple(
            asyncio.ensure_future(_logged(work, sender.name))
            for work in (sender.run(stop), sender.listen(stop))
        )
        self._running[sender.name] = _Running(sender, stop, tasks)
        return sender.outlet

    async def end(self, adapter: ChatAdapter) -> None:
        """Finish what is under way for an account; what is queued stays queued."""
        one = self._running.pop(f"{adapter.platform}/{adapter.account}", None)
        if one is not None:
            await _end(one)

    def wake(self) -> None:
        """Alerts may have been queued."""
        for one in self._running.values():
            one.sender.wake()

    def nudge(self) -> None:
        """An account may be free."""
        for one in self._running.values():
            one.sender.nudge()

    def stop(self) -> None:
        """Begin nothing new."""
        for one in self._running.values():
            one.sender.stop()

    async def close(self) -> None:
        """End all of them."""
        running, self._running = list(self._running.values()), {}
        await asyncio.gather(*(_end(one) for one in running))


async def _end(one: _Running) -> None:
    one.stop.set()
    one.sender.stop()
    try:
        await asyncio.gather(*one.tasks)
    finally:
        for task in one.tasks:
            task.cancel()


async def _logged(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except Exception:
        log.exception("an account ended by itself", account=name)
