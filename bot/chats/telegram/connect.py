"""From a token to a bot that can be asked: where its server is, and how long it may take.

Retries and rate limits of the library are off: the sender knows the pace, and a try is one try.
"""

from __future__ import annotations

import os
from typing import Final

from telegram.error import EndPointNotFound, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.chats.telegram.refusals import words
from bot.errors import SettingsError

PUBLIC: Final = "https://api.telegram.org"
"""Where Telegram's own Bot API server is."""

_VARIABLE: Final = "TOCSIN_TELEGRAM_TOKEN"
_REACH: Final = (
    "is there a network, a proxy (HTTPS_PROXY), a TOCSIN_TELEGRAM_BASE_URL that is right?"
)
_READ, _CONNECT, _POOL = 20.0, 8.0, 8.0  # seconds
_CONNECTIONS: Final = 64  # at once: more than is ever under way


def connect(token: str, base_url: str = "") -> ExtBot[None]:
    """The bot behind ``token``; nothing is asked yet.

    Raises:
        SettingsError: it is no token.
    """
    account, colon, secret = token.partition(":")
    if not (account.isascii() and account.isdecimal() and colon and secret.strip() == secret != ""):
        raise SettingsError(_VARIABLE, "no bot token; @BotFather gives them as 123456:ABC-DEF…")
    # As the library's next version: it warns at every 429 of those who have not said so.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    base = (base_url or PUBLIC).rstrip("/").removesuffix("/bot")
    return ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_request(_CONNECTIONS),
        get_updates_request=_request(1),
    )


def _request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=_READ,
        write_timeout=_READ,
        connect_timeout=_CONNECT,
        pool_timeout=_POOL,
    )


async def check_token(token: str, base_url: str = "") -> str:
    """Ask who the bot is: its @name.

    Raises:
        SettingsError: the server refuses the token, or cannot be reached; says why, without it.
    """
    bot = connect(token, base_url)
    try:
        me = await bot.get_me()
    except (InvalidToken, EndPointNotFound) as error:
        why = f"Telegram refuses it ({words(error, token)}); @BotFather tells it again: /token"
        raise SettingsError(_VARIABLE, why) from None
    except TelegramError as error:
        where = base_url or PUBLIC
        why = f"nobody could be asked at {where} ({words(error, token)}); {_REACH}"
        raise SettingsError(_VARIABLE, why) from None
    finally:
        await close(bot)
    return f"@{me.username}"


async def close(bot: ExtBot[None]) -> None:
    """Give the bot's connections back."""
    for request in (bot.request, bot._request[0]):  # noqa: SLF001 - its own shutdown skips these unless it began
        await request.shutdown()
