"""Replies and edits: what a person waits for. Ahead of all alerts, and not kept: a crash loses them.

A refusal for a while is waited out in the chat's lane, a payload that the platform cannot read goes
again as plain text, a chat that moved is followed once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter, SendOptions, Sent
from bot.clock import Clock
from bot.conversation.card import Card
from bot.delivery.turns import Turns
from bot.errors import (
    DeliveryError,
    Gone,
    Moved,
    Rejected,
    RetryLater,
    Scope,
    StoreError,
    Transient,
)
from bot.model import Ref
from bot.store import Database
from bot.store.chats import is_suspended, resume_address, suspend_chat
from bot.store.moving import move_chat

_TRIES: Final = 4  # of one reply
_PATIENCE: Final = 60.0  # seconds that a reply is worth waiting for
_PAUSES: Final = (0.5, 2.0, 5.0)  # seconds that the chat waits after a try in vain

log = structlog.get_logger(__name__)


class Replies:
    """Says things to people at once."""

    def __init__(
        self, database: Database, adapter: ChatAdapter, turns: Turns, clock: Clock
    ) -> None:
        self._database = database
        self._adapter = adapter
        self._turns = turns
        self._clock = clock
        self._edits: dict[Sent, _Edit] = {}  # those that wait for their turn

    async def reply(self, to: Ref, card: Card, options: SendOptions) -> Sent:
        """See `Outlet.reply`."""
        how = _How(to)
        while True:
            try:
                async with self._turns.turn(how.to.chat):
                    payload = self._adapter.render(card, plain=how.plain)
                    sent = await self._adapter.send(how.to, payload, options)
            except DeliveryError as error:
                await self._again(error, how)
                continue
            await self._was_reached(how.to)
            return sent

    async def edit(self, message: Sent, card: Card) -> None:
        """See `Outlet.edit`."""
        waiting = self._edits.get(message)
        if waiting is not None:
            waiting.card = card  # nobody has seen the older one: it needs no turn
            await asyncio.shield(waiting.done)
            return
        edit = self._edits[message] = _Edit(card)
        try:
            await self._edit(message, edit)
        except BaseException as error:
            edit.done.set_exception(error)
            edit.done.exception()  # whoever waits beside us is told; nobody need be
            raise
        else:
            edit.done.set_result(None)
        finally:
            if self._edits.get(message) is edit:
                del self._edits[message]

    async def _edit(self, message: Sent, edit: _Edit) -> None:
        how = _How(message.ref)
        while self._edits.setdefault(message, edit) is edit:  # a newer one would be undone
            try:
                async with self._turns.turn(message.ref.chat):
                    del self._edits[message]  # from here on, a newer one has a turn of its own
                    payload = self._adapter.render(edit.card, plain=how.plain)
                    await self._adapter.edit(message, payload)
            except DeliveryError as error:
                if isinstance(error, Moved):
                    raise  # the message stayed where it was
                await self._again(error, how)
                continue
            return

    async def _again(self, error: DeliveryError, how: _How) -> None:
        """Make ready for another try, or let ``error`` go on to the caller."""
        how.tries += 1
        worth_it = how.tries < _TRIES
        match error:
            case RetryLater() if worth_it and error.seconds <= _PATIENCE:
                return  # the lane waits
            case Rejected() if not how.plain:
                how.plain = True
                return
            case Moved() if worth_it:
                thread = how.to.thread if error.thread is None else error.thread
                there = replace(how.to, chat=error.chat, thread=thread)
                await self.moved(how.to, there)
                how.to = there
                return
            case Transient() if worth_it:
                self._turns.hold(how.to.chat, _PAUSES[min(how.tries, len(_PAUSES)) - 1])
                return
            case Gone(scope=Scope.CHAT):
                await self.gone(how.to, error.reason)
        raise error

    async def gone(self, ref: Ref, reason: str) -> None:
        """See `Outlet.gone`."""
        async with self._database.writing() as connection:
            if await suspend_chat(connection, ref, reason, now=self._clock()):
                log.warning("a chat cannot be reached", chat=ref.chat, reason=reason)

    async def back(self, ref: Ref) -> bool:
        """See `Outlet.back`; whether the chat had been suspended."""
        async with self._database.writing() as connection:
            return await resume_address(connection, ref)

    async def moved(self, old: Ref, new: Ref) -> None:
        """See `Outlet.moved`."""
        async with self._database.writing() as connection:
            rows = await move_chat(connection, old, new, now=self._clock())
        log.info("a chat has moved", chat=old.chat, to=new.chat, rows=rows)

    async def _was_reached(self, ref: Ref) -> None:
        """A reply that arrives shows that a chat we had given up is back."""
        try:
            async with self._database.reading() as connection:
                suspended = await is_suspended(connection, ref)
            if suspended:
                await self.back(ref)
        except StoreError as error:
            log.warning("cannot see whether a chat is back", problem=str(error))


class _Edit:
    """An edit that waits, and what it says by now."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class _How:
    """Where and how the next try goes."""

    to: Ref
    plain: bool = False
    tries: int = 0
