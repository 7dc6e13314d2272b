"""What goes wrong in a soak: feeds with bad manners, a chat platform that refuses."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import Counter
from functools import cache
from typing import Final

from aiohttp import web

from tests.fakes.feed_sites import Behave
from tests.fakes.telegram import FakeTelegram, Message, Params, Refused


async def hangs(_request: web.Request, _body: bytes) -> web.StreamResponse:
    await asyncio.sleep(90)
    return web.Response()


async def trickles(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
    await answer.prepare(request)
    for place in range(0, len(body), 16):
        await answer.write(body[place : place + 16])
        await asyncio.sleep(1)
    return answer


async def breaks_off(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(body) * 2)})
    await answer.prepare(request)
    await answer.write(body)
    if request.transport is not None:
        request.transport.close()
    return answer


async def circles(request: web.Request, _body: bytes) -> web.StreamResponse:
    turn = int(request.query.get("turn", "0"))
    raise web.HTTPFound(f"{request.path}?turn={(turn + 1) % 3}")


async def leads_away(request: web.Request, _body: bytes) -> web.StreamResponse:
    step = int(request.query.get("step", "0"))
    raise web.HTTPFound(f"{request.path}?step={step + 1}")


async def bombs(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.Response(body=bomb(), headers={"Content-Encoding": "gzip"})


async def lies(_request: web.Request, body: bytes) -> web.StreamResponse:
    said = random.choice([b"\x00\xff" * 500, b"<html>not here</html>", body[: len(body) // 2]])
    return web.Response(body=said, content_type="application/rss+xml")


async def overloaded(_request: web.Request, _body: bytes) -> web.StreamResponse:
    status = random.choice([429, 500, 502, 503])
    return web.Response(status=status, headers={"Retry-After": "5"} if status == 429 else {})


@cache
def bomb() -> bytes:
    """100 MB in 100 kB. Made before the run: it takes half a second, in which nobody is answered."""
    return gzip.compress(b"<rss>" + b" " * 100_000_000, 9)


MANNERS: Final[tuple[Behave, ...]] = (
    hangs,
    trickles,
    breaks_off,
    circles,
    leads_away,
    bombs,
    lies,
    overloaded,
)
"""Ways in which a feed can answer badly."""


class Refusing(FakeTelegram):
    """Telegram on a bad day: 429, 5xx, chats that blocked the bot, answers that never come."""

    def __init__(self) -> None:
        super().__init__(per_second=None, chat=None, group=None)
        self.bad = True
        self.blocked: set[int] = set()
        self.refusals: Counter[str] = Counter()
        self.arrived: Counter[tuple[int, str]] = Counter()

    async def call_sendmessage(self, params: Params) -> Params:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            self.refusals["403"] += 1
            raise Refused(403, "Forbidden: bot was blocked by the user")
        roll = random.random() if self.bad else 1.0
        if roll < 0.04:
            self.refusals["429"] += 1
            raise Refused(429, "Too Many Requests: retry after 2", retry_after=2)
        if roll < 0.10:
            code = random.choice([500, 502, 503])
            self.refusals[str(code)] += 1
            raise Refused(code, "Internal Server Error")
        shown = await super().call_sendmessage(params)
        message = self.messages[-1]
        self.arrived[chat, message.text.split("\n")[0]] += 1
        _forget(self.messages)
        self.calls.clear()
        return shown


def _forget(messages: list[Message]) -> None:
    """Keep the last few: the fake must not be what grows."""
    for place in range(len(messages) - 2_000):
        messages[place].params = {}
