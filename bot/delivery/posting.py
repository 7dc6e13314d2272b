"""Posting one letter: a try, and what follows from how it ended, carried out.

render ──► send ──► outcome ──► End: recorder        Wait: the lane, and the outbox
                                Suspend, Follow: the store      Halt: the account
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bot.chats.adapter import ChatAdapter, Priority, SendOptions
from bot.clock import Clock
from bot.delivery.lanes import Turn
from bot.delivery.letters import Letter
from bot.delivery.outcomes import (
    AgainPlain,
    End,
    Follow,
    Halt,
    Intent,
    Look,
    Suspend,
    Wait,
    outcome,
)
from bot.delivery.recorder import Recorder
from bot.delivery.turns import Turns
from bot.errors import DeliveryError
from bot.model import Ref
from bot.store import Database
from bot.store.chats import suspend_chat
from bot.store.leases import hold_account
from bot.store.moving import move_chat
from bot.store.outbox import Ending, put_off
from bot.store.tables import EXPIRED, SENT

_HALT: Final = 300.0  # seconds until an account whose token is refused tries again
_REMEMBERED: Final = 30.0  # seconds of waiting from which on a restart must know of it
_OUTAGE: Final = 5  # tries in vain in a row, of any chats, that mean the network
_LONGEST_OUTAGE: Final = 30.0  # seconds between looks at whether it is back

log = structlog.get_logger(__name__)


class Left(Protocol):
    """What is told that a letter is settled, for now or for good."""

    def __call__(self, letter: Letter, due_at: datetime | None, *, all_of_it: bool) -> None:
        """``due_at``: when its chat may go on. ``all_of_it``: what was read of the chat is void."""


class Posting:
    """Sends letters, each once."""

    def __init__(
        self,
        database: Database,
        adapter: ChatAdapter,
        turns: Turns,
        recorder: Recorder,
        clock: Clock,
        ticks: Callable[[], float],
        *,
        on_left: Left,
    ) -> None:
        self._database = database
        self._adapter = adapter
        self._turns = turns
        self._recorder = recorder
        self._clock = clock
        self._ticks = ticks
        self._on_left = on_left
        self._in_vain = 0

    async def post(self, letter: Letter, turn: Turn, *, plain: bool) -> bool:
        """Send once; whether it has to go once more, as plain text, in the same turn's place.

        Raises:
            StoreError: how it ended could not be written down yet.
        """
        if letter.not_after is not None and self._clock() >= letter.not_after:
            self._leave(letter, turn, None, all_of_it=True)
            return False
        intent = await self._try(letter, plain=plain)
        self._turns.lanes.answered(turn, self._ticks())
        self._notice(intent)
        match intent:
            case AgainPlain():
                return True
            case Halt():
                log.error("the platform refuses the account", reason=intent.reason)
                self._turns.lanes.pacer.hold(self._ticks() + _HALT)
                self._leave(letter, turn, None, all_of_it=True)
            case End():
                await self._end(letter, turn, intent)
            case Wait() | Suspend() | Follow():
                await self._wait(letter, turn, intent)
        return False

    async def _try(self, letter: Letter, *, plain: bool) -> Intent:
        finds = self._adapter.capabilities.finds
        key = f"{letter.chat_id}-{letter.alert_id}"
        options = SendOptions(silent=letter.priority is Priority.BULK, key=key)
        try:
            if finds and letter.attempts:
                known = await self._adapter.find(letter.ref, key, letter.created_at)
                if known is not None:
                    return End(SENT, message_id=known.message_id)
            payload = self._adapter.render(letter.card, plain=plain)
            sent = await self._adapter.send(letter.ref, payload, options)
        except Exception as error:
            if not isinstance(error, DeliveryError):
                # One alert that breaks our own code must not hold up the others.
                log.exception("an alert broke", alert=letter.alert_id)
            intent = outcome(error, attempts=letter.attempts, plain=plain, finds=finds)
            return await self._look(letter, key, intent) if isinstance(intent, Look) else intent
        return End(SENT, message_id=sent.message_id)

    async def _look(self, letter: Letter, key: str, look: Look) -> Intent:
        """It may have been sent: the history knows. What is not there is tried again, and looked for."""
        try:
            known = await self._adapter.find(letter.ref, key, letter.created_at)
        except DeliveryError:
            known = None
        if known is not None:
            return End(SENT, message_id=known.message_id)
        log.info("not in the history, to be sent again", alert=letter.alert_id, why=look.reason)
        return Wait(1.0, refused=False)

    def _notice(self, intent: Intent) -> None:
        """Many tries in vain, whatever the chat, mean the network: then all wait, and none is blamed."""
        if not isinstance(intent, Wait) or intent.refused:
            self._in_vain = 0
            return
        self._in_vain += 1
        if self._in_vain >= _OUTAGE:
            wait = min(2.0 ** (self._in_vain - _OUTAGE), _LONGEST_OUTAGE)
            self._turns.lanes.pacer.hold(self._ticks() + wait)

    async def _end(self, letter: Letter, turn: Turn, end: End) -> None:
        if end.reason:
            log.warning("an alert was not sent", alert=letter.alert_id, reason=end.reason)
        free = max(0.0, self._turns.lanes.free_at(turn.lane) - self._ticks())
        ending = Ending(
            letter.alert_id,
            letter.chat_id,
            end.state,
            self._clock() + timedelta(seconds=free),
            reason=end.reason,
            message_id=end.message_id,
            is_briefing=letter.is_briefing,
        )
        if letter.before is not None:
            late = "waited too long; told in a catch-up" if end.state == SENT else end.reason
            ending = replace(ending, state=EXPIRED, reason=late, before=letter.before)
        await self._recorder.record(
            ending,
            lambda: self._leave(letter, turn, ending.due_at),
            found_at=letter.found_at,
        )

    async def _wait(self, letter: Letter, turn: Turn, intent: Wait | Suspend | Follow) -> None:
        """What moves the chat out of memory: it comes back by the database when its time has come."""
        due_at: datetime | None = None
        try:
            match intent:
                case Wait():
                    due_at = self._clock() + timedelta(seconds=intent.seconds)
                    await self._put_off(letter, turn, intent, until=due_at)
                case Suspend():
                    log.warning("a chat cannot be reached", chat=turn.lane, reason=intent.reason)
                    now = self._clock()
                    async with self._database.writing() as connection:
                        await suspend_chat(connection, letter.ref, intent.reason, now=now)
                case Follow():
                    await self._follow(letter.ref, intent)
        except BaseException:
            # Nothing was written: the chat is read again, and must not come at once.
            self._turns.hold(turn.lane, 1.0)
            raise
        finally:
            self._leave(letter, turn, due_at, all_of_it=True)

    async def _put_off(self, letter: Letter, turn: Turn, wait: Wait, *, until: datetime) -> None:
        stops = False
        if wait.refused:
            now = self._ticks()
            stops = self._turns.lanes.refuse(turn.lane, wait.seconds, now, account=wait.account)
            log.info("asked to wait", chat=turn.lane, seconds=wait.seconds, account=stops)
        tried = None if wait.refused else letter.alert_id
        async with self._database.writing() as connection:
            await put_off(connection, letter.ref, until=until, alert_id=tried)
            if stops and wait.seconds >= _REMEMBERED:
                name = f"{self._adapter.platform}/{self._adapter.account}"
                await hold_account(connection, name, until=until)

    async def _follow(self, ref: Ref, follow: Follow) -> None:
        thread = ref.thread if follow.thread is None else follow.thread
        new = replace(ref, chat=follow.chat, thread=thread)
        async with self._database.writing() as connection:
            await move_chat(connection, ref, new, now=self._clock())
        log.info("a chat has moved", chat=ref.chat, to=new.chat)

    def _leave(
        self, letter: Letter, turn: Turn, due_at: datetime | None, *, all_of_it: bool = False
    ) -> None:
        self._turns.done(turn)
        self._on_left(letter, due_at, all_of_it=all_of_it)
