"""Where the console shows cards and reads lines: a terminal or a pipe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from bot.conversation.card import Card


class Screen(Protocol):
    """One of the two kinds of console."""

    @property
    def greets(self) -> bool:
        """Whether somebody sits there who may be welcomed."""

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Show a card with the labels of its buttons. Never tears a line that is being typed.

        Raises:
            OSError: nobody reads any more.
        """

    def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """What a person types, line by line, until they end it or ``stop``."""

    def remember_topics(self, topics: Sequence[str]) -> None:
        """What the person follows: for completion."""
