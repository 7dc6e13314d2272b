"""Post ephemeral replies to the response URL that Slack sends with a command or a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chats.slack.errors import SDK_ERRORS, delivery_error_from
from bot.chats.slack.render import render_card
from bot.chats.slack.workspace import REQUEST_TIMEOUT_SECONDS, Clients
from bot.conversation.cards.card import Card
from bot.errors import (
    ChatUnreachable,
    DeliveryError,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)

_OK: Final = 200
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500
_REJECTED_CODES: Final = (
    "invalid_blocks",
    "msg_blocks_too_long",
    "msg_too_long",
    "invalid_payload",
)
_MAX_BODY_CHARS: Final = 200

log = structlog.get_logger(__name__)


class ResponseUrlClient:
    """Posts ephemeral replies to the response URL that Slack sends with a command or button.

    A URL takes five replies within half an hour. A reply to a button can replace the message with
    the button; a reply to a command replaces nothing (slackapi/bolt-js#2287).
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def reply(self, url: str, card: Card, *, replace: bool = False) -> None:
        """Post ``card`` to the user; ``replace`` the message with the pressed button.

        Raises:
            DeliveryError: the reply was not posted.
        """
        try:
            await self._post(url, render_card(card), replace=replace)
        except MessageRejected as error:
            log.warning("reply_sent_as_plain_text", problem=error.reason)
            await self._post(url, render_card(card, plain=True), replace=replace)

    async def _post(self, url: str, payload: Mapping[str, object], *, replace: bool) -> None:
        body = {"response_type": "ephemeral", "replace_original": replace, **payload}
        client = AsyncWebhookClient(
            url,
            timeout=REQUEST_TIMEOUT_SECONDS,
            session=self._clients.session,
            # A retry after a lost response would post the reply twice.
            retry_handlers=[],
            logger=self._clients.logger,
        )
        try:
            response = await client.send_dict(body)
        except SDK_ERRORS as error:
            raise delivery_error_from(error) from None
        problem = _response_url_error(response.status_code, response.body)
        if problem is not None:
            raise problem


def _response_url_error(status: int, body: str) -> DeliveryError | None:
    """Return the delivery error for a response, or None if the reply was posted."""
    # The body may be a page of a proxy.
    excerpt = body[:_MAX_BODY_CHARS]
    if status == _TOO_MANY_REQUESTS:
        return RateLimited(1.0)
    if any(code in excerpt for code in _REJECTED_CODES):
        return MessageRejected(excerpt)
    if status >= _SERVER_ERROR:
        return TransientDeliveryError(f"Slack responds with status {status}")
    if status != _OK or '"ok":false' in excerpt.replace(" ", ""):
        # The URL has expired, or has taken five replies.
        return ChatUnreachable(f"the response URL takes no more replies: {excerpt or status}")
    return None
