"""What the Bot API refuses, in the words of bot/errors.py: which error says what became of a try.

    answered: 429 ─► RetryLater   401, 404 ─► Gone (the account)   403 ─► Gone   400 ─► by its words
    not answered: no connection ─► Transient     it was under way ─► InDoubt

The words are those of tdlib/telegram-bot-api (Client.cpp, fail_query_with_error and its callers).
"""

from __future__ import annotations

from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.errors import (
    DeliveryError,
    Gone,
    InDoubt,
    Moved,
    Rejected,
    RetryLater,
    Scope,
    Transient,
)
from bot.model import Ref

UNCHANGED: Final = "message is not modified"
"""What an edit is told that changes nothing: no error to us."""

_GONE: Final = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "the group chat was deleted",
    "group is deactivated",
    "bot was blocked by the user",
    "bot was kicked",
    "bot is not a member",
    "bot can't initiate conversation with a user",
    "bot can't send messages to bots",
    "have no rights to send a message",
    "not enough rights to send",
    "need administrator rights in the channel chat",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "chat_send_plain_forbidden",
    "user_is_blocked",
    "input_user_deactivated",
    "peer_id_invalid",
    "channel_private",
)
_NO_THREAD: Final = (
    "message thread not found",
    "topic_deleted",
    "topic_closed",
    "topic_id_invalid",
)
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOO_LATE: Final = (
    "gateway time-out",
    "gateway timeout",
    "(504)",
)  # the API may have done it by then


def refusal(error: Exception, to: Ref, *, token: str) -> DeliveryError:  # noqa: PLR0911 - one return a kind
    """How a try to send to ``to`` ended. ``token`` never stands in what comes out."""
    reason = words(error, token)
    match error:
        case RetryAfter():
            return RetryLater(_seconds(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case InvalidToken():
            return Gone(f"Telegram refuses the token: {reason}", Scope.ACCOUNT)
        case Forbidden():
            return Gone(_bare(reason))
        case TimedOut() | NetworkError() if not isinstance(error, BadRequest):
            return _unanswered(error, reason)
        case BadRequest():
            return _refused(_bare(reason), to)
        case Conflict():
            return Transient(reason)
        case TimeoutError():
            return InDoubt("no answer in time")
        case _:
            return InDoubt(reason)


def words(error: Exception, token: str) -> str:
    """What an error says, without the token and on one line."""
    text = str(error) or type(error).__name__
    if token:
        text = text.replace(token, "…").replace(token.partition(":")[2] or token, "…")
    return " ".join(text.split())[:300]


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return after if isinstance(after, int | float) else after.total_seconds()


def _refused(reason: str, to: Ref) -> DeliveryError:
    said = reason.lower()
    if to.thread and any(sign in said for sign in _NO_THREAD):
        return Moved(to.chat, thread="")
    if any(sign in said for sign in _GONE):
        return Gone(reason)
    return Rejected(reason)


def _unanswered(error: TelegramError, reason: str) -> DeliveryError:
    cause = error.__cause__
    if isinstance(cause, _NOT_SENT):
        return Transient(f"no connection to Telegram ({type(cause).__name__})")
    if isinstance(cause, httpx.HTTPError):
        return InDoubt(f"the connection broke while it was sent ({type(cause).__name__})")
    said = reason.lower()
    if any(sign in said for sign in _TOO_LATE):
        return InDoubt(reason)
    if "too large" in said or "(413)" in said:
        return Rejected(reason)
    if "http implementation" in said or isinstance(error, TimedOut):
        return InDoubt(reason)
    return Transient(reason)


def _bare(reason: str) -> str:
    """The server's own words again: the library takes the class away and writes them large."""
    for prefix in ("Forbidden: ", "Bad Request: "):
        reason = reason.removeprefix(prefix)
    first, _, rest = reason.partition(" ")
    if "_" in first:
        return f"{first.upper()} {rest}".strip()
    return f"{reason[:1].lower()}{reason[1:]}"
