"""One answer of a server, read to what it means: a document, nothing new, a way elsewhere, or a no."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import aiohttp

from watchers.errors import BadAnswer, FetchError, Refused
from watchers.fetching import freshness
from watchers.fetching.addresses import printable
from watchers.fetching.body import Room, read_body, read_start
from watchers.fetching.fetched import NO_VALIDATORS, Fetched, Validators
from watchers.fetching.link_header import read_links
from watchers.fetching.redirects import REDIRECTS, Step
from watchers.fetching.refusals import challenge_words, is_login, refusal_words

_DOCUMENT: Final = (200, 203)  # 203: the same, from a cache that changed something
_NOT_MODIFIED: Final = 304
_FOR_BROWSERS: Final = (401, 403)  # somebody with a browser, or logged in, would mostly be let in
_START: Final = 4096  # bytes of a refusal's page that are looked at
_LONGEST_WORDS: Final = 120  # characters of a hub's own words


@dataclass(frozen=True, slots=True)
class Redirect:
    """A way elsewhere: the Location header as it came, and the status."""

    location: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How answers are read: the most bytes of a body, where large ones are read, and the clock."""

    most: int
    room: Room
    clock: Callable[[], datetime]


async def read_answer(
    response: aiohttp.ClientResponse, limit: asyncio.Timeout, *, step: Step, how: Reading
) -> Fetched | Redirect:
    """What the answer to a GET means; ``limit`` ends the request.

    Raises:
        Refused: the server said no.
        TooLarge, BadAnswer: as `read_body`, or the answer makes no sense.
    """
    headers = plain_headers(response)
    if response.status in REDIRECTS and headers.get("location"):
        location = response.headers["Location"]
        return Redirect(location, response.status)
    if response.status == _NOT_MODIFIED:
        return _not_modified(response, step, headers, how.clock())
    if response.status not in _DOCUMENT:
        raise await _refused(response, step, headers, how.clock())
    body = await read_body(response, how.most, address=step.asked, room=how.room, limit=limit)
    if _is_html(headers):
        _refuse_what_is_for_browsers(response, step, headers, body)
    return Fetched(
        url=str(step.url),
        moved_to=step.moved_to,
        body=body,
        content_type=headers.get("content-type", ""),
        headers=headers,
        links=read_links(response.headers.getall("Link", ()), step.url),
        validators=freshness.validators(headers),
        max_age=freshness.max_age(headers, now=how.clock()),
    )


async def read_posted(response: aiohttp.ClientResponse, step: Step, now: datetime) -> int:
    """The status of an answer to a form: 2xx.

    Raises:
        Refused: any other; with the first words of a plain text that explains it.
    """
    if response.status // 100 == 2:  # noqa: PLR2004 - all of 2xx
        return response.status
    raise await _refused(response, step, plain_headers(response), now)


def plain_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The headers, names in lower case, the last of a name wins; without cookies, clean Unicode."""
    return {
        name.lower(): value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in response.headers.items()
        if name.lower() != "set-cookie"
    }


def _not_modified(
    response: aiohttp.ClientResponse, step: Step, headers: dict[str, str], now: datetime
) -> Fetched:
    sent = step.validators
    if sent == NO_VALIDATORS:
        reason = "it answers that nothing changed (304), and was not asked that"
        raise BadAnswer(step.at(reason), address=step.asked)
    new = freshness.validators(headers)
    return Fetched(
        url=str(step.url),
        moved_to=step.moved_to,
        not_modified=True,
        content_type=headers.get("content-type", ""),
        headers=headers,
        links=read_links(response.headers.getall("Link", ()), step.url),
        validators=Validators(
            etag=new.etag or sent.etag, last_modified=new.last_modified or sent.last_modified
        ),
        max_age=freshness.max_age(headers, now=now),
    )


def _refuse_what_is_for_browsers(
    response: aiohttp.ClientResponse, step: Step, headers: dict[str, str], body: bytes
) -> None:
    """A page came with success, and is a test for browsers or a form to log in."""
    words = challenge_words(headers, body)
    status = response.status
    if words is None and step.redirect is not None and is_login(step.url) and not step.was_login:
        status = step.redirect
        words = "it leads to a page to log in"
    if words is not None:
        reason = step.at(f"{status}: {words}")
        raise Refused(status, reason, address=step.asked, challenge=True)


async def _refused(
    response: aiohttp.ClientResponse, step: Step, headers: dict[str, str], now: datetime
) -> Refused:
    status = response.status
    start = await _start(response, step)
    challenge = challenge_words(headers, start if _is_html(headers) else b"")
    reason = f"{status}: {challenge}" if challenge else refusal_words(status)
    if response.method == "POST" and headers.get("content-type", "").startswith("text/plain"):
        said = printable(" ".join(start.decode("utf-8", "replace").split()), _LONGEST_WORDS)
        reason += f' ("{said}")' if said else ""
    return Refused(
        status,
        step.at(reason),
        address=step.asked,
        retry_after=freshness.retry_after(headers, status, now=now),
        challenge=challenge is not None or status in _FOR_BROWSERS,
    )


async def _start(response: aiohttp.ClientResponse, step: Step) -> bytes:
    """How the page of a refusal begins: a help to name it, so nothing about it is an error."""
    with suppress(FetchError, aiohttp.ClientError, OSError):  # TimeoutError is an OSError
        return await read_start(response, _START, address=step.asked)
    return b""


def _is_html(headers: dict[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()
