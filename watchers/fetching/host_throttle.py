"""Rate limits per host: concurrent requests, the time between two requests, and server-side blocks.

    slot(host) ──► slot of the host ──► start time ──► one of all connections ──► the request
                     │                    └─ spacing; a block by Retry-After
                     └─ first come, first served; waiting here does not delay other hosts

State is removed as soon as it has no effect: after 100,000 hosts in sequence nothing remains. The
number of blocked hosts is bounded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

MAX_BLOCK_SECONDS: Final = 3600.0
"""The longest time for which one response can block all requests to its host."""

MAX_BLOCKED_HOSTS: Final = 10_000
"""Hosts that are blocked at the same time. Above it, the blocks that end first are removed."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleOptions:
    """The rate limits.

    Attributes:
        max_per_host: Concurrent requests to one host.
        spacing_seconds: Seconds between the starts of two requests to one host.
        max_wait_seconds: Seconds that a request waits for a blocked host; if the block lasts longer, the
            request fails immediately.
        max_connections: Concurrent requests to all hosts.
    """

    max_per_host: int = 1
    spacing_seconds: float = 1.0
    max_wait_seconds: float = 5.0
    max_connections: int = 200


class HostBlocked(Exception):
    """A host that answered with ``status`` and allows no requests for ``seconds`` more."""

    def __init__(self, seconds: float, status: int) -> None:
        super().__init__(f"blocked for {seconds:g} s more")
        self.seconds = seconds
        self.status = status


@dataclass(slots=True)
class _ActiveHost:
    """A host with running or waiting requests."""

    slots: asyncio.Semaphore
    requests: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    until: float
    status: int


@dataclass(slots=True)
class HostThrottle:
    """The rate limits of all hosts.

    Args:
        options: The rate limits.
        monotonic: A clock in seconds that never goes backwards.
        sleep: Waits for a number of seconds.
    """

    options: ThrottleOptions = ThrottleOptions()
    monotonic: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep
    _active: dict[str, _ActiveHost] = field(default_factory=dict, init=False)
    # Ordered by time: every start is inserted at the end, and all have the same spacing.
    _next_start: dict[str, float] = field(default_factory=dict, init=False)
    _blocks: dict[str, _Block] = field(default_factory=dict, init=False)
    _connections: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._connections = asyncio.Semaphore(self.options.max_connections)

    @asynccontextmanager
    async def slot(self, host: str, *, is_redirect: bool = False) -> AsyncIterator[None]:
        """Wait until ``host`` may be requested, and hold the slot during the block.

        Args:
            host: The name of the host.
            is_redirect: True if the host redirected to itself; the spacing is skipped then.

        Raises:
            HostBlocked: The host is blocked for longer than the options allow to wait.
        """
        self._check_block(host)
        active = self._active.get(host)
        if active is None:
            active = self._active[host] = _ActiveHost(asyncio.Semaphore(self.options.max_per_host))
        active.requests += 1
        try:
            async with active.slots:
                await self._acquire_connection(host, is_redirect=is_redirect)
                try:
                    yield
                finally:
                    self._connections.release()
        finally:
            active.requests -= 1
            if not active.requests:
                del self._active[host]
            self._remove_expired_starts()

    def block(self, host: str, seconds: float, status: int) -> None:
        """Block ``host`` for ``seconds`` (one hour at most) because it answered with ``status``."""
        until = self.monotonic() + min(seconds, MAX_BLOCK_SECONDS)
        existing = self._blocks.get(host)
        if existing is None or existing.until < until:
            self._blocks[host] = _Block(until, status)
        if len(self._blocks) > MAX_BLOCKED_HOSTS:
            now = self.monotonic()
            # A tenth is removed at once, so that sorting happens rarely.
            by_end = sorted(self._blocks.items(), key=lambda entry: entry[1].until)
            remaining = by_end[MAX_BLOCKED_HOSTS // 10 :]
            self._blocks = {name: block for name, block in remaining if block.until > now}

    def __len__(self) -> int:
        """Return the number of hosts with stored state."""
        return len(self._active.keys() | self._next_start.keys() | self._blocks.keys())

    async def _acquire_connection(self, host: str, *, is_redirect: bool) -> None:
        """Acquire a connection at a time that satisfies the spacing and the block of the host."""
        while True:
            while (delay := self._delay(host, is_redirect=is_redirect)) > 0:
                await self.sleep(delay)
            await self._connections.acquire()
            try:
                # While this task waited for a connection, another request may have started or the
                # host may have been blocked.
                if self._delay(host, is_redirect=is_redirect) <= 0:
                    # Remove and insert: the order of the dictionary is the order of expiry.
                    self._next_start.pop(host, None)
                    self._next_start[host] = self.monotonic() + self.options.spacing_seconds
                    return
            except BaseException:
                self._connections.release()
                raise
            self._connections.release()

    def _delay(self, host: str, *, is_redirect: bool) -> float:
        blocked = self._check_block(host)
        next_start = self._next_start.get(host)
        if is_redirect or next_start is None:
            return blocked
        return max(blocked, next_start - self.monotonic())

    def _check_block(self, host: str) -> float:
        """Return the seconds until the block of ``host`` ends, 0 if there is none.

        Raises:
            HostBlocked: The block lasts longer than the options allow to wait.
        """
        block = self._blocks.get(host)
        if block is None:
            return 0.0
        seconds = block.until - self.monotonic()
        if seconds <= 0:
            del self._blocks[host]
            return 0.0
        if seconds > self.options.max_wait_seconds:
            raise HostBlocked(seconds, block.status)
        return seconds

    def _remove_expired_starts(self) -> None:
        now = self.monotonic()
        while self._next_start:
            host, start = next(iter(self._next_start.items()))
            if start > now:
                return
            del self._next_start[host]
