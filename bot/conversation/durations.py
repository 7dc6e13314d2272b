"""Format and parse ages and durations for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import regex

from bot.errors import UserError

_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION: Final = regex.compile(
    # int() refuses very long numbers, so the length is bounded.
    r"(\d{1,18})\s*(m|h|d|w|min|mins|minutes?|hours?|days?|weeks?)",
    regex.IGNORECASE,
)
# Longer mutes are mistakes; unsubscribing is the remedy.
_MAX_DURATION: Final = timedelta(days=366)
# /briefing accepts no longer period.
_MAX_BRIEFING_PERIOD: Final = timedelta(days=31)


def format_age(moment: datetime | None, now: datetime) -> str:
    """Return an age: "just now", "5 min ago", "19 Jun 2024"; "" for ``None``."""
    if moment is None:
        return ""
    age = now - moment
    if age < timedelta(minutes=1):
        return "just now"
    if age < timedelta(hours=1):
        return f"{age // timedelta(minutes=1)} min ago"
    if age < timedelta(days=1):
        return f"{age // timedelta(hours=1)} h ago"
    if age < timedelta(days=7):
        return f"{age.days} d ago"
    return f"{moment.day} {moment:%b %Y}"


def format_remaining(moment: datetime, now: datetime) -> str:
    """Return the time until ``moment``: "now", "in 40 s", "in 5 min", "in 3 h", "in 2 d"."""
    remaining = moment - now
    if remaining <= timedelta(0):
        return "now"
    for unit, name in ((_UNITS["d"], "d"), (_UNITS["h"], "h"), (_UNITS["m"], "min")):
        # From two units on: "in 1 d" would hide up to 23 hours.
        if remaining >= 2 * unit:
            return f"in {remaining // unit} {name}"
    # Round seconds up, so that a moment in the future is never "in 0 s".
    return f"in {-(-remaining // timedelta(seconds=1))} s"


def parse_duration(text: str) -> timedelta:
    """Parse a duration: "30m", "2 hours", "1d", "1w".

    Raises:
        UserError: ``text`` is not a duration, or longer than a year.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UserError(f"“{text}” is not a duration; use 30m, 2h, 1d or 1w")
    count, unit = int(match[1]), _UNITS[match[2][0].lower()]
    if not 0 < count <= _MAX_DURATION // unit:
        raise UserError(f"“{text}” is out of range; the maximum is a year: {_MAX_DURATION.days}d")
    return count * unit


def is_duration(text: str) -> bool:
    """Return True if ``text`` has the form of a duration, even one that is out of range."""
    return _DURATION.fullmatch(text.strip()) is not None


def format_duration(length: timedelta) -> str:
    """Return a duration in words: "1 day", "2 hours"."""
    for unit, name in ((_UNITS["w"], "week"), (_UNITS["d"], "day"), (_UNITS["h"], "hour")):
        if length >= unit and length % unit == timedelta(0):
            return pluralise(length // unit, name)
    return pluralise(length // _UNITS["m"], "minute")


def format_period(length: timedelta) -> str:
    """Return a period up to now in words: "the last day", "the last 3 days"."""
    return f"the last {format_duration(length).removeprefix('1 ')}"


def pluralise(count: int, name: str) -> str:
    """Return a count with its noun: "1 item", "2 items"."""
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def briefing_period(since: datetime, now: datetime) -> timedelta:
    """Return the period of a briefing since a time, rounded up to hours, or days above two days."""
    length = now - since
    unit = _UNITS["d"] if length > 2 * _UNITS["d"] else _UNITS["h"]
    return min(_MAX_BRIEFING_PERIOD, max(unit, -(-length // unit) * unit))


def duration_argument(length: timedelta) -> str:
    """Return whole hours or days as `parse_duration` reads them: "5h", "3d"."""
    days, remainder = divmod(length, _UNITS["d"])
    return f"{days}d" if days and not remainder else f"{length // _UNITS['h']}h"
