"""A language model behind an OpenAI-compatible address, as bad as a test wants it to be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Self

from aiohttp import web

Says = Callable[[list[dict[str, str]]], str]
"""What it says to the messages of a request."""


_MOST_POURED = 64_000_000  # bytes, should nobody stop it


_PAGES = {
    "garbage": (b"\x00<html>\xff not json", "application/json"),
    "nested": (b"[" * 200_000, "application/json"),
    "text": (b"I am a proxy's error page", "text/html"),
}


class ModelServer:
    """Answers `/v1/chat/completions`. ``says`` makes the words; ``mode`` how it behaves.

    Modes: "answer", "hang" (until it is closed), "garbage" (no JSON), "odd" (JSON of another kind),
    "text" (a page), "empty" (no words), "drip" (a byte now and then), "flood" (without end), "nested" (JSON
    too deep to read), "cut" (it hangs up in the middle), or a number: that status.
    """

    def __init__(self, says: Says = lambda _: "") -> None:
        self.says = says
        self.mode: str | int = "answer"
        self.asked: list[dict] = []
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.poured = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if isinstance(self.mode, int):
            return web.json_response({"error": {"message": "no"}}, status=self.mode)
        if self.mode == "hang":
            await self._closing.wait()
        if self.mode in _PAGES:
            body, kind = _PAGES[self.mode]
            return web.Response(body=body, content_type=kind)
        if self.mode in {"drip", "flood", "cut", "error flood"}:
            return await self._pour(request)
        if self.mode == "odd":
            return web.json_response({"choices": {"message": [1, {"content": 5}]}, "usage": "much"})
        text = "" if self.mode == "empty" else self.says(body["messages"])
        return web.json_response(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": text},
                    }
                ],
                "usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100},
            }
        )

    async def _pour(self, request: web.Request) -> web.StreamResponse:
        """Bytes until nobody listens any more."""
        status = 500 if self.mode == "error flood" else 200
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            while not self._closing.is_set() and self.poured < _MOST_POURED:
                piece = b" " * (1 if self.mode == "drip" else 65_536)
                await response.write(piece)
                self.poured += len(piece)
                if self.mode == "cut":
                    request.transport.abort()
                    break
                await asyncio.sleep(0.01 if self.mode == "drip" else 0)
        except ConnectionError:
            pass  # it hung up
        return response


def article_in(messages: list[dict[str, str]]) -> str:
    """What stands between the marks of a request."""
    return json.dumps(messages[-1]["content"], ensure_ascii=False)
