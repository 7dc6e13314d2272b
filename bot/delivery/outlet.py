"""What the adapter of one account speaks through: replies and edits in their turn, and news of chats."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.chats.adapter import ORDINARY, ChatAdapter, SendOptions, Sent
from bot.clock import Clock
from bot.conversation.card import Card
from bot.delivery.replies import Replies
from bot.delivery.turns import Turns
from bot.model import Ref
from bot.store import Database
from bot.store.updates import first_time


class AccountOutlet:
    """The `Outlet` of one account. Calls ``on_return`` when a chat can be reached again."""

    def __init__(
        self,
        database: Database,
        adapter: ChatAdapter,
        turns: Turns,
        replies: Replies,
        clock: Clock,
        *,
        on_return: Callable[[], None],
    ) -> None:
        self._database = database
        self._adapter = adapter
        self._turns = turns
        self._replies = replies
        self._clock = clock
        self._on_return = on_return

    async def reply(self, to: Ref, card: Card, options: SendOptions = ORDINARY) -> Sent:
        """See `Outlet.reply`."""
        return await self._replies.reply(to, card, options)

    async def edit(self, message: Sent, card: Card) -> None:
        """See `Outlet.edit`."""
        await self._replies.edit(message, card)

    def turn(self, to: Ref) -> AbstractAsyncContextManager[None]:
        """See `Outlet.turn`."""
        return self._turns.turn(to.chat)

    async def first_time(self, update_id: str) -> bool:
        """See `Outlet.first_time`."""
        platform, account = self._adapter.platform, self._adapter.account
        async with self._database.writing() as connection:
            return await first_time(connection, platform, account, update_id, now=self._clock())

    async def gone(self, ref: Ref, reason: str) -> None:
        """See `Outlet.gone`."""
        await self._replies.gone(ref, reason)

    async def back(self, ref: Ref) -> None:
        """See `Outlet.back`."""
        await self._replies.back(ref)
        self._on_return()

    async def moved(self, old: Ref, new: Ref) -> None:
        """See `Outlet.moved`."""
        await self._replies.moved(old, new)
        self._on_return()
