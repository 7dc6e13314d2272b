"""Quiet hours: from one time to another, on the clock of a zone, and what happens in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

from bot.timing.moments import enters, is_between, leaves, wall


class Way(Enum):
    """What quiet hours do to an alert."""

    SILENT = "silent"  # it comes without a sound
    HOLD = "hold"  # it comes in a briefing when they are over
    BREAKING = "breaking"  # the same, but a story that grows fast comes at once


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours. ``begin`` = ``end`` means none at all, never all day."""

    begin: time
    end: time
    way: Way = Way.HOLD

    @property
    def is_off(self) -> bool:
        """Whether there are none."""
        return self.begin == self.end

    def covers(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet at ``moment``."""
        return not self.is_off and is_between(wall(moment, zone).time(), self.begin, self.end)

    def over(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When it is quiet no more: ``moment`` itself where it is not."""
        if not self.covers(moment, zone):
            return moment
        return leaves(moment, self.begin, self.end, zone)

    def next_change(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When quiet hours begin or end next; ``None``: never."""
        if self.is_off:
            return None
        if self.covers(moment, zone):
            return leaves(moment, self.begin, self.end, zone)
        return enters(moment, self.begin, self.end, zone)

    def __str__(self) -> str:
        """As `read_quiet` takes it: "22:00-07:00 hold", or "off"."""
        if self.is_off:
            return "off"
        return f"{self.begin:%H:%M}-{self.end:%H:%M} {self.way.value}"


NEVER_QUIET = Quiet(time(), time())
"""No quiet hours: for a topic that may come while the rest of its chat is quiet."""
