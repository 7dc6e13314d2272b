"""Parse dates in feeds to moments in UTC.

    unusual notations are rewritten
      ─► ISO 8601 ─► Unix time ─► RFC 822 ─► localised month names ─► dateutil ─► handlers of feedparser

A library does every step except the table of month names. The range of dates is not checked here; see
`models.is_plausible_date`.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import cache
from time import struct_time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from watchers.text.dates import parse_date

_MAX_DATE_CHARS: Final = 100
_UNIX_TIME: Final = re.compile(r"\d{9,10}(?:\d{3}|\d{6})?(?:\.\d{1,9})?\Z")
# Seconds have 9 or 10 digits; milliseconds and microseconds have 3 or 6 more.
_MIN_UNIX_TIME_DIGITS: Final = 9
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d|\Z)|\d{8}(?:T\d|\Z)")
_ISO_ZONE: Final = re.compile(
    r"(?<=\d)(?:\s*(?:UTC|GMT|Z|UT)|\s*(?:UTC|GMT)?\s*([+-]\d\d):?(\d\d))\Z", re.IGNORECASE
)
# feedparser has no public names for these. Its own order reads "2026/11/23" as November 1st.
_FEEDPARSER_HANDLERS: Final = ("onblog", "nate", "greek", "hungarian", "perforce", "asctime")
# These two find a date in any text with digits.
_FEEDPARSER_ISO_HANDLERS: Final = ("iso8601", "w3dtf")
# A month, or a day of the year.
_PARTIAL_ISO: Final = re.compile(r"(?:19|20)\d\d-(?:\d\d|\d{3})\Z")
# `parse_date` ignores dates after ``now``; this value is later than any date.
_FAR_FUTURE: Final = datetime(9990, 1, 1, tzinfo=UTC)
_HOUR_SECONDS: Final = 3600
_MINUTES_PER_HOUR: Final = 60
_MAX_SECOND: Final = 60
_HOURS_PER_DAY: Final = 24
# No time zone is further from UTC.
_MAX_OFFSET_SECONDS: Final = 15 * _HOUR_SECONDS
_GMT_OFFSET: Final = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d\d)?\Z", re.IGNORECASE)
_COLON_OFFSET: Final = re.compile(r"([+-]\d\d):(\d\d)\Z")
# Hours ahead of UTC. `email.utils` knows the American zones.
_ZONES: Final = {
    **dict.fromkeys(("WET", "UT", "UTC", "GMT", "Z"), 0),
    # IST is India, Israel or Ireland, so a time with this name alone counts as UTC.
    **dict.fromkeys(("CET", "MEZ", "MET", "BST", "WEST"), 1),
    **dict.fromkeys(("CEST", "MESZ", "MEST", "EET", "SAST"), 2),
    **dict.fromkeys(("EEST", "MSK", "TRT"), 3),
    **dict.fromkeys(("HKT", "SGT", "AWST"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
    **dict.fromkeys(("BRT", "ART"), -3),
}
_STANDARD_END: Final = re.compile(r"\d (?:GMT|[+-]\d{4})\Z")
_AM_PM: Final = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
# Day, month and year.
_DATE_WORDS: Final = 3
_YEAR_DIGITS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")
# Prefixes of month names in the languages of feeds that write them out. The longest match counts.
_MONTHS: Final = {
    "Jan": "jan janv ene gen sty led янв січ oca ocak ιαν ian tammi jän jän",
    "Feb": "feb févr fév fev feb lut úno фев лют şub φεβ febbr helmi",
    "Mar": "mar mars mär märz mrt maa már бер мар mart maalis μαρ μάρ",
    "Apr": "apr avr abr kwi dub апр кві nis huhti ápr απρ",
    "May": "mai may maj mag mei maio kvě май мая тра máj μαϊ μάι touko mayo maggio",
    "Jun": "jun juin juni giu cze čvn июн чер haz kesä jún ιουν ιούν iun giugno",
    "Jul": "jul juil juli lug lip čvc июл лип tem heinä júl ιουλ ιούλ iul luglio",
    "Aug": "aug août aou ago sie srp авг сер ağu elo αυγ αύγ augusti agosto",
    "Sep": "sep sept set wrz zář сен вер eyl syys σεπ szept settembre",
    "Oct": "oct okt out ott paź říj окт жов eki loka οκτ outubro ottobre",
    "Nov": "nov lis лис ноя noi νοε kas marras novembre листоп",
    "Dec": "dec déc dez dic gru pro дек гру ara joulu δεκ dicembre",
}
_MIN_MONTH_CHARS: Final = 3
# WordPress writes the year -0001 for an empty date.
_NEGATIVE_YEAR: Final = re.compile(r"(?:\A|\s)-\d{3,4}[\s-]\d")
# It starts only at the first of several spaces or letters, so that the search is linear.
_IANA_ZONE: Final = re.compile(
    r"(?:(?<!\s)\s+|(?=\()|(?<![\sA-Za-z_]))\(?((?:[A-Z][A-Za-z_]+)(?:/[A-Z][A-Za-z_+-]+){1,2})\)?\Z"
)
_OFFSET_AND_Z: Final = re.compile(r"(?<=\d)([+-]\d\d:?\d\d)Z+\Z")
_HOUR_OFFSET: Final = re.compile(r"(?<=:\d\d)\s?([+-]\d\d)\Z")
# The year first, as in Hungary and Korea.
_DOTTED_YEAR_FIRST: Final = re.compile(r"(?<![\d.])(\d{4})\.\s?(\d{1,2})\.\s?(\d{1,2})\.?(?!\d)")
_DOTTED: Final = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\d.])")
# A short year: with four digits, dateutil reads the month first unless it is above 12.
_SLASHED: Final = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{2})(?![\d/])")
_TIME_AND_ZONE: Final = re.compile(
    r"(?<![\d:])(\d{1,2}:\d\d(?::\d\d)?)(?:\.\d+)?\s?(?:([+-]\d\d:?\d\d|Z)|([A-Z]{2,5}))?(?![\w:])"
)
_MAX_MONTH: Final = 12
# POSIX: a year of two digits below 69 is in this century.
_CENTURY_PIVOT: Final = 69


def parse_feed_date(text: str) -> datetime | None:
    """Return the moment that ``text`` states, in UTC; ``None`` if it is not a date.

    A date without a time zone is in UTC.
    """
    text = " ".join(text.split())
    if not text or len(text) > _MAX_DATE_CHARS or not text.isprintable():
        return None
    if _NEGATIVE_YEAR.search(text):
        return None
    zone = _IANA_ZONE.search(text)
    if zone is not None:
        return _in_zone(parse_feed_date(text[: zone.start()]), zone[1])
    text = _HOUR_OFFSET.sub(r"\g<1>00", _OFFSET_AND_Z.sub(r"\1", text))
    text = _rewrite_numeric_date(text)
    for parse in (
        *(_parse_iso, _parse_unix_time, _parse_rfc822, _parse_localised),
        *(_parse_numeric, _parse_with_feedparser),
    ):
        try:
            moment = parse(text)
            if moment is not None:
                return moment.astimezone(UTC)
        # The parsers raise all of these for text that is almost a date.
        except (ValueError, OverflowError, OSError, TypeError, IndexError, AttributeError):
            continue
    return None


def _in_zone(moment: datetime | None, name: str) -> datetime | None:
    """Return a moment that was read as UTC in the zone ``name`` of the IANA database."""
    if moment is None:
        return None
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment
    return moment.replace(tzinfo=zone).astimezone(UTC)


def _rewrite_numeric_date(text: str) -> str:
    """Return ``text`` in ISO 8601 if its date has dots, or slashes and a year of two digits.

    Dotted dates have the day first wherever they stand. Words such as weekdays are left out.
    """
    match = _DOTTED_YEAR_FIRST.search(text)
    if match is not None:
        year, month, day = match.groups()
    elif (match := _DOTTED.search(text)) is not None:
        day, month, year = match.groups()
    elif (match := _SLASHED.search(text)) is not None:
        month, day, year = match.groups()
        if int(month) > _MAX_MONTH:
            day, month = month, day
    else:
        return text
    if len(year) < _YEAR_DIGITS:
        year = f"{19 if int(year) >= _CENTURY_PIVOT else 20}{year}"
    date = f"{year}-{month:0>2}-{day:0>2}"
    remainder = f"{text[: match.start()]} {text[match.end() :]}"
    time = _TIME_AND_ZONE.search(remainder)
    if time is None or _AM_PM.search(remainder):
        return f"{date} {remainder.strip()}" if _AM_PM.search(remainder) else date
    clock, offset, zone = time[1], time[2], time[3]
    if offset is None:
        hours = _ZONES.get(zone or "", 0)
        offset = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    return f"{date}T{clock:0>{8 if clock.count(':') > 1 else 5}}{offset}"


def _parse_iso(text: str) -> datetime | None:
    if not _ISO.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(_ISO_ZONE.sub(_iso_offset, text))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _iso_offset(match: re.Match[str]) -> str:
    return f"{match[1]}:{match[2]}" if match[1] else "+00:00"


def _parse_unix_time(text: str) -> datetime | None:
    if not _UNIX_TIME.match(text):
        return None
    integer = text.partition(".")[0]
    thousands = (len(integer) - _MIN_UNIX_TIME_DIGITS) // 3
    return datetime.fromtimestamp(float(text) / 1000**thousands, UTC)


def _parse_rfc822(text: str) -> datetime | None:
    if not _STANDARD_END.search(text):
        # `parsedate_tz` reads "PM" as a time zone.
        if _AM_PM.search(text):
            return None
        text = _COLON_OFFSET.sub(r"\1\2", _GMT_OFFSET.sub(_rfc822_offset, text))
    fields = parsedate_tz(text)
    if fields is None:
        return None
    offset = fields[9]
    zone = text.rsplit(" ", 1)[-1].upper().strip("()")
    if not offset and zone in _ZONES:
        offset = _ZONES[zone] * _HOUR_SECONDS
    if offset is None or abs(offset) > _MAX_OFFSET_SECONDS:
        offset = 0
    year, month, day, hour, minute, second = fields[:6]
    midnight = datetime(year, month, day, tzinfo=timezone(timedelta(seconds=offset)))
    # 24:00 and a leap second (60) are valid and mean the next minute, but datetime rejects them.
    if hour > _HOURS_PER_DAY or minute >= _MINUTES_PER_HOUR or second > _MAX_SECOND:
        return None
    return midnight + timedelta(hours=hour, minutes=minute, seconds=second)


def _rfc822_offset(match: re.Match[str]) -> str:
    return f"{match[1]}{int(match[2]):02d}{match[3] or '00'}"


def _parse_localised(text: str) -> datetime | None:
    """Parse a date with an English month name instead of the localised one, without the weekday."""
    months = [
        (match, month) for match in _WORD.finditer(text) if (month := _english_month(match[0]))
    ]
    if not months or _AM_PM.search(text):
        return None
    # The last one, because "mar." before the month may be a Tuesday.
    match, month = months[-1]
    text = f"{text[: match.start()]} {month} {text[match.end() :]}"
    stripped = (word.strip(".,()") for word in text.split())
    words = [word for word in stripped if _is_date_word(word)]
    # In Hungarian, the year comes first.
    if words and words[0].isdigit() and len(words[0]) == _YEAR_DIGITS:
        words[:3] = words[2::-1]
    if not any(":" in word for word in words):
        words.insert(_DATE_WORDS, "00:00")
    return _parse_rfc822(" ".join(words))


def _is_date_word(word: str) -> bool:
    """Return True for a number, a time, an offset, an English month or a time zone."""
    is_number_or_offset = word[:1].isdigit() or (word[:1] in "+-" and len(word) > 1)
    return is_number_or_offset or word in _MONTHS or word in _ZONES


def _parse_numeric(text: str) -> datetime | None:
    return parse_date(text, now=_FAR_FUTURE)


def _parse_with_feedparser(text: str) -> datetime | None:
    use_iso = _PARTIAL_ISO.match(text) is not None
    for handler in _feedparser_handlers(
        (*_FEEDPARSER_HANDLERS, *(_FEEDPARSER_ISO_HANDLERS if use_iso else ()))
    ):
        with suppress(KeyError, OverflowError, ValueError, AttributeError):
            fields = handler(text)
            if fields:
                return datetime.fromtimestamp(timegm(fields), UTC)
    return None


@cache
def _feedparser_handlers(names: tuple[str, ...]) -> tuple[Callable[[str], struct_time | None], ...]:
    # Few feeds have dates that only feedparser reads, so most processes never import feedparser.
    from feedparser import datetimes  # noqa: PLC0415

    return tuple(getattr(datetimes, f"_parse_date_{name}") for name in names)


def _english_month(word: str) -> str | None:
    """Return the English abbreviation of a month name in any known language."""
    lowered = word.lower()
    if len(lowered) < _MIN_MONTH_CHARS or word.upper() in _ZONES:
        return None
    best, best_length = None, 0
    for month, prefixes in _MONTHS.items():
        for prefix in prefixes.split():
            if len(prefix) > best_length and lowered.startswith(prefix):
                best, best_length = month, len(prefix)
    return best
