"""Growing delays between retries.

Backoff      the delays themselves: a pure function of the number of failures
RetryTimer   the failures of one component, and when its next attempt is allowed
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Final

# Beyond this exponent every delay has reached its maximum; the float must not overflow.
_MAX_EXPONENT: Final = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential delays: ``first_seconds``, times ``factor`` per failure, up to ``max_seconds``.

    Attributes:
        jitter: the part of a delay that is random, from 0 to 1. Processes that failed together
            then retry at different moments.
    """

    first_seconds: float
    max_seconds: float = inf
    factor: float = 2.0
    jitter: float = 0.0

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after ``failures`` failures in a row (1 is the first)."""
        exponent = min(max(failures - 1, 0), _MAX_EXPONENT)
        delay = min(self.first_seconds * self.factor**exponent, self.max_seconds)
        if self.jitter:
            delay *= 1.0 - self.jitter * random.random()  # noqa: S311 - not a secret
        return delay


class RetryTimer:
    """The failures in a row of one component."""

    def __init__(self, backoff: Backoff, monotonic: Callable[[], float]) -> None:
        self._backoff = backoff
        self._monotonic = monotonic
        self._failures = 0
        self._retry_at = -inf

    @property
    def remaining_seconds(self) -> float:
        """The seconds until the next attempt is allowed; 0 or less if it is allowed now."""
        return self._retry_at - self._monotonic()

    def record_failure(self) -> bool:
        """Start the next delay. Return True for the first failure in a row."""
        self._failures += 1
        self._retry_at = self._monotonic() + self._backoff.delay(self._failures)
        return self._failures == 1

    def record_success(self) -> None:
        """Make the next delay the shortest one. A delay that has started is kept."""
        self._failures = 0

    def reset(self) -> None:
        """Forget all failures and allow an attempt now."""
        self._failures, self._retry_at = 0, -inf
