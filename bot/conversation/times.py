"""Times as people say them: ages, and how long to mute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import regex

from bot.errors import MisuseError

_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION: Final = regex.compile(
    r"(\d{1,18})\s*(m|h|d|w|min|mins|minutes?|hours?|days?|weeks?)", regex.IGNORECASE
)
_LONGEST: Final = timedelta(days=366)


def age(moment: datetime | None, now: datetime) -> str:
    """How long ago, in words: "just now", "5 min ago", "19 Jun 2024"; empty when unknown."""
    if moment is None:
        return ""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(days=1):
        return f"{passed // timedelta(hours=1)} h ago"
    if passed < timedelta(days=7):
        return f"{passed.days} d ago"
    return f"{moment.day} {moment:%b %Y}"


def until(moment: datetime, now: datetime) -> str:
    """How long from now, in words: "now", "in 40 s", "in 5 min", "in 3 h", "in 2 d"."""
    ahead = moment - now
    if ahead <= timedelta(0):
        return "now"
    for unit, name in ((_UNITS["d"], "d"), (_UNITS["h"], "h"), (_UNITS["m"], "min")):
        if ahead >= 2 * unit:
            return f"in {ahead // unit} {name}"
    return f"in {-(-ahead // timedelta(seconds=1))} s"


def parse_duration(text: str) -> timedelta:
    """A length of time: "30m", "2 hours", "1d", "1w".

    Raises:
        MisuseError: it is none, or longer than a year.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise MisuseError(f"“{text}” is no length of time; say 30m, 2h, 1d or 1w")
    many, unit = int(found[1]), _UNITS[found[2][0].lower()]
    if not 0 < many <= _LONGEST // unit:
        raise MisuseError(f"“{text}” is out of range; up to a year is fine: {_LONGEST.days}d")
    return many * unit


def is_duration(text: str) -> bool:
    """Whether it is meant as a length of time, however long."""
    return _DURATION.fullmatch(text.strip()) is not None


def say_duration(length: timedelta) -> str:
    """A length of time in words: "1 day", "2 hours"."""
    for unit, name in ((_UNITS["w"], "week"), (_UNITS["d"], "day"), (_UNITS["h"], "hour")):
        if length >= unit and length % unit == timedelta(0):
            return plural(length // unit, name)
    return plural(length // _UNITS["m"], "minute")


def say_last(length: timedelta) -> str:
    """A length of time up to now: "the last day", "the last 3 days"."""
    return f"the last {say_duration(length).removeprefix('1 ')}"


def plural(many: int, name: str) -> str:
    """A count with its noun: `1 item`, `2 items`."""
    return f"{many:,} {name}" if many == 1 else f"{many:,} {name}s"
