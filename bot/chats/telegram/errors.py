"""Translation of Bot API errors to delivery errors.

    answered: 429 ─► RateLimited   401, 404 ─► ChatUnreachable (account)   403 ─► ChatUnreachable
              400 ─► by the description
    no answer: not connected ─► TransientDeliveryError     connection lost ─► DeliveryUnknown
    the answer of a proxy or gateway ─► DeliveryUnknown

The descriptions are those of tdlib/telegram-bot-api (Client.cpp, fail_query_with_error and its callers).
"""

from __future__ import annotations

from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.error import (
    ChatMigrated as TelegramChatMigrated,
)

from bot.chats.telegram.request import ForeignAnswerError
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef

NOT_MODIFIED: Final = "message is not modified"
"""Description of an edit without a change. The adapter does not treat this as an error."""

_MAX_MESSAGE_CHARS: Final = 300

_UNREACHABLE: Final = (
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
_THREAD_DELETED: Final = ("message thread not found", "topic_deleted", "topic_id_invalid")
_THREAD_CLOSED: Final = "topic_closed"
# The request did not leave this machine, so the message was certainly not sent.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# The gateway gave up, but the API may have sent the message before.
_GATEWAY_TIMEOUT: Final = (
    "gateway time-out",
    "gateway timeout",
    "(504)",
)


def delivery_error_from(error: Exception, to: ChatRef, *, token: str) -> DeliveryError:  # noqa: PLR0911 - one return per kind
    """Return the delivery error for a failed attempt to send to ``to``, without ``token``."""
    reason = error_message(error, token)
    match error:
        case RetryAfter():
            return RateLimited(retry_after_seconds(error))
        case TelegramChatMigrated():
            return ChatMigrated(str(error.new_chat_id))
        case InvalidToken():
            return ChatUnreachable(f"Telegram rejects the token: {reason}", ErrorScope.ACCOUNT)
        case Forbidden():
            return ChatUnreachable(_server_description(reason))
        case ForeignAnswerError():
            return DeliveryUnknown(reason)
        # BadRequest is a subclass of NetworkError in the library.
        case TimedOut() | NetworkError() if not isinstance(error, BadRequest):
            return _error_without_answer(error, reason)
        case BadRequest():
            return _bad_request_error(_server_description(reason), to)
        case Conflict():
            return TransientDeliveryError(reason)
        case TimeoutError():
            return DeliveryUnknown("no answer in time")
        case _:
            return DeliveryUnknown(reason)


def error_message(error: Exception, token: str) -> str:
    """Return the message of an error in one line, without the token."""
    text = str(error) or type(error).__name__
    if token:
        text = text.replace(token, "…").replace(token.partition(":")[2] or token, "…")
    return " ".join(text.split())[:_MAX_MESSAGE_CHARS]


def retry_after_seconds(error: RetryAfter) -> float:
    """Return the wait that Telegram asks for; the library has two types for this value."""
    delay = error.retry_after
    return delay if isinstance(delay, int | float) else delay.total_seconds()


def _bad_request_error(reason: str, to: ChatRef) -> DeliveryError:
    description = reason.lower()
    # A closed topic may open again, also the general topic. The other topics of the group are open.
    if _THREAD_CLOSED in description:
        return ChatUnreachable("the forum topic is closed", ErrorScope.THREAD)
    if to.thread and any(phrase in description for phrase in _THREAD_DELETED):
        return ChatMigrated(to.chat, thread="")
    if any(phrase in description for phrase in _UNREACHABLE):
        return ChatUnreachable(reason)
    return MessageRejected(reason)


def _error_without_answer(error: TelegramError, reason: str) -> DeliveryError:
    cause = error.__cause__
    if isinstance(cause, _NOT_SENT):
        return TransientDeliveryError(f"no connection to Telegram ({type(cause).__name__})")
    if isinstance(cause, httpx.HTTPError):
        return DeliveryUnknown(f"the connection was lost during the send ({type(cause).__name__})")
    description = reason.lower()
    if any(phrase in description for phrase in _GATEWAY_TIMEOUT):
        return DeliveryUnknown(reason)
    if "too large" in description or "(413)" in description:
        return MessageRejected(reason)
    if "http implementation" in description or isinstance(error, TimedOut):
        return DeliveryUnknown(reason)
    return TransientDeliveryError(reason)


def _server_description(reason: str) -> str:
    """Return the description as the server sent it.

    The library removes the prefix and capitalises the rest, also of codes such as CHAT_RESTRICTED.
    """
    for prefix in ("Forbidden: ", "Bad Request: "):
        reason = reason.removeprefix(prefix)
    first_word, _, remainder = reason.partition(" ")
    if "_" in first_word:
        return f"{first_word.upper()} {remainder}".strip()
    return f"{reason[:1].lower()}{reason[1:]}"
