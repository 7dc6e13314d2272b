"""Each host's turn: how many requests at once, how long between two starts, when to leave it alone.

    turn(host) ──► its slot ──► its time ──► one of all connections ──► the request
                     │            └─ spacing; a hold by Retry-After
                     └─ first come, first served; nobody waits here for another host

What is remembered of a host goes away with its reason: 100,000 hosts asked one after another leave
nothing behind, and of hosts on hold only so many are kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

LONGEST_HOLD: Final = 3600.0
"""Seconds that one answer can keep all requests from its host."""

MOST_HOLDS: Final = 10_000
"""Hosts that are on hold at once; of more, those that end soonest are let go."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hosts are asked.

    Attributes:
        per_host: requests to one host at the same time.
        spacing: seconds between the starts of two.
        patience: seconds that a caller waits for a host on hold; a longer hold is told at once.
        connections: requests to all hosts together at the same time.
    """

    per_host: int = 1
    spacing: float = 1.0
    patience: float = 5.0
    connections: int = 200


class OnHold(Exception):
    """The host answered ``status`` and asked to be left alone for ``seconds`` more."""

    def __init__(self, seconds: float, status: int) -> None:
        super().__init__(f"on hold for {seconds:g} s more")
        self.seconds = seconds
        self.status = status


@dataclass(slots=True)
class _Busy:
    """A host that somebody asks or waits for."""

    slots: asyncio.Semaphore
    users: int = 0


@dataclass(frozen=True, slots=True)
class _Hold:
    until: float
    status: int


@dataclass(slots=True)
class Politeness:
    """The turns of all hosts.

    Args:
        pace: the rules.
        monotonic: a clock in seconds that never goes back.
        sleep: waits so many of them.
    """

    pace: Pace = Pace()
    monotonic: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep
    _busy: dict[str, _Busy] = field(default_factory=dict, init=False)
    _next_start: dict[str, float] = field(default_factory=dict, init=False)
    _holds: dict[str, _Hold] = field(default_factory=dict, init=False)
    _connections: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._connections = asyncio.Semaphore(self.pace.connections)

    @asynccontextmanager
    async def turn(self, host: str, *, follows: bool = False) -> AsyncIterator[None]:
        """Wait for a turn to ask ``host``, and keep it.

        Args:
            host: its name.
            follows: it sent us to itself a moment ago; the same visit goes on, without spacing.

        Raises:
            OnHold: it wants to be left alone for longer than our patience.
        """
        self._refuse_on_hold(host)
        busy = self._busy.get(host)
        if busy is None:
            busy = self._busy[host] = _Busy(asyncio.Semaphore(self.pace.per_host))
        busy.users += 1
        try:
            async with busy.slots:
                await self._start(host, follows=follows)
                try:
                    yield
                finally:
                    self._connections.release()
        finally:
            busy.users -= 1
            if not busy.users:
                del self._busy[host]
            self._forget()

    def hold(self, host: str, seconds: float, status: int) -> None:
        """Leave ``host`` alone for ``seconds`` (an hour at most), because it answered ``status``."""
        until = self.monotonic() + min(seconds, LONGEST_HOLD)
        known = self._holds.get(host)
        if known is None or known.until < until:
            self._holds[host] = _Hold(until, status)
        if len(self._holds) > MOST_HOLDS:
            now = self.monotonic()
            last = sorted(self._holds.items(), key=lambda item: item[1].until)[MOST_HOLDS // 10 :]
            self._holds = {name: hold for name, hold in last if hold.until > now}

    def __len__(self) -> int:
        """How many hosts something is remembered of."""
        return len(self._busy.keys() | self._next_start.keys() | self._holds.keys())

    async def _start(self, host: str, *, follows: bool) -> None:
        """Return with a connection taken, at a time that keeps the spacing."""
        while True:
            while (wait := self._wait(host, follows=follows)) > 0:
                await self.sleep(wait)
            await self._connections.acquire()
            try:
                if self._wait(host, follows=follows) <= 0:
                    self._next_start.pop(host, None)  # so that the oldest stands first
                    self._next_start[host] = self.monotonic() + self.pace.spacing
                    return
            except BaseException:
                self._connections.release()
                raise
            self._connections.release()

    def _wait(self, host: str, *, follows: bool) -> float:
        held = self._refuse_on_hold(host)
        next_start = self._next_start.get(host)
        if follows or next_start is None:
            return held
        return max(held, next_start - self.monotonic())

    def _refuse_on_hold(self, host: str) -> float:
        """Seconds that ``host`` is still on hold, where they are few enough to wait for."""
        hold = self._holds.get(host)
        if hold is None:
            return 0.0
        seconds = hold.until - self.monotonic()
        if seconds <= 0:
            del self._holds[host]
            return 0.0
        if seconds > self.pace.patience:
            raise OnHold(seconds, hold.status)
        return seconds

    def _forget(self) -> None:
        """Drop the starts whose spacing is over: each was set within one spacing of those before."""
        now = self.monotonic()
        while self._next_start:
            host, start = next(iter(self._next_start.items()))
            if start > now:
                return
            del self._next_start[host]
