"""Convert between local times of a time zone and moments, including daylight-saving changes.

A local time that the zone skips maps to the moment of the change: 02:30 in a night in which clocks
change from 02:00 to 03:00 is the moment at which they show 03:00. A local time that occurs twice maps
to its first occurrence.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

DEFAULT_ZONE: Final = "UTC"
"""The zone of a chat that has not set one."""

_MAX_SUGGESTIONS: Final = 3
_MAX_NAME_LENGTH: Final = 64
_ONE_DAY: Final = timedelta(days=1)
_ONE_HOUR: Final = timedelta(hours=1)
_ONE_SECOND: Final = timedelta(seconds=1)
# Two weeks contain every weekday, even if a zone skips a day.
_MAX_WEEKS_AHEAD: Final = 2


# ── time zones by IANA name (https://www.iana.org/time-zones) ───────────────────────────────────────


def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone for a user's text ("Europe/Kyiv", "kyiv", "new york"), or ``None``."""
    # The name comes from a chat message; a long one would make the search for similar names slow.
    if len(name) > _MAX_NAME_LENGTH:
        return None
    zone_name = _zone_names_by_key().get(zone_key(name))
    return zone_of(zone_name) if zone_name else None


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the zone of a chat: ``name`` is the key of a zone, or "" for the default.

    Return UTC if the system's time zone database no longer contains the name.
    """
    # A stored name can disappear with an update of the database; an alert must not fail for that.
    return ZoneInfo(name if name in available_timezones() else DEFAULT_ZONE)


def describe_zone(name: str) -> str:
    """Return the name of a zone for people: "UTC+5" for Etc/GMT-5."""
    offset = name.removeprefix("Etc/GMT")
    if offset == name or not offset[1:].isdecimal():
        return name
    return f"UTC{'-' if offset[0] == '+' else '+'}{offset[1:]}"


def suggest_timezones(name: str) -> Sequence[str]:
    """Return names of zones that are similar to ``name``."""
    zone_names = _zone_names_by_key()
    similar_keys = difflib.get_close_matches(
        zone_key(name[:_MAX_NAME_LENGTH]), zone_names, n=_MAX_SUGGESTIONS
    )
    return list(dict.fromkeys(zone_names[key] for key in similar_keys))


@cache
def _zone_names_by_key() -> Mapping[str, str]:
    """Return zone names by folded full name and by folded city, unless two zones share the city."""
    zone_names: dict[str, str] = {}
    zones_of_city: dict[str, set[str]] = {}
    for name in sorted(available_timezones()):
        zone_names[zone_key(name)] = name
        # These prefixes are aliases of other zones and would make every city ambiguous.
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")):
            zones_of_city.setdefault(zone_key(name.rpartition("/")[2]), set()).add(name)
    for city, names in zones_of_city.items():
        # A city that two zones share must be named with its continent.
        if len(names) == 1:
            zone_names.setdefault(city, *names)
    return zone_names


def zone_key(name: str) -> str:
    """Return the form in which names of zones are compared."""
    return name.strip().casefold().replace(" ", "_")


# ── calendar days of a zone, which trends are counted by ────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar days from ``first`` to ``last``, inclusive."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def up_to(cls, now: datetime, count: int, zone: ZoneInfo) -> Days:
        """Return the last ``count`` days, of which the last is today."""
        today = local_day(now, zone)
        return cls(today - (count - 1) * _ONE_DAY, today, zone)

    @property
    def start(self) -> datetime:
        """Return the first moment of the first day."""
        return start_of_day(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return the first moment after the last day."""
        return start_of_day(self.last + _ONE_DAY, self.zone)

    @property
    def offsets(self) -> Sequence[tuple[datetime, timedelta]]:
        """Return each UTC offset within the days, with the moment from which it applies."""
        return offsets(self.start, self.end, self.zone)

    def subrange(self, first: date, count: int = 1) -> Days:
        """Return ``count`` days from ``first`` on."""
        return Days(first, first + (count - 1) * _ONE_DAY, self.zone)

    def day_of(self, moment: datetime) -> date:
        """Return the calendar day of ``moment``."""
        return local_day(moment, self.zone)


# ── quiet hours ─────────────────────────────────────────────────────────────────────────────────────


class QuietMode(Enum):
    """The effect of quiet hours on an alert."""

    # Send the alert without a notification sound.
    SILENT = "silent"
    # Hold the alert for a briefing at the end of the quiet hours.
    HOLD = "hold"
    # As HOLD, but send breaking stories at once.
    BREAKING = "breaking"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A daily local time range. ``start`` = ``end`` means no quiet hours, not the whole day."""

    start: time
    end: time
    mode: QuietMode = QuietMode.HOLD

    @property
    def is_off(self) -> bool:
        """Return True if there are no quiet hours."""
        return self.start == self.end

    def contains(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Return True if ``moment`` is within the quiet hours."""
        return not self.is_off and is_between(to_local(moment, zone).time(), self.start, self.end)

    def end_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the end of the quiet hours that contain ``moment``, else ``moment`` itself."""
        if not self.contains(moment, zone):
            return moment
        return interval_end(moment, self.start, self.end, zone)

    def next_change(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when quiet hours next begin or end; ``None`` if there are none."""
        if self.is_off:
            return None
        if self.contains(moment, zone):
            return interval_end(moment, self.start, self.end, zone)
        return interval_start(moment, self.start, self.end, zone)

    def __str__(self) -> str:
        """Return the text that `parse_quiet_hours` parses: "22:00-07:00 hold", or "off"."""
        if self.is_off:
            return "off"
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.mode.value}"


NEVER_QUIET = QuietHours(time(), time())
"""No quiet hours, for example for a topic that ignores the quiet hours of its chat."""


# ── local times and moments ─────────────────────────────────────────────────────────────────────────


def to_local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time of ``moment`` as a naive datetime."""
    return moment.astimezone(zone).replace(tzinfo=None)


def from_local(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """Return the moment, in UTC, of the first occurrence of a local time, or of the change that skips it.

    Return ``None`` if the zone skipped the whole day: Samoa had no 30 December 2011.
    """
    local = datetime.combine(day, clock)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    # A skipped local time does not survive the round trip through UTC.
    if to_local(moment, zone) != local:
        moment = dst_shift(local.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)
    return moment if to_local(moment, zone).date() == day else None


def dst_shift(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between two moments at which the UTC offset of the zone changes.

    Zones change their offset at full seconds.
    """
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    offset_before = before.astimezone(zone).utcoffset()
    while after - before > _ONE_SECOND:
        middle = before + timedelta(seconds=(after - before) // _ONE_SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after


def next_time(
    after: datetime, clock: time, zone: ZoneInfo, *, weekday: int | None = None
) -> datetime:
    """Return the next moment after ``after`` with the local time ``clock``.

    With ``weekday`` (Monday is 0), consider only that day of the week.
    """
    # Start one day early: the local time of today may already have passed in UTC.
    first_day = to_local(after, zone).date() - _ONE_DAY
    for offset in range(7 * _MAX_WEEKS_AHEAD + 2):
        day = first_day + offset * _ONE_DAY
        moment = from_local(day, clock, zone) if weekday in {None, day.weekday()} else None
        if moment is not None and moment > after:
            return moment
    raise AssertionError(f"no {clock} in {zone.key} within {_MAX_WEEKS_AHEAD} weeks")


def next_hour(after: datetime, zone: ZoneInfo) -> datetime:
    """Return the next moment with a full local hour; at most one hour after ``after``."""
    local = to_local(after, zone)
    elapsed = local - local.replace(minute=0, second=0, microsecond=0)
    # Computed in UTC: adding an hour to a local time would skip or repeat one at a clock change.
    return after.astimezone(UTC) + _ONE_HOUR - elapsed


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of ``moment`` in the zone."""
    return to_local(moment, zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a calendar day, or of the next day if the zone skipped it."""
    moment = from_local(day, time(), zone)
    return moment if moment is not None else start_of_day(day + _ONE_DAY, zone)


def offsets(begin: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """Return each UTC offset from ``begin`` to ``end``, with the moment from which it applies."""
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    changes = [(begin, _utc_offset(begin, zone))]
    while begin < end:
        next_moment = min(begin + _ONE_DAY, end)
        if (offset := _utc_offset(next_moment, zone)) != changes[-1][1]:
            changes.append((dst_shift(begin, next_moment, zone), offset))
        begin = next_moment
    return changes


def _utc_offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def is_between(clock: time, begin: time, end: time) -> bool:
    """Return True if ``clock`` is in the range; the range spans midnight if ``end`` < ``begin``."""
    # The end is exclusive, so quiet hours until 07:00 allow an alert at 07:00.
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def interval_end(moment: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """Return the first moment after ``moment`` whose local time is outside the range.

    ``moment`` must be inside the range, and ``begin`` must differ from ``end``.
    """
    return _next_edge(moment, end, zone, lambda clock: not is_between(clock, begin, end))


def interval_start(moment: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """Return the first moment after ``moment`` whose local time is inside the range.

    ``moment`` must be outside the range, and ``begin`` must differ from ``end``.
    """
    return _next_edge(moment, begin, zone, lambda clock: is_between(clock, begin, end))


def _next_edge(
    moment: datetime, edge: time, zone: ZoneInfo, is_past_edge: Callable[[time], bool]
) -> datetime:
    """Return the next moment with the local time ``edge``, or the offset change that passes it."""
    moment = moment.astimezone(UTC)
    while True:
        local = to_local(moment, zone)
        edge_today = datetime.combine(local.date(), edge)
        distance = edge_today - local if edge_today > local else edge_today + _ONE_DAY - local
        candidate = moment + distance
        if candidate.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
            return candidate
        # The offset changes before the edge: continue from the change.
        moment = dst_shift(moment, candidate, zone)
        if is_past_edge(to_local(moment, zone).time()):
            return moment
