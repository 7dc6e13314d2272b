"""The sender of one account: everything that is said to its chats goes through here.

    outbox ──► Letters ──┐                       ┌──► render ──► send ──► how it ended
               (a page)  ├──► Turns (the lanes) ─┤                             │
    people ──► Replies ──┘                       └──► the person's answer      ▼
       ▲                                                                    Recorder
       └── the adapter's own `run`, while this process holds the account's lease (Tenure)

Nothing here sleeps in a worker's place: one loop grants turns, each message is a task of its own, and
the database is read and written beside it. Asked to stop, it finishes what is under way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter, Window
from bot.clock import Clock
from bot.delivery.follow_ups import FollowUps
from bot.delivery.lanes import Lanes, Turn
from bot.delivery.letters import Letter, Letters
from bot.delivery.listening import Held, listen
from bot.delivery.outlet import AccountOutlet
from bot.delivery.posting import Posting
from bot.delivery.recorder import Recorder
from bot.delivery.replies import Replies
from bot.delivery.rows import Rows
from bot.delivery.setbacks import Setbacks
from bot.delivery.supply import Supply
from bot.delivery.turns import Turns
from bot.delivery.watched import WatchedAdapter
from bot.errors import BotError
from bot.model import Ref
from bot.store import Database
from bot.store.updates import forget_updates
from bot.telemetry import SILENT, Telemetry
from bot.tenure import LENGTH, Tenure
from bot.worker import Worker

_LAST_STEP: Final = 2.0  # seconds for a transaction that is under way at the end
_FORGET: Final = 3600.0  # seconds between cleanings of the updates that came in

log = structlog.get_logger(__name__)


class Sender:
    """Sends and listens for one account.

    Attributes:
        outlet: what its adapter speaks through.
    """

    def __init__(
        self,
        database: Database,
        adapter: ChatAdapter,
        clock: Clock,
        *,
        ticks: Callable[[], float] = time.monotonic,
        max_age: timedelta | None = None,
        lease_seconds: float = LENGTH,
        telemetry: Telemetry = SILENT,
    ) -> None:
        adapter = WatchedAdapter(adapter, telemetry)
        self.platform, self.account = adapter.platform, adapter.account
        self.name = f"{adapter.platform}/{adapter.account}"
        self._database = database
        self._adapter = adapter
        self._clock = clock
        self._ticks = ticks
        self._woken = asyncio.Event()
        self._stopping = False
        lanes = Lanes(adapter.pace, self._rates)
        self._turns = Turns(lanes, ticks, self._woken.set)
        self._tenure = Tenure(database, self.name, clock, ticks, length=lease_seconds)
        self._held = Held()
        self._recorder = Recorder(database, clock, adapter.platform, telemetry.counts)
        self._replies = Replies(database, adapter, self._turns, clock)
        self._follow_ups = FollowUps(
            database, adapter, self._turns, self._replies, clock, self._may_send
        )
        self.outlet = AccountOutlet(
            database, adapter, self._turns, self._replies, clock, on_return=self.wake
        )
        self._later = Worker(f"follow-ups of {self.name}", self._follow_ups.step)
        letters = Letters(database, adapter.platform, adapter.account, clock, max_age=max_age)
        self._rows = Rows(self._turns, self._start)
        self._supply = Supply(letters, self._rows, lanes, clock, ticks)
        self._posting = Posting(
            database, adapter, self._turns, self._recorder, clock, ticks, on_left=self._left
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._beside: asyncio.Task[None] | None = None  # reading and writing
        self._is_listening = False
        self._closing = False  # `run` is about to end
        self._setbacks = Setbacks(self.name, ticks)
        self._forget_at = -inf

    # ── what drives it ────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Alerts may have been queued."""
        self._supply.news()
        self._later.wake()
        self._woken.set()

    def nudge(self) -> None:
        """The account may be free: another process let go of it."""
        self._tenure.nudge()

    def stop(self) -> None:
        """Begin no further alert; what is under way is finished by `run`."""
        self._stopping = True
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due as the platform's pace allows, until ``stop``; then finish."""
        ended = asyncio.Event()
        keeping = asyncio.ensure_future(self._tenure.keep(self._tenure_changed, ended))
        heeding = asyncio.ensure_future(self._heed(stop))
        following_up = asyncio.ensure_future(self._later.run(stop))
        try:
            # While people are listened to, they are answered.
            while not self._closing or self._is_listening:
                self._woken.clear()
                self._pump()
                await self._rest()
        finally:
            heeding.cancel()
            ended.set()
            await self._finish(keeping, following_up)
            self._closing = False

    async def listen(self, stop: asyncio.Event) -> None:
        """Let the adapter listen whenever this process holds the account's lease, until ``stop``."""
        self._is_listening = True
        try:
            await listen(self._adapter, self.outlet, self._held, stop)
        finally:
            self._is_listening = False
            self._woken.set()

    async def drain(self) -> None:
        """Send what may go right now; what has to wait for a platform's pace waits in the database.

        Raises:
            BotError: the database refuses.
        """
        if not await self._tenure.take():
            return
        self._tenure_changed(True)
        while not self._stopping:
            await self._recorder.flush()
            if self._wants_more():
                await self._supply.read()
            self._turns.grant(alerts=self._may_send())
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not self._wants_more():
                break
        await self._wait_for_tasks()
        await self._recorder.flush()
        while not self._stopping and await self._follow_up_now():
            pass

    async def _follow_up_now(self) -> bool:
        """Say what may follow now; whether there may be more."""
        saying = asyncio.ensure_future(self._follow_ups.step())
        while not saying.done():
            self._woken.clear()
            self._turns.grant(alerts=self._may_send())
            await asyncio.sleep(0)  # who was let go is under way
            if self._follow_ups.only_waits and self._turns.next_in(alerts=True) != 0:
                await self._follow_ups.finish()
            waking = asyncio.ensure_future(self._woken.wait())
            await asyncio.wait({saying, waking}, return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
        return await saying

    # ── its loop ──────────────────────────────────────────────────────────────────────────────────

    def _pump(self) -> None:
        """Grant what may go now, and have the database read and written beside it."""
        busy = self._beside is not None or self._setbacks.pause > 0
        if not busy and (self._recorder.is_stuck or self._wants_more()):
            self._beside = asyncio.ensure_future(self._work_beside())
        self._turns.grant(alerts=self._may_send())

    async def _rest(self) -> None:
        """Sleep until woken, or until something may go, or is due."""
        delays = [self._turns.next_in(alerts=self._may_send())]
        if self._beside is None:
            pause = self._setbacks.pause
            if pause > 0:
                delays.append(pause)
            elif self._may_read():
                delays.append(self._supply.due_in())
        known = [delay for delay in delays if delay is not None]
        timer = None
        if known:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(max(0.0, min(known)), self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _work_beside(self) -> None:
        try:
            await self._recorder.flush()
            if self._wants_more():
                await self._supply.read()
            if self._ticks() >= self._forget_at:
                self._forget_at = self._ticks() + _FORGET
                async with self._database.writing() as connection:
                    await forget_updates(connection, now=self._clock())
            self._setbacks.worked()
        except BotError as error:
            self._setbacks.note(str(error))
        except Exception as error:
            log.exception("delivery broke", account=self.name)
            self._setbacks.note(f"{type(error).__name__}: {error}")
        finally:
            self._beside = None
            self._woken.set()

    def _wants_more(self) -> bool:
        return self._may_read() and self._supply.is_wanted

    def _may_read(self) -> bool:
        return self._tenure.is_held and not self._is_ending

    def _may_send(self) -> bool:
        return self._tenure.is_held and not self._is_ending and not self._recorder.is_stuck

    @property
    def _is_ending(self) -> bool:
        return self._stopping or self._closing

    def _start(self, letter: Letter, turn: Turn, *, plain: bool = False) -> None:
        task = asyncio.ensure_future(self._post(letter, turn, plain=plain))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, letter: Letter, turn: Turn, *, plain: bool) -> None:
        try:
            if not self._may_send():  # looked at right before the send: the fence
                self._turns.again(turn, lambda turn: self._start(letter, turn, plain=plain))
            elif await self._posting.post(letter, turn, plain=plain):
                self._turns.again(turn, lambda turn: self._start(letter, turn, plain=True))
        except BotError as error:
            self._setbacks.note(str(error))
        except Exception as error:
            log.exception("delivery broke", account=self.name, alert=letter.alert_id)
            self._setbacks.note(f"{type(error).__name__}: {error}")
        self._woken.set()

    def _left(self, letter: Letter, due_at: datetime | None, *, all_of_it: bool) -> None:
        self._supply.left(letter, due_at, all_of_it=all_of_it)
        self._woken.set()

    # ── its life ──────────────────────────────────────────────────────────────────────────────────

    def _tenure_changed(self, is_held: bool) -> None:
        if not is_held:
            log.warning("does not send: the lease is not held", account=self.name)
            self._held.set(held=False)
            self._rows.clear()
            return
        lease = self._tenure.lease
        if lease is not None and lease.held_until is not None:
            wait = (lease.held_until - self._clock()).total_seconds()
            self._turns.lanes.pacer.hold(self._ticks() + wait)
        self._setbacks.forget()
        self._held.set(held=True)
        self.wake()

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._closing = True
        self._woken.set()

    async def _finish(self, *beside: asyncio.Future[None]) -> None:
        """What is under way ends, and is recorded; then others may have the account."""
        try:
            await self._follow_ups.finish()
            await self._wait_for_tasks()
            if self._beside is not None:
                await asyncio.wait({self._beside})
            await self._recorder.flush()
            await asyncio.wait(beside, timeout=_LAST_STEP)  # they end by themselves
        except BotError as error:
            log.error("could not record everything", account=self.name, problem=str(error))
        except asyncio.CancelledError:
            for task in self._tasks:
                task.cancel()
            raise
        finally:
            for other in beside:
                other.cancel()
            self._rows.clear()
            self._held.set(held=False)
            await self._tenure.leave()

    async def _wait_for_tasks(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _rates(self, lane: str) -> tuple[Window, ...]:
        return self._adapter.rates(Ref(self._adapter.platform, self._adapter.account, lane))
