"""Interpret HTTP responses: a document, "not modified", a redirect, or an error status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Final

import aiohttp

from watchers.errors import FetchError, HttpStatusError, InvalidResponse
from watchers.fetching.addresses import to_printable
from watchers.fetching.redirects import (
    REDIRECT_STATUSES,
    RequestStep,
    browser_challenge_text,
    is_login_page,
    status_text,
)
from watchers.fetching.response_parts import (
    LargeBodySlots,
    freshness_seconds,
    plain_headers,
    read_body,
    read_body_start,
    read_links,
    read_validators,
    retry_after_seconds,
)
from watchers.fetching.result import NO_VALIDATORS, FetchResult, Validators

# 203: a proxy on the way changed the document. 226: RFC 3229, feeds with only the new entries. Some servers
# send complete documents with 202 and 206.
_DOCUMENT_STATUSES: Final = (
    HTTPStatus.OK,
    HTTPStatus.ACCEPTED,
    HTTPStatus.NON_AUTHORITATIVE_INFORMATION,
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.IM_USED,
)
# A browser, or a logged-in user, would get the page in most cases.
_BROWSER_STATUSES: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_MAX_ERROR_PAGE_BYTES: Final = 4096
_MAX_ERROR_TEXT_CHARS: Final = 120


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect: the Location header as sent, the status, and the cookies for the next steps."""

    location: str
    status: int
    cookies: SimpleCookie


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """The maximum size of a body, the slots for large bodies, and the clock."""

    max_bytes: int
    large_bodies: LargeBodySlots
    clock: Callable[[], datetime]


async def read_response(
    response: aiohttp.ClientResponse,
    deadline: asyncio.Timeout,
    *,
    step: RequestStep,
    options: ReadOptions,
) -> FetchResult | Redirect:
    """Return the result of a GET request; ``deadline`` is the timeout of the request.

    Raises:
        HttpStatusError: The server answered with an error status, a bot check or a login page.
        ResponseTooLarge, InvalidResponse: As `read_body`; also for an unexpected status 304.
    """
    headers = plain_headers(response.headers)
    if response.status in REDIRECT_STATUSES and headers.get("location"):
        # Not from ``headers``: the original bytes of the value are needed.
        return Redirect(response.headers["Location"], response.status, response.cookies)
    validators = read_validators(headers)
    is_not_modified = response.status == HTTPStatus.NOT_MODIFIED
    body = b""
    if is_not_modified:
        sent = step.validators
        if sent == NO_VALIDATORS:
            reason = "the server answered 304 (not modified) to an unconditional request"
            raise InvalidResponse(step.describe(reason), address=step.requested_url)
        # A 304 response may omit validators that did not change.
        validators = Validators(
            etag=validators.etag or sent.etag,
            last_modified=validators.last_modified or sent.last_modified,
        )
    elif response.status not in _DOCUMENT_STATUSES:
        raise await _status_error(response, step, headers, options.clock())
    else:
        body = await read_body(
            response,
            options.max_bytes,
            address=step.requested_url,
            large_bodies=options.large_bodies,
            deadline=deadline,
        )
        _check_browser_page(response.status, step, headers, body)
        if not body and response.status == HTTPStatus.ACCEPTED:
            # The server prepares the document and has none yet.
            reason = step.describe(status_text(response.status))
            raise HttpStatusError(response.status, reason, address=step.requested_url)
    return FetchResult(
        url=str(step.url),
        moved_to=step.moved_to,
        not_modified=is_not_modified,
        body=body,
        content_type=headers.get("content-type", ""),
        headers=headers,
        links=read_links(response.headers.getall("Link", ()), step.url),
        validators=validators,
        max_age=freshness_seconds(headers, now=options.clock()),
    )


async def read_post_status(
    response: aiohttp.ClientResponse, step: RequestStep, now: datetime
) -> int:
    """Return the status of a response to a POST request if it is 2xx.

    Raises:
        HttpStatusError: Any other status. The reason quotes the start of a plain-text body.
    """
    if response.status // 100 == 2:  # noqa: PLR2004 - the class of success statuses
        return response.status
    raise await _status_error(response, step, plain_headers(response.headers), now)


def _check_browser_page(
    status: int, step: RequestStep, headers: dict[str, str], body: bytes
) -> None:
    """Raise HttpStatusError for a bot check or a login page with a success status."""
    explanation = browser_challenge_text(headers, body if _is_html(headers) else b"")
    # A login page that was requested as such is a normal page.
    is_login = _is_html(headers) and is_login_page(step.url) and not step.requested_login_page
    if explanation is None and step.redirect_status is not None and is_login:
        status = step.redirect_status
        explanation = "the address redirects to a login page"
    if explanation is not None:
        reason = step.describe(f"{status}: {explanation}")
        raise HttpStatusError(status, reason, address=step.requested_url, is_browser_challenge=True)


async def _status_error(
    response: aiohttp.ClientResponse, step: RequestStep, headers: dict[str, str], now: datetime
) -> HttpStatusError:
    status = response.status
    start = b""
    # The page only adds detail, so a failure to read it must not replace the status error.
    # TimeoutError is an OSError.
    with suppress(FetchError, aiohttp.ClientError, OSError):
        start = await read_body_start(response, _MAX_ERROR_PAGE_BYTES, address=step.requested_url)
    challenge = browser_challenge_text(headers, start if _is_html(headers) else b"")
    reason = f"{status}: {challenge}" if challenge else status_text(status)
    # WebSub hubs explain in plain text why they reject a subscription.
    if response.method == "POST" and headers.get("content-type", "").startswith("text/plain"):
        text = " ".join(start.decode("utf-8", "replace").split())
        reason += f' ("{to_printable(text, _MAX_ERROR_TEXT_CHARS)}")' if text else ""
    return HttpStatusError(
        status,
        step.describe(reason),
        address=step.requested_url,
        retry_after=retry_after_seconds(headers, status, now=now),
        is_browser_challenge=challenge is not None or status in _BROWSER_STATUSES,
    )


def _is_html(headers: dict[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()
