"""Who may see the status page: whoever has its token, given once, then in a cookie.

token (a form, a link, a header) ──► cookie, which is no token ──► the page
"""

from __future__ import annotations

import hmac
from typing import Final

from aiohttp import web

from bot.clock import Clock
from bot.store import Database
from bot.store.alert_log import recent_alerts
from bot.store.feeds import some_feeds
from bot.store.sources import list_sources
from bot.web.page import MOST_FEEDS, Seen, door_page, status_page
from bot.web.readings import Readings
from bot.web.style import POLICY

PATH: Final = "/status"
"""Where it is."""

_COOKIE: Final = "tocsin"
_DAYS: Final = 30
_MOST_ALERTS: Final = 30
_FORM: Final = "application/x-www-form-urlencoded"


class StatusPage:
    """The handlers of the page."""

    def __init__(self, database: Database, readings: Readings, clock: Clock, token: str) -> None:
        self._database = database
        self._readings = readings
        self._clock = clock
        self._token = token
        # The cookie holds no token: who reads it can see the page, and no more.
        self._pass = hmac.digest(token.encode(), b"status page", "sha256").hex()

    async def status(self, request: web.Request) -> web.StreamResponse:
        """The page, to whoever may see it; to others, a door."""
        given = request.query.get("token")
        if given is not None:
            return self._let_in(request, given)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not (_same(bearer, self._token) or _same(request.cookies.get(_COOKIE, ""), self._pass)):
            return _html(door_page(is_wrong=False), status=403)
        return _html(await self._page())

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """The token comes by the form of the door."""
        given = (await request.post()).get("token") if request.content_type == _FORM else None
        return self._let_in(request, given if isinstance(given, str) else "")

    def _let_in(self, request: web.Request, given: str) -> web.StreamResponse:
        if not _same(given, self._token):
            return _html(door_page(is_wrong=True), status=403)
        answer = web.HTTPSeeOther(request.path)  # the token does not stay in the address
        answer.set_cookie(
            _COOKIE,
            self._pass,
            path=PATH,
            max_age=_DAYS * 86_400,
            httponly=True,
            samesite="Strict",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )
        raise answer

    async def _page(self) -> str:
        reading = await self._readings.newest()
        async with self._database.reading() as connection:
            seen = Seen(
                now=self._clock(),
                figures=reading.figures,
                folders=await list_sources(connection),
                feeds=await some_feeds(connection, most=MOST_FEEDS),
                alerts=await recent_alerts(connection, failed=False, most=_MOST_ALERTS),
            )
        return status_page(seen)


def _html(text: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": POLICY}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _same(one: str, other: str) -> bool:
    """Whether they are the same, told in a time that does not hang on where they differ."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # headers may hold what is no text
