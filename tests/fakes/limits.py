"""The rate limits of a platform, enforced exactly in every window."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from math import ceil


class Sliding:
    """At most ``limit`` messages per key in any period of ``seconds``."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._stamps: dict[Hashable, deque[float]] = defaultdict(lambda: deque(maxlen=limit))

    def wait(self, key: Hashable, now: float) -> float:
        """Return the seconds that one more message has to wait; 0 if it is accepted."""
        stamps = self._stamps[key]
        if len(stamps) < self.limit:
            return 0.0
        return max(0.0, stamps[0] + self.seconds - now)

    def take(self, key: Hashable, now: float) -> None:
        self._stamps[key].append(now)


class Limits:
    """Several windows for a message, and a freeze if the whole account is too fast."""

    def __init__(self, whole: Sliding | None, *, freeze: float = 0.0) -> None:
        self.whole = whole
        self.freeze = freeze
        self._frozen_until = 0.0

    def refuse(
        self, now: float, windows: dict[Hashable, Sliding], *, round_up: Callable = ceil
    ) -> int:
        """Return the seconds to wait if the message is refused; 0 if it is accepted and counted."""
        wait = self._frozen_until - now
        if wait <= 0:
            wait = max((window.wait(key, now) for key, window in windows.items()), default=0.0)
            if self.whole is not None and wait <= 0:
                wait = self.whole.wait("whole", now)
                if wait > 0 and self.freeze:
                    self._frozen_until = now + self.freeze
                    wait = self.freeze
        if wait > 0:
            return max(1, round_up(wait))
        for key, window in windows.items():
            window.take(key, now)
        if self.whole is not None:
            self.whole.take("whole", now)
        return 0
