"""Modes, quiet hours and limits as people type them, and as they are stored.

Each `read_…` takes what the value's own text says, too: what it says is what is stored. Each `split_…`
takes what stands at the end of a command, after the topic that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from functools import lru_cache
from typing import Final

import regex

from bot.errors import MisuseError
from bot.timing.modes import DAYS, MORNING, Mode, Rhythm
from bot.timing.quiet import NEVER_QUIET, Quiet, Way

MODES: Final = "instant, hourly, daily 08:00, weekly Mon 08:00 or off"
"""What a mode can be, in words."""

_TIME: Final = r"\d{1,4}(?:[:.h]\d{0,3})?\s?(?:[ap]\.?m\.?)?"
_CLOCK: Final = regex.compile(r"(\d{1,2})(?:[:.h](\d{2})?)?\s?(?:([ap])\.?m\.?)?")
_DAY: Final = regex.compile(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}")
_MODE: Final = regex.compile(
    rf"(?:^|\s)(instant|instantly|now|hourly|off|never|(daily|weekly)(\s\p{{L}}{{2,9}})??"
    rf"(?:\s(?:at\s)?({_TIME}))?)$",
    regex.IGNORECASE,
)
_QUIET: Final = regex.compile(
    rf"(?:^|\s)({_TIME})\s?(?:-|–|—|to|until)\s?({_TIME})(?:\s(\p{{L}}+))?$", regex.IGNORECASE
)
_WORDS: Final = {"instantly": Rhythm.INSTANT, "now": Rhythm.INSTANT, "never": Rhythm.OFF}
_WAYS: Final[Mapping[str, Way]] = {
    "": Way.HOLD,
    "silent": Way.SILENT,
    "silently": Way.SILENT,
    "hold": Way.HOLD,
    "brief": Way.HOLD,
    "breaking": Way.BREAKING,
}
_HOURS, _HALF, _MINUTES = 24, 12, 60


def read_clock(text: str) -> time:
    """A time of day: "8", "08:00", "8.30", "8:30 pm"; "24:00" is midnight.

    Raises:
        MisuseError: it is none.
    """
    found = _CLOCK.fullmatch(text.strip().lower())
    if found is None:
        raise _no_time(text)
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= _HALF:
            raise _no_time(text)
        hour = hour % _HALF + (_HALF if found[3] == "p" else 0)
    if (hour, minute) == (_HOURS, 0):
        hour = 0
    if hour >= _HOURS or minute >= _MINUTES:
        raise _no_time(text)
    return time(hour, minute)


def split_mode(text: str) -> tuple[str, Mode | None]:
    """What stands before the mode at the end of ``text``, and the mode; ``None`` if there is none.

    Raises:
        MisuseError: it has a time or a day that does not exist.
    """
    text = " ".join(text.split())
    found = _MODE.search(text)
    if found is None:
        return text, None
    head = text[: found.start()].strip()
    word, day, clock = (found[2] or found[1]).lower(), found[3], found[4]
    rhythm = _WORDS.get(word) or Rhythm(word)
    if day is not None and day.strip().lower() == "at":
        day = None
    if rhythm is Rhythm.DAILY and day is not None:
        if _DAY.fullmatch(day.strip().lower()):
            raise MisuseError(f"a digest of one day a week is “weekly{day}”, not “daily{day}”")
        raise _no_time(day)
    at = read_clock(clock) if clock else MORNING
    return head, Mode(rhythm, at, _weekday(day.strip()) if day else 0)


@lru_cache(maxsize=1_024)
def read_mode(text: str) -> Mode:
    """A mode.

    Raises:
        MisuseError: it is none.
    """
    head, mode = split_mode(text)
    if mode is None or head:
        raise MisuseError(f"“{text}” is no rhythm; there is {MODES}")
    return mode


def split_quiet(text: str) -> tuple[str, Quiet | None]:
    """What stands before the quiet hours at the end of ``text``, and the hours, if there are any.

    Raises:
        MisuseError: one of its times does not exist, or the way is unknown.
    """
    text = " ".join(text.split())
    head, _, last = text.rpartition(" ")
    if last.lower() == "off":
        return head, NEVER_QUIET
    found = _QUIET.search(text)
    if found is None:
        return text, None
    way = _WAYS.get((found[3] or "").lower())
    if way is None:
        raise MisuseError(
            f"“{found[3]}” is no way to be quiet; say silent (no sound), hold (a briefing when they"
            " are over) or breaking (hold, but what grows fast comes at once)"
        )
    return text[: found.start()].strip(), Quiet(read_clock(found[1]), read_clock(found[2]), way)


@lru_cache(maxsize=1_024)
def read_quiet(text: str) -> Quiet:
    """Quiet hours.

    Raises:
        MisuseError: they are none.
    """
    head, quiet = split_quiet(text)
    if quiet is None or head:
        raise MisuseError(f"“{text}” are no quiet hours; say them as 22:00-07:00, or off")
    return quiet


def _weekday(text: str) -> int:
    found = _DAY.fullmatch(text.lower())
    if found is None:
        raise MisuseError(f"“{text}” is no day of the week; say {', '.join(DAYS)}")
    return DAYS.index(found[1].title())


def _no_time(text: str) -> MisuseError:
    return MisuseError(f"“{text.strip()}” is no time of day; say it from 00:00 to 23:59")
