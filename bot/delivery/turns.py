"""Turns: the pure scheduler, given a clock and an event loop. Whoever waits, waits here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from math import inf

from bot.chats.adapter import Priority
from bot.delivery.lanes import Lanes, Turn
from bot.errors import RetryLater, Scope

Go = Callable[[Turn], None]
"""What is called when a message may go: it starts the sending and returns at once."""


class Turns:
    """Grants turns as the lanes allow it."""

    def __init__(self, lanes: Lanes, ticks: Callable[[], float], wake: Callable[[], None]) -> None:
        self.lanes = lanes
        self._ticks = ticks
        self._wake = wake
        self._waiting: dict[int, Go] = {}
        self._count = 0

    def ask(self, lane: str, priority: Priority, go: Go, *, due: float | None = None) -> int:
        """Wait in a chat's lane; what `cancel` takes back."""
        self._count += 1
        now = self._ticks()
        self._waiting[self._count] = go
        self.lanes.push(lane, self._count, priority, now if due is None else due, now=now)
        self._wake()
        return self._count

    def again(self, turn: Turn, go: Go) -> None:
        """Wait once more, first of the lane."""
        self._waiting[turn.id] = go
        self.lanes.back(turn, self._ticks())
        self._wake()

    def cancel(self, number: int) -> bool:
        """Wait no more; ``False`` where the turn has come already, and nothing happens."""
        if self._waiting.pop(number, None) is None:
            return False
        self.lanes.drop(number)
        return True

    def grant(self, *, alerts: bool) -> None:
        """Let go what may go now."""
        while (turn := self.lanes.take(self._ticks(), alerts=alerts)) is not None:
            self._waiting.pop(turn.id)(turn)

    def next_in(self, *, alerts: bool) -> float | None:
        """Seconds until `grant` may have more to do, if nothing happens before."""
        now = self._ticks()
        at = self.lanes.next_at(now, alerts=alerts)
        return None if at == inf else max(0.0, at - now)

    def hold(self, lane: str, seconds: float) -> None:
        """Nothing goes to a chat for so many seconds."""
        now = self._ticks()
        self.lanes.hold(lane, now + seconds, now)
        self._wake()

    def done(self, turn: Turn) -> None:
        """What went is over."""
        self.lanes.done(turn, self._ticks())
        self._wake()

    @asynccontextmanager
    async def turn(self, lane: str, priority: Priority = Priority.REPLY) -> AsyncIterator[None]:
        """A turn as a block: what a refusal says is heeded, and goes on to the caller."""
        turn = await self._wait_for(lane, priority)
        try:
            yield
        except RetryLater as error:
            account = error.scope is Scope.ACCOUNT
            self.lanes.refuse(lane, error.seconds, self._ticks(), account=account)
            raise
        finally:
            self.lanes.answered(turn, self._ticks())
            self.done(turn)

    async def _wait_for(self, lane: str, priority: Priority) -> Turn:
        granted: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()

        def go(turn: Turn) -> None:
            if granted.cancelled():
                self.done(turn)
            else:
                granted.set_result(turn)

        number = self.ask(lane, priority, go)
        try:
            return await granted
        except asyncio.CancelledError:
            self.cancel(number)
            if granted.done() and not granted.cancelled():
                with suppress(asyncio.InvalidStateError):
                    self.done(granted.result())
            raise
