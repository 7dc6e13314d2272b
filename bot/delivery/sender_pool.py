"""Runs a sender per account. Accounts are added and removed at run time, as Slack workspaces are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.chats.adapter import ChatAdapter, ReplyChannel
from bot.delivery.sender import Sender
from bot.runtime.tasks import TaskPool


@dataclass(frozen=True, slots=True)
class _RunningSender:
    sender: Sender
    stop: asyncio.Event
    tasks: TaskPool

    async def end(self) -> None:
        """Stop the sender and wait until the messages in flight are recorded."""
        self.stop.set()
        self.sender.stop()
        try:
            await self.tasks.wait_idle()
        finally:
            self.tasks.cancel()


class SenderPool:
    """The running senders. `start` needs a running event loop."""

    def __init__(self, make_sender: Callable[[ChatAdapter], Sender]) -> None:
        self._make_sender = make_sender
        self._running: dict[str, _RunningSender] = {}

    def __iter__(self) -> Iterator[Sender]:
        """Iterate over the senders."""
        return iter([running.sender for running in self._running.values()])

    def start(self, adapter: ChatAdapter) -> ReplyChannel:
        """Start to send and listen for an account. Return the reply channel of its adapter."""
        sender = self._make_sender(adapter)
        running = _RunningSender(sender, asyncio.Event(), TaskPool(error_event="sender_crashed"))
        running.tasks.start(sender.run(running.stop), f"send {sender.name}")
        running.tasks.start(sender.listen(running.stop), f"listen {sender.name}")
        self._running[sender.name] = running
        return sender.reply_channel

    async def remove(self, adapter: ChatAdapter) -> None:
        """Finish the messages in flight of an account. Queued messages stay queued."""
        running = self._running.pop(f"{adapter.platform}/{adapter.account}", None)
        if running is not None:
            await running.end()

    def wake(self) -> None:
        """Look for new messages: alerts may have been queued."""
        for running in self._running.values():
            running.sender.wake()

    def retry_leases(self) -> None:
        """Try to acquire the leases now: another process may have released one."""
        for running in self._running.values():
            running.sender.retry_lease()

    def stop(self) -> None:
        """Start no more alerts."""
        for running in self._running.values():
            running.sender.stop()

    async def close(self) -> None:
        """End all senders."""
        ending, self._running = list(self._running.values()), {}
        await asyncio.gather(*(running.end() for running in ending))
