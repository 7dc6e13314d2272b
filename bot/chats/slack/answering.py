"""Answers that one person sees, through the address that Slack gives with what they did.

The address takes five answers in half an hour. One that comes with a button can take the place of the
button's message; one that comes with a command takes nobody's (slackapi/bolt-js#2287).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chats.slack.refusals import TROUBLE, refusal
from bot.chats.slack.render import render_card
from bot.chats.slack.workspace import SECONDS, Clients
from bot.conversation.card import Card
from bot.errors import DeliveryError, Gone, Rejected, RetryLater, Transient

_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER: Final = 500
_UNREADABLE: Final = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "invalid_payload")

log = structlog.get_logger(__name__)


class Answering:
    """Posts to such addresses."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def answer(self, url: str, card: Card, *, replace: bool = False) -> None:
        """Say ``card`` to the person alone; ``replace`` the message whose button they pressed.

        Raises:
            DeliveryError: it could not be said.
        """
        try:
            await self._post(url, render_card(card), replace=replace)
        except Rejected as error:
            log.warning("an answer goes as plain text", problem=error.reason)
            await self._post(url, render_card(card, plain=True), replace=replace)

    async def _post(self, url: str, payload: Mapping[str, object], *, replace: bool) -> None:
        body = {"response_type": "ephemeral", "replace_original": replace, **payload}
        client = AsyncWebhookClient(
            url,
            timeout=SECONDS,
            session=self._clients.session,
            retry_handlers=[],
            logger=self._clients.logger,
        )
        try:
            answer = await client.send_dict(body)
        except TROUBLE as error:
            raise refusal(error) from None
        problem = _problem(answer.status_code, answer.body)
        if problem is not None:
            raise problem


def _problem(status: int, body: str) -> DeliveryError | None:
    said = body[:200]
    if status == _TOO_MANY:
        return RetryLater(1.0)
    if any(word in said for word in _UNREADABLE):
        return Rejected(said)
    if status >= _SERVER:
        return Transient(f"Slack answers {status}")
    if status != _OK or '"ok":false' in said.replace(" ", ""):
        return Gone(f"the address takes no answer: {said or status}")  # used up, or too old
    return None
