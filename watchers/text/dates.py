"""Parse a date as a document writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import regex
from dateutil import parser as dateutil_parser

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
# A document may be dated one day ahead because of its time zone. A later date is an error.
_MAX_CLOCK_SKEW: Final = timedelta(days=1)
_MAX_DATE_CHARS: Final = 60
_HAS_YEAR: Final = regex.compile(r"\b(?:19|20)\d\d")
# Dates with dots always have the day first.
_DAY_FIRST: Final = regex.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}\.\d{4}")
_SECONDS_PER_HOUR: Final = 3600
_ZONE_OFFSET_HOURS: Final = {
    zone: hours
    for hours, zones in (
        *((-8, "PST"), (-7, "PDT MST"), (-6, "MDT CST"), (-5, "CDT EST"), (-4, "EDT")),
        *((1, "BST CET"), (2, "CEST EET"), (3, "EEST MSK"), (9, "JST KST")),
    )
    for zone in zones.split()
}
"""Hours ahead of UTC for the zone abbreviations in news; other abbreviations count as UTC."""

# dateutil takes missing fields from a default. A date with missing fields differs between these two.
_DEFAULTS: Final = (datetime(2000, 1, 1, 12), datetime(1996, 2, 2, 12))  # noqa: DTZ001 - no zone yet


def parse_date(text: str, *, now: datetime) -> datetime | None:
    """Return the time that ``text`` states, in UTC, or None if it is incomplete or implausible.

    A date without a time becomes noon UTC, which is the right day in most time zones. A date more than a
    day after ``now`` is implausible.
    """
    text = " ".join(text.split())
    if not text or len(text) > _MAX_DATE_CHARS or not _HAS_YEAR.search(text):
        return None
    moment = _parse_complete_date(text)
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        # The conversion leaves the range of years, or the zone is 99 hours from UTC.
        return None
    return moment if _EARLIEST <= moment <= now + _MAX_CLOCK_SKEW else None


def _parse_complete_date(text: str) -> datetime | None:
    day_first = _DAY_FIRST.search(text) is not None
    try:
        first, second = (
            dateutil_parser.parse(text, default=default, dayfirst=day_first, tzinfos=_zone_offset)
            for default in _DEFAULTS
        )
    except (ValueError, OverflowError, AttributeError, TypeError, IndexError):
        return None
    return first if first == second else None


def _zone_offset(name: str | None, seconds: int | None) -> int | None:
    """Return the seconds ahead of UTC: those in the text, or else those of the zone name."""
    if seconds is None and name in _ZONE_OFFSET_HOURS:
        return _ZONE_OFFSET_HOURS[name] * _SECONDS_PER_HOUR
    return seconds
