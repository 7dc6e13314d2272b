"""One small web server for everything that the outside may ask. Off unless WEB_PORT is set.

route table ──► aiohttp ──► handler ──► answer, with headers that give browsers nothing to misuse
                              └─ a fault of ours ──► 500, in the log; the server goes on
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from bot.errors import SettingsError
from bot.settings import PREFIX

MOST_BYTES: Final = 1 << 20
"""Bytes of a request: Slack's and Telegram's are a few kilobytes, a hub's ping that of a feed's."""

_SECONDS: Final = 20.0  # for one answer
_LAST_SECONDS: Final = 2.0  # for what is under way at the end
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
    """A path that is answered, and by whom."""

    method: str
    path: str
    handler: Handler


class WebServer:
    """Answers ``routes`` on ``host`` and ``port`` until it is stopped.

    Attributes:
        port: where it listens; chosen by the system where 0 was asked for.
        listening: set once it does.
    """

    def __init__(self, host: str, port: int, routes: Iterable[Route]) -> None:
        self._host = host
        self._port = port
        self._app = web.Application(client_max_size=MOST_BYTES, middlewares=[_guarded])
        for route in routes:
            self._app.router.add_route(route.method, route.path, route.handler)
        self.port = port
        self.listening = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop``.

        Raises:
            SettingsError: the address cannot be listened on.
        """
        runner = web.AppRunner(
            self._app,
            access_log=None,  # it would hold tokens that stand in paths
            handler_cancellation=True,
            shutdown_timeout=_LAST_SECONDS,
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
                    f"{self._host}:{self._port} cannot be listened on ({error.strerror}); choose"
                    " another port",
                ) from error
            self.port = runner.addresses[0][1]
            self.listening.set()
            log.info("the web server answers", host=self._host, port=self.port)
            await stop.wait()
        finally:
            await runner.cleanup()


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await handler(request)
    except web.HTTPException as refusal:
        _guard(refusal)
        raise
    except TimeoutError:
        answer = web.Response(status=503, text="That took too long; please try again.\n")
    except Exception:
        log.exception("an answer broke", path=request.match_info.route.name or "a route")
        answer = web.Response(status=500, text="Something broke in Tocsin; it is in the log.\n")
    if not answer.prepared:
        _guard(answer)
    return answer


def _guard(answer: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)  # a page may allow itself a little more
