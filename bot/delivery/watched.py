"""An adapter whose tries are counted and timed, whoever makes them: alerts, replies, edits alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.chats.adapter import (
    ORDINARY,
    Capabilities,
    ChatAdapter,
    Outlet,
    Pace,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.conversation.card import Card
from bot.errors import DeliveryError
from bot.model import Ref
from bot.telemetry import Telemetry, kind_of


class WatchedAdapter:
    """A `ChatAdapter` that does what ``adapter`` does, and tells of it."""

    def __init__(self, adapter: ChatAdapter, telemetry: Telemetry) -> None:
        self._adapter = adapter
        self._telemetry = telemetry

    @property
    def platform(self) -> str:
        """See `ChatAdapter.platform`."""
        return self._adapter.platform

    @property
    def account(self) -> str:
        """See `ChatAdapter.account`."""
        return self._adapter.account

    @property
    def capabilities(self) -> Capabilities:
        """See `ChatAdapter.capabilities`."""
        return self._adapter.capabilities

    @property
    def pace(self) -> Pace:
        """See `ChatAdapter.pace`."""
        return self._adapter.pace

    def rates(self, to: Ref) -> tuple[Window, ...]:
        """See `ChatAdapter.rates`."""
        return self._adapter.rates(to)

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """See `ChatAdapter.render`."""
        return self._adapter.render(card, plain=plain)

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        """See `ChatAdapter.send`."""
        with self._told("send"):
            return await self._adapter.send(to, payload, options)

    async def edit(self, message: Sent, payload: Payload) -> None:
        """See `ChatAdapter.edit`."""
        with self._told("edit"):
            await self._adapter.edit(message, payload)

    async def find(self, to: Ref, key: str, since: datetime) -> Sent | None:
        """See `ChatAdapter.find`."""
        return await self._adapter.find(to, key, since)

    async def is_admin(self, chat: Ref, user: str) -> bool:
        """See `ChatAdapter.is_admin`."""
        return await self._adapter.is_admin(chat, user)

    async def run(self, outlet: Outlet, stop: asyncio.Event) -> None:
        """See `ChatAdapter.run`."""
        await self._adapter.run(outlet, stop)

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        with self._telemetry.tracer.span(name, platform=self.platform):
            try:
                yield
            except DeliveryError as error:
                self._telemetry.counts.refused(self.platform, kind_of(error))
                raise
