"""The thinnest adapters there can be: the real SDKs, one try a message, no conversation."""

from __future__ import annotations

import asyncio
from datetime import datetime

import aiohttp
import httpx
import telegram
import telegram.error
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.adapter import (
    ORDINARY,
    Capabilities,
    Pace,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.chats.telegram.chat import TelegramChat
from bot.conversation.card import Card
from bot.errors import Gone, InDoubt, Moved, Rejected, RetryLater, Transient
from bot.model import Ref
from tests.fakes.telegram import TOKEN


class _Thin:
    """What both adapters share."""

    capabilities = Capabilities()

    async def edit(self, message: Sent, payload: Payload) -> None:
        raise NotImplementedError

    async def find(self, to: Ref, key: str, since: datetime) -> Sent | None:
        return None

    async def is_admin(self, chat: Ref, user: str) -> bool:
        return True

    async def run(self, outlet: object, stop: asyncio.Event) -> None:
        await stop.wait()

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        return {"text": "".join(piece.text for piece in card.lines[0])}


class ThinTelegram(_Thin):
    """python-telegram-bot, one try."""

    platform = "telegram"
    account = "123456"

    def __init__(self, base_url: str, *, pace: Pace = TelegramChat.pace) -> None:
        self.pace = pace
        request = telegram.request.HTTPXRequest(connection_pool_size=64, read_timeout=30)
        self.bot = telegram.Bot(TOKEN, base_url=base_url, request=request)

    def rates(self, to: Ref) -> tuple[Window, ...]:
        group = (Window(20, 60.0),) if to.chat.startswith("-") else ()
        return (Window(1, 1.0), *group)

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        try:
            sent = await self.bot.send_message(int(to.chat), payload["text"])
        except telegram.error.RetryAfter as error:
            raise RetryLater(error._retry_after.total_seconds()) from error
        except telegram.error.Forbidden as error:
            raise Gone(str(error)) from error
        except telegram.error.ChatMigrated as error:
            raise Moved(str(error.new_chat_id)) from error
        except telegram.error.BadRequest as error:
            raise Rejected(str(error)) from error
        except telegram.error.NetworkError as error:
            cause = error.__cause__
            unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
            raise (Transient if isinstance(cause, unsent) else InDoubt)(str(error)) from error
        return Sent(to, str(sent.message_id))


class ThinSlack(_Thin):
    """slack_sdk, one try."""

    platform = "slack"

    def __init__(self, base_url: str, token: str, team: str, session: aiohttp.ClientSession):
        self.account = team
        self.pace = Pace(windows=(Window(300, 60.0),))
        self.client = AsyncWebClient(
            token=token, base_url=base_url, session=session, retry_handlers=[]
        )

    def rates(self, to: Ref) -> tuple[Window, ...]:
        return (Window(1, 1.0),)

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        try:
            sent = await self.client.chat_postMessage(channel=to.chat, text=payload["text"])
        except SlackApiError as error:
            if error.response.status_code == 429:
                raise RetryLater(float(error.response.headers["Retry-After"])) from error
            raise Rejected(error.response["error"]) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise InDoubt(str(error)) from error
        return Sent(to, sent["ts"])
