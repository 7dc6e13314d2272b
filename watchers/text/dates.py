"""A date as a document writes it, to a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import regex
from dateutil import parser as dateutil_parser

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_CLOCK_SKEW: Final = timedelta(
    days=1
)  # a document from tomorrow is a time zone; later is a mistake
_LONGEST: Final = 60  # characters
_HAS_YEAR: Final = regex.compile(r"\b(?:19|20)\d\d")
_DAY_FIRST: Final = regex.compile(
    r"\d{1,2}\.\d{1,2}\.\d{4}"
)  # nobody writes a month first with dots
_HOUR: Final = 3600
_ZONES: Final = {
    zone: hours
    for hours, zones in (
        *((-8, "PST"), (-7, "PDT MST"), (-6, "MDT CST"), (-5, "CDT EST"), (-4, "EDT")),
        *((1, "BST CET"), (2, "CEST EET"), (3, "EEST MSK"), (9, "JST KST")),
    )
    for zone in zones.split()
}
"""Hours that the abbreviations in news are ahead of UTC; another abbreviation counts as UTC."""
# What one of them leaves as it was and the other one does not, the text did not say.
_DEFAULTS: Final = (datetime(2000, 1, 1, 12), datetime(1996, 2, 2, 12))  # noqa: DTZ001 - no zone yet


def parse_date(text: str, *, now: datetime) -> datetime | None:
    """The moment ``text`` names, in UTC; ``None`` if it is no full date or not believable.

    A date without a time is noon UTC: the day is then right in most time zones. ``now`` bounds
    what is believable: nothing is published tomorrow.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not _HAS_YEAR.search(text):
        return None
    moment = _moment(text)
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 in the far east, a zone 99 hours away
        return None
    return moment if _EARLIEST <= moment <= now + _CLOCK_SKEW else None


def _moment(text: str) -> datetime | None:
    day_first = _DAY_FIRST.match(text) is not None
    try:
        one, other = (
            dateutil_parser.parse(text, default=default, dayfirst=day_first, tzinfos=_offset)
            for default in _DEFAULTS
        )
    except (ValueError, OverflowError, AttributeError, TypeError, IndexError):
        return None
    return one if one == other else None


def _offset(name: str | None, seconds: int | None) -> int | None:
    """Seconds ahead of UTC: as the text says, else by the zone's name."""
    if seconds is None and name in _ZONES:
        return _ZONES[name] * _HOUR
    return seconds
