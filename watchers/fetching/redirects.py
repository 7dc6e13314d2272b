"""The steps of one request: which URL a redirect may lead to, and what each host may receive.

    requested URL ──301──► step ──302──► step ──200──► response
                             every step is checked; loops and long chains raise InvalidResponse

Credentials are sent to the host for which they were given, and to the same host with TLS. Validators
are sent to the host that issued them. Credentials in a Location header are ignored, because the server
controls that header. The functions for error statuses and login pages are here too: all are pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import quote_from_bytes

from yarl import URL

from watchers.errors import ForbiddenAddressError, InvalidResponse
from watchers.fetching.addresses import IPNetwork, check_url, display_parsed_url, parse_url
from watchers.fetching.proxies import basic_authorization
from watchers.fetching.result import NO_VALIDATORS, Validators
from watchers.limits import MAX_URL_CHARS

MAX_REDIRECTS: Final = 10
"""Steps from the requested URL to the response."""

REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_PERMANENT_STATUSES: Final = frozenset({301, 308})

# All printable ASCII characters stay as they are, also "%", so that nothing is quoted twice.
_SAFE_CHARS: Final = bytes(range(0x21, 0x7F)).decode("ascii")

_EXPLANATIONS: Final = {
    400: "the server did not understand the request",
    401: "the server requires a user name and a password; put them into the address, "
    "as https://name:password@…",
    402: "the server requires a payment",
    403: "the server refuses access; it may accept only browsers or logged-in users",
    404: "nothing exists at this address",
    405: "this address does not allow reading",
    406: "the server has no format that Tocsin can read",
    407: "the proxy requires a user name and a password",
    408: "the server waited too long for the request",
    410: "the content was removed permanently",
    421: "this server does not serve that host",
    425: "the server requests a later attempt",
    429: "the server received too many requests and requests a later attempt",
    451: "the content is withheld for legal reasons",
    500: "the server had an internal error",
    501: "the server does not support this request",
    502: "the server got an invalid response from another server",
    503: "the server is temporarily unavailable",
    504: "the server got no response from another server",
    520: "the server behind Cloudflare sent an invalid response",
    521: "the server behind Cloudflare is down",
    522: "the server behind Cloudflare does not answer",
    523: "the server behind Cloudflare cannot be reached",
    524: "the server behind Cloudflare is too slow",
    525: "the server behind Cloudflare does not support TLS",
    526: "the server behind Cloudflare has an invalid TLS certificate",
    530: "the server behind Cloudflare cannot be found",
}
_EXPLANATIONS_BY_CLASS: Final = {
    2: "the response contains no document",
    3: "the redirect has no usable target",
    4: "the server refused the request",
    5: "the server failed",
}

_TITLE: Final = re.compile(rb"<title[^>]{0,200}>\s{0,50}([^<]{1,200})", re.IGNORECASE)
_MAX_TITLE_OFFSET_BYTES: Final = 4096
_CHALLENGE_TITLES: Final = (
    (b"just a moment", "Cloudflare"),
    (b"attention required! | cloudflare", "Cloudflare"),
    (b"checking your browser", "a bot filter"),
    (b"ddos-guard", "DDoS-Guard"),
    (b"making sure you", "Anubis"),
    (b"vercel security checkpoint", "Vercel"),
    (b"pardon our interruption", "Imperva"),
)
_LOGIN_WORDS: Final = (
    "login log-in log_in signin sign-in sign_in wp-login servicelogin user-login sso authenticate"
)
_LOGIN_PATH_PARTS: Final = frozenset(_LOGIN_WORDS.split())


def status_text(status: int) -> str:
    """Return ``404 Not Found: nothing exists at this address``."""
    explanation = _EXPLANATIONS.get(status) or _EXPLANATIONS_BY_CLASS.get(
        status // 100, "an unknown status"
    )
    try:
        return f"{status} {HTTPStatus(status).phrase}: {explanation}"
    except ValueError:
        return f"{status}: {explanation}"


def browser_challenge_text(headers: Mapping[str, str], start: bytes = b"") -> str | None:
    """Return an explanation if the response is a check for browsers, else ``None``.

    Args:
        headers: The response headers with lower-case names.
        start: The start of the page; empty if the response is not HTML.
    """
    blocker = None
    if "challenge" in headers.get("cf-mitigated", "").lower():
        blocker = "Cloudflare"
    elif headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        blocker = "the Amazon firewall"
    elif title := _TITLE.search(start[:_MAX_TITLE_OFFSET_BYTES]):
        text = title[1].lower()
        blocker = next(
            (name for prefix, name in _CHALLENGE_TITLES if text.startswith(prefix)), None
        )
    if blocker is None:
        return None
    return f"{blocker} allows only browsers; ask the site to make an exception"


def is_login_page(url: URL) -> bool:
    """Return True if a part of the path names a login page."""
    return any(part.lower().partition(".")[0] in _LOGIN_PATH_PARTS for part in url.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStep:
    """One URL of a redirect chain.

    Attributes:
        requested_url: The first URL, in a form that may be displayed.
        url: The URL of this step, without credentials and fragment.
        credentials: The user name and password (or ``None``) for this URL, if there are any.
        validators: The validators to send.
        is_permanent: True if every redirect up to here was permanent; true for the first step.
        redirect_status: The status that led here; ``None`` for the first step.
        visited: All URLs up to here, including this one.
    """

    requested_url: str
    url: URL
    credentials: tuple[str, str | None] | None = None
    validators: Validators = NO_VALIDATORS
    is_permanent: bool = True
    redirect_status: int | None = None
    visited: tuple[URL, ...] = ()

    @property
    def host(self) -> str:
        """Return the host name; the same for every spelling."""
        return (self.url.raw_host or "").rstrip(".")

    @property
    def requested_login_page(self) -> bool:
        """Return True if the first URL was a login page."""
        return is_login_page(self.visited[0])

    @property
    def moved_to(self) -> str | None:
        """Return the URL for future requests after a permanent redirect, with valid credentials."""
        if self.redirect_status is None or not self.is_permanent:
            return None
        if self.credentials is None:
            return str(self.url)
        user, password = self.credentials
        return str(self.url.with_user(user).with_password(password))

    def headers(self) -> dict[str, str]:
        """Return the headers that only this host may receive."""
        headers: dict[str, str] = {}
        if self.credentials is not None:
            headers["Authorization"] = basic_authorization(*self.credentials)
        if self.validators.etag is not None:
            headers["If-None-Match"] = self.validators.etag
        if self.validators.last_modified is not None:
            headers["If-Modified-Since"] = self.validators.last_modified
        return headers

    def describe(self, reason: str) -> str:
        """Return ``reason``, with the URL of this step if that is not the requested one."""
        if self.redirect_status is None:
            return reason
        return f"{reason} (the address redirects to {display_parsed_url(self.url)})"

    def follow(
        self,
        location: str,
        status: int,
        allowed: Iterable[IPNetwork] = (),
        *,
        has_new_cookies: bool = False,
    ) -> RequestStep:
        """Return the next step for the Location header of a redirect.

        With new cookies, a server may redirect to the same URL again.

        Raises:
            ForbiddenAddressError: The target must not be requested.
            InvalidResponse: The redirects form a loop, or there are too many.
        """
        url = self._resolve(location, allowed)
        if url in self.visited and not has_new_cookies:
            reason = "the redirects form a loop; the site may accept only browsers"
            raise InvalidResponse(reason, address=self.requested_url)
        if len(self.visited) > MAX_REDIRECTS:
            reason = f"more than {MAX_REDIRECTS} redirects in a row"
            raise InvalidResponse(reason, address=self.requested_url)
        return replace(
            self,
            url=url,
            credentials=self.credentials if _may_share_credentials(self.url, url) else None,
            validators=self.validators if url.raw_host == self.url.raw_host else NO_VALIDATORS,
            is_permanent=self.is_permanent and status in _PERMANENT_STATUSES,
            redirect_status=status,
            visited=(*self.visited, url),
        )

    def _resolve(self, location: str, allowed: Iterable[IPNetwork]) -> URL:
        if len(location) > MAX_URL_CHARS:
            reason = f"the address redirects to one longer than {MAX_URL_CHARS:,} characters"
            raise InvalidResponse(reason, address=self.requested_url)
        try:
            # aiohttp decodes headers with "surrogateescape". Bytes that are not UTF-8 must reach the
            # server unchanged, so the original bytes are percent-encoded.
            text = quote_from_bytes(location.encode("utf-8", "surrogateescape"), safe=_SAFE_CHARS)
            target = str(self.url.join(parse_url(text)))
        except ValueError as error:
            reason = "the address redirects to an invalid URL"
            raise InvalidResponse(reason, address=self.requested_url) from error
        try:
            url = check_url(target, allowed)
        except ForbiddenAddressError as error:
            reason = f"the address redirects to {error.address}: {error.reason}"
            raise ForbiddenAddressError(reason, address=self.requested_url) from error
        return url.with_user(None)


def first_step(url: str, validators: Validators, allowed: Iterable[IPNetwork] = ()) -> RequestStep:
    """Return the first step of a request to ``url``.

    Raises:
        ForbiddenAddressError: The URL must not be requested.
    """
    checked = check_url(url, allowed)
    has_credentials = checked.user is not None or checked.password is not None
    clean = checked.with_user(None)
    return RequestStep(
        requested_url=display_parsed_url(clean),
        url=clean,
        credentials=(checked.user or "", checked.password) if has_credentials else None,
        validators=validators,
        visited=(clean,),
    )


def _may_share_credentials(old: URL, new: URL) -> bool:
    """Return True if ``new`` has the same origin, or is the same site with TLS on default ports."""
    if old.raw_host != new.raw_host:
        return False
    if old.scheme == new.scheme:
        return old.port == new.port
    return new.scheme == "https" and old.is_default_port() and new.is_default_port()
