"""Map Slack's error codes and the SDK's exceptions to delivery errors. Pure.

    account    invalid_auth, token_revoked, missing_scope …     ChatUnreachable(ACCOUNT)
    chat       not_in_channel, is_archived, channel_not_found … ChatUnreachable
    rate       ratelimited, message_limit_exceeded              RateLimited
    network    service_unavailable, a refused connection        TransientDeliveryError
    unknown    fatal_error, a connection that broke             DeliveryUnknown
    message    invalid_blocks, msg_too_long, all others         MessageRejected

Sources: the error lists of chat.postMessage and chat.update; aiohttp's exceptions by the phase of the
request in which they occur.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)

_REINSTALL: Final = "install the app again, or set a new TOCSIN_SLACK_BOT_TOKEN"
_ASK_ADMIN: Final = "ask an admin of the workspace to allow it"

ACCOUNT_ERRORS: Final[Mapping[str, str]] = {
    "invalid_auth": f"Slack rejects the token; {_REINSTALL}",
    "not_authed": f"the request has no token; {_REINSTALL}",
    "account_inactive": f"the app was removed from the workspace; {_REINSTALL}",
    "token_revoked": f"the token was revoked; {_REINSTALL}",
    "token_expired": f"the token has expired; {_REINSTALL}",
    "not_allowed_token_type": "this is not a bot token; use the token that begins with xoxb-",
    "missing_scope": "the app lacks a permission; add it under OAuth & Permissions, and reinstall",
    "no_permission": "the token lacks a permission; add it and reinstall the app",
    "team_access_not_granted": f"the organisation has not granted the workspace; {_ASK_ADMIN}",
    "access_denied": f"Slack denies access; {_ASK_ADMIN}",
    "org_login_required": "the workspace is moving to an organisation; wait until the move ends",
    "ekm_access_denied": f"the organisation's key management denies access; {_ASK_ADMIN}",
    "enterprise_is_restricted": f"the organisation does not allow the app here; {_ASK_ADMIN}",
    "two_factor_setup_required": "the workspace requires two-factor sign-in; set it up",
    "accesslimited": f"access to the workspace is limited; {_ASK_ADMIN}",
    "team_not_found": "the workspace no longer exists",
}
"""Errors that stop the whole account, with their cause and remedy."""

CHANNEL_ERRORS: Final[Mapping[str, str]] = {
    "not_in_channel": "Tocsin is not in the channel; write /invite @Tocsin there",
    "channel_not_found": "Tocsin cannot see the channel; if it is private, /invite @Tocsin there",
    "is_archived": "the channel is archived; unarchive it to get alerts there again",
    "user_not_found": "the user no longer exists",
    "users_not_found": "the user no longer exists",
    "user_disabled": "the user's account is deactivated",
    "user_is_restricted": "the user is a guest who cannot receive messages from apps",
    "cannot_dm_bot": "bots cannot receive direct messages",
    "im_not_found": "the direct message no longer exists",
    "messages_tab_disabled": "direct messages are off; switch on the Messages tab under App Home",
    "restricted_action": f"posting there is restricted; {_ASK_ADMIN}",
    "restricted_action_read_only_channel": "only some members may post in the channel; allow Tocsin",
    "restricted_action_thread_only_channel": "the channel accepts posts in threads only",
    "restricted_action_thread_locked": "the thread is locked",
    "restricted_action_non_threadable_channel": "the channel has no threads",
    "channel_is_limited_access": "access to the channel is limited; allow Tocsin",
    "not_in_dm": "Tocsin is not part of this direct message; use your own with Tocsin",
    "external_channel_migrating": "the channel is moving between workspaces; wait until it ends",
}
"""Errors that stop one chat, with their cause and remedy."""

MESSAGE_ERRORS: Final[Mapping[str, str]] = {
    "invalid_blocks": "Slack cannot read the message's blocks",
    "invalid_blocks_format": "Slack cannot read the message's blocks",
    "msg_blocks_too_long": "the message's blocks are too long",
    "msg_too_long": "the message is too long",
    "no_text": "the message is empty",
    "message_not_found": "the message no longer exists",
    "cant_update_message": "Tocsin did not post the message and cannot change it",
    "edit_window_closed": "the message is too old to change",
    "cannot_reply_to_message": "the message does not accept replies",
    "is_inactive": "the message is inactive",
}
"""Errors that reject one message, with their cause."""

_CHAT_RATE_CODES: Final = frozenset({"ratelimited", "rate_limited"})
_ACCOUNT_RATE_CODES: Final = frozenset({"message_limit_exceeded", "team_quota_exceeded"})
_NOT_SENT_CODES: Final = frozenset(
    {
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accountmigration",
        "migration_in_progress",
    }
)
_UNKNOWN_OUTCOME_CODES: Final = frozenset({"fatal_error", "internal_error"})

# Used if Slack sends no usable Retry-After header.
_DEFAULT_RETRY_AFTER_SECONDS: Final = 30.0
_ACCOUNT_RETRY_AFTER_SECONDS: Final = 60.0
_MAX_RETRY_AFTER_SECONDS: Final = 86_400.0

_SERVER_ERROR: Final = 500
_TOO_MANY_REQUESTS: Final = 429
_MAX_CODE_CHARS: Final = 100
_MAX_SCOPES_CHARS: Final = 200

SDK_ERRORS: Final = (
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    # The response is not valid text.
    ValueError,
    # The SDK received text where Slack promised JSON.
    AttributeError,
)
"""The exceptions that a call of the Web API can raise."""


def delivery_error_from(error: Exception) -> DeliveryError:
    """Return the delivery error for ``error``, which is one of `SDK_ERRORS`."""
    if isinstance(error, SlackApiError):
        return _error_from_response(error)
    # Only the type is quoted: the message of an aiohttp error may contain a secret URL.
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        # The connection was never open, so the request cannot have arrived.
        return TransientDeliveryError(f"Slack cannot be reached ({type(error).__name__})")
    if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
        return DeliveryUnknown(f"the connection to Slack broke ({type(error).__name__})")
    return DeliveryUnknown(f"Slack's response cannot be read ({type(error).__name__})")


def _error_from_response(error: SlackApiError) -> DeliveryError:  # noqa: PLR0911 - one return per kind
    code = _error_code(error)
    status = _status(error)
    if code in _CHAT_RATE_CODES or status == _TOO_MANY_REQUESTS:
        return RateLimited(_retry_after_seconds(error))
    if code in _ACCOUNT_RATE_CODES:
        return RateLimited(_ACCOUNT_RETRY_AFTER_SECONDS, ErrorScope.ACCOUNT)
    if code in ACCOUNT_ERRORS:
        reason = f"{code}: {ACCOUNT_ERRORS[code]}{_missing_permission(error)}"
        return ChatUnreachable(reason, ErrorScope.ACCOUNT)
    if code in CHANNEL_ERRORS:
        return ChatUnreachable(f"{code}: {CHANNEL_ERRORS[code]}")
    if code in _NOT_SENT_CODES:
        return TransientDeliveryError(f"{code}: Slack requests a retry")
    if code in _UNKNOWN_OUTCOME_CODES:
        return DeliveryUnknown(f"{code}: Slack does not know if the message was sent")
    if not code:
        return _error_from_status(status)
    if code in MESSAGE_ERRORS:
        return MessageRejected(f"{code}: {MESSAGE_ERRORS[code]}")
    return MessageRejected(code[:_MAX_CODE_CHARS])


def _error_code(error: SlackApiError) -> str:
    """Return Slack's error code, or "" if Slack did not send the response, or sent none."""
    data = getattr(error.response, "data", None)
    # Each error of Slack has "ok": false. The JSON of a proxy does not.
    if not isinstance(data, dict) or data.get("ok") is not False:
        return ""
    code = data.get("error", "")
    return code if isinstance(code, str) else ""


def _error_from_status(status: int) -> DeliveryError:
    if status >= _SERVER_ERROR:
        return TransientDeliveryError(f"Slack responds with status {status}")
    return DeliveryUnknown(f"Slack's response cannot be read (status {status})")


def _missing_permission(error: SlackApiError) -> str:
    """Return the permission that Slack names as missing, as a suffix for the reason, or ""."""
    data: Any = error.response.data
    needed = data.get("needed") if isinstance(data, dict) else None
    if not isinstance(needed, str) or not needed:
        return ""
    return f" (it needs {needed[:_MAX_SCOPES_CHARS]})"


def _status(error: SlackApiError) -> int:
    # The SDK uses two response classes that name the attribute differently.
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return status if isinstance(status, int) else 0


def _retry_after_seconds(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    value = next((v for name, v in headers.items() if str(name).lower() == "retry-after"), "")
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return _DEFAULT_RETRY_AFTER_SECONDS
    return min(seconds, _MAX_RETRY_AFTER_SECONDS) if seconds > 0 else _DEFAULT_RETRY_AFTER_SECONDS
