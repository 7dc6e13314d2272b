"""Holds the alerts of an account while the platform does not answer, or refuses the account.

    uncertain outcome, many failures ──► hold ──► probe ──► answered: release
    refused token, many refused chats ─► probe     │ ▲
                                                   └─┴── not answered, refused: probe again later

A probe is one call that only succeeds if the platform itself answers and accepts the account. Without
it, one page of a proxy would suspend every chat, and one wrong answer would stop the whole account.
Replies continue during a hold: each of them is an attempt of its own that a person waits for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from bot.chats.adapter import ChatAdapter
from bot.delivery.listener import AccountGate
from bot.delivery.message_sender import (
    ACCOUNT_HALT_SECONDS,
    RETRY_BACKOFF,
    HaltAccount,
    Outcome,
    Retry,
    SuspendChat,
)
from bot.errors import ChatUnreachable, DeliveryError, ErrorScope
from bot.runtime.backoff import Backoff

_PROBE_BACKOFF: Final = Backoff(first_seconds=1.0, max_seconds=30.0)
# So many failures in a row, in any chats, mean that the network is down.
_OUTAGE_FAILURES: Final = 5
# So many suspensions within this time need a proof that the platform itself refuses the chats.
_UNPROVEN_SUSPENSIONS: Final = 3
_SUSPENSION_WINDOW_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class AccountHold:
    """Closes and opens the gate of one account for alerts, from outcomes and probes.

    ``wakeup`` is set when a hold begins or ends.

    Attributes:
        gate: the gate of the account.
        consecutive_failures: the failures since a message last ended.
    """

    def __init__(
        self,
        adapter: ChatAdapter,
        gate: AccountGate,
        monotonic: Callable[[], float],
        wakeup: asyncio.Event,
    ) -> None:
        self._adapter = adapter
        self.gate = gate
        self._name = f"{adapter.platform}/{adapter.account}"
        self._monotonic = monotonic
        self._wakeup = wakeup
        # The time of the next probe; None if the account is not held.
        self._probe_at: float | None = None
        self._failed_probes = 0
        self.consecutive_failures = 0
        self._suspended_at: deque[float] = deque(maxlen=_UNPROVEN_SUSPENSIONS)
        self._probe_task: asyncio.Task[DeliveryError | None] | None = None

    def hold(self, reason: str, seconds: float = 0.0) -> None:
        """Send no alerts until a probe succeeds, which is made after ``seconds`` at the earliest."""
        if self._probe_at is None:
            log.warning("account_held", account=self._name, reason=reason)
        probe_at = self._monotonic() + seconds
        self._probe_at = max(self._probe_at or probe_at, probe_at)
        self.gate.is_on_hold = True
        self._wakeup.set()

    def seconds_until_probe(self) -> float | None:
        """Return the seconds until the next probe, or None if none is due."""
        if self._probe_at is None or self._probe_task is not None:
            return None
        return max(0.0, self._probe_at - self._monotonic())

    async def probe_if_due(self) -> None:
        """Make the probe of a hold if it is due, and end the hold if it succeeds."""
        if self.seconds_until_probe() == 0:
            await self._probe()

    async def apply(self, outcome: Outcome, *, attempts: int) -> Outcome:
        """Return the outcome that a probe confirms, after ``attempts`` failed attempts.

        Hold the account if the platform does not answer.
        """
        delay = RETRY_BACKOFF.delay(attempts + 1)
        match outcome:
            case Retry(refused=False):
                self.consecutive_failures += 1
                excess_failures = self.consecutive_failures - _OUTAGE_FAILURES + 1
                if excess_failures > 0:
                    self.hold("many failures in a row", _PROBE_BACKOFF.delay(excess_failures))
                elif outcome.is_uncertain:
                    self.hold("the platform did not answer")
                return outcome
            case HaltAccount() if not await self.is_account_refused():
                return Retry(delay, refused=False)
            case SuspendChat() if not await self.may_suspend():
                return Retry(delay, refused=False)
        self.consecutive_failures = 0
        return outcome

    async def is_account_refused(self) -> bool:
        """Return True if a probe shows that the platform refuses the account.

        Several callers share one probe. The account is held then, and if nothing answers.
        """
        error = await self._probe()
        return _refuses_account(error)

    async def may_suspend(self) -> bool:
        """Return True if a chat may be suspended: few were lately, or the platform itself refuses."""
        now = self._monotonic()
        is_unproven = (
            len(self._suspended_at) == _UNPROVEN_SUSPENSIONS
            and now - self._suspended_at[0] < _SUSPENSION_WINDOW_SECONDS
        )
        if is_unproven and await self._probe() is not None:
            return False
        self._suspended_at.append(now)
        return True

    async def _probe(self) -> DeliveryError | None:
        """Return the error of a probe, or None if it succeeded. A probe in flight is shared."""
        if self._probe_task is None:
            self._probe_task = asyncio.ensure_future(self._probe_once())
        return await asyncio.shield(self._probe_task)

    async def _probe_once(self) -> DeliveryError | None:
        problem: DeliveryError | None = None
        try:
            await self._adapter.probe()
        except DeliveryError as error:
            problem = error
        finally:
            self._probe_task = None
        if problem is None:
            self._release()
        elif _refuses_account(problem):
            if self._failed_probes == 0:
                log.error("account_refused", account=self._name, reason=problem.reason)
            self._failed_probes += 1
            self.hold(problem.reason, ACCOUNT_HALT_SECONDS)
        else:
            self._failed_probes += 1
            self.hold(problem.reason, _PROBE_BACKOFF.delay(self._failed_probes))
        return problem

    def _release(self) -> None:
        self._failed_probes = 0
        if self._probe_at is not None:
            self._probe_at = None
            self.gate.is_on_hold = False
            log.info("account_released", account=self._name)
        self._wakeup.set()


def _refuses_account(error: DeliveryError | None) -> bool:
    return isinstance(error, ChatUnreachable) and error.scope is ErrorScope.ACCOUNT
