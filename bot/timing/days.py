"""Days on the calendar of a zone: what a trend is counted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.timing.moments import day_begins, local_day, offsets

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days from ``first`` to ``last``, that one with them."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def up_to(cls, now: datetime, many: int, zone: ZoneInfo) -> Days:
        """So many days, of which the last is today."""
        today = local_day(now, zone)
        return cls(today - (many - 1) * _A_DAY, today, zone)

    @property
    def begin(self) -> datetime:
        """Their first moment."""
        return day_begins(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after them."""
        return day_begins(self.last + _A_DAY, self.zone)

    @property
    def offsets(self) -> Sequence[tuple[datetime, timedelta]]:
        """How far the clock is ahead of UTC: each offset with its first moment."""
        return offsets(self.begin, self.end, self.zone)

    def part(self, first: date, many: int = 1) -> Days:
        """So many of them from ``first`` on."""
        return Days(first, first + (many - 1) * _A_DAY, self.zone)

    def day_of(self, moment: datetime) -> date:
        """The day that the calendar shows at ``moment``."""
        return local_day(moment, self.zone)
