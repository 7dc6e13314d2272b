"""What every chat platform looks like to the rest of the bot."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.conversation.card import Card
from bot.model import Ref


class ChatAdapter(Protocol):
    """One platform. An adapter does one try and tells how it ended; it never retries or waits."""

    @property
    def platform(self) -> str:
        """The name in `Ref.platform`."""

    async def send(self, to: Ref, card: Card) -> str:
        """Send ``card`` once; the platform's id of the message.

        Raises:
            DeliveryError: RetryLater, Gone, Moved, Rejected, InDoubt or Transient.
        """

    async def run(self, stop: asyncio.Event) -> None:
        """Listen to people until ``stop``, or until the platform has nothing more to say."""
