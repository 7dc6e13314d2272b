"""The Bot API client: connection settings, the check of a token, and chat addresses.

The retries and rate limits of the library are off: the send scheduler applies the rate limits, and each
call is one attempt.
"""

from __future__ import annotations

import os
from typing import Final

from telegram import Chat, ChatFullInfo, Message
from telegram.error import EndPointNotFound, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.chats.telegram.errors import error_message
from bot.errors import SettingsError
from bot.models import ChatRef

PLATFORM: Final = "telegram"
"""The value of `ChatRef.platform`."""

PUBLIC_API_URL: Final = "https://api.telegram.org"
"""Address of Telegram's own Bot API server."""

_SETTING: Final = "TOCSIN_TELEGRAM_TOKEN"
_CONNECTION_HINT: Final = "check the network, the proxy (HTTPS_PROXY) and TOCSIN_TELEGRAM_BASE_URL"
_READ_TIMEOUT_SECONDS: Final = 20.0
_CONNECT_TIMEOUT_SECONDS: Final = 8.0
_POOL_TIMEOUT_SECONDS: Final = 8.0
# More than the bot ever uses at the same time, so that no call waits for a connection.
_MAX_CONNECTIONS: Final = 64


def connect(token: str, base_url: str = "") -> ExtBot[None]:
    """Return the bot for ``token``, without a request.

    Raises:
        SettingsError: the text is not a bot token.
    """
    account, colon, secret = token.partition(":")
    if not (account.isascii() and account.isdecimal() and colon and secret.strip() == secret != ""):
        raise SettingsError(
            _SETTING,
            "this is not a bot token; @BotFather sends tokens of the form 123456:ABC-DEF…",
        )
    # Use the types of the library's next version; otherwise the library warns at each 429 answer.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    base = (base_url or PUBLIC_API_URL).rstrip("/").removesuffix("/bot")
    return ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_make_request(_MAX_CONNECTIONS),
        get_updates_request=_make_request(1),
    )


def _make_request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=_READ_TIMEOUT_SECONDS,
        write_timeout=_READ_TIMEOUT_SECONDS,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
    )


async def check_token(token: str, base_url: str = "") -> str:
    """Return the @name of the bot from the server.

    Raises:
        SettingsError: the server rejects the token or cannot be reached. The message gives the
            reason and does not contain the token.
    """
    bot = connect(token, base_url)
    try:
        me = await bot.get_me()
    except (InvalidToken, EndPointNotFound) as error:
        problem = (
            f"Telegram rejects the token ({error_message(error, token)});"
            " send /token to @BotFather to get the current one"
        )
        raise SettingsError(_SETTING, problem) from None
    except TelegramError as error:
        server = base_url or PUBLIC_API_URL
        problem = f"no answer from {server} ({error_message(error, token)}); {_CONNECTION_HINT}"
        raise SettingsError(_SETTING, problem) from None
    finally:
        await close_bot(bot)
    return f"@{me.username}"


async def close_bot(bot: ExtBot[None]) -> None:
    """Close the connections of the bot."""
    # ExtBot.shutdown skips the requests unless the bot was initialised with a call.
    for request in (bot.request, bot._request[0]):  # noqa: SLF001
        await request.shutdown()


def make_chat_ref(
    account: str, chat: Chat | ChatFullInfo, message: Message | None = None
) -> ChatRef:
    """Return the address of ``chat``, or of the forum topic that contains ``message``."""
    thread = ""
    # Outside forums, message_thread_id is the ID of the message that was answered.
    if message is not None and message.is_topic_message and message.message_thread_id:
        thread = str(message.message_thread_id)
    return ChatRef(PLATFORM, account, str(chat.id), thread)
