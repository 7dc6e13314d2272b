"""The Bot API client: connection, check of a token, chat addresses and cached administrators.

The retries and rate limits of the library are off: the send scheduler applies the rate limits, and each
call is one attempt.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from telegram import Chat, ChatFullInfo, Message
from telegram.error import EndPointNotFound, InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot.chats.telegram.errors import error_message
from bot.chats.telegram.request import BotApiClient, BotApiRequest
from bot.errors import DeliveryError, SettingsError
from bot.models import ChatRef

PLATFORM: Final = "telegram"
"""The value of `ChatRef.platform`."""

PUBLIC_API_URL: Final = "https://api.telegram.org"
"""Address of Telegram's own Bot API server."""

FetchAdmins = Callable[[str], Awaitable[frozenset[str]]]
"""Request the user IDs of the administrators of a chat from the platform."""

_SETTING: Final = "TOCSIN_TELEGRAM_TOKEN"
_CONNECTION_HINT: Final = "check the network, the proxy (HTTPS_PROXY) and TOCSIN_TELEGRAM_BASE_URL"
_READ_TIMEOUT_SECONDS: Final = 20.0
_CONNECT_TIMEOUT_SECONDS: Final = 8.0
_POOL_TIMEOUT_SECONDS: Final = 8.0
# More than the bot ever uses at the same time, so that no call waits for a connection.
_MAX_CONNECTIONS: Final = 64

_CACHE_TTL_SECONDS: Final = 300.0
_MIN_REFRESH_SECONDS: Final = 15.0
_MAX_CACHED_CHATS: Final = 10_000

log = structlog.get_logger(__name__)


def connect(token: str, base_url: str = "") -> BotApiClient:
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
    return BotApiClient(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_make_request(_MAX_CONNECTIONS),
        get_updates_request=_make_request(1),
    )


def _make_request(connections: int) -> BotApiRequest:
    return BotApiRequest(
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


class AdminCache:
    """Cache of the administrators per chat.

    A person who is not on the cached list causes a new request after 15 seconds, so that a new
    administrator does not wait until the cache expires.
    """

    def __init__(
        self, fetch_admins: FetchAdmins, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch_admins = fetch_admins
        self._monotonic = monotonic
        self._admins_by_chat: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()

    async def is_admin(self, chat: str, user: str) -> bool:
        """Return True if ``user`` may change the settings of ``chat``.

        Raises:
            DeliveryError: the platform does not return the administrators.
        """
        # The ID of a private chat is the ID of its user. Groups have negative IDs, channels "@" names.
        if not chat.startswith(("-", "@")):
            return chat == user
        fetched_at, admins = self._admins_by_chat.get(chat, (None, frozenset[str]()))
        # A refused user who presses again and again must not cause a request each time.
        age = _CACHE_TTL_SECONDS if fetched_at is None else self._monotonic() - fetched_at
        if age >= _CACHE_TTL_SECONDS or (user not in admins and age >= _MIN_REFRESH_SECONDS):
            admins = await self._fetch_admins(chat)
            self._admins_by_chat[chat] = (self._monotonic(), admins)
            self._admins_by_chat.move_to_end(chat)
            while len(self._admins_by_chat) > _MAX_CACHED_CHATS:
                self._admins_by_chat.popitem(last=False)
        return user in admins

    async def is_confirmed_admin(self, chat: str, user: str) -> bool:
        """Return True if ``user`` is an administrator; False also if the platform does not answer."""
        try:
            return await self.is_admin(chat, user)
        except DeliveryError as error:
            log.warning("telegram_admins_unavailable", chat=chat, error=error.reason)
            return False

    def invalidate(self, chat: str) -> None:
        """Remove a chat whose administrators have changed from the cache."""
        self._admins_by_chat.pop(chat, None)
