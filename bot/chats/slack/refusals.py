"""Slack's error words, and what each means for a message. Pure: an exception in, one of ours out.

    the account    invalid_auth, token_revoked, missing_scope …     Gone(ACCOUNT)
    the chat       not_in_channel, is_archived, channel_not_found … Gone
    the pace       ratelimited, message_limit_exceeded              RetryLater
    the network    service_unavailable, a refused connection        Transient
    who knows      fatal_error, a connection that broke             InDoubt
    the message    invalid_blocks, msg_too_long, all others         Rejected

Sources: the error lists of chat.postMessage and chat.update; aiohttp's exceptions by when they happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    DeliveryError,
    Gone,
    InDoubt,
    Rejected,
    RetryLater,
    Scope,
    Transient,
)

_REINSTALL: Final = "install the app again, or set TOCSIN_SLACK_BOT_TOKEN anew"
_AN_ADMIN: Final = "an admin of the workspace must allow it"

ACCOUNT: Final[Mapping[str, str]] = {
    "invalid_auth": f"Slack does not take the token; {_REINSTALL}",
    "not_authed": f"there is no token; {_REINSTALL}",
    "account_inactive": f"the app was removed from the workspace; {_REINSTALL}",
    "token_revoked": f"the token was revoked; {_REINSTALL}",
    "token_expired": f"the token has expired; {_REINSTALL}",
    "not_allowed_token_type": "it is no bot token; take the one that begins with xoxb-",
    "missing_scope": "the app lacks a permission; add it under OAuth & Permissions, and reinstall",
    "no_permission": "the token lacks a permission; add it and reinstall the app",
    "team_access_not_granted": f"the organisation has not granted the workspace; {_AN_ADMIN}",
    "access_denied": f"Slack denies access; {_AN_ADMIN}",
    "org_login_required": "the workspace is being moved to an organisation; wait for its end",
    "ekm_access_denied": f"the organisation's key management denies access; {_AN_ADMIN}",
    "enterprise_is_restricted": f"the organisation does not allow the app here; {_AN_ADMIN}",
    "two_factor_setup_required": "the workspace asks for two-factor sign-in; set it up",
    "accesslimited": f"access to the workspace is limited; {_AN_ADMIN}",
    "team_not_found": "there is no such workspace any more",
}
"""The whole account cannot send: what it means, and what to do."""

CHAT: Final[Mapping[str, str]] = {
    "not_in_channel": "Tocsin is not in the channel; write /invite @Tocsin there",
    "channel_not_found": "there is no such channel for Tocsin; if it is private, /invite @Tocsin there",
    "is_archived": "the channel is archived; unarchive it to get alerts there again",
    "user_not_found": "there is no such person any more",
    "users_not_found": "there is no such person any more",
    "user_disabled": "the person's account is deactivated",
    "user_is_restricted": "the person is a guest whom apps may not write to",
    "cannot_dm_bot": "a bot cannot be written to",
    "im_not_found": "there is no such direct message any more",
    "messages_tab_disabled": "direct messages are off; switch the Messages tab on under App Home",
    "restricted_action": f"posting there is restricted; {_AN_ADMIN}",
    "restricted_action_read_only_channel": "only some may post in the channel; let Tocsin, too",
    "restricted_action_thread_only_channel": "the channel takes posts in threads only",
    "restricted_action_thread_locked": "the thread is locked",
    "restricted_action_non_threadable_channel": "the channel has no threads",
    "channel_is_limited_access": "the channel's access is limited; let Tocsin in",
    "not_in_dm": "Tocsin is not part of this direct message; use your own with Tocsin",
    "external_channel_migrating": "the channel is being moved between workspaces; wait for its end",
}
"""The one chat cannot be reached: what it means, and what to do."""

MESSAGE: Final[Mapping[str, str]] = {
    "invalid_blocks": "Slack cannot read the message's blocks",
    "invalid_blocks_format": "Slack cannot read the message's blocks",
    "msg_blocks_too_long": "the message's blocks are too long",
    "msg_too_long": "the message is too long",
    "no_text": "the message is empty",
    "message_not_found": "the message is not there any more",
    "cant_update_message": "the message is not Tocsin's to change",
    "edit_window_closed": "the message is too old to be changed",
    "cannot_reply_to_message": "the message takes no answers",
    "is_inactive": "the message is out of use",
}
"""The one message is refused."""

_LATER: Final = frozenset({"ratelimited", "rate_limited"})
_ALL_LATER: Final = frozenset({"message_limit_exceeded", "team_quota_exceeded"})
_NOT_SENT: Final = frozenset(
    {
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accountmigration",
        "migration_in_progress",
    }
)
_DOUBT: Final = frozenset({"fatal_error", "internal_error"})

_SHORT: Final = 30.0  # seconds, where Slack says none
_LONG: Final = 60.0
_LONGEST: Final = 86_400.0
_SERVER: Final = 500
_TOO_MANY: Final = 429


TROUBLE: Final = (
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    ValueError,  # bytes that are no text
    AttributeError,  # the SDK, of an answer that is text where JSON was promised
)
"""What a call of the Web API raises when it does not succeed."""


def refusal(error: Exception) -> DeliveryError:
    """What ``error``, one of `TROUBLE`, means."""
    if isinstance(error, SlackApiError):
        return _of_answer(error)
    # Before a connection stands, nothing can have arrived. Its words may hold an address: not quoted.
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Transient(f"Slack cannot be reached ({type(error).__name__})")
    if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
        return InDoubt(f"the connection to Slack broke ({type(error).__name__})")
    return InDoubt(f"Slack's answer cannot be read ({type(error).__name__})")


def error_word(error: SlackApiError) -> str:
    """Slack's own word for what is wrong; empty where it did not answer in words."""
    data = getattr(error.response, "data", None)
    word = data.get("error", "") if isinstance(data, dict) else ""
    return word if isinstance(word, str) else ""


def _of_answer(error: SlackApiError) -> DeliveryError:  # noqa: PLR0911 - one return a meaning
    word = error_word(error)
    status = _status(error)
    if word in _LATER or status == _TOO_MANY:
        return RetryLater(_retry_after(error))
    if word in _ALL_LATER:
        return RetryLater(_LONG, Scope.ACCOUNT)
    if word in ACCOUNT:
        return Gone(f"{word}: {ACCOUNT[word]}{_needed(error)}", Scope.ACCOUNT)
    if word in CHAT:
        return Gone(f"{word}: {CHAT[word]}")
    if word in _NOT_SENT:
        return Transient(f"{word}: Slack asks to try again")
    if word in _DOUBT:
        return InDoubt(f"{word}: Slack cannot tell whether it was sent")
    if not word:
        return _without_words(status)
    return Rejected(f"{word}: {MESSAGE[word]}" if word in MESSAGE else word[:100])


def _without_words(status: int) -> DeliveryError:
    if status >= _SERVER:
        return Transient(f"Slack answers {status}")
    return InDoubt(f"Slack's answer cannot be read (status {status})")


def _needed(error: SlackApiError) -> str:
    """Which permission is missing, where Slack says so."""
    data: Any = error.response.data
    needed = data.get("needed") if isinstance(data, dict) else None
    return f" (it needs {needed[:200]})" if isinstance(needed, str) and needed else ""


def _status(error: SlackApiError) -> int:
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return status if isinstance(status, int) else 0


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    given = next((v for k, v in headers.items() if str(k).lower() == "retry-after"), "")
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return _SHORT
    return min(seconds, _LONGEST) if seconds > 0 else _SHORT
