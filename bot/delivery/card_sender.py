"""Renders cards and calls the platform: one attempt each, traced, with refusals counted.

Alerts, replies, edits and follow-ups are all sent here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.chats.adapter import DEFAULT_OPTIONS, ChatAdapter, SendOptions, SentMessage
from bot.conversation.cards.card import Card
from bot.errors import DeliveryError
from bot.models import ChatRef
from bot.runtime.telemetry import Telemetry, error_kind


class CardSender:
    """Sends the cards of one account."""

    def __init__(self, adapter: ChatAdapter, telemetry: Telemetry) -> None:
        self._adapter = adapter
        self._telemetry = telemetry

    async def send(
        self,
        to: ChatRef,
        card: Card,
        options: SendOptions = DEFAULT_OPTIONS,
        *,
        plain: bool = False,
    ) -> SentMessage:
        """Send a card once.

        Raises:
            DeliveryError: see `ChatAdapter.send`.
        """
        payload = self._adapter.render(card, plain=plain)
        with self._observe("send"):
            return await self._adapter.send(to, payload, options)

    async def edit(self, message: SentMessage, card: Card, *, plain: bool = False) -> None:
        """Replace the card of a message once.

        Raises:
            DeliveryError: see `ChatAdapter.edit`.
        """
        payload = self._adapter.render(card, plain=plain)
        with self._observe("edit"):
            await self._adapter.edit(message, payload)

    @contextmanager
    def _observe(self, span: str) -> Iterator[None]:
        platform = self._adapter.platform
        with self._telemetry.tracer.span(span, platform=platform):
            try:
                yield
            except DeliveryError as error:
                self._telemetry.metrics.record_refusal(platform, error_kind(error))
                raise
