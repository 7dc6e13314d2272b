"""Whether this process may read, send and listen for one account."""

from __future__ import annotations

import asyncio

from bot.delivery.result_writer import ResultWriter
from bot.runtime.lease import Lease


class AccountGate:
    """The permission to work for an account: the lease, the saved results, and no stop request.

    Attributes:
        is_stopping: set once, when the process ends.
        is_closing: set while `Sender.run` ends.
    """

    def __init__(self, lease: Lease, writer: ResultWriter) -> None:
        self._lease = lease
        self._writer = writer
        self.is_stopping = False
        self.is_closing = False
        self._held = asyncio.Event()
        self._lost = asyncio.Event()

    def may_read(self) -> bool:
        """Return True if the outbox may be read."""
        return self._lease.is_held and not self.is_stopping and not self.is_closing

    def may_send(self) -> bool:
        """Return True if a message may be sent now: the fence, checked right before each send.

        Nothing is sent while results are not saved: a crash would repeat all of those messages.
        """
        return self.may_read() and not self._writer.has_unwritten

    def set_lease_held(self, *, held: bool) -> None:
        """Wake those who wait for the lease, or for its loss."""
        signalled, cleared = (self._held, self._lost) if held else (self._lost, self._held)
        signalled.set()
        cleared.clear()

    async def wait_until_lease(self, *, held: bool) -> None:
        """Wait until the lease is held, or lost."""
        await (self._held if held else self._lost).wait()
