"""Close connections that are idle, too slow with their request, or too many from one address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

MAX_IDLE_SECONDS: Final = 15.0
"""Time without a complete request, and time between two requests of a connection."""

MAX_CONNECTIONS: Final = 200
MAX_CONNECTIONS_PER_ADDRESS: Final = 50
"""A reverse proxy is one address."""

_INTERVAL_SECONDS: Final = 1.0


class ConnectionGuard:
    """Checks all connections of a server once a second."""

    def __init__(self, server: web.Server, *, timer: Callable[[], float] = monotonic) -> None:
        self._server = server
        self._timer = timer
        self._idle_since: dict[RequestHandler, float] = {}

    async def run(self) -> None:
        """Check until the task is cancelled."""
        while True:
            self.check()
            await asyncio.sleep(_INTERVAL_SECONDS)

    def check(self) -> int:
        """Close connections above the limits. Return their number."""
        now = self._timer()
        by_address: Counter[str] = Counter()
        closed = 0
        open_connections = self._server.connections
        known, self._idle_since = self._idle_since, {}
        for number, connection in enumerate(open_connections):
            address = _address(connection)
            by_address[address] += 1
            is_surplus = (
                number >= MAX_CONNECTIONS or by_address[address] > MAX_CONNECTIONS_PER_ADDRESS
            )
            is_slow = False
            if not _has_request(connection):
                self._idle_since[connection] = idle_since = known.get(connection, now)
                is_slow = now - idle_since > MAX_IDLE_SECONDS
            if is_surplus or is_slow:
                connection.force_close()
                closed += 1
        return closed


def _has_request(connection: RequestHandler) -> bool:
    # aiohttp has no public attribute for a connection that waits for the end of its headers.
    return connection._current_request is not None  # noqa: SLF001


def _address(connection: RequestHandler) -> str:
    transport = connection.transport
    peer = transport.get_extra_info("peername") if transport is not None else None
    return str(peer[0]) if peer else ""
