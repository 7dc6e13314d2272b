"""A circuit breaker: what fails again and again is left alone for a while.

closed ── some failures in a row ──► open ── its time is up ──► one try ──► closed, or open for longer
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

_FAILURES: Final = 3  # in a row
_SHORTEST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(minutes=15)


class Breaker:
    """One service's state, in this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until: datetime | None = None
        self._pause = _SHORTEST

    def allows(self) -> bool:
        """Whether to try now. Once a pause is over, one try at a time may go."""
        if self._open_until is None:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + self._pause  # until the one that goes now has told
        return True

    def succeeded(self) -> None:
        """It answered."""
        self._failures, self._open_until, self._pause = 0, None, _SHORTEST

    def failed(self) -> None:
        """It did not."""
        self._failures += 1
        if self._failures < _FAILURES:
            return
        if self._open_until is not None:
            self._pause = min(2 * self._pause, _LONGEST)
        self._open_until = self._clock() + self._pause
