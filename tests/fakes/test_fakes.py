"""The fakes are as strict as the platforms: what a lax one would let pass."""

import asyncio

import pytest
import telegram
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import TOKEN, FakeTelegram, Refused
from tests.fakes.telegram_html import BadHtml, visible_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt; b &amp; c &quot;d&quot; &#33; &#x21;", 'a < b & c "d" ! !'),
        ('<b>one</b> <a href="https://x.y/?a=1&amp;b=2">two</a> <code>3</code>', "one two 3"),
        ("&nbsp; &apos; &copy; stay", "&nbsp; &apos; &copy; stay"),
        ('<blockquote expandable>q</blockquote><span class="tg-spoiler">s</span>', "qs"),
    ],
)
def test_html_that_telegram_reads(html, text):
    assert visible_text(html) == text


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("a < b", "Unsupported start tag"),
        ("<p>x</p>", 'Unsupported start tag "p"'),
        ("<br>", 'Unsupported start tag "br"'),
        ("<b>x", "Can't find end tag"),
        ("<b><i>x</b></i>", "Unmatched end tag"),
        ("x</b>", "Unexpected end tag"),
        ("<span>x</span>", 'must have class "tg-spoiler"'),
    ],
)
def test_html_that_telegram_refuses(html, problem):
    with pytest.raises(BadHtml, match=problem):
        visible_text(html)


@pytest.fixture(autouse=True)
def _new_retry_after(monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it, the library warns of its own change


@pytest.fixture
async def bot():
    async with FakeTelegram(chat=(1, 60.0), freeze=0.0) as server:
        made = telegram.Bot(TOKEN, base_url=server.base_url)
        async with made:
            yield made, server


async def test_python_telegram_bot_talks_to_the_fake(bot):
    talking, server = bot
    sent = await talking.send_message(7, "<b>Hello</b>", parse_mode="HTML")
    assert (sent.chat_id, sent.text, server.in_chat(7)) == (7, "Hello", ["Hello"])
    server.write("/start", chat=7)
    (update,) = await talking.get_updates()
    assert update.message.text == "/start"


async def test_a_second_message_in_a_chat_is_refused_with_the_seconds_to_wait(bot):
    talking, server = bot
    await talking.send_message(7, "one")
    with pytest.raises(telegram.error.RetryAfter):
        await talking.send_message(7, "two")
    with pytest.raises(telegram.error.RetryAfter):
        await talking.edit_message_text("edits share the budget", chat_id=7, message_id=1)
    await talking.send_message(8, "another chat is free")
    assert server.refused == 2


async def test_a_bot_that_is_too_fast_is_frozen_as_a_whole():
    async with (
        FakeTelegram(per_second=3) as server,
        telegram.Bot(TOKEN, base_url=server.base_url) as bot,
    ):
        sends = [bot.send_message(chat, "x") for chat in range(1, 7)]
        results = await asyncio.gather(*sends, return_exceptions=True)
    assert sum(isinstance(one, telegram.error.RetryAfter) for one in results) == 3


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refused(403, "Forbidden: bot was blocked by the user"), telegram.error.Forbidden),
        (Refused(400, "Bad Request: chat not found"), telegram.error.BadRequest),
        (
            Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=-1007,
            ),
            telegram.error.ChatMigrated,
        ),
    ],
)
async def test_refusals_are_what_the_library_knows_them_as(bot, refusal, error):
    talking, server = bot
    server.errors[-7] = refusal
    with pytest.raises(error):
        await talking.send_message(-7, "x")


@pytest.mark.parametrize("text", ["", "x" * 4097])
async def test_texts_that_telegram_does_not_take(bot, text):
    talking, _ = bot
    with pytest.raises(telegram.error.BadRequest):
        await talking.send_message(7, text)


@pytest.fixture
async def slack():
    async with FakeSlack({"xoxb-one": "T1", "xoxb-two": "T2"}, channel=(1, 60.0)) as server:
        yield server


def _client(server: FakeSlack, token: str) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=server.base_url, retry_handlers=[])


async def test_slack_sdk_talks_to_the_fake(slack):
    client = _client(slack, "xoxb-one")
    assert (await client.auth_test())["team_id"] == "T1"
    sent = await client.chat_postMessage(channel="C1", text="Hello")
    assert slack.in_channel("C1") == ["Hello"]
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.chat_update(channel="C1", ts=sent["ts"], text="Hello again")
    assert int(refused.value.response.headers["Retry-After"]) > 0
    await _client(slack, "xoxb-two").chat_postMessage(channel="C1", text="another workspace")


@pytest.mark.parametrize(
    ("token", "message", "error"),
    [
        ("xoxb-none", {"text": "x"}, "invalid_auth"),
        ("xoxb-one", {"text": "x" * 40_001}, "msg_too_long"),
        ("xoxb-one", {"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ],
)
async def test_messages_that_slack_does_not_take(slack, token, message, error):
    with pytest.raises(SlackApiError, match=error):
        await _client(slack, token).chat_postMessage(channel="C1", **message)


async def test_posting_needs_membership(slack):
    slack.everybody_is_in = False
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await _client(slack, "xoxb-one").chat_postMessage(channel="C9", text="x")
    slack.join("T1", "C8")
    await _client(slack, "xoxb-one").chat_postMessage(channel="C8", text="x")
