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
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
# The names of the units in English, German, Spanish, French, Portuguese and Russian.
_UNIT_NAMES: Final = {
    name: unit
    for unit, names in {
        "m": "m min mins minute minutes minuten minuto minutos минута минуту минуты минут мин",
        "h": "h hr hrs hour hours std stunde stunden hora horas heure heures час часа часов ч",
        "d": "d day days tag tage tagen día días dia dias jour jours j день дня дней д",
        "w": "w wk week weeks woche wochen semana semanas semaine semaines неделя неделю недели недель",
        "mo": "mo month months monat monate monaten mes meses mês mois месяц месяца месяцев",
        "y": "y yr year years jahr jahre jahren año años ano anos an ans année années год года лет",
    }.items()
    for name in names.split()
}
_ONE: Final = (
    "a",
    "an",
    "one",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "un",
    "una",
    "une",
    "um",
    "uma",
)
_DURATION: Final = regex.compile(
    # int() refuses very long numbers, so the length is bounded.
    r"(?:(?P<count>\d{1,18})\s*|(?P<one>\p{L}{1,5})\s+)(?P<unit>\p{L}{1,8})\.?",
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
        return f"{pluralise(age.days, 'day')} ago"
    return f"{moment.day} {moment:%b %Y}"


def format_remaining(moment: datetime, now: datetime) -> str:
    """Return the time until ``moment``: "now", "in 40 s", "in 5 min", "in 3 h", "in 2 days"."""
    remaining = moment - now
    if remaining <= timedelta(0):
        return "now"
    for unit, name in ((_UNITS["d"], "days"), (_UNITS["h"], "h"), (_UNITS["m"], "min")):
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
    length = _read(text)
    if length is None:
        raise UserError(f"“{text}” is not a duration; use 30m, 2h, 1d or 1w")
    count, unit = length
    if not 0 < count <= _MAX_DURATION // unit:
        raise UserError(f"“{text}” is out of range; the maximum is a year: {_MAX_DURATION.days}d")
    return count * unit


def is_duration(text: str) -> bool:
    """Return True if ``text`` has the form of a duration, even one that is out of range."""
    return _read(text) is not None


def _read(text: str) -> tuple[int, timedelta] | None:
    """Return the count and the unit of a duration."""
    match = _DURATION.fullmatch(text.strip().casefold())
    if match is None or match["unit"] not in _UNIT_NAMES:
        return None
    # "a m" and "a d" are not durations.
    if match["one"] and (match["one"] not in _ONE or match["unit"] in _UNITS):
        return None
    return int(match["count"] or 1), _UNITS[_UNIT_NAMES[match["unit"]]]


def format_duration(length: timedelta) -> str:
    """Return a duration in words: "1 day", "2 hours", "6 days 23 hours".

    Lengths of a day or more are rounded to hours, and shorter ones to minutes.
    """
    unit = _UNITS["h"] if length >= _UNITS["d"] else _UNITS["m"]
    length = -(-length // unit) * unit
    if length >= _UNITS["w"] and length % _UNITS["w"] == timedelta(0):
        return pluralise(length // _UNITS["w"], "week")
    days, remainder = divmod(length, _UNITS["d"])
    hours, minutes = divmod(remainder, _UNITS["h"])
    parts = [(days, "day"), (hours, "hour"), (minutes // _UNITS["m"], "minute")]
    return " ".join(pluralise(count, name) for count, name in parts if count) or "0 minutes"


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
