"""The limits of a platform, enforced to the letter: what it accepts in any window of time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from math import ceil


class Sliding:
    """At most ``most`` in any ``seconds``, for each key."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._stamps: dict[Hashable, deque[float]] = defaultdict(lambda: deque(maxlen=most))

    def wait(self, key: Hashable, now: float) -> float:
        """How long one more has to wait; 0 if it is welcome."""
        stamps = self._stamps[key]
        if len(stamps) < self.most:
            return 0.0
        return max(0.0, stamps[0] + self.seconds - now)

    def take(self, key: Hashable, now: float) -> None:
        self._stamps[key].append(now)


class Limits:
    """Several windows that a message has to pass, and a freeze when the whole account is too fast."""

    def __init__(self, whole: Sliding | None, *, freeze: float = 0.0) -> None:
        self.whole = whole
        self.freeze = freeze
        self._frozen_until = 0.0

    def refuse(
        self, now: float, windows: dict[Hashable, Sliding], *, round_up: Callable = ceil
    ) -> int:
        """The seconds to wait for a message that is refused; 0 if it was accepted, and counts."""
        wait = self._frozen_until - now
        if wait <= 0:
            wait = max((one.wait(key, now) for key, one in windows.items()), default=0.0)
            if self.whole is not None and wait <= 0:
                wait = self.whole.wait("whole", now)
                if wait > 0 and self.freeze:
                    self._frozen_until = now + self.freeze
                    wait = self.freeze
        if wait > 0:
            return max(1, round_up(wait))
        for key, one in windows.items():
            one.take(key, now)
        if self.whole is not None:
            self.whole.take("whole", now)
        return 0
