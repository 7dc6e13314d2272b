"""Authenticate requests for the status page.

token (form, link or header) ──► cookie with a derived value ──► page
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Final

from aiohttp import web

from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.feeds.feeds import list_feeds_by_health
from bot.store.feeds.sources import list_sources
from bot.store.outbox.alert_log import list_recent_alerts
from bot.web.html import POLICY
from bot.web.metrics import SnapshotCache
from bot.web.status_page import MAX_FEEDS, StatusData, login_page, status_page

PATH: Final = "/status"
"""The path of the status page."""

WRONG_TOKEN_DELAY_SECONDS: Final = 0.5
"""Time between two answers to wrong tokens, for all clients together."""

MAX_WAITING: Final = 10
"""Requests with wrong tokens that wait for their answer."""

_COOKIE: Final = "tocsin"
_COOKIE_SECONDS: Final = 30 * 86_400
_MAX_ALERTS: Final = 30
_FORM_CONTENT_TYPE: Final = "application/x-www-form-urlencoded"


class StatusPage:
    """The handlers of the status page."""

    def __init__(
        self, database: Database, snapshots: SnapshotCache, clock: Clock, token: str
    ) -> None:
        self._database = database
        self._snapshots = snapshots
        self._clock = clock
        self._token = token
        self._wrong_token_lock = asyncio.Lock()
        self._waiting_count = 0
        # The cookie contains a derived value, so that a stolen cookie does not reveal the token.
        self._cookie_value = hmac.digest(token.encode(), b"status page", "sha256").hex()

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Return the status page, or the login page if the request is not authenticated."""
        token = request.query.get("token")
        if token is not None:
            return await self._authenticate(request, token)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not (
            _is_equal(bearer, self._token)
            or _is_equal(request.cookies.get(_COOKIE, ""), self._cookie_value)
        ):
            return _html(login_page(is_wrong=False), status=403)
        return _html(await self._page())

    async def login(self, request: web.Request) -> web.StreamResponse:
        """Handle the form of the login page."""
        token = (
            (await request.post()).get("token")
            if request.content_type == _FORM_CONTENT_TYPE
            else None
        )
        return await self._authenticate(request, token if isinstance(token, str) else "")

    async def _authenticate(self, request: web.Request, token: str) -> web.StreamResponse:
        if not _is_equal(token, self._token):
            if self._waiting_count >= MAX_WAITING:
                return web.Response(status=429, text="Too many wrong tokens. Try again later.\n")
            self._waiting_count += 1
            try:
                # One wrong token at a time. A right token does not wait.
                async with self._wrong_token_lock:
                    await asyncio.sleep(WRONG_TOKEN_DELAY_SECONDS)
            finally:
                self._waiting_count -= 1
            return _html(login_page(is_wrong=True), status=403)
        # Redirect, so that the token does not remain in the address bar and the history.
        redirect = web.HTTPSeeOther(request.path)
        redirect.set_cookie(
            _COOKIE,
            self._cookie_value,
            path=PATH,
            max_age=_COOKIE_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )
        raise redirect

    async def _page(self) -> str:
        snapshot = await self._snapshots.newest()
        async with self._database.reading() as connection:
            data = StatusData(
                now=self._clock(),
                figures=snapshot.figures,
                folders=await list_sources(connection),
                feeds=await list_feeds_by_health(connection, limit=MAX_FEEDS),
                alerts=await list_recent_alerts(connection, failed=False, limit=_MAX_ALERTS),
            )
        return status_page(data)


def _html(text: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": POLICY}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _is_equal(first: str, second: str) -> bool:
    """Compare in constant time, so that the duration reveals nothing about the token."""
    return hmac.compare_digest(_to_bytes(first), _to_bytes(second))


def _to_bytes(text: str) -> bytes:
    # aiohttp decodes invalid header bytes to surrogates, which "strict" would reject.
    return text.encode("utf-8", "surrogatepass")
