"""What an answer's headers say about time: when to come back, how long it stays fresh, how to ask
whether it changed. Pure; the headers are anybody's, so every value is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from watchers.fetching.fetched import Validators

LONGEST_WAIT: Final = 31 * 86_400.0
"""Seconds that a server can ask us to stay away."""

LONGEST_FRESH: Final = 86_400.0
"""Seconds that an answer is believed to stay fresh: a day, or a mistake would silence a feed."""

_LONGEST_VALIDATOR: Final = 1024  # characters of an etag or a date that are kept
_LONGEST_DATE: Final = 64  # characters
_EPOCH: Final = 1_000_000_000  # larger numbers are moments, smaller ones are seconds from now
_NUMBER: Final = re.compile(r"\s*([0-9]{1,12})(?:\.[0-9]*)?\s*")
_DIRECTIVE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]{1,12}))?', re.IGNORECASE)

_RATE_LIMIT_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")


def retry_after(headers: Mapping[str, str], status: int, *, now: datetime) -> float | None:
    """Seconds to stay away: Retry-After as a number or a date (RFC 9110 section 10.2.3).

    With 429 and no such header, what Reddit, GitHub and others say instead: when the limit ends.
    """
    told = _wait(headers.get("retry-after", ""), now)
    if told is None and status == 429:  # noqa: PLR2004 - the status is its own name
        waits = (_wait(headers.get(name, ""), now) for name in _RATE_LIMIT_RESETS)
        told = next((wait for wait in waits if wait is not None), None)
    return None if told is None else min(max(told, 0.0), LONGEST_WAIT)


def max_age(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that the answer stays fresh (RFC 9111 section 4.2), at most a day; ``None``: not said."""
    rules = _cache_control(headers)
    if "no-store" in rules or "no-cache" in rules:
        return 0.0
    lifetime: float | None = None
    if (seconds := rules.get("max-age")) is not None:
        lifetime = float(seconds)
    elif (text := headers.get("expires")) is not None:
        expires = _date(text)
        # What is no date has expired (RFC 9111 section 5.3).
        lifetime = (
            (expires - (_date(headers.get("date", "")) or now)).total_seconds() if expires else 0
        )
    if lifetime is None:
        return None
    age = _NUMBER.fullmatch(headers.get("age", ""))
    return min(max(lifetime - (int(age[1]) if age else 0), 0.0), LONGEST_FRESH)


def validators(headers: Mapping[str, str]) -> Validators:
    """What to send with the next request.

    Nothing where the answer may not be stored, or expires at 0 or -1: such servers were seen to
    call everything unmodified from then on.
    """
    if "no-store" in _cache_control(headers) or headers.get("expires", "").strip() in ("0", "-1"):
        return Validators()
    return Validators(
        etag=_kept(headers.get("etag")), last_modified=_kept(headers.get("last-modified"))
    )


def _kept(value: str | None) -> str | None:
    """A value that can be sent back as it came, and stored."""
    if (
        not value
        or len(value) > _LONGEST_VALIDATOR
        or not (value.isascii() and value.isprintable())
    ):
        return None
    return value


def _cache_control(headers: Mapping[str, str]) -> dict[str, str | None]:
    found = _DIRECTIVE.finditer(headers.get("cache-control", "")[:1024])
    return {match[1].lower(): match[2] for match in found}


def _wait(text: str, now: datetime) -> float | None:
    if number := _NUMBER.fullmatch(text):
        seconds = int(number[1])
        return seconds - now.timestamp() if seconds > _EPOCH else float(seconds)
    moment = _date(text)
    return (moment - now).total_seconds() if moment else None


def _date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7); a zone that is not told is GMT."""
    try:
        moment = parsedate_to_datetime(text[:_LONGEST_DATE])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
