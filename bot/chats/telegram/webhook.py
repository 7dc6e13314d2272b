"""The door for updates that Telegram brings: mounted by the web server, where there is one.

POST path ─ secret right? ─ listening? ─ JSON? ─► queue ─► 200
               └─ 403         └─ 503       └─ 400
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final

import structlog
from aiohttp import web

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_MOST_BYTES: Final = 1 << 20  # of an update: they are some kilobytes

log = structlog.get_logger(__name__)

Take = Callable[[dict[str, Any]], bool]
"""Takes an update; false where it cannot just now."""


class Webhook:
    """A route: its `method`, its `path`, and `handle`. The secret comes from the token."""

    method: Final = "POST"

    def __init__(self, account: str, token: str) -> None:
        digest = blake2b(token.encode(), digest_size=24, person=b"tocsin webhook").digest()
        self.path = f"/telegram/{account}"
        self.secret = urlsafe_b64encode(digest).decode()
        self._take: Take | None = None
        self._refused = 0

    def listen(self, take: Take | None) -> None:
        """Hand updates to ``take`` from now on; ``None``: Telegram is to bring them again later."""
        self._take = take

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        given = request.headers.get(HEADER, "")
        if not compare_digest(given.encode("utf-8", "replace"), self.secret.encode()):
            if not self._refused:
                log.warning("somebody without the secret came to the webhook", path=self.path)
            self._refused += 1
            return web.Response(status=403)
        if self._take is None:
            return web.Response(status=503)
        update = await _update_in(request)
        if update is None:
            return web.Response(status=400)
        return web.Response(status=200 if self._take(update) else 503)


async def _update_in(request: web.Request) -> dict[str, Any] | None:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_update = isinstance(update, dict) and isinstance(update.get("update_id"), int)
    return update if is_update else None
