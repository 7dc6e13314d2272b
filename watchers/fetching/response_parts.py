"""Read the headers and the body of a response.

Headers are untrusted input, so the length and the value of each is limited. The functions on headers
are pure: validators, freshness, requested delays and links.

Bodies are decompressed in small pieces while they arrive (decompression.py), so a decompression bomb
needs no more memory than the limit, and the event loop runs in between. Only a few large bodies are read
concurrently, so many bombs need no more memory than those few.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from aiohttp import ClientResponse
from yarl import URL

from watchers.errors import ResponseTooLarge
from watchers.fetching.addresses import resolve_web_url
from watchers.fetching.decompression import BodyDecoder
from watchers.fetching.result import NO_VALIDATORS, Validators

# ── Headers ──

MAX_RETRY_AFTER_SECONDS: Final = 31 * 86_400.0
"""The longest delay that a server can request."""

MAX_FRESH_SECONDS: Final = 86_400.0
"""The longest time for which a response counts as fresh. A wrong header must not stop the polls of a
feed for longer than a day."""

MAX_LINKS: Final = 50
"""Links of one response. The relevant ones come first in practice."""

_MAX_VALIDATOR_CHARS: Final = 1024
_MAX_DATE_CHARS: Final = 64
_MAX_CACHE_CONTROL_CHARS: Final = 1024
_MAX_LINK_HEADER_CHARS: Final = 16_384
# Rate-limit headers contain a delay or a Unix time. No delay is as large as this.
_MIN_UNIX_TIME: Final = 1_000_000_000
_NUMBER: Final = re.compile(r"\s*([0-9]{1,12})(?:\.[0-9]*)?\s*")
_DIRECTIVE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]{1,12}))?', re.IGNORECASE)
_RATE_LIMIT_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
# One link parameter: name, quoted value, unquoted value. Possessive, so that it never backtracks.
_LINK_PARAMETER: Final = re.compile(
    r"[ \t;]*+(?=[^,])([^=;,]*+)"
    r'(?:=[ \t]*+(?:"((?:[^"\\]++|\\.?)*+)|([^;,]*+)))?+[^;,]*+',
    re.DOTALL,
)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)


def plain_headers(raw_headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers as valid Unicode, with lower-case names and without cookies."""
    return {
        name.lower(): value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in raw_headers.items()
        if name.lower() != "set-cookie"
    }


def retry_after_seconds(headers: Mapping[str, str], status: int, *, now: datetime) -> float | None:
    """Return the delay that the server requests in Retry-After (RFC 9110 section 10.2.3).

    For status 429 without that header, use the rate-limit headers of Reddit, GitHub and others.
    """
    fallbacks = _RATE_LIMIT_RESETS if status == HTTPStatus.TOO_MANY_REQUESTS else ()
    delays = (_parse_delay(headers.get(name, ""), now) for name in ("retry-after", *fallbacks))
    seconds = next((delay for delay in delays if delay is not None), None)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def freshness_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the remaining freshness (RFC 9111 section 4.2), at most a day; ``None`` if not stated."""
    directives = _cache_control(headers)
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    lifetime: float | None = None
    if (seconds := directives.get("max-age")) is not None:
        lifetime = float(seconds)
    elif (text := headers.get("expires")) is not None:
        expires = _parse_http_date(text)
        # RFC 9111 section 5.3: an invalid date means that the response has expired.
        sent_at = _parse_http_date(headers.get("date", "")) or now
        lifetime = (expires - sent_at).total_seconds() if expires else 0.0
    if lifetime is None:
        return None
    age = _NUMBER.fullmatch(headers.get("age", ""))
    return min(max(lifetime - (int(age[1]) if age else 0), 0.0), MAX_FRESH_SECONDS)


def read_validators(headers: Mapping[str, str]) -> Validators:
    """Return the validators for the next request.

    There are none if the response must not be stored or expires at 0 or -1: some of these servers
    answer 304 to every later request.
    """
    expires = headers.get("expires", "").strip()
    if "no-store" in _cache_control(headers) or expires in ("0", "-1"):
        return NO_VALIDATORS
    return Validators(
        etag=_valid_validator(headers.get("etag")),
        last_modified=_valid_validator(headers.get("last-modified")),
    )


def _valid_validator(value: str | None) -> str | None:
    """Return a value that can be stored and sent back unchanged, else ``None``."""
    if not value or len(value) > _MAX_VALIDATOR_CHARS:
        return None
    return value if value.isascii() and value.isprintable() else None


def _cache_control(headers: Mapping[str, str]) -> dict[str, str | None]:
    header = headers.get("cache-control", "")[:_MAX_CACHE_CONTROL_CHARS]
    return {match[1].lower(): match[2] for match in _DIRECTIVE.finditer(header)}


def _parse_delay(text: str, now: datetime) -> float | None:
    """Return the seconds until a moment that is given as a delay, a Unix time or an HTTP date."""
    if number := _NUMBER.fullmatch(text):
        seconds = int(number[1])
        return seconds - now.timestamp() if seconds > _MIN_UNIX_TIME else float(seconds)
    moment = _parse_http_date(text)
    return (moment - now).total_seconds() if moment else None


def _parse_http_date(text: str) -> datetime | None:
    """Parse an HTTP date (RFC 9110 section 5.6.7); a date without a zone is in GMT."""
    try:
        moment = parsedate_to_datetime(text[:_MAX_DATE_CHARS])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_links(values: Iterable[str], base: URL) -> dict[str, tuple[str, ...]]:
    """Return the targets of Link headers (RFC 8288) by lower-case relation, as absolute URLs.

    A link with an ``anchor`` is about another resource and is skipped. If ``rel`` is repeated, the
    first one counts (section 3.3).

    aiohttp's `ClientResponse.links` cannot replace this function: one invalid URL raises an exception
    for all links, and a quoted "," or ";" or a second relation in ``rel`` is misread.
    """
    links: dict[str, list[str]] = {}
    text = ", ".join(values)[:_MAX_LINK_HEADER_CHARS]
    position = count = 0
    while count < MAX_LINKS and (start := text.find("<", position)) >= 0:
        end = text.find(">", start)
        if end < 0:
            break
        parameters, position = _read_link_parameters(text, end + 1)
        target = resolve_web_url(text[start + 1 : end], base)
        count += 1
        if target is None or "anchor" in parameters:
            continue
        for relation in parameters.get("rel", "").lower().split():
            targets = links.setdefault(relation, [])
            if target not in targets:
                targets.append(target)
    return {relation: tuple(targets) for relation, targets in links.items()}


def _read_link_parameters(text: str, position: int) -> tuple[dict[str, str], int]:
    """Return the parameters of one link, the first of each name, and the position after them."""
    parameters: dict[str, str] = {}
    while match := _LINK_PARAMETER.match(text, position):
        name, quoted, token = match.groups()
        value = (token or "").strip(" \t") if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
        parameters.setdefault(name.strip(" \t").lower(), value)
        position = match.end()
    return parameters, position


# ── Body ──

LARGE_BODY_BYTES: Final = 1 << 20
"""Bytes from which a body counts as large."""

# After this many bytes, other tasks of the event loop get a chance to run.
_YIELD_BYTES: Final = 1 << 20
# The start of an error page only adds detail to an error, so it must not delay the error.
_START_TIMEOUT_SECONDS: Final = 2.0


class LargeBodySlots:
    """A limit on the large bodies that are read at the same time.

    The time that a request waits for a slot does not count towards its timeout.
    """

    def __init__(self, limit: int = 8) -> None:
        self._slots = asyncio.Semaphore(limit)

    async def acquire(self, stack: AsyncExitStack, deadline: asyncio.Timeout) -> None:
        """Acquire a slot until ``stack`` is closed; suspend ``deadline`` meanwhile."""
        loop = asyncio.get_running_loop()
        started, expires_at = loop.time(), deadline.when()
        deadline.reschedule(None)
        await stack.enter_async_context(self._slots)
        if expires_at is not None:
            deadline.reschedule(expires_at + loop.time() - started)


async def read_body(
    response: ClientResponse,
    max_bytes: int,
    *,
    address: str,
    large_bodies: LargeBodySlots,
    deadline: asyncio.Timeout,
) -> bytes:
    """Return the whole body, decompressed.

    Args:
        response: The response, with a body that aiohttp does not decompress.
        max_bytes: The maximum size, before and after decompression.
        address: The URL for errors.
        large_bodies: The slots for large bodies.
        deadline: The timeout of the request.

    Raises:
        ResponseTooLarge: The body has more than ``max_bytes`` bytes.
        InvalidResponse: The encoding is not supported, or the data is broken.
        Exception: The connection broke (an exception of aiohttp).
    """
    decoder = BodyDecoder(_content_encoding(response), address=address)
    if (response.content_length or 0) > max_bytes:
        raise ResponseTooLarge(max_bytes, address=address)
    pieces: list[bytes] = []
    bytes_received = size = size_at_last_yield = 0
    async with AsyncExitStack() as stack:
        async for chunk in response.content.iter_any():
            bytes_received += len(chunk)
            if bytes_received > max_bytes:
                raise ResponseTooLarge(max_bytes, address=address)
            for piece in decoder.feed(chunk):
                if size <= LARGE_BODY_BYTES < size + len(piece):
                    await large_bodies.acquire(stack, deadline)
                size += len(piece)
                if size > max_bytes:
                    raise ResponseTooLarge(max_bytes, address=address)
                pieces.append(piece)
                if size - size_at_last_yield > _YIELD_BYTES:
                    size_at_last_yield = size
                    await asyncio.sleep(0)
        pieces.extend(decoder.finish())
        # Inside the block: the copy needs as much memory as the pieces.
        return b"".join(pieces)


async def read_body_start(response: ClientResponse, max_bytes: int, *, address: str) -> bytes:
    """Return the first ``max_bytes`` bytes of a body, or fewer if the body ends before.

    Raises:
        InvalidResponse: The encoding is not supported, or the data is broken.
        TimeoutError: The bytes did not arrive within two seconds.
        Exception: The connection broke (an exception of aiohttp).
    """
    decoder = BodyDecoder(_content_encoding(response), address=address)
    start = b""
    async with asyncio.timeout(_START_TIMEOUT_SECONDS):
        async for chunk in response.content.iter_any():
            for piece in decoder.feed(chunk):
                start += piece[:max_bytes]
                if len(start) >= max_bytes:
                    return start[:max_bytes]
    return start


def _content_encoding(response: ClientResponse) -> str:
    return response.headers.get("Content-Encoding", "").strip().lower()
