"""A circuit breaker: skip calls to a failing service for a while.

closed ── failures in a row ──► open ── delay is over ──► one attempt ──► closed, or open for longer
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.runtime.backoff import Backoff

_FAILURES_TO_OPEN: Final = 3
_OPEN_BACKOFF: Final = Backoff(first_seconds=30.0, max_seconds=15 * 60.0)


class CircuitBreaker:
    """The state of one service, in this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until: datetime | None = None

    def allows(self) -> bool:
        """Return True if a call may be made now. An open breaker allows one call per delay."""
        if self._open_until is None:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        # Other calls are refused until this one has succeeded or failed.
        self._open_until = now + self._open_delay()
        return True

    def succeeded(self) -> None:
        """Close the breaker: the service answered."""
        self._failures, self._open_until = 0, None

    def failed(self) -> None:
        """Count a failure, and open the breaker after several in a row."""
        self._failures += 1
        if self._failures >= _FAILURES_TO_OPEN:
            self._open_until = self._clock() + self._open_delay()

    def _open_delay(self) -> timedelta:
        return timedelta(seconds=_OPEN_BACKOFF.delay(self._failures - _FAILURES_TO_OPEN + 1))
