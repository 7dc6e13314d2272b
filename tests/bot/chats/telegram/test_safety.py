import json
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.chats.telegram import check_token, connect
from bot.chats.telegram.buttons import MOST_DATA, Buttons
from bot.conversation.access import Access
from bot.conversation.card import Action
from bot.errors import SettingsError
from tests.bot.chats.telegram.conftest import Life
from tests.bot.conftest import World, brief
from tests.fakes.telegram import TOKEN

ARTICLE = brief("a", title="Council agrees on sanctions", text="It agreed on sanctions. So it is.")
GROUP = -1001


async def an_alert(life):
    await life.said("/subscribe sanctions")
    await life.news(ARTICLE)
    return await life.alerted()


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
async def test_a_forged_button_is_refused_logged_once_and_changes_nothing(life, forge, capsys):
    alert = await an_alert(life)
    capsys.readouterr()
    life.server.press(alert, forge(life.server.data(alert, "Unsubscribe")))
    await life.server.until(lambda: life.server.popups)
    assert "does not work here" in life.server.popups[0]["text"]
    assert await life.topics(7) == ["sanctions"]
    assert printed(capsys).count("none of ours") == 1
    assert not alert.edits


async def test_a_button_of_another_chat_is_refused(life):
    alert = await an_alert(life)
    other = await life.said("/subscribe sanctions", chat=8)
    life.server.press(other, life.server.data(alert, "Unsubscribe"))
    await life.server.until(lambda: life.server.popups)
    assert "does not work here" in life.server.popups[0]["text"]
    assert await life.topics(8) == ["sanctions"]


async def test_an_update_that_comes_twice_is_answered_once(life):
    alert = await an_alert(life)
    life.server.tap(alert, "Mute")
    again = life.server._updates[-1] | {}
    await life.server.until(lambda: alert.edits)
    life.server._updates.append(again | {"update_id": again["update_id"]})
    await life.said("/help")
    assert len(alert.edits) == 1
    assert len(life.server.popups) == 1


async def test_an_old_button_does_what_it_says_only_while_that_can_be_done(life):
    alert = await an_alert(life)
    unsubscribe = life.server.data(alert, "Unsubscribe")
    await life.edited(alert, "Unsubscribe")
    life.server.press(alert, unsubscribe)
    said = await life.alerted()
    assert "no longer follow what this was sent for" in said.text


async def test_updates_of_an_unknown_kind_are_told_once_and_ignored(life, capsys):
    for _ in range(3):
        life.server.update(business_connection_of_the_future={"id": 1})
        life.server.update(
            message_reaction_count={
                "chat": {"id": 7, "type": "private"},
                "message_id": 1,
                "date": 1,
                "reactions": [],
            }
        )
    await life.said("/help")
    assert printed(capsys).count("of a kind that is not handled") == 2  # a line a kind


async def test_what_is_meant_for_another_bot_or_for_nobody_is_not_answered(life):
    for text in ("/topics@other_bot", "/whatever", "hello all", "@ada look", "/", "@"):
        life.server.write(text, chat=GROUP, by=9)
    said = await life.said("@tocsin_bot sanctions", chat=GROUP, by=9)
    assert said.text.startswith("Follow sanctions?")
    assert len(life.server.messages) == 1
    asked = await life.said("/topics@Tocsin_Bot", chat=GROUP, by=9)
    assert asked.text.startswith("You follow no topic")


async def test_what_a_channel_hands_on_to_its_group_is_not_answered(life):
    life.server.write("/subscribe spam", chat=GROUP, is_automatic_forward=True)
    await life.said("/topics", chat=GROUP, by=9)
    assert await life.topics(GROUP) == []


async def test_only_those_who_are_named_are_served_where_some_are(database, server):
    from bot.clock import utc_now

    access = Access(operators=["telegram:1"], served=["7", "telegram:-1001"])
    async with Life(World(database, utc_now), server, access=access) as life:
        refused = await life.said("/subscribe sanctions", chat=66)
        assert "telegram:66" in refused.text
        assert await life.topics(66) == []
        assert "Following" in (await life.said("/subscribe sanctions", chat=7)).text
        server.ask_inline("sanctions", by=66)
        await server.until(lambda: server.results)
        assert server.results[0]["results"] == []


async def test_figures_are_for_those_who_run_the_bot(life):
    assert "Alerts of the last day" in (await life.said("/stats", chat=7)).text
    assert "TOCSIN" in (await life.said("/stats", chat=8)).text
    assert "/stats" not in (await life.said("/help", chat=8)).text


async def test_no_token_shows_anywhere_even_where_it_is_refused(life, server, capsys, caplog):
    caplog.set_level("INFO")
    assert TOKEN not in repr(life.chat)
    assert TOKEN not in str(vars(life.chat)["account"])
    server.token_works = False
    with pytest.raises(SettingsError) as caught:
        await check_token(TOKEN, server.base_url)
    assert "Unauthorized" in str(caught.value)
    assert TOKEN.partition(":")[2] not in str(caught.value)
    assert caught.value.__cause__ is None
    out = capsys.readouterr()
    assert TOKEN.partition(":")[2] not in out.out + out.err


async def test_the_log_is_without_the_token_where_the_library_logs_addresses(
    life, server, caplog, capsys
):
    import logging

    from bot.logs import configure_logs

    caplog.set_level(logging.INFO)
    configure_logs()
    await life.said("/help")
    server.token_works = False
    await life.server.until(lambda: True)
    assert TOKEN.partition(":")[2] not in caplog.text
    logging.getLogger("httpx").setLevel(logging.NOTSET)


@pytest.mark.parametrize("token", ["", "abc", "123", "123:", ":abc", "12 3:abc", "123:a bc\n"])
def test_what_is_no_token_is_told_without_a_question(token):
    with pytest.raises(SettingsError, match="BotFather"):
        connect(token)


async def test_a_check_tells_the_bots_name(server):
    assert await check_token(TOKEN, server.base_url) == "@tocsin_bot"


async def test_what_a_button_carries_fits_and_comes_back_as_it_was():
    kept: dict[str, str] = {}

    async def keep(text):
        kept[f"k{len(kept):015}"] = text
        return f"k{len(kept) - 1:015}"

    async def get(key):
        return kept.get(key)

    buttons = Buttons(TOKEN, keep, get)
    actions = [
        Action("mute_topics", "1,2,3 1d", "12", "-1001234567890"),
        Action("subscribe", "я" * 2000),
        Action("subscribe", ""),
        Action("search", '"a b" page 2'),
        Action("x", "~", "", ""),
        Action("~", "a"),
    ]
    for action in actions:
        data = await buttons.seal("7", action)
        assert len(data.encode()) <= MOST_DATA
        assert await buttons.open("7", data) == action
        assert await buttons.open("8", data) is None
        assert await Buttons("123456:other", keep, get).open("7", data) is None
    kept.clear()
    assert await buttons.open("7", await buttons.seal("7", actions[0])) == actions[0]


async def test_a_long_topic_behind_a_button_survives_a_restart(life):
    topic = " OR ".join(f"sanctions{number}" for number in range(40))
    question = await life.said(topic)
    await life.edited(question, "Yes")
    assert await life.topics(7) == [topic]


# ── the webhook ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def hooked(database, server):
    """A bot to whom Telegram brings its updates, and the door they come through."""
    from bot.clock import utc_now

    life = Life(World(database, utc_now), server)
    await life.chat.close()
    life.bot = connect(TOKEN, server.base_url)
    life.chat.__init__(life.bot, life.conversation, public_url="https://news.example")
    app = web.Application()
    hook = life.chat.webhook
    app.router.add_route(hook.method, hook.path, hook.handle)
    async with TestClient(TestServer(app)) as client:
        import asyncio

        life._tasks = [
            asyncio.ensure_future(life.sender.run(life.stop)),
            asyncio.ensure_future(life.sender.listen(life.stop)),
        ]
        early = await client.post(hook.path, json={}, headers=_with(hook.secret))
        assert early.status == 503  # nobody listens yet: Telegram will come again
        await server.until(lambda: server.hook)
        yield life, client
        await life.__aexit__()


def _with(secret: str) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": secret}


def _written(text: str, number: int = 1) -> dict:
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


async def test_updates_that_are_brought_are_answered_once(hooked):
    life, client = hooked
    hook = life.chat.webhook
    assert life.server.hook["url"] == f"https://news.example{hook.path}"
    assert life.server.hook["secret_token"] == hook.secret
    for _ in range(2):
        answer = await client.post(hook.path, json=_written("/topics"), headers=_with(hook.secret))
        assert answer.status == 200
    await client.post(hook.path, json=_written("/help", 2), headers=_with(hook.secret))
    await life.server.until(lambda: len(life.server.messages) >= 2)
    assert [m.text[:20] for m in life.server.messages] == [
        "You follow no topic ",
        "Type a topic to foll",
    ]


@pytest.mark.parametrize("secret", [None, "", "wrong", "é"])
async def test_whoever_does_not_know_the_secret_is_turned_away(hooked, secret, capsys):
    life, client = hooked
    headers = {} if secret is None else _with(secret)
    for _ in range(3):
        answer = await client.post(
            life.chat.webhook.path, json=_written("/subscribe spam"), headers=headers
        )
        assert answer.status == 403
    assert printed(capsys).count("without the secret") == 1
    assert life.server.messages == []


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
async def test_what_is_no_update_is_refused(hooked, body):
    life, client = hooked
    hook = life.chat.webhook
    answer = await client.post(hook.path, data=BytesIO(body), headers=_with(hook.secret))
    assert answer.status == 400


async def test_an_update_that_cannot_be_read_is_logged_and_ends_alone(hooked, capsys):
    life, client = hooked
    hook = life.chat.webhook
    odd = {"update_id": 5, "message": {"message_id": 1}}
    answer = await client.post(hook.path, json=odd, headers=_with(hook.secret))
    assert answer.status == 200  # Telegram would bring it again and again
    await client.post(hook.path, json=_written("/topics"), headers=_with(hook.secret))
    await life.server.until(lambda: life.server.messages)
    assert printed(capsys).count("an unreadable update") == 1


async def test_a_fetched_update_that_cannot_be_read_does_not_hide_the_next(life, capsys):
    life.server.update(message={"message_id": 1})
    await life.said("/topics")
    assert printed(capsys).count("an unreadable update") == 1


def printed(capsys) -> str:
    """What was logged, on either stream: another test may have set the logs up."""
    both = capsys.readouterr()
    return both.out + both.err


def test_the_address_and_the_secret_of_the_webhook_do_not_tell_the_token():
    from bot.chats.telegram.webhook import Webhook

    hook = Webhook("123456", TOKEN)
    assert TOKEN.partition(":")[2] not in hook.path + hook.secret + repr(hook) + json.dumps(
        hook.path
    )
    assert hook.secret == Webhook("123456", TOKEN).secret
    assert hook.secret != Webhook("123456", "123456:other").secret
