"""Modes: how often a chat is told of a topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from bot.timing.moments import next_hour, next_time

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MORNING: Final = time(8)
"""When a digest comes where no time is said."""


class Rhythm(Enum):
    """How often."""

    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Mode:
    """A rhythm with its time of day, and its day of the week (Monday is 0)."""

    rhythm: Rhythm
    clock: time = MORNING
    weekday: int = 0

    @property
    def is_scheduled(self) -> bool:
        """Whether it is a digest that comes at moments of its own."""
        return self.rhythm in {Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY}

    def next(self, after: datetime, zone: ZoneInfo) -> datetime:
        """The first moment of a digest after ``after``; only where `is_scheduled`."""
        match self.rhythm:
            case Rhythm.HOURLY:
                return next_hour(after, zone)
            case Rhythm.WEEKLY:
                return next_time(after, self.clock, zone, weekday=self.weekday)
            case _:
                return next_time(after, self.clock, zone)

    def __str__(self) -> str:
        """As `read_mode` takes it: "weekly Mon 08:00"."""
        match self.rhythm:
            case Rhythm.DAILY:
                return f"daily {self.clock:%H:%M}"
            case Rhythm.WEEKLY:
                return f"weekly {DAYS[self.weekday]} {self.clock:%H:%M}"
            case Rhythm.INSTANT | Rhythm.HOURLY | Rhythm.OFF:
                return self.rhythm.name.lower()


INSTANT: Final = Mode(Rhythm.INSTANT)
OFF: Final = Mode(Rhythm.OFF)
EVERY_MORNING: Final = Mode(Rhythm.DAILY)
"""Where what is too much for a day goes, if the chat has no digest."""
