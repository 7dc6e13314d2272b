"""Parse delivery modes and quiet hours, as users type them and as the store keeps them.

Each ``parse_…`` also accepts the ``str()`` of its result, which is the stored form. Each ``split_…``
separates the value at the end of a command from the topic before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from functools import lru_cache
from typing import Final

import regex

from bot.errors import UserError
from bot.scheduling.decision import DAYS, DEFAULT_DIGEST_TIME, Frequency, Mode
from bot.scheduling.wall_clock import NEVER_QUIET, QuietHours, QuietMode

MODES: Final = "instant, hourly, daily 08:00, weekdays 08:00, weekly Mon 08:00 or off"
"""Examples of all delivery modes, for error texts."""

# Bounded repetitions keep the patterns linear: the text comes from a chat message.
_TIME: Final = r"\d{1,4}(?:[:.h]\d{0,3})?\s?(?:[ap]\.?m\.?)?"
_CLOCK: Final = regex.compile(r"(\d{1,2})(?:[:.h](\d{2})?)?\s?(?:([ap])\.?m\.?)?")
_DAY: Final = regex.compile(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}")
_MODE: Final = regex.compile(
    rf"(?:^|\s)(instant|instantly|now|hourly|off|never|(daily|weekly|weekdays?)(\s\p{{L}}{{2,9}})??"
    rf"(?:\s(?:at\s)?({_TIME}))?)$",
    regex.IGNORECASE,
)
# "every Monday at 9" and "on weekdays", in the form that `_MODE` finds.
_EVERY: Final = regex.compile(
    r"(?:^|(?<=\s))(?:every|each|on)\s(?:(?P<hour>hour)|(?P<day>day|morning)|(?P<workday>weekdays?)"
    r"|(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,7})(?=\s|$)",
    regex.IGNORECASE,
)
_QUIET: Final = regex.compile(
    rf"(?:^|\s)({_TIME})\s?(?:-|–|—|to|until)\s?({_TIME})(?:\s(\p{{L}}+))?$", regex.IGNORECASE
)
_FREQUENCY_ALIASES: Final = {
    "instantly": Frequency.INSTANT,
    "now": Frequency.INSTANT,
    "never": Frequency.OFF,
    "weekday": Frequency.WEEKDAYS,
}
_QUIET_MODES: Final[Mapping[str, QuietMode]] = {
    "": QuietMode.HOLD,
    "silent": QuietMode.SILENT,
    "silently": QuietMode.SILENT,
    "hold": QuietMode.HOLD,
    "brief": QuietMode.HOLD,
    "breaking": QuietMode.BREAKING,
}
_HOURS_PER_DAY, _HOURS_PER_HALF_DAY, _MINUTES_PER_HOUR = 24, 12, 60


def parse_time(text: str) -> time:
    """Parse a time of day: "8", "08:00", "8.30", "8:30 pm"; "24:00" is midnight.

    Raises:
        UserError: ``text`` is not a time of day.
    """
    match = _CLOCK.fullmatch(text.strip().lower())
    if match is None:
        raise _invalid_time(text)
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= _HOURS_PER_HALF_DAY:
            raise _invalid_time(text)
        hour = hour % _HOURS_PER_HALF_DAY + (_HOURS_PER_HALF_DAY if match[3] == "p" else 0)
    # People write 22:00-24:00, but datetime.time has no hour 24.
    if (hour, minute) == (_HOURS_PER_DAY, 0):
        hour = 0
    if hour >= _HOURS_PER_DAY or minute >= _MINUTES_PER_HOUR:
        raise _invalid_time(text)
    return time(hour, minute)


def split_mode(text: str) -> tuple[str, Mode | None]:
    """Split ``text`` into its head and the mode at its end, or ``None`` without a mode.

    Raises:
        UserError: the mode has an invalid time or day.
    """
    text = _EVERY.sub(_shorten_every, " ".join(text.split()))
    match = _MODE.search(text)
    if match is None:
        return text, None
    head = text[: match.start()].strip()
    word, day, clock = (match[2] or match[1]).lower(), match[3], match[4]
    frequency = _FREQUENCY_ALIASES.get(word) or Frequency(word)
    # The optional group for the day also matches the "at" of "daily at 8".
    if day is not None and day.strip().lower() == "at":
        day = None
    if frequency is Frequency.WEEKDAYS and day is not None:
        raise _invalid_time(day)
    if frequency is Frequency.DAILY and day is not None:
        if _DAY.fullmatch(day.strip().lower()):
            raise UserError(f"a digest on one day per week is “weekly{day}”, not “daily{day}”")
        raise _invalid_time(day)
    time_of_day = parse_time(clock) if clock else DEFAULT_DIGEST_TIME
    return head, Mode(frequency, time_of_day, _parse_weekday(day.strip()) if day else 0)


def _shorten_every(match: regex.Match[str]) -> str:
    if match["weekday"]:
        return f"weekly {match['weekday']}"
    return "hourly" if match["hour"] else "daily" if match["day"] else "weekdays"


@lru_cache(maxsize=1_024)
def parse_mode(text: str) -> Mode:
    """Parse a delivery mode.

    Raises:
        UserError: ``text`` is not a delivery mode.
    """
    head, mode = split_mode(text)
    if mode is None or head:
        raise UserError(f"“{text}” is not a delivery mode; use {MODES}")
    return mode


def split_quiet(text: str) -> tuple[str, QuietHours | None]:
    """Split ``text`` into its head and the quiet hours at its end, or ``None`` without them.

    Raises:
        UserError: the quiet hours have an invalid time or an unknown mode.
    """
    text = " ".join(text.split())
    head, _, last_word = text.rpartition(" ")
    # Before the pattern, because “off” has no time that the pattern could find.
    if last_word.lower() == "off":
        return head, NEVER_QUIET
    match = _QUIET.search(text)
    if match is None:
        return text, None
    mode = _QUIET_MODES.get((match[3] or "").lower())
    if mode is None:
        raise UserError(
            f"“{match[3]}” is not a mode of quiet hours; use silent (alerts without a sound), hold"
            " (a briefing at the end) or breaking (hold, but send breaking stories at once)"
        )
    quiet = QuietHours(parse_time(match[1]), parse_time(match[2]), mode)
    return text[: match.start()].strip(), quiet


@lru_cache(maxsize=1_024)
def parse_quiet_hours(text: str) -> QuietHours:
    """Parse quiet hours.

    Raises:
        UserError: ``text`` does not describe quiet hours.
    """
    head, quiet = split_quiet(text)
    if quiet is None or head:
        raise UserError(f"“{text}” does not describe quiet hours; use 22:00-07:00, or off")
    return quiet


def _parse_weekday(text: str) -> int:
    match = _DAY.fullmatch(text.lower())
    if match is None:
        raise UserError(f"“{text}” is not a day of the week; use {', '.join(DAYS)}")
    return DAYS.index(match[1].title())


def _invalid_time(text: str) -> UserError:
    return UserError(f"“{text.strip()}” is not a time of day; use 00:00 to 23:59")
