"""Who may see the status page: whoever has its token, once in the address, then in a cookie."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from aiohttp import web

from bot.clock import Clock
from bot.store import Database
from bot.store.alert_log import recent_alerts
from bot.store.feeds import some_feeds
from bot.store.figures import read_figures
from bot.store.sources import list_sources
from bot.web.page import MOST_FEEDS, Seen, status_page

_COOKIE: Final = "tocsin"
_DAYS: Final = 30
_MOST_ALERTS: Final = 30


class StatusPage:
    """The handler of the page."""

    def __init__(self, database: Database, clock: Clock, token: str) -> None:
        self._database = database
        self._clock = clock
        self._token = token
        # The cookie holds no token: who reads it can see the page, and no more.
        self._pass = sha256(f"status page {token}".encode()).hexdigest()

    async def status(self, request: web.Request) -> web.StreamResponse:
        """The page, to whoever may see it."""
        given = request.query.get("token")
        if given is not None and _same(given, self._token):
            answer = web.HTTPSeeOther(request.path)  # the token does not stay in the address
            answer.set_cookie(
                _COOKIE, self._pass, max_age=_DAYS * 86_400, httponly=True, samesite="Strict"
            )
            raise answer
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not (_same(bearer, self._token) or _same(request.cookies.get(_COOKIE, ""), self._pass)):
            raise web.HTTPForbidden(text="This page opens with its token: /status?token=…\n")
        return web.Response(text=await self._page(), content_type="text/html")

    async def _page(self) -> str:
        now = self._clock()
        async with self._database.reading() as connection:
            seen = Seen(
                now=now,
                figures=await read_figures(connection, now=now),
                folders=await list_sources(connection),
                feeds=await some_feeds(connection, most=MOST_FEEDS),
                alerts=await recent_alerts(connection, failed=False, most=_MOST_ALERTS),
            )
        return status_page(seen)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
