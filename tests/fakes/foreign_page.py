"""The answer of a proxy or gateway that stands between the bot and a platform."""

from __future__ import annotations

from aiohttp import web


class ForeignPage(Exception):
    """An answer of a proxy or gateway instead of the platform."""

    def __init__(self, status: int, body: str = "<html><h1>Access denied</h1></html>") -> None:
        super().__init__(status)
        self.status = status
        self.body = body

    def response(self) -> web.Response:
        return web.Response(status=self.status, text=self.body, content_type="text/html")
