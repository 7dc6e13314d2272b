import asyncio

import httpx
import pytest
from telegram.error import NetworkError, TimedOut

from bot.chats.adapter import SendOptions, Sent
from bot.chats.telegram import TelegramChat, connect
from bot.chats.telegram.refusals import refusal
from bot.clock import utc_now
from bot.conversation.card import say
from bot.conversation.conversation import Conversation
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
from tests.fakes.telegram import TOKEN, Refused
from tests.fakes.telegram_chats import StrictTelegram

HERE = Ref("telegram", "123456", "7")
TOPIC = Ref("telegram", "123456", "-1001", "5")


@pytest.fixture
async def chat(database, server):
    made = TelegramChat(connect(TOKEN, server.base_url), Conversation(database, utc_now))
    yield made
    await made.close()


async def sent(chat: TelegramChat, to: Ref = HERE, **options) -> Sent:
    return await chat.send(to, chat.render(say("Hello")), SendOptions(**options))


async def error_of(chat: TelegramChat, to: Ref = HERE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await sent(chat, to)
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
async def test_a_chat_that_cannot_be_reached_is_gone_in_the_servers_words(
    chat, server, code, description, reason
):
    server.errors[7] = Refused(code, description)
    error = await error_of(chat)
    assert isinstance(error, Gone)
    assert error.scope is Scope.CHAT
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
async def test_a_message_that_is_refused_says_why(chat, server, description):
    server.errors[7] = Refused(400, description)
    error = await error_of(chat)
    assert isinstance(error, Rejected)
    assert error.reason.lower() == description.partition(": ")[2].lower()


async def test_a_wait_is_as_long_as_the_server_says(chat, server):
    server.errors[7] = Refused(429, "Too Many Requests: retry after 35", retry_after=35)
    error = await error_of(chat)
    assert isinstance(error, RetryLater)
    assert (error.seconds, error.scope) == (35.0, Scope.CHAT)


async def test_a_group_that_was_upgraded_says_where_it_is(chat, server):
    server.moved[7] = -100500
    error = await error_of(chat)
    assert isinstance(error, Moved)
    assert (error.chat, error.thread) == ("-100500", None)


@pytest.mark.parametrize("how", ["deleted", "closed"])
async def test_a_thread_that_takes_nothing_falls_back_to_the_general_one(chat, server, how):
    if how == "closed":
        server.closed[-1001] = {"5"}
    error = await error_of(chat, TOPIC)
    assert isinstance(error, Moved)
    assert (error.chat, error.thread) == ("-1001", "")


async def test_a_general_topic_that_is_closed_does_not_take_the_group_along(chat, server):
    server.errors[-1001] = Refused(400, "Bad Request: TOPIC_CLOSED")
    assert isinstance(await error_of(chat, Ref("telegram", "123456", "-1001")), Rejected)


async def test_a_token_that_is_refused_is_the_accounts_trouble(chat, server):
    server.token_works = False
    error = await error_of(chat)
    assert isinstance(error, Gone)
    assert error.scope is Scope.ACCOUNT


async def test_where_nobody_answers_it_was_not_sent(database):
    bot = connect(TOKEN, "http://127.0.0.1:9")
    chat = TelegramChat(bot, Conversation(database, utc_now))
    assert isinstance(await error_of(chat), Transient)
    await chat.close()


async def test_a_connection_that_breaks_while_it_is_sent_leaves_a_doubt(database):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        bot = connect(TOKEN, f"http://127.0.0.1:{port}")
        chat = TelegramChat(bot, Conversation(database, utc_now))
        assert isinstance(await error_of(chat), InDoubt)
        await chat.close()


async def test_an_answer_that_never_comes_leaves_a_doubt(chat, server, monkeypatch):
    monkeypatch.setattr("bot.chats.telegram.chat._LONGEST", 0.2)
    waits = asyncio.Event()

    async def wait(*_):
        await waits.wait()

    server.before = wait
    assert isinstance(await error_of(chat), InDoubt)
    waits.set()


@pytest.mark.parametrize(
    ("code", "description", "kind"),
    [
        (500, "Internal Server Error: restart", Transient),
        (502, "Bad Gateway", Transient),
        (503, "Service Unavailable", Transient),
        (504, "Gateway Timeout", InDoubt),
        (413, "Request Entity Too Large", Rejected),
    ],
)
async def test_a_server_in_trouble_is_tried_again_unless_it_may_have_sent(
    chat, server, code, description, kind
):
    server.errors[7] = Refused(code, description)
    assert isinstance(await error_of(chat), kind)


@pytest.mark.parametrize(
    ("error", "cause", "kind"),
    [
        (TimedOut(), httpx.ConnectTimeout(""), Transient),
        (TimedOut("Pool timeout"), httpx.PoolTimeout(""), Transient),
        (TimedOut(), httpx.ReadTimeout(""), InDoubt),
        (TimedOut(), httpx.WriteTimeout(""), InDoubt),
        (NetworkError("httpx.ConnectError: "), httpx.ConnectError(""), Transient),
        (NetworkError("httpx.ReadError: "), httpx.ReadError(""), InDoubt),
        (NetworkError("x"), httpx.RemoteProtocolError(""), InDoubt),
        (ValueError("x"), None, InDoubt),
    ],
)
def test_what_was_under_way_is_in_doubt_and_what_never_left_is_not(error, cause, kind):
    error.__cause__ = cause
    assert isinstance(refusal(error, HERE, token=TOKEN), kind)


async def test_an_edit_that_changes_nothing_is_no_error(chat, server):
    message = await sent(chat)
    await chat.edit(message, chat.render(say("Hello")))
    await chat.edit(message, chat.render(say("Hello again")))
    assert server.messages[0].text == "Hello again"


async def test_an_edit_of_what_is_not_there_is_refused(chat):
    with pytest.raises(Rejected, match="message to edit not found"):
        await chat.edit(Sent(HERE, "99"), chat.render(say("Hello")))


async def test_options_become_what_telegram_calls_them(chat, server):
    server.topics[-1001] = {"5"}
    await sent(chat, TOPIC, silent=True, reply_to="12")
    params = server.messages[0].params
    assert params["disable_notification"] in {True, "true", "True"}
    assert params["reply_parameters"] == {"message_id": 12, "allow_sending_without_reply": True}
    assert str(params["message_thread_id"]) == "5"


def test_a_group_has_a_pace_of_its_own():
    server = StrictTelegram()
    chat = TelegramChat(connect(TOKEN, server.base_url), None or _Nobody())
    assert [(w.most, w.seconds) for w in chat.rates(HERE)] == [(1, 1)]
    assert [(w.most, w.seconds) for w in chat.rates(TOPIC)] == [(1, 1), (20, 60)]


class _Nobody:
    keep = kept = None
