"""Wall clocks and moments: when a clock next shows a time, through every change of the clocks.

A time that the clocks jump over comes at the jump: 02:30 on the night they go from 02:00 to 03:00 is
the moment they read 03:00. A time that they show twice is meant as its first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = timedelta(hours=1)
_A_SECOND: Final = timedelta(seconds=1)
_WEEKS: Final = 2  # in which every day of the week comes, whatever a zone leaves out


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock shows at ``moment``: a time without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def at(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """The moment, in UTC, at which the clock first shows ``clock`` on ``day``, or has jumped over it.

    ``None`` where the zone had no such day: Samoa left 30 December 2011 out.
    """
    local = datetime.combine(day, clock)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if wall(moment, zone) != local:  # the clocks jump over it
        moment = jump(local.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)
    return moment if wall(moment, zone).date() == day else None


def jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two at which the zone's clocks change; they do so at full seconds."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    was = before.astimezone(zone).utcoffset()
    while after - before > _A_SECOND:
        middle = before + timedelta(seconds=(after - before) // _A_SECOND // 2)
        if middle.astimezone(zone).utcoffset() == was:
            before = middle
        else:
            after = middle
    return after


def next_time(
    after: datetime, clock: time, zone: ZoneInfo, *, weekday: int | None = None
) -> datetime:
    """The first moment after ``after`` that is `at` ``clock``, on a ``weekday`` (Monday is 0) if given."""
    day = wall(after, zone).date() - _A_DAY
    for offset in range(7 * _WEEKS + 2):
        that = day + offset * _A_DAY
        moment = at(that, clock, zone) if weekday in {None, that.weekday()} else None
        if moment is not None and moment > after:
            return moment
    raise AssertionError(f"two weeks without {clock} in {zone.key}")


def next_hour(after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after ``after`` at which the clock shows a full hour; at most an hour away."""
    shown = wall(after, zone)
    return (
        after.astimezone(UTC)
        + _AN_HOUR
        - (shown - shown.replace(minute=0, second=0, microsecond=0))
    )


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that the calendar on the wall shows."""
    return wall(moment, zone).date()


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day on the wall; where a zone left the day out, of the next one."""
    moment = at(day, time(), zone)
    return moment if moment is not None else day_begins(day + _A_DAY, zone)


def offsets(begin: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """How far the clock is ahead of UTC from ``begin`` to ``end``: each offset with its first moment."""
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    found = [(begin, _ahead(begin, zone))]
    while begin < end:
        following = min(begin + _A_DAY, end)
        if (ahead := _ahead(following, zone)) != found[-1][1]:
            found.append((jump(begin, following, zone), ahead))
        begin = following
    return found


def _ahead(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def is_between(clock: time, begin: time, end: time) -> bool:
    """Whether a clock shows a time from ``begin`` up to ``end``, over midnight if ``end`` is earlier."""
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def leaves(moment: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """The first moment after ``moment`` at which the clock shows no time from ``begin`` to ``end``.

    The clock must show one at ``moment``, and ``begin`` must not be ``end``.
    """
    return _first(moment, end, zone, lambda clock: not is_between(clock, begin, end))


def enters(moment: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """The first moment after ``moment`` at which the clock shows a time from ``begin`` to ``end``.

    The clock must show none at ``moment``, and ``begin`` must not be ``end``.
    """
    return _first(moment, begin, zone, lambda clock: is_between(clock, begin, end))


def _first(
    moment: datetime, edge: time, zone: ZoneInfo, is_there: Callable[[time], bool]
) -> datetime:
    """Follow the hand of the clock to ``edge``, and look again wherever the clocks change."""
    moment = moment.astimezone(UTC)
    while True:
        shown = wall(moment, zone)
        edge_today = datetime.combine(shown.date(), edge)
        ahead = edge_today - shown if edge_today > shown else edge_today + _A_DAY - shown
        there = moment + ahead
        if there.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
            return there
        moment = jump(moment, there, zone)
        if is_there(wall(moment, zone).time()):
            return moment
