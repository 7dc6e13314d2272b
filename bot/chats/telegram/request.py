"""The HTTP requests to the Bot API. An answer that is not from the Bot API is a network fault.

A proxy, a gateway or a login page answers with HTML and any status. Without this check, the library
would report a 403 page as a blocked bot, and a 404 page as a rejected token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from telegram.error import NetworkError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

# The Bot API server and the proxies in front of it use this status for files that are too large.
_CONTENT_TOO_LARGE: Final = 413


class ForeignAnswerError(NetworkError):
    """An answer that does not have the format of the Bot API."""


class BotApiRequest(HTTPXRequest):
    """Requests whose answers must be those of the Bot API."""

    async def do_request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """Return the status and the body of the answer.

        Raises:
            ForeignAnswerError: the Bot API did not send the answer.
        """
        status, body = await super().do_request(url, method, *args, **kwargs)
        # Files are requested with GET. They have any content.
        if method == "POST" and status != _CONTENT_TOO_LARGE and not _is_bot_api_answer(body):
            raise ForeignAnswerError(f"the answer is not from the Bot API (status {status})")
        return status, body


class BotApiClient(ExtBot[None]):
    """The library's bot, with the updates as Telegram sent them."""

    async def fetch_raw_updates(
        self, arguments: Mapping[str, object], *, read_timeout: float
    ) -> list[dict[str, Any]]:
        """Return raw updates, so that one that cannot be decoded does not hide the others.

        Raises:
            TelegramError: the request failed.
        """
        updates = await self._post("getUpdates", dict(arguments), read_timeout=read_timeout)
        return updates if isinstance(updates, list) else []


def _is_bot_api_answer(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and isinstance(answer.get("ok"), bool)
