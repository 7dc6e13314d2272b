"""Follow-ups: edits of alerts that were sent, and replies to them.

    follow_ups (due) ──► a turn in the chat's lane, behind its alerts ──► edit, or send ──► recorded

Each is recorded right after it was said; a crash in
between makes an edit again, which nobody sees, or repeats one reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from bot.chats.adapter import ChatAdapter, Priority, SendOptions, Sent
from bot.clock import Clock
from bot.conversation.card import Card
from bot.conversation.follow_up_cards import edited_card, follow_up_card
from bot.delivery.outcomes import AgainPlain, End, Follow, Halt, Look, Suspend, Wait, outcome
from bot.delivery.replies import Replies
from bot.delivery.turns import Turns
from bot.errors import DeliveryError, StoreError
from bot.store import Database
from bot.store.follow_up_queue import FollowUp, due_follow_ups, end_follow_up, put_off_follow_up
from bot.store.tables import EDIT, REPLY

_PAGE: Final = 16  # follow-ups read, and under way, at once
_HALT: Final = 300.0  # seconds until an account whose token is refused tries again
_TRIES: Final = 8  # of an edit: what cannot be made for so long is of no use to anybody

log = structlog.get_logger(__name__)


class FollowUps:
    """Says what is due for one account."""

    def __init__(
        self,
        database: Database,
        adapter: ChatAdapter,
        turns: Turns,
        replies: Replies,
        clock: Clock,
        may_send: Callable[[], bool],
    ) -> None:
        self._database = database
        self._adapter = adapter
        self._turns = turns
        self._replies = replies
        self._clock = clock
        self._may_send = may_send
        self._tasks: set[asyncio.Task[bool]] = set()
        self._waiting: set[asyncio.Task[bool]] = set()  # for their turn

    @property
    def only_waits(self) -> bool:
        """Whether everything that is left waits for its turn."""
        return self._tasks <= self._waiting

    async def step(self) -> bool:
        """Say some of what is due; whether there may be more.

        Raises:
            StoreError: the database refuses; what was not recorded is said again.
        """
        if not self._may_send():
            return False
        platform, account = self._adapter.platform, self._adapter.account
        async with self._database.reading() as connection:
            due = await due_follow_ups(connection, platform, account, now=self._clock(), most=_PAGE)
        if not self._may_send():  # asked to stop meanwhile: nobody grants turns any more
            return False
        self._tasks = {asyncio.ensure_future(self._say(one)) for one in due}
        said = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = set()
        for one in said:
            if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError):
                raise one
        return any(one is True for one in said)

    async def finish(self) -> None:
        """What is under way is said and recorded; what waits for its turn waits in the database."""
        for task in self._waiting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _say(self, one: FollowUp) -> bool:
        """Say it; whether anything came of it."""
        card = self._card(one)
        if card is None:
            await self._end(one, reason="there is nothing to edit, or nothing to tell")
            return True
        plain = False
        while True:
            try:
                async with self._turn(one.ref.chat):
                    if not self._may_send():
                        return False
                    message_id = await self._try(one, card, plain=plain)
            except StoreError:
                raise
            except Exception as error:
                if not isinstance(error, DeliveryError):
                    log.exception("a follow-up broke", follow_up=one.id)
                intent = outcome(error, attempts=one.attempts, plain=plain, finds=False)
            else:
                await self._end(one, message_id=message_id)
                return True
            if not isinstance(intent, AgainPlain):
                return await self._after(one, intent)
            plain = True

    def _card(self, one: FollowUp) -> Card | None:
        """What is said; ``None`` where it cannot be."""
        now = self._clock()
        if one.shown is None:
            return None
        if one.kind != EDIT:
            return follow_up_card(one.shown, now=now)
        can_edit = one.answers and self._adapter.capabilities.edits
        return edited_card(one.shown, one.newest, now=now) if can_edit else None

    @asynccontextmanager
    async def _turn(self, lane: str) -> AsyncIterator[None]:
        task = cast("asyncio.Task[bool]", asyncio.current_task())
        self._waiting.add(task)
        try:
            async with self._turns.turn(lane, Priority.BULK):
                self._waiting.discard(task)
                yield
        finally:
            self._waiting.discard(task)

    async def _try(self, one: FollowUp, card: Card, *, plain: bool) -> str | None:
        payload = self._adapter.render(card, plain=plain)
        if one.kind == EDIT:
            await self._adapter.edit(Sent(one.ref, one.answers), payload)
            return None
        answers = one.answers if one.way == REPLY else ""
        options = SendOptions(silent=one.silent, reply_to=answers, key=f"follow-up-{one.id}")
        return (await self._adapter.send(one.ref, payload, options)).message_id

    async def _after(
        self, one: FollowUp, intent: End | Wait | Suspend | Halt | Follow | Look
    ) -> bool:
        """What a try in vain leads to."""
        match intent:
            case Wait() if one.kind != EDIT or intent.refused or one.attempts < _TRIES:
                until = self._clock() + timedelta(seconds=intent.seconds)
                await self._put_off(one, until=until, tried=not intent.refused)
            case Halt():
                until = self._clock() + timedelta(seconds=_HALT)
                await self._put_off(one, until=until, tried=False)
            case Suspend():
                await self._replies.gone(one.ref, intent.reason)
            case Follow() if one.kind == EDIT:  # the message stayed where it was
                await self._end(one, reason="the chat has moved")
            case Follow():
                thread = one.ref.thread if intent.thread is None else intent.thread
                there = replace(one.ref, chat=intent.chat, thread=thread)
                await self._replies.moved(one.ref, there)
            case End():
                await self._end(one, reason=intent.reason)
            case _:
                await self._end(one, reason="it could not be said")
        return True

    async def _end(
        self, one: FollowUp, *, message_id: str | None = None, reason: str | None = None
    ) -> None:
        if reason:
            log.info("a follow-up was not said", follow_up=one.id, reason=reason)
        async with self._database.writing() as connection:
            await end_follow_up(
                connection, one, now=self._clock(), message_id=message_id, reason=reason
            )

    async def _put_off(self, one: FollowUp, *, until: datetime, tried: bool) -> None:
        async with self._database.writing() as connection:
            await put_off_follow_up(connection, one, until=until, tried=tried)
