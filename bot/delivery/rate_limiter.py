"""Rate limits: when the next message may be sent. Pure: times are seconds of any monotonic clock.

A message is stamped in its window when the platform has answered, and messages in flight count as
if they were stamped. Network delays can change the order and the gaps of requests, so this is the
only stamp with which the platform never sees more than the window allows. Stamps at the dispatch
caused 200 to 400 refusals in 1,500 messages by jitter alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Final

from bot.chats.adapter import AccountRateLimit, RateLimit

BACKOFF_FACTOR: Final = 0.9
"""The maximum share of its rate that an account keeps after the platform refused the account."""

RECOVERY_PER_SECOND: Final = 0.002
"""The share of its full rate that an account regains per second."""

MIN_RATE_FACTOR: Final = 0.6
"""The minimum share that one refusal leaves.

The number of messages accepted in the last second shows the limit only if many were sent.
"""

# One second, and the time that the refusal took to arrive.
_ACCEPTED_WINDOW_SECONDS: Final = 1.1
_ACCEPTED_HISTORY_SIZE: Final = 64
# One second, and what the network may add to it.
_RATE_WINDOW_SECONDS: Final = 1.06
# How much faster than its rate an account sends until it has caught up after late messages.
_CATCH_UP_FACTOR: Final = 1.03
# The part of an interval by which a message may be late without losing the next position.
_LATENESS_TOLERANCE: Final = 0.5


class SlidingWindows:
    """Sliding windows over the messages sent. Memory is bounded by the largest window."""

    __slots__ = ("_stamps", "_windows")

    def __init__(self, windows: Sequence[RateLimit]) -> None:
        self._windows = tuple(windows)
        max_count = max((window.count for window in self._windows), default=0)
        self._stamps: deque[float] = deque(maxlen=max_count)

    def record(self, now: float) -> None:
        """Record that the platform answered a message at ``now``."""
        self._stamps.append(now)

    def available_at(self, *, in_flight: int = 0, share: float = 1.0) -> float:
        """Return when one more message may be sent; infinite while too many are in flight.

        ``share`` is the part of each window that may be used.
        """
        available_at = -inf
        for window in self._windows:
            capacity = max(1, int(window.count * share)) - in_flight
            if capacity <= 0:
                return inf
            if len(self._stamps) >= capacity:
                available_at = max(available_at, self._stamps[-capacity] + window.seconds)
        return available_at

    def idle_at(self) -> float:
        """Return when no message counts in any window any more."""
        max_seconds = max((window.seconds for window in self._windows), default=0.0)
        return self._stamps[-1] + max_seconds if self._stamps else -inf


class AccountRateLimiter:
    """The limits of an account: a steady rate, windows, messages in flight, and past refusals."""

    def __init__(self, limit: AccountRateLimit) -> None:
        self._limit = limit
        self._windows = SlidingWindows(limit.windows)
        per_window = round((limit.per_second or 1.0) * _RATE_WINDOW_SECONDS)
        self._sent_at: deque[float] = deque(maxlen=max(1, per_window))
        # The earliest time of the next message by the steady rate.
        self._next_at = -inf
        self._blocked_until = -inf
        self._rate_factor = 1.0
        self._rate_factor_set_at = 0.0
        self._accepted_at: deque[float] = deque(maxlen=_ACCEPTED_HISTORY_SIZE)
        self._refusals_in_flight = 0
        self.in_flight = 0
        self._alerts_in_flight = 0

    def rate_factor(self, now: float) -> float:
        """Return the share of the full rate that is used: 1, or less after refusals."""
        recovered = RECOVERY_PER_SECOND * (now - self._rate_factor_set_at)
        return min(1.0, self._rate_factor + recovered)

    def available_at(self, now: float) -> float:
        """Return when the next message may be sent; a time in the past means now."""
        windows = self._windows.available_at(in_flight=self.in_flight, share=self.rate_factor(now))
        return max(self._next_at, self._blocked_until, windows)

    @property
    def is_saturated(self) -> bool:
        """Whether as many alerts are in flight as a crash may repeat."""
        return self._alerts_in_flight >= self._limit.in_flight

    def start(self, now: float, *, alert: bool) -> None:
        """Count a message that is sent at ``now``."""
        self.in_flight += 1
        self._alerts_in_flight += alert
        if self._limit.per_second is not None:
            rate = self._limit.per_second * self.rate_factor(now)
            self._next_at = self._schedule_next(now, rate)

    def _schedule_next(self, now: float, rate: float) -> float:
        """Return the next send time by the generic cell rate algorithm (ITU-T I.371), burst of one.

        At the full rate the intervals are slightly shorter, to catch up after late messages. The
        number of messages in any second stays exact.
        """
        interval = 1.0 / rate
        step = interval / _CATCH_UP_FACTOR if self.rate_factor(now) == 1.0 else interval
        spaced = max(self._next_at, now - _LATENESS_TOLERANCE * interval) + step
        self._sent_at.append(now)
        if len(self._sent_at) < (self._sent_at.maxlen or 0):
            return spaced
        return max(spaced, self._sent_at[0] + len(self._sent_at) * interval)

    def done(self, now: float, *, alert: bool) -> None:
        """Count an answer of the platform, of any kind."""
        self.in_flight -= 1
        self._alerts_in_flight -= alert
        self._windows.record(now)
        if self._refusals_in_flight:
            self._refusals_in_flight -= 1
        else:
            self._accepted_at.append(now)

    def record_refusal(self) -> None:
        """Count the next answer as a refused message."""
        self._refusals_in_flight += 1

    def block_until(self, until: float) -> None:
        """Send nothing before ``until``."""
        self._blocked_until = max(self._blocked_until, until)

    def slow_down(self, now: float, seconds: float) -> None:
        """Send nothing for ``seconds``, and then at a lower rate: the platform refused the account."""
        # Messages that were in flight at the first refusal are refused for the same reason.
        if now >= self._blocked_until:
            factor = self.rate_factor(now)
            self._rate_factor = max(
                BACKOFF_FACTOR * min(factor, self._accepted_share(now)), MIN_RATE_FACTOR * factor
            )
            self._rate_factor_set_at = now + seconds
        self.block_until(now + seconds)

    def _accepted_share(self, now: float) -> float:
        """Return the messages accepted in the last second as a share of the full rate."""
        if self._limit.per_second is None:
            return 1.0
        since = now - _ACCEPTED_WINDOW_SECONDS
        return sum(moment > since for moment in self._accepted_at) / self._limit.per_second
