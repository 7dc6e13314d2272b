"""Pace: when the next message may go. Pure: times come in as seconds of any steady clock.

A window is stamped when the platform has answered, and counts what is under way as if it were
stamped: whatever the network does to the order and the gaps, the platform never sees more than the
window allows. Stamps at the dispatch cost 200 to 400 refusals in 1,500 messages, by jitter alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Final

from bot.chats.adapter import Pace, Window

CUT: Final = 0.9
"""What is left of an account's rate after a refusal of the account, at most."""

RECOVERY: Final = 0.002
"""The part of its full rate that an account wins back a second."""

DEEPEST: Final = 0.6
"""What is left at least: what was taken in the last second tells the limit only where much was sent."""

_LAST: Final = 1.1  # seconds: the last one, and the time that the refusal took to be told
_REMEMBERED: Final = 64  # answers
_SECOND: Final = 1.06  # s: a second, and what the way to the platform may make of it
_MAKE_UP: Final = 1.03  # times the rate, until what was late is made up for
_SLACK: Final = 0.5  # of an interval: how late a slot may be taken without losing the next one


class Windows:
    """Sliding windows over what was sent: bounded by the largest of them."""

    __slots__ = ("_stamps", "_windows")

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = tuple(windows)
        longest = max((window.most for window in self._windows), default=0)
        self._stamps: deque[float] = deque(maxlen=longest)

    def stamp(self, now: float) -> None:
        """A message was answered now."""
        self._stamps.append(now)

    def free_at(self, *, in_flight: int = 0, share: float = 1.0) -> float:
        """When one more may go; infinite while too many are under way. ``share``: of each window."""
        at = -inf
        for window in self._windows:
            left = max(1, int(window.most * share)) - in_flight
            if left <= 0:
                return inf
            if len(self._stamps) >= left:
                at = max(at, self._stamps[-left] + window.seconds)
        return at

    def forgotten_at(self) -> float:
        """When nothing that was sent counts any more."""
        longest = max((window.seconds for window in self._windows), default=0.0)
        return self._stamps[-1] + longest if self._stamps else -inf


class Pacer:
    """The pace of an account: a steady rate, windows, how many at once, and what refusals taught."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._windows = Windows(pace.windows)
        second = round((pace.per_second or 1.0) * _SECOND)
        self._second: deque[float] = deque(maxlen=max(1, second))  # when the last ones went
        self._slot = -inf  # when the next message may go by the rate
        self._stopped_until = -inf
        self._share = 1.0
        self._shared_at = 0.0  # when the share was what it is
        self._taken_at: deque[float] = deque(maxlen=_REMEMBERED)
        self._refusals = 0
        self.in_flight = 0
        self._alerts_in_flight = 0

    def share(self, now: float) -> float:
        """The part of the full rate that is used: 1, or less after refusals."""
        return min(1.0, self._share + RECOVERY * (now - self._shared_at))

    def free_at(self, now: float) -> float:
        """When the next message may go: in the past if it may go now."""
        windows = self._windows.free_at(in_flight=self.in_flight, share=self.share(now))
        return max(self._slot, self._stopped_until, windows)

    @property
    def is_crowded(self) -> bool:
        """Whether as many alerts are under way as a crash may repeat."""
        return self._alerts_in_flight >= self._pace.in_flight

    def take(self, now: float, *, alert: bool) -> None:
        """A message goes now."""
        self.in_flight += 1
        self._alerts_in_flight += alert
        if self._pace.per_second is not None:
            self._slot = self._next_slot(now, self._pace.per_second * self.share(now))

    def _next_slot(self, now: float, rate: float) -> float:
        """The generic cell rate algorithm (ITU-T I.371) with a burst of one, exact over a second.

        At its full rate a little closer, so that slots that were taken late are made up for.
        """
        interval = 1.0 / rate
        step = interval / _MAKE_UP if self.share(now) == 1.0 else interval
        spaced = max(self._slot, now - _SLACK * interval) + step
        self._second.append(now)
        if len(self._second) < (self._second.maxlen or 0):
            return spaced
        return max(spaced, self._second[0] + len(self._second) * interval)

    def done(self, now: float, *, alert: bool) -> None:
        """A message was answered, in whichever way."""
        self.in_flight -= 1
        self._alerts_in_flight -= alert
        self._windows.stamp(now)
        if self._refusals:
            self._refusals -= 1
        else:
            self._taken_at.append(now)

    def note_refusal(self) -> None:
        """What is answered next was not taken."""
        self._refusals += 1

    def hold(self, until: float) -> None:
        """Nothing goes before ``until``."""
        self._stopped_until = max(self._stopped_until, until)

    def refuse(self, now: float, seconds: float) -> None:
        """The platform refuses the account: it waits, and goes on more slowly."""
        if now >= self._stopped_until:  # those under way are refused for the same reason
            share = self.share(now)
            self._share = max(CUT * min(share, self._taken(now)), DEEPEST * share)
            self._shared_at = now + seconds
        self.hold(now + seconds)

    def _taken(self, now: float) -> float:
        """What the platform took in the last second, as a part of the full rate."""
        if self._pace.per_second is None:
            return 1.0
        return sum(at > now - _LAST for at in self._taken_at) / self._pace.per_second
