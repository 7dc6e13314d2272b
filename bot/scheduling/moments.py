"""Parse moments as people type them: "yesterday", "1 May", "tomorrow 9:00", "через 2 часа".

The words are those of English, German, Spanish, French, Portuguese and Russian.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

import regex

from bot.errors import UserError
from bot.scheduling.parsing import parse_time
from bot.scheduling.wall_clock import from_local, next_time, start_of_day, to_local

MAX_MOMENT_LENGTH: Final = 40
"""Characters of a moment. The text comes from a chat message."""

_LANGUAGES: Final = ("en", "de", "es", "fr", "pt", "ru")
_ONE_DAY: Final = timedelta(days=1)

# A time of day in the six languages, such as 9am, 9 Uhr and "a las 9".
_CLOCK: Final = regex.compile(
    r"(?:(?:at|um|a las|a la|à|às|as|в)\s)?"
    r"(?P<clock>\d{1,2}[:.]\d{2}|\d{1,2}(?:\s?(?:[ap]\.?m\.?|h|uhr|heures?|horas?|час(?:а|ов)?))"
    r"|(?<=(?:at|um|las|la|à|às|as|в)\s)\d{1,2})",
    regex.IGNORECASE,
)
_DAY_AND_CLOCK: Final = regex.compile(rf"(?P<day>\S.*?),?\s(?:{_CLOCK.pattern})", regex.IGNORECASE)
_HOUR_SIGN: Final = regex.compile(r"\s?(?:h|uhr|heures?|horas?|час(?:а|ов)?)$", regex.IGNORECASE)
# "in 2 hours" is a length of time and has no clock.
_RELATIVE: Final = regex.compile(r"(?:in|dans|en|em|через|vor|hace|il y a|há)\s", regex.IGNORECASE)
_DAY_FIRST: Final = regex.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)", regex.DOTALL)
_SLASHES: Final = regex.compile(r"(\d{1,2})/(\d{1,2})(?:/\d{2,4})?")
_WORDLIKE: Final = regex.compile(r"\p{L}{3}|\d[-:./]\d")
_MONTHS: Final = 12


class Direction(Enum):
    """The side of the present on which a moment without a date is."""

    PAST = "past"
    FUTURE = "future"


def parse_moment(text: str, now: datetime, zone: ZoneInfo, direction: Direction) -> datetime | None:
    """Return the moment that a text names, in UTC, or ``None`` if it names none.

    A day without a time is its first moment. The first call loads a library for up to half a second,
    so do not call the function on the event loop.

    Raises:
        UserError: the text is a date that can be read in two ways, or a time that does not exist.
    """
    text = " ".join(text.split()).strip(" ,.")
    if not text or len(text) > MAX_MOMENT_LENGTH:
        return None
    slashes = _SLASHES.search(text)
    if slashes and int(slashes[1]) <= _MONTHS and int(slashes[2]) <= _MONTHS:
        raise UserError(f"“{text}” can be read in two ways; write the date like 2026-05-31")
    if clock := _CLOCK.fullmatch(text):
        return _at_clock(_clock_time(clock), now, zone, direction)
    return _parse_iso(text, zone) or _parse_day(text, now, zone, direction)


def _parse_day(text: str, now: datetime, zone: ZoneInfo, direction: Direction) -> datetime | None:
    """Return the moment of a day in words, with or without a time."""
    local_now = to_local(now, zone)
    match = None if _RELATIVE.match(text) else _DAY_AND_CLOCK.fullmatch(text)
    found = _parse_words(match["day"] if match else text, local_now, direction)
    if found is None:
        return None
    local, is_day = found
    if match:
        return from_local(local.date(), _clock_time(match), zone)
    if is_day:
        return start_of_day(local.date(), zone)
    return from_local(local.date(), local.time(), zone)


def _parse_iso(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return moment
    return from_local(moment.date(), moment.time(), zone)


def _clock_time(match: regex.Match[str]) -> time:
    return parse_time(_HOUR_SIGN.sub("", match["clock"]))


def _at_clock(clock: time, now: datetime, zone: ZoneInfo, direction: Direction) -> datetime:
    """Return the next or the last moment with a local time."""
    if direction is Direction.FUTURE:
        return next_time(now, clock, zone)
    last = next_time(now - _ONE_DAY, clock, zone)
    return last if last <= now else next_time(now - 2 * _ONE_DAY, clock, zone)


def _parse_words(
    text: str, local_now: datetime, direction: Direction
) -> tuple[datetime, bool] | None:
    """Return a local time, and True if the text names a day, week or month without a time."""
    # Single letters and bare numbers are dates to the library.
    if not _WORDLIKE.search(text):
        return None
    match = _DAY_FIRST.fullmatch(text)
    if match:
        text = f"{match[3]}-{match[2]}-{match[1]}{match[4]}"
    from dateparser.date import DateDataParser

    base = local_now.replace(microsecond=0)
    parser = DateDataParser(
        languages=list(_LANGUAGES),
        settings={
            "PREFER_DATES_FROM": direction.value,
            "RELATIVE_BASE": base,
            "RETURN_AS_TIMEZONE_AWARE": False,
            "PREFER_DAY_OF_MONTH": "first",
            "PARSERS": ["relative-time", "absolute-time"],
        },
    )
    data = parser.get_date_data(text)
    if data is None or data.date_obj is None:
        return None
    # The library keeps the time of day of the present, or sets midnight, for a day without a time.
    found: datetime = data.date_obj
    return found, found.time() in (base.time(), time())
