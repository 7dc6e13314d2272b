"""Minimal adapters: the real SDKs, one attempt per message, no conversation."""

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
    DEFAULT_OPTIONS,
    AccountRateLimit,
    Capabilities,
    Payload,
    RateLimit,
    SendOptions,
    SentMessage,
)
from bot.chats.telegram.adapter import TelegramAdapter
from bot.conversation.cards.card import Card
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef
from tests.fakes.telegram import TOKEN


class _Thin:
    """The parts that both adapters share."""

    capabilities = Capabilities()

    async def edit(self, message: SentMessage, payload: Payload) -> None:
        raise NotImplementedError

    async def find_sent(self, to: ChatRef, key: str, since: datetime) -> SentMessage | None:
        return None

    async def probe(self) -> None:
        return None

    async def is_admin(self, chat: ChatRef, user: str) -> bool:
        return True

    async def listen(self, outlet: object, stop: asyncio.Event) -> None:
        await stop.wait()

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        return {"text": "".join(span.text for span in card.lines[0])}


class ThinTelegram(_Thin):
    """python-telegram-bot, one attempt per message."""

    platform = "telegram"
    account = "123456"

    def __init__(
        self, base_url: str, *, limit: AccountRateLimit = TelegramAdapter.account_rate_limit
    ) -> None:
        self.account_rate_limit = limit
        request = telegram.request.HTTPXRequest(connection_pool_size=64, read_timeout=30)
        self.bot = telegram.Bot(TOKEN, base_url=base_url, request=request)

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        group = (RateLimit(20, 60.0),) if to.chat.startswith("-") else ()
        return (RateLimit(1, 1.0), *group)

    async def send(
        self, to: ChatRef, payload: Payload, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        try:
            sent = await self.bot.send_message(int(to.chat), str(payload["text"]))
        except telegram.error.RetryAfter as error:
            raise RateLimited(error._retry_after.total_seconds()) from error
        except telegram.error.Forbidden as error:
            raise ChatUnreachable(str(error)) from error
        except telegram.error.ChatMigrated as error:
            raise ChatMigrated(str(error.new_chat_id)) from error
        except telegram.error.BadRequest as error:
            raise MessageRejected(str(error)) from error
        except telegram.error.NetworkError as error:
            cause = error.__cause__
            unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
            raise (TransientDeliveryError if isinstance(cause, unsent) else DeliveryUnknown)(
                str(error)
            ) from error
        return SentMessage(to, str(sent.message_id))


class ThinSlack(_Thin):
    """slack_sdk, one attempt per message."""

    platform = "slack"

    def __init__(self, base_url: str, token: str, team: str, session: aiohttp.ClientSession):
        self.account = team
        self.account_rate_limit = AccountRateLimit(windows=(RateLimit(300, 60.0),))
        self.client = AsyncWebClient(
            token=token, base_url=base_url, session=session, retry_handlers=[]
        )

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        return (RateLimit(1, 1.0),)

    async def send(
        self, to: ChatRef, payload: Payload, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        try:
            sent = await self.client.chat_postMessage(channel=to.chat, text=str(payload["text"]))
        except SlackApiError as error:
            if error.response.status_code == 429:
                raise RateLimited(float(error.response.headers["Retry-After"])) from error
            raise MessageRejected(error.response["error"]) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise DeliveryUnknown(str(error)) from error
        return SentMessage(to, sent["ts"])
