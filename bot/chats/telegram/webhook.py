"""The webhook that receives updates from Telegram; the web server mounts it.

POST path ─ valid secret? ─ receiver set? ─ valid JSON? ─► stored ─► 200
               └─ 403          └─ 503          └─ 400
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final

import structlog
from aiohttp import web

AUTHENTICATION_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"

# Real updates have a few kilobytes.
_MAX_BODY_BYTES: Final = 1 << 20

log = structlog.get_logger(__name__)

AcceptUpdate = Callable[[dict[str, Any]], Awaitable[bool]]
"""Store an update and return True; return False if the queue is full or the bot stops."""


class Webhook:
    """A route for the web server: its method, path and handler.

    The secret is derived from the token, so that all processes of one bot have the same secret.
    """

    method: Final = "POST"

    def __init__(self, account: str, token: str) -> None:
        digest = blake2b(token.encode(), digest_size=24, person=b"tocsin webhook").digest()
        self.path = f"/telegram/{account}"
        self.secret = urlsafe_b64encode(digest).decode()
        self._receiver: AcceptUpdate | None = None
        self._unauthorised_count = 0

    def set_receiver(self, receiver: AcceptUpdate | None) -> None:
        """Pass updates to ``receiver``; with ``None``, answer 503 so that Telegram retries later."""
        self._receiver = receiver

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        secret = request.headers.get(AUTHENTICATION_HEADER, "")
        # Constant time: the duration must not reveal how many characters of a guess are correct.
        if not compare_digest(secret.encode("utf-8", "replace"), self.secret.encode()):
            # Log only the first one: anyone can send requests, and they must not fill the log.
            if not self._unauthorised_count:
                log.warning("webhook_unauthorised", path=self.path)
            self._unauthorised_count += 1
            return web.Response(status=403)
        if self._receiver is None:
            return web.Response(status=503)
        update = await _read_update(request)
        if update is None:
            return web.Response(status=400)
        return web.Response(status=200 if await self._receiver(update) else 503)


async def _read_update(request: web.Request) -> dict[str, Any] | None:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_update = isinstance(update, dict) and isinstance(update.get("update_id"), int)
    return update if is_update else None
