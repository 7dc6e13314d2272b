"""Slow and surplus connections are closed; wrong tokens are answered slowly."""

import asyncio
from typing import Any, cast

import aiohttp

from bot.web import connections, status_auth
from bot.web.connections import ConnectionGuard
from bot.web.server import Route, WebServer
from tests.bot.web.test_status_page import PATH, page  # noqa: F401


class _Connection:
    def __init__(self, address, *, has_request=False):
        self._current_request = object() if has_request else None
        self.transport = self
        self.is_closed = False
        self._address = address

    def get_extra_info(self, _name):
        return (self._address, 1)

    def force_close(self):
        self.is_closed = True


class _Server:
    def __init__(self, *open_connections):
        self.connections = list(open_connections)


def test_idle_and_half_sent_requests_are_closed_after_their_time():
    now = [0.0]
    slow, busy = _Connection("a"), _Connection("a", has_request=True)
    guard = ConnectionGuard(cast(Any, _Server(slow, busy)), timer=lambda: now[0])
    assert guard.check() == 0
    now[0] = connections.MAX_IDLE_SECONDS + 1
    assert guard.check() == 1
    assert (slow.is_closed, busy.is_closed) == (True, False)


def test_one_address_has_a_limited_number_of_connections():
    many = [_Connection("a", has_request=True) for _ in range(80)]
    other = _Connection("b", has_request=True)
    guard = ConnectionGuard(cast(Any, _Server(*many, other)), timer=lambda: 0.0)
    assert guard.check() == 80 - connections.MAX_CONNECTIONS_PER_ADDRESS
    assert not other.is_closed


async def test_a_slow_connection_is_closed_and_others_are_answered(monkeypatch):
    monkeypatch.setattr(connections, "MAX_IDLE_SECONDS", 0.2)
    monkeypatch.setattr(connections, "_INTERVAL_SECONDS", 0.05)

    async def answer(_request):
        return aiohttp.web.Response(text="ok")

    stop = asyncio.Event()
    server = WebServer("127.0.0.1", 0, [Route("GET", "/x", answer)])
    running = asyncio.ensure_future(server.run(stop))
    await server.listening.wait()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /x HTTP/1.1\r\nHost: a\r\n")
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{server.port}/x") as response,
        ):
            assert response.status == 200
    finally:
        stop.set()
        await running


async def test_many_wrong_tokens_are_refused_and_the_right_one_does_not_wait(page, monkeypatch):  # noqa: F811
    monkeypatch.setattr(status_auth, "WRONG_TOKEN_DELAY_SECONDS", 0.3)
    tries = [asyncio.ensure_future(page.get(f"{PATH}?token=wrong{n}")) for n in range(30)]
    await asyncio.sleep(0.1)
    right = await page.get(PATH, headers={"Authorization": "Bearer sesame"})
    assert right.status == 200
    statuses = [(await answer).status for answer in tries]
    assert statuses.count(403) == status_auth.MAX_WAITING
    assert statuses.count(429) == 30 - status_auth.MAX_WAITING
