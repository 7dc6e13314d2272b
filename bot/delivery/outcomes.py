"""What follows from how a try ended. Pure: an error goes in, an intent comes out.

RetryLater ─► Wait           Gone ─► Suspend, or Halt (the account)      Moved ─► Follow
Transient  ─► Wait, counted  Rejected ─► Again as plain text, then End   InDoubt ─► Look or End
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.errors import DeliveryError, Gone, InDoubt, Moved, Rejected, RetryLater, Scope
from bot.store.tables import FAILED, UNKNOWN

PAUSES: Final = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds before the next try of a message that was not sent, by how many failed."""


@dataclass(frozen=True, slots=True)
class End:
    """It ended so."""

    state: str
    reason: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgainPlain:
    """Once more at once, without markup."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The chat waits so many seconds, and its alerts keep their order."""

    seconds: float
    refused: bool  # by the platform: its pace was too fast; otherwise the try was in vain
    account: bool = False


@dataclass(frozen=True, slots=True)
class Suspend:
    """The chat waits for its return, and everything it has with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Halt:
    """The account cannot send at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Follow:
    """The chat is elsewhere now."""

    chat: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """It may be there: the platform's history tells."""

    reason: str


Intent = End | AgainPlain | Wait | Suspend | Halt | Follow | Look


def outcome(  # noqa: PLR0911 - one return an error reads best
    error: Exception, *, attempts: int, plain: bool, finds: bool
) -> Intent:
    """What to do after ``error``, at the try after ``attempts`` that were in vain."""
    match error:
        case RetryLater():
            return Wait(error.seconds, refused=True, account=error.scope is Scope.ACCOUNT)
        case Gone(scope=Scope.ACCOUNT):
            return Halt(error.reason)
        case Gone():
            return Suspend(error.reason)
        case Moved():
            return Follow(error.chat, error.thread)
        case Rejected():
            return End(FAILED, error.reason) if plain else AgainPlain()
        case InDoubt():
            return Look(error.reason) if finds else End(UNKNOWN, error.reason)
        case DeliveryError():
            return Wait(PAUSES[min(attempts, len(PAUSES) - 1)], refused=False)
        case _:
            return End(FAILED, f"a fault of ours: {type(error).__name__}")
