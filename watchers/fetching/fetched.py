"""What one request brought, and what whoever asks may know of how it was made.

    fetch(url, validators) ──► Fetched (200 or 304)     or one FetchError (watchers/errors.py)

The watchers below are given `Fetch` as an argument: they know no session, no proxy and no guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

MAX_BODY: Final = 15 << 20
"""Bytes of a body after decompression; Miniflux has lived with the same cap for years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave with its last answer, so that it need not give the same answer again."""

    etag: str | None = None
    last_modified: str | None = None


NO_VALIDATORS: Final = Validators()
"""Of an address that was never asked, or whose server gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer of 200, or of 304 with an empty body.

    Attributes:
        url: the address that answered in the end.
        moved_to: that address where every step to it was permanent (301, 308); else ``None``.
        not_modified: the answer was 304.
        body: the bytes, decompressed.
        content_type: the header as it came, parameters included; "" where there was none.
        headers: the answer's headers without cookies, names in lower case, the last of a name wins.
        links: targets by relation from `Link` headers, absolute (RFC 8288).
        validators: for the next request to the same address.
        max_age: seconds that the server calls the answer fresh (Cache-Control, Expires).
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
    """One polite, guarded GET."""

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, most: int = MAX_BODY
    ) -> Fetched:
        """GET ``url``; at most ``most`` bytes of body after decompression.

        Raises:
            FetchError: it could not be had; the class and its data say how.
        """
