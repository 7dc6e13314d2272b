"""One message that says how far an answer is, and becomes the answer: for platforms that can edit.

progress(card) ── the first time ──► a message      finish(cards) ──► the first card in its place, the
              └── again ───────────► edited                           rest below it
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chats.adapter import ORDINARY, Outlet, SendOptions, Sent
from bot.conversation.card import Card
from bot.errors import DeliveryError, Gone
from bot.model import Ref


class ProgressMessage:
    """A `Progress` for one answer to the chat at ``to``."""

    def __init__(self, outlet: Outlet, to: Ref, options: SendOptions = ORDINARY) -> None:
        self._outlet = outlet
        self._to = to
        self._options = options
        self._shown: Sent | None = None

    async def __call__(self, card: Card) -> None:
        """Say how far it is.

        Raises:
            DeliveryError: it could not be said.
        """
        if self._shown is None:
            self._shown = await self._outlet.reply(self._to, card, self._options)
        else:
            await self._outlet.edit(self._shown, card)

    async def finish(self, cards: Sequence[Card]) -> None:
        """Say ``cards``.

        Raises:
            DeliveryError: they could not be said.
        """
        for number, card in enumerate(cards):
            if number == 0 and self._shown is not None and not card.private:
                try:
                    await self._outlet.edit(self._shown, card)
                except Gone:
                    raise
                except DeliveryError:
                    pass  # it is said anew below
                else:
                    continue
            await self._outlet.reply(self._to, card, self._options)
