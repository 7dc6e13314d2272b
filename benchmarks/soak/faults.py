"""The faults of the soak test: feeds that answer badly, and a chat platform that rejects messages."""

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


async def hang(_request: web.Request, _body: bytes) -> web.StreamResponse:
    await asyncio.sleep(90)
    return web.Response()


async def trickle(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
    await answer.prepare(request)
    for start in range(0, len(body), 16):
        await answer.write(body[start : start + 16])
        await asyncio.sleep(1)
    return answer


async def break_off(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(body) * 2)})
    await answer.prepare(request)
    await answer.write(body)
    if request.transport is not None:
        request.transport.close()
    return answer


async def redirect_in_circle(request: web.Request, _body: bytes) -> web.StreamResponse:
    step = int(request.query.get("step", "0"))
    raise web.HTTPFound(f"{request.path}?step={(step + 1) % 3}")


async def redirect_for_ever(request: web.Request, _body: bytes) -> web.StreamResponse:
    step = int(request.query.get("step", "0"))
    raise web.HTTPFound(f"{request.path}?step={step + 1}")


async def send_bomb(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.Response(body=bomb(), headers={"Content-Encoding": "gzip"})


async def send_garbage(_request: web.Request, body: bytes) -> web.StreamResponse:
    garbage = random.choice([b"\x00\xff" * 500, b"<html>not here</html>", body[: len(body) // 2]])
    return web.Response(body=garbage, content_type="application/rss+xml")


async def be_overloaded(_request: web.Request, _body: bytes) -> web.StreamResponse:
    status = random.choice([429, 500, 502, 503])
    return web.Response(status=status, headers={"Retry-After": "5"} if status == 429 else {})


@cache
def bomb() -> bytes:
    """Return 100 MB compressed to 100 kB. Compressing takes half a second, so call this before the run."""
    return gzip.compress(b"<rss>" + b" " * 100_000_000, 9)


FAULTS: Final[tuple[Behave, ...]] = (
    hang,
    trickle,
    break_off,
    redirect_in_circle,
    redirect_for_ever,
    send_bomb,
    send_garbage,
    be_overloaded,
)
"""The ways in which a feed answers badly."""


class FaultyTelegram(FakeTelegram):
    """A fake Telegram that answers some messages with 429, 5xx, or 403 for blocked chats."""

    def __init__(self) -> None:
        super().__init__(per_second=None, chat=None, group=None)
        self.is_faulty = True
        self.blocked: set[int] = set()
        self.refusals: Counter[str] = Counter()
        self.arrived: Counter[tuple[int, str]] = Counter()

    async def call_sendmessage(self, params: Params) -> Params:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            self.refusals["403"] += 1
            raise Refused(403, "Forbidden: bot was blocked by the user")
        roll = random.random() if self.is_faulty else 1.0
        if roll < 0.04:
            self.refusals["429"] += 1
            raise Refused(429, "Too Many Requests: retry after 2", retry_after=2)
        if roll < 0.10:
            code = random.choice([500, 502, 503])
            self.refusals[str(code)] += 1
            raise Refused(code, "Internal Server Error")
        result = await super().call_sendmessage(params)
        message = self.messages[-1]
        self.arrived[chat, message.text.split("\n")[0]] += 1
        _drop_old_params(self.messages)
        self.calls.clear()
        return result


def _drop_old_params(messages: list[Message]) -> None:
    """Keep the parameters of the last messages only, so that the fake does not grow."""
    for index in range(len(messages) - 2_000):
        messages[index].params = {}
