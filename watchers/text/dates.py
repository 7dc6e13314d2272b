"""A date as a document writes it, to a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import regex
from dateutil import parser as dateutil_parser

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_CLOCK_SKEW: Final = timedelta(
    days=1
)  # a document from tomorrow is a time zone; later is a mistake
_LONGEST: Final = 60  # characters
_HAS_YEAR: Final = regex.compile(r"\b(?:19|20)\d\d")


def parse_date(text: str, *, now: datetime) -> datetime | None:
    """The moment ``text`` names, in UTC; ``None`` if it is no full date or not believable.

    A date without a time is noon UTC: the day is then right in most time zones. ``now`` bounds
    what is believable: nothing is published tomorrow.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not _HAS_YEAR.search(text):
        return None
    moment = _rfc_2822(text) or _loose(text)
    if moment is None:
        return None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return moment if _EARLIEST <= moment <= now + _CLOCK_SKEW else None


def _rfc_2822(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _loose(text: str) -> datetime | None:
    noon = datetime(2000, 1, 1, 12)  # noqa: DTZ001 - a default, the zone is settled by the caller
    try:
        return dateutil_parser.parse(text, default=noon)
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None
