"""The lanes: whose message goes next. Pure and deterministic; it holds ids, and the clock is handed in.

    push ──► lane (one a chat, in order) ──► waiting ──► ready ──► take ──► under way ──► answered,
                                             (a window,  (by rank)  (by the               done, back
                                              a refusal)             account's pace)

One message of a chat is under way at a time. Replies go first, though every tenth turn is for an alert;
among alerts the one that has been due longest goes, and bulk counts as due a minute later: it gives
way to news and cannot starve. Each call costs the logarithm of what is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Final

from bot.chats.adapter import Pace, Priority, Window
from bot.delivery.pace import Pacer, Windows

BULK_WAITS: Final = 60.0
"""Seconds by which bulk gives way to alerts."""

ALERT_TURN: Final = 10
"""Every so manieth turn is an alert's, however many replies wait."""

_SAME_CAUSE: Final = 1.0  # seconds in which two chats' refusals mean the account

Rank = tuple[int, float, int]
"""Replies before alerts, then by when it was due, then by when it came."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that may go now: ``id`` is what was pushed."""

    id: int
    lane: str
    priority: Priority
    rank: Rank


@dataclass(slots=True)
class _Lane:
    key: str
    windows: Windows
    waiting: list[tuple[Rank, int, Priority]] = field(default_factory=list)
    is_busy: bool = False
    held_until: float = -inf
    version: int = 0  # entries of the heaps with another one are out of date

    def free_at(self) -> float:
        return max(self.held_until, self.windows.free_at())


class Lanes:
    """The scheduler of one account."""

    def __init__(self, pace: Pace, rates: Callable[[str], Sequence[Window]]) -> None:
        self.pacer = Pacer(pace)
        self._rates = rates  # by a lane's key
        self._lanes: dict[str, _Lane] = {}
        self._gone: set[int] = set()  # taken back, and still in a lane
        self._replies: list[tuple[Rank, str, int]] = []
        self._alerts: list[tuple[Rank, str, int]] = []
        self._waiting: list[tuple[float, str, int]] = []
        self._idle: list[tuple[float, str, int]] = []
        self._count = 0
        self._turns = 0
        self._last_refusal = ("", -inf)

    def __len__(self) -> int:
        """How many lanes are remembered."""
        return len(self._lanes)

    def push(self, lane: str, id_: int, priority: Priority, due: float, *, now: float) -> None:
        """Put a message into its chat's lane. ``due``: since when it could have gone."""
        self._count += 1
        late = BULK_WAITS if priority is Priority.BULK else 0.0
        rank = (min(priority, Priority.FRESH), due + late, self._count)
        self._enter(lane, Turn(id_, lane, priority, rank), now)

    def take(self, now: float, *, alerts: bool = True) -> Turn | None:
        """The next message that may go now, which is then under way; ``alerts``: not only replies."""
        self._wake(now)
        if self.pacer.free_at(now) > now:
            return None
        turn = self._next(alerts=alerts and not self.pacer.is_crowded)
        if turn is None:
            return None
        self._turns += 1
        self._lanes[turn.lane].is_busy = True
        self.pacer.take(now, alert=turn.priority is not Priority.REPLY)
        return turn

    def answered(self, turn: Turn, now: float) -> None:
        """The platform has answered; the lane waits until that is recorded, see `done`."""
        self._lanes[turn.lane].windows.stamp(now)

    def done(self, turn: Turn, now: float) -> None:
        """What was under way is over."""
        lane = self._lanes[turn.lane]
        lane.is_busy = False
        self.pacer.done(now, alert=turn.priority is not Priority.REPLY)
        self._place(lane, now)

    def back(self, turn: Turn, now: float) -> None:
        """It goes once more: first of its lane."""
        lane = self._lanes[turn.lane]
        heappush(lane.waiting, (turn.rank, turn.id, turn.priority))
        self.done(turn, now)

    def refuse(self, lane: str, seconds: float, now: float, *, account: bool = False) -> bool:
        """The platform asks a chat, or all, to wait; whether the account as a whole waits now."""
        self.pacer.note_refusal()
        last, when = self._last_refusal
        self._last_refusal = (lane, now)
        self.hold(lane, now + seconds, now)
        if account or (last != lane and now - when <= _SAME_CAUSE):
            self.pacer.refuse(now, seconds)
            return True
        return False

    def hold(self, lane: str, until: float, now: float) -> None:
        """Nothing goes to a chat before ``until``."""
        held = self._lane(lane)
        held.held_until = max(held.held_until, until)
        if not held.is_busy:
            self._place(held, now)

    def free_at(self, lane: str) -> float:
        """When a chat may have its next message: in the past if now."""
        known = self._lanes.get(lane)
        return known.free_at() if known else -inf

    def drop(self, id_: int) -> None:
        """Take back a message that waits."""
        self._gone.add(id_)

    def next_at(self, now: float, *, alerts: bool = True) -> float:
        """When to ask again, if nothing happens before; infinite where only an event can help."""
        self._wake(now)
        pacer = self.pacer.free_at(now)
        alerts = alerts and not self.pacer.is_crowded
        ready = (self._replies, self._alerts) if alerts else (self._replies,)
        if any(next(self._live(queue), None) is not None for queue in ready):
            return pacer
        while self._waiting and not self._is_current(*self._waiting[0][1:]):
            heappop(self._waiting)
        return max(self._waiting[0][0], pacer) if self._waiting else inf

    def _enter(self, key: str, turn: Turn, now: float) -> None:
        lane = self._lane(key)
        heappush(lane.waiting, (turn.rank, turn.id, turn.priority))
        if not lane.is_busy:
            self._place(lane, now)

    def _lane(self, key: str) -> _Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key, Windows(self._rates(key)))
        return lane

    def _place(self, lane: _Lane, now: float) -> None:
        """Put a lane where it belongs: ready, waiting, or idle until it can be forgotten."""
        lane.version += 1
        while lane.waiting and lane.waiting[0][1] in self._gone:
            self._gone.discard(heappop(lane.waiting)[1])
        free_at = lane.free_at()
        if not lane.waiting:
            forgotten = max(lane.held_until, lane.windows.forgotten_at())
            heappush(self._idle, (forgotten, lane.key, lane.version))
        elif free_at > now:
            heappush(self._waiting, (free_at, lane.key, lane.version))
        else:
            rank, _, priority = lane.waiting[0]
            ready = self._replies if priority is Priority.REPLY else self._alerts
            heappush(ready, (rank, lane.key, lane.version))

    def _wake(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, key, version = heappop(self._waiting)
            if self._is_current(key, version):
                self._place(self._lanes[key], now)
        while self._idle and self._idle[0][0] <= now:
            _, key, version = heappop(self._idle)
            if self._is_current(key, version):
                del self._lanes[key]

    def _next(self, *, alerts: bool) -> Turn | None:
        queues = [self._replies, self._alerts] if alerts else [self._replies]
        if self._turns % ALERT_TURN == ALERT_TURN - 1:
            queues.reverse()
        for queue in queues:
            for key in self._live(queue):
                heappop(queue)
                lane = self._lanes[key]
                if lane.waiting[0][1] in self._gone:
                    self._place(lane, lane.free_at())
                    continue
                rank, id_, priority = heappop(lane.waiting)
                lane.version += 1
                return Turn(id_, key, priority, rank)
        return None

    def _live(self, queue: list[tuple[Rank, str, int]]) -> Iterator[str]:
        """The key on top of ``queue`` again and again, without what is out of date."""
        while queue:
            _, key, version = queue[0]
            if self._is_current(key, version):
                yield key
            else:
                heappop(queue)

    def _is_current(self, key: str, version: int) -> bool:
        lane = self._lanes.get(key)
        return lane is not None and lane.version == version
