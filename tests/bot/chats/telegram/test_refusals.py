import asyncio
from typing import cast

import httpx
import pytest
from telegram.error import NetworkError, TimedOut

from bot.chats.adapter import SendOptions, SentMessage
from bot.chats.telegram import TelegramAdapter, connect
from bot.chats.telegram.errors import delivery_error_from
from bot.conversation.cards.card import make_card
from bot.conversation.conversation import Conversation
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
from bot.runtime.clock import utc_now
from tests.fakes.telegram import TOKEN, Refused
from tests.fakes.telegram_chats import StrictTelegram

HERE = ChatRef("telegram", "123456", "7")
TOPIC = ChatRef("telegram", "123456", "-1001", "5")


@pytest.fixture
async def chat(database, server):
    adapter = TelegramAdapter(connect(TOKEN, server.base_url), Conversation(database, utc_now))
    yield adapter
    await adapter.close()


async def send_hello(chat: TelegramAdapter, to: ChatRef = HERE, **options) -> SentMessage:
    return await chat.send(to, chat.render(make_card("Hello")), SendOptions(**options))


async def send_error(chat: TelegramAdapter, to: ChatRef = HERE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await send_hello(chat, to)
    assert TOKEN.partition(":")[2] not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("code", "description", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", "bot was blocked by the user"),
        (403, "Forbidden: user is deactivated", "user is deactivated"),
        (403, "Forbidden: bot was kicked from the group chat", None),
        (403, "Forbidden: bot was kicked from the supergroup chat", None),
        (403, "Forbidden: bot was kicked from the channel chat", None),
        (403, "Forbidden: bot is not a member of the supergroup chat", None),
        (403, "Forbidden: bot is not a member of the channel chat", None),
        (403, "Forbidden: the group chat was deleted", "the group chat was deleted"),
        (403, "Forbidden: bot can't initiate conversation with a user", None),
        (403, "Forbidden: bot can't send messages to bots", None),
        (400, "Bad Request: chat not found", "chat not found"),
        (400, "Bad Request: user not found", None),
        (400, "Bad Request: group chat was deactivated", None),
        (400, "Bad Request: have no rights to send a message", None),
        (400, "Bad Request: not enough rights to send text messages to the chat", None),
        (400, "Bad Request: need administrator rights in the channel chat", None),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", None),
        (400, "Bad Request: CHAT_RESTRICTED", None),
        (400, "Bad Request: PEER_ID_INVALID", None),
    ],
)
async def test_unreachable_chat_has_description_of_server(chat, server, code, description, reason):
    server.errors[7] = Refused(code, description)
    error = await send_error(chat)
    assert isinstance(error, ChatUnreachable)
    assert error.scope is ErrorScope.CHAT
    assert error.reason == (reason or description.partition(": ")[2])


@pytest.mark.parametrize(
    "description",
    [
        'Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 0',
        "Bad Request: message is too long",
        "Bad Request: message text is empty",
        "Bad Request: BUTTON_DATA_INVALID",
        "Bad Request: reply markup is too long",
        "Bad Request: something new",
    ],
)
async def test_rejected_message_has_description_of_server(chat, server, description):
    server.errors[7] = Refused(400, description)
    error = await send_error(chat)
    assert isinstance(error, MessageRejected)
    assert error.reason.lower() == description.partition(": ")[2].lower()


async def test_rate_limit_has_delay_of_server(chat, server):
    server.errors[7] = Refused(429, "Too Many Requests: retry after 35", retry_after=35)
    error = await send_error(chat)
    assert isinstance(error, RateLimited)
    assert (error.seconds, error.scope) == (35.0, ErrorScope.CHAT)


async def test_upgraded_group_has_new_id(chat, server):
    server.moved[7] = -100500
    error = await send_error(chat)
    assert isinstance(error, ChatMigrated)
    assert (error.chat, error.thread) == ("-100500", None)


async def test_deleted_thread_migrates_to_general_topic(chat):
    error = await send_error(chat, TOPIC)
    assert isinstance(error, ChatMigrated)
    assert (error.chat, error.thread) == ("-1001", "")


@pytest.mark.parametrize("thread", ["5", ""])
async def test_closed_topic_does_not_disable_group(chat, server, thread):
    server.closed[-1001] = {thread}
    error = await send_error(chat, ChatRef("telegram", "123456", "-1001", thread))
    assert isinstance(error, ChatUnreachable)
    assert error.scope is ErrorScope.THREAD


async def test_rejected_token_has_account_scope(chat, server):
    server.token_works = False
    error = await send_error(chat)
    assert isinstance(error, ChatUnreachable)
    assert error.scope is ErrorScope.ACCOUNT


async def test_failed_connection_is_transient(database):
    bot = connect(TOKEN, "http://127.0.0.1:9")
    chat = TelegramAdapter(bot, Conversation(database, utc_now))
    assert isinstance(await send_error(chat), TransientDeliveryError)
    await chat.close()


async def test_lost_connection_is_unknown(database):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        bot = connect(TOKEN, f"http://127.0.0.1:{port}")
        chat = TelegramAdapter(bot, Conversation(database, utc_now))
        assert isinstance(await send_error(chat), DeliveryUnknown)
        await chat.close()


async def test_missing_answer_is_unknown(chat, server, monkeypatch):
    monkeypatch.setattr("bot.chats.telegram.adapter._SEND_TIMEOUT_SECONDS", 0.2)
    answer_allowed = asyncio.Event()

    async def wait(*_):
        await answer_allowed.wait()

    server.before = wait
    assert isinstance(await send_error(chat), DeliveryUnknown)
    answer_allowed.set()


@pytest.mark.parametrize(
    ("code", "description", "kind"),
    [
        (500, "Internal Server Error: restart", TransientDeliveryError),
        (502, "Bad Gateway", TransientDeliveryError),
        (503, "Service Unavailable", TransientDeliveryError),
        (504, "Gateway Timeout", DeliveryUnknown),
        (413, "Request Entity Too Large", MessageRejected),
    ],
)
async def test_server_errors(chat, server, code, description, kind):
    server.errors[7] = Refused(code, description)
    assert isinstance(await send_error(chat), kind)


@pytest.mark.parametrize(
    ("error", "cause", "kind"),
    [
        (TimedOut(), httpx.ConnectTimeout(""), TransientDeliveryError),
        (TimedOut("Pool timeout"), httpx.PoolTimeout(""), TransientDeliveryError),
        (TimedOut(), httpx.ReadTimeout(""), DeliveryUnknown),
        (TimedOut(), httpx.WriteTimeout(""), DeliveryUnknown),
        (NetworkError("httpx.ConnectError: "), httpx.ConnectError(""), TransientDeliveryError),
        (NetworkError("httpx.ReadError: "), httpx.ReadError(""), DeliveryUnknown),
        (NetworkError("x"), httpx.RemoteProtocolError(""), DeliveryUnknown),
        (ValueError("x"), None, DeliveryUnknown),
    ],
)
def test_network_errors(error, cause, kind):
    error.__cause__ = cause
    assert isinstance(delivery_error_from(error, HERE, token=TOKEN), kind)


async def test_edit_without_change_succeeds(chat, server):
    message = await send_hello(chat)
    await chat.edit(message, chat.render(make_card("Hello")))
    await chat.edit(message, chat.render(make_card("Hello again")))
    assert server.messages[0].text == "Hello again"


async def test_edit_of_missing_message_is_rejected(chat):
    with pytest.raises(MessageRejected, match="message to edit not found"):
        await chat.edit(SentMessage(HERE, "99"), chat.render(make_card("Hello")))


async def test_options_become_parameters(chat, server):
    server.topics[-1001] = {"5"}
    await send_hello(chat, TOPIC, silent=True, reply_to="12")
    params = server.messages[0].params
    assert params["disable_notification"] in {True, "true", "True"}
    assert params["reply_parameters"] == {"message_id": 12, "allow_sending_without_reply": True}
    assert str(params["message_thread_id"]) == "5"


def test_group_has_second_rate_limit():
    server = StrictTelegram()
    chat = TelegramAdapter(connect(TOKEN, server.base_url), cast("Conversation", _NoConversation()))
    assert [(limit.count, limit.seconds) for limit in chat.chat_rate_limits(HERE)] == [(1, 1)]
    assert [(limit.count, limit.seconds) for limit in chat.chat_rate_limits(TOPIC)] == [
        (1, 1),
        (20, 60),
    ]


class _NoConversation:
    store_text = load_text = None
