import json
import logging
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.chats.telegram import TelegramAdapter, check_token, connect
from bot.chats.telegram.callbacks import MAX_CALLBACK_DATA_BYTES, CallbackSigner
from bot.chats.telegram.webhook import Webhook
from bot.conversation.cards.card import Action
from bot.conversation.registry import Access
from bot.errors import SettingsError
from bot.runtime.clock import utc_now
from bot.runtime.log_setup import configure_logging
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World, make_item
from tests.fakes.telegram import TOKEN

ARTICLE = make_item(
    "a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is."
)
GROUP = -1001


async def send_alert(running):
    await running.send("/subscribe sanctions")
    await running.publish(ARTICLE)
    return await running.next_message()


@pytest.mark.parametrize(
    "forge",
    [
        lambda data: "unsubscribe_topic\x1f\x1f\x1f1",
        lambda data: data[:-1] + "2",
        lambda data: data[:11] + "subscribe\x1f\x1f\x1fspam",
        lambda data: "A" * 11 + data[11:],
        lambda data: "",
        lambda data: "~",
        lambda data: "é" * 32,
    ],
)
async def test_forged_button_is_refused_and_logged(running, forge, capsys):
    alert = await send_alert(running)
    capsys.readouterr()
    running.server.press(alert, forge(running.server.callback_data(alert, "Unsubscribe")))
    await running.server.wait_until(lambda: running.server.popups)
    assert "does not work" in running.server.popups[0]["text"]
    assert await running.topics(7) == ["sanctions"]
    assert captured_log(capsys).count("telegram_button_invalid") == 1
    assert not alert.edits


async def test_button_of_another_chat_is_refused(running):
    alert = await send_alert(running)
    other = await running.send("/subscribe sanctions", chat=8)
    running.server.press(other, running.server.callback_data(alert, "Unsubscribe"))
    await running.server.wait_until(lambda: running.server.popups)
    assert "does not work" in running.server.popups[0]["text"]
    assert await running.topics(8) == ["sanctions"]


async def test_repeated_update_is_handled_once(running):
    alert = await send_alert(running)
    running.server.press_button(alert, "Mute")
    repeated = running.server.updates[-1]
    await running.server.wait_until(lambda: alert.edits)
    running.server.updates.append(repeated.copy())
    await running.send("/help")
    assert len(alert.edits) == 1
    assert len(running.server.popups) == 1


async def test_outdated_button_is_answered_with_reason(running):
    alert = await send_alert(running)
    unsubscribe = running.server.callback_data(alert, "Unsubscribe")
    await running.press(alert, "Unsubscribe")
    running.server.press(alert, unsubscribe)
    answer = await running.next_message()
    assert "no longer follow" in answer.text


async def test_unknown_update_kind_is_logged_once(running, capsys):
    for _ in range(3):
        running.server.update(business_connection_of_the_future={"id": 1})
        running.server.update(
            message_reaction_count={
                "chat": {"id": 7, "type": "private"},
                "message_id": 1,
                "date": 1,
                "reactions": [],
            }
        )
    await running.send("/help")
    assert captured_log(capsys).count("telegram_update_kind_unknown") == 2  # one line per kind


async def test_messages_for_others_are_not_answered(running):
    for text in ("/topics@other_bot", "/whatever", "hello all", "@ada look", "/", "@"):
        running.server.write(text, chat=GROUP, user=9)
    answer = await running.send("@tocsin_bot sanctions", chat=GROUP, user=9)
    assert answer.text.startswith("Follow sanctions?")
    assert len(running.server.messages) == 1
    answer = await running.send("/topics@Tocsin_Bot", chat=GROUP, user=9)
    assert answer.text.startswith("You follow no topic")


async def test_automatic_forward_is_not_answered(running):
    running.server.write("/subscribe spam", chat=GROUP, is_automatic_forward=True)
    await running.send("/topics", chat=GROUP, user=9)
    assert await running.topics(GROUP) == []


async def test_only_allowed_people_are_served(database, server):
    access = Access(operators=["telegram:1"], served=["7", "telegram:-1001"])
    async with RunningBot(World(database, utc_now), server, access=access) as running:
        refused = await running.send("/subscribe sanctions", chat=66)
        assert "telegram:66" in refused.text
        assert await running.topics(66) == []
        assert "Following" in (await running.send("/subscribe sanctions", chat=7)).text
        server.send_inline_query("sanctions", user=66)
        await server.wait_until(lambda: server.results)
        assert server.results[0]["results"] == []


async def test_statistics_are_for_operators(running):
    assert "Alerts of the last day" in (await running.send("/stats", chat=7)).text
    assert "TOCSIN" in (await running.send("/stats", chat=8)).text
    assert "/stats" not in (await running.send("/help", chat=8)).text


async def test_token_is_in_no_output(running, server, capsys, caplog):
    caplog.set_level("INFO")
    assert TOKEN not in repr(running.chat)
    assert TOKEN not in str(vars(running.chat)["account"])
    server.token_works = False
    with pytest.raises(SettingsError) as caught:
        await check_token(TOKEN, server.base_url)
    assert "Unauthorized" in str(caught.value)
    assert TOKEN.partition(":")[2] not in str(caught.value)
    assert caught.value.__cause__ is None
    out = capsys.readouterr()
    assert TOKEN.partition(":")[2] not in out.out + out.err


async def test_log_of_http_library_has_no_token(running, server, caplog, capsys):
    caplog.set_level(logging.INFO)
    configure_logging()
    await running.send("/help")
    server.token_works = False
    await running.server.wait_until(lambda: True)
    assert TOKEN.partition(":")[2] not in caplog.text
    logging.getLogger("httpx").setLevel(logging.NOTSET)


@pytest.mark.parametrize("token", ["", "abc", "123", "123:", ":abc", "12 3:abc", "123:a bc\n"])
def test_malformed_token_is_rejected_without_request(token):
    with pytest.raises(SettingsError, match="BotFather"):
        connect(token)


async def test_check_token_returns_name(server):
    assert await check_token(TOKEN, server.base_url) == "@tocsin_bot"


async def test_callback_data_fits_and_round_trips():
    stored: dict[str, str] = {}

    async def save(text):
        stored[f"k{len(stored):015}"] = text
        return f"k{len(stored) - 1:015}"

    async def load(key):
        return stored.get(key)

    signer = CallbackSigner(TOKEN, save, load)
    actions = [
        Action("mute_topics", "1,2,3 1d", "12", "-1001234567890"),
        Action("subscribe", "я" * 2000),
        Action("subscribe", ""),
        Action("search", '"a b" page 2'),
        Action("x", "~", "", ""),
        Action("~", "a"),
    ]
    for action in actions:
        data = await signer.sign("7", action)
        assert len(data.encode()) <= MAX_CALLBACK_DATA_BYTES
        assert await signer.verify("7", data) == action
        assert await signer.verify("8", data) is None
        assert await CallbackSigner("123456:other", save, load).verify("7", data) is None
    stored.clear()
    assert await signer.verify("7", await signer.sign("7", actions[0])) == actions[0]


async def test_long_topic_behind_button_is_stored(running):
    topic = " OR ".join(f"sanctions{number}" for number in range(40))
    question = await running.send(topic)
    await running.press(question, "Yes")
    assert await running.topics(7) == [topic]


# Webhook


@pytest.fixture
async def webhook_bot(database, server):
    """Start a bot with a webhook; yield the bot and a client for the webhook."""
    running = RunningBot(World(database, utc_now), server)
    await running.chat.close()
    running.bot = connect(TOKEN, server.base_url)
    TelegramAdapter.__init__(
        running.chat, running.bot, running.conversation, public_url="https://news.example"
    )
    app = web.Application()
    hook = running.chat.webhook
    app.router.add_route(hook.method, hook.path, hook.handle)
    async with TestClient(TestServer(app)) as client:
        running.start()
        early = await client.post(hook.path, json={}, headers=_headers(hook.secret))
        assert early.status == 503  # no receiver yet: Telegram retries
        await server.wait_until(lambda: server.hook)
        yield running, client
        await running.__aexit__()


def _headers(secret: str) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": secret}


def _make_update(text: str, number: int = 1) -> dict:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1,
            "chat": {"id": 7, "type": "private", "first_name": "Ada"},
            "from": {"id": 7, "is_bot": False, "first_name": "Ada"},
            "text": text,
        },
    }


async def test_webhook_update_is_handled_once(webhook_bot):
    running, client = webhook_bot
    hook = running.chat.webhook
    assert running.server.hook["url"] == f"https://news.example{hook.path}"
    assert running.server.hook["secret_token"] == hook.secret
    for _ in range(2):
        answer = await client.post(
            hook.path, json=_make_update("/topics"), headers=_headers(hook.secret)
        )
        assert answer.status == 200
    await client.post(hook.path, json=_make_update("/help", 2), headers=_headers(hook.secret))
    await running.server.wait_until(lambda: len(running.server.messages) >= 2)
    assert [m.text[:20] for m in running.server.messages] == [
        "You follow no topic ",
        "Type a topic to foll",
    ]


@pytest.mark.parametrize("secret", [None, "", "wrong", "é"])
async def test_webhook_rejects_wrong_secret(webhook_bot, secret, capsys):
    running, client = webhook_bot
    headers = {} if secret is None else _headers(secret)
    for _ in range(3):
        answer = await client.post(
            running.chat.webhook.path, json=_make_update("/subscribe spam"), headers=headers
        )
        assert answer.status == 403
    assert captured_log(capsys).count("webhook_unauthorised") == 1
    assert running.server.messages == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"update_id": "x"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (1 << 20) + b"{}",
    ],
)
async def test_webhook_rejects_invalid_body(webhook_bot, body):
    running, client = webhook_bot
    hook = running.chat.webhook
    answer = await client.post(hook.path, data=BytesIO(body), headers=_headers(hook.secret))
    assert answer.status == 400


async def test_unreadable_webhook_update_is_logged(webhook_bot, capsys):
    running, client = webhook_bot
    hook = running.chat.webhook
    unreadable = {"update_id": 5, "message": {"message_id": 1}}
    answer = await client.post(hook.path, json=unreadable, headers=_headers(hook.secret))
    assert answer.status == 200  # otherwise Telegram would send it again and again
    await client.post(hook.path, json=_make_update("/topics"), headers=_headers(hook.secret))
    await running.server.wait_until(lambda: running.server.messages)
    assert captured_log(capsys).count("telegram_update_unreadable") == 1


async def test_unreadable_polled_update_does_not_hide_the_next(running, capsys):
    running.server.update(message={"message_id": 1})
    await running.send("/topics")
    assert captured_log(capsys).count("telegram_update_unreadable") == 1


def captured_log(capsys) -> str:
    """Return the log of both streams: another test may have configured logging."""
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_path_and_secret_of_webhook_do_not_contain_token():
    hook = Webhook("123456", TOKEN)
    assert TOKEN.partition(":")[2] not in hook.path + hook.secret + repr(hook) + json.dumps(
        hook.path
    )
    assert hook.secret == Webhook("123456", TOKEN).secret
    assert hook.secret != Webhook("123456", "123456:other").secret
