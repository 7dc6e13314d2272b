"""Run the web server for webhooks, health checks, metrics and the status page.

The server is off unless TOCSIN_WEB_PORT is set.

routes ──► aiohttp ──► handler ──► response with security headers
                          └─ exception ──► log, response 500; the server continues
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from bot.errors import SettingsError, StoreError
from bot.settings import PREFIX
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions
from bot.web.connections import ConnectionGuard

MAX_REQUEST_BYTES: Final = 1 << 20
"""Requests of Slack and Telegram have a few kilobytes; a WebSub push has the size of a feed."""

_HANDLER_TIMEOUT_SECONDS: Final = 20.0
_SHUTDOWN_TIMEOUT_SECONDS: Final = 2.0
_DATABASE_TIMEOUT_SECONDS: Final = 5.0
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "Tocsin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path with their handler."""

    method: str
    path: str
    handler: Handler


class WebServer:
    """Serve ``routes`` on ``host`` and ``port``.

    Attributes:
        port: the port on which the server listens; the system chooses one if ``port`` is 0.
        listening: set when the server accepts connections.
    """

    def __init__(self, host: str, port: int, routes: Iterable[Route]) -> None:
        self._host = host
        self._port = port
        self._app = web.Application(
            client_max_size=MAX_REQUEST_BYTES, middlewares=[_add_protection]
        )
        for route in routes:
            self._app.router.add_route(route.method, route.path, route.handler)
        self.port = port
        self.listening = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set.

        Raises:
            SettingsError: the server cannot listen on the address.
        """
        runner = web.AppRunner(
            self._app,
            # An access log would contain the tokens that are part of paths.
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_TIMEOUT_SECONDS,
            max_line_size=8_190,
            max_field_size=8_190,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            try:
                await site.start()
            except OSError as error:
                raise SettingsError(
                    f"{PREFIX}WEB_PORT",
                    f"cannot listen on {self._host}:{self._port} ({error.strerror}); choose"
                    " another port",
                ) from error
            self.port = runner.addresses[0][1]
            self.listening.set()
            log.info("web_server_started", host=self._host, port=self.port)
            guard = asyncio.ensure_future(ConnectionGuard(_server_of(runner)).run())
            try:
                await stop.wait()
            finally:
                guard.cancel()
        finally:
            await runner.cleanup()


def _server_of(runner: web.AppRunner) -> web.Server:
    if runner.server is None:
        raise RuntimeError("the runner was not set up")
    return runner.server


@web.middleware
async def _add_protection(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(_HANDLER_TIMEOUT_SECONDS):
            response = await handler(request)
    except web.HTTPException as http_error:
        _add_security_headers(http_error)
        raise
    except TimeoutError:
        response = web.Response(status=503, text="The request timed out. Try again.\n")
    except Exception:
        log.exception("web_handler_crashed", path=request.match_info.route.name or "a route")
        response = web.Response(status=500, text="Internal error. The log has the details.\n")
    if not response.prepared:
        _add_security_headers(response)
    return response


def _add_security_headers(response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        # A handler may set a less strict value, for example a policy that allows its style sheet.
        response.headers.setdefault(name, value)


Check = Callable[[], str | None]
"""A function that returns the reason why a component cannot work, or None."""


class Health:
    """The handlers of /healthz (liveness) and /readyz (readiness). ``checks`` affect only /readyz."""

    def __init__(self, database: Database, checks: Sequence[Check] = ()) -> None:
        self._database = database
        self._checks = checks
        self._newest = known_revisions()[-1]

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer 200 if the event loop runs."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer 200 if the process can work, else 503 with the reason.

        The process is ready if the database has the schema of this version and all checks pass.
        """
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT_SECONDS):
                revision = await current_revision(self._database)
        except TimeoutError:
            return _unready(f"the database did not answer within {_DATABASE_TIMEOUT_SECONDS:g} s")
        except StoreError as error:
            return _unready(error.message)
        if revision != self._newest:
            required = f"this version requires {self._newest}"
            return _unready(f"the database has schema {revision}; {required}")
        for check in self._checks:
            reason = check()
            if reason is not None:
                return _unready(reason)
        return web.json_response({"status": "ok"})


def _unready(reason: str) -> web.Response:
    return web.json_response({"status": "not ready", "why": reason}, status=503)
