"""The result of one HTTP request, and the `Fetch` interface that the other watchers depend on.

    fetch(url, validators) ──► FetchResult (200 or 304)     or one FetchError (watchers/errors.py)

Watchers get `Fetch` as an argument and do not depend on sessions, proxies or the SSRF guard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

MAX_BODY_BYTES: Final = 15 << 20
"""Bytes of a body after decompression. Miniflux has used the same limit for years."""

# `email.message` rejects or misreads many headers that servers send, for instance a quote that is
# never closed. This pattern is linear and accepts them.
_CHARSET: Final = re.compile(r"charset\s*+=\s*+(?:[\"']\s*+)?([\w.:-]{2,40})", re.IGNORECASE)
# A page without a Content-Type header is nearly always HTML.
_DEFAULT_MEDIA_TYPE: Final = "text/html"


def split_content_type(header: str) -> tuple[str, str | None]:
    """Return the media type in lower case ("text/html" if missing), and the charset parameter."""
    charset = _CHARSET.search(header)
    media_type = header.partition(";")[0].strip().lower()
    return media_type or _DEFAULT_MEDIA_TYPE, charset[1] if charset else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The values of the last response that make the next request conditional (RFC 9110 section 13)."""

    etag: str | None = None
    last_modified: str | None = None


NO_VALIDATORS: Final = Validators()
"""For a URL that was never requested, or whose server sends no validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """A response with status 200, or with status 304 and an empty body.

    Attributes:
        url: The URL that answered after all redirects.
        moved_to: That URL if every redirect was permanent (301, 308), else ``None``.
        not_modified: True if the status was 304.
        body: The decompressed body.
        content_type: The header as sent, with its parameters; "" if missing.
        headers: The response headers with lower-case names and without cookies. If a header is
            repeated, the last value is kept.
        links: Absolute URLs by relation, from the `Link` headers (RFC 8288).
        validators: For the next request to the same URL.
        max_age: Seconds for which the response is fresh (Cache-Control, Expires).
    """

    url: str
    moved_to: str | None = None
    not_modified: bool = False
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    validators: Validators = NO_VALIDATORS
    max_age: float | None = None


class Fetch(Protocol):
    """A GET request that respects rate limits and size limits."""

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, max_bytes: int = MAX_BODY_BYTES
    ) -> FetchResult:
        """GET ``url`` with at most ``max_bytes`` bytes of body after decompression.

        Raises:
            FetchError: The request failed; the class and its attributes state the cause.
        """
