"""A bounded number of slots that are shared fairly between owners, such as chats.

    owner a: x x x x x x x x        slots: [a] [b]
    owner b: x                             next: c, then b or a, whichever used less time
    owner c: x

A free slot goes to the waiting owner that holds the fewest slots and, among these, used the least time.
The time of an owner that was idle counts from the time of the others, so that no owner saves up slots.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class _Owner:
    """One owner that holds slots or waits for them.

    Attributes:
        used: the time of the owner, in seconds of slots.
    """

    used: float
    held: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class FairSlots:
    """At most ``slots`` holders at the same time, and at most ``slots_per_owner`` of one owner."""

    def __init__(
        self,
        slots: int,
        *,
        slots_per_owner: int | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._free = slots
        self._slots_per_owner = slots if slots_per_owner is None else slots_per_owner
        self._clock = clock
        self._owners: dict[str, _Owner] = {}
        # The time of the owner that was served last.
        self._now = 0.0

    @property
    def waiting(self) -> int:
        """The number of callers that wait for a slot."""
        return sum(len(owner.waiting) for owner in self._owners.values())

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for a slot of the owner ``name`` and hold it while the block runs."""
        await self._acquire(name)
        started = self._clock()
        try:
            yield
        finally:
            self._release(name, self._clock() - started)

    async def _acquire(self, name: str) -> None:
        owner = self._owners.get(name)
        if owner is None:
            owner = self._owners[name] = _Owner(self._now)
        turn = asyncio.get_running_loop().create_future()
        owner.waiting.append(turn)
        self._assign()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The slot was assigned while the caller was cancelled.
                self._release(name, 0.0)
            else:
                with suppress(ValueError):
                    owner.waiting.remove(turn)
                self._forget_idle()
            raise

    def _release(self, name: str, seconds: float) -> None:
        owner = self._owners[name]
        owner.held -= 1
        owner.used += seconds
        self._free += 1
        self._assign()
        self._forget_idle()

    def _assign(self) -> None:
        """Give the free slots to waiting callers."""
        while self._free:
            candidates = [
                owner
                for owner in self._owners.values()
                if owner.waiting and owner.held < self._slots_per_owner
            ]
            if not candidates:
                return
            owner = min(candidates, key=lambda candidate: (candidate.held, candidate.used))
            turn = owner.waiting.popleft()
            if turn.done():
                continue
            self._now = max(self._now, owner.used)
            owner.held += 1
            self._free -= 1
            turn.set_result(None)

    def _forget_idle(self) -> None:
        """Forget owners without a slot whose time is not ahead of the others."""
        for idle in [key for key, owner in self._owners.items() if _is_idle(owner, self._now)]:
            del self._owners[idle]
        if not any(owner.held or owner.waiting for owner in self._owners.values()):
            # With no competition, the time that was used does not matter any more.
            self._owners.clear()


def _is_idle(owner: _Owner, now: float) -> bool:
    return not owner.held and not owner.waiting and owner.used <= now
