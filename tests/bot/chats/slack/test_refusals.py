"""Every error by its name, from the strict fake and from a server that misbehaves, through the real SDK."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.chats.adapter import SendOptions, Sent
from bot.chats.slack import SlackChat
from bot.chats.slack.refusals import ACCOUNT, CHAT, MESSAGE
from bot.chats.slack.workspace import Clients, Workspace, identify
from bot.conversation.card import say
from bot.errors import Gone, InDoubt, Rejected, RetryLater, Scope, Transient
from bot.model import Ref
from tests.fakes.slack_team import FakeTeam

HERE = Ref("slack", "T1", "C1")
TOKEN = "xoxb-hush"


@pytest.fixture
async def slack():
    async with FakeTeam({TOKEN: "T1"}) as made:
        yield made


@pytest.fixture
async def chat(slack):
    clients = Clients(slack.base_url)
    scopes = frozenset({"channels:history", "groups:history", "im:history"})
    workspace = Workspace("T1", "one", "U0BOT", TOKEN, scopes=scopes)
    yield SlackChat(workspace, clients.make(TOKEN))
    await clients.close()


async def post(chat: SlackChat, options: SendOptions | None = None) -> Sent:
    return await chat.send(HERE, chat.render(say("hello")), options or SendOptions())


@pytest.mark.parametrize("word", ACCOUNT)
async def test_what_refuses_the_token_pauses_the_account_and_says_what_to_do(slack, chat, word):
    slack.errors["C1"] = word
    with pytest.raises(Gone) as caught:
        await post(chat)
    assert caught.value.scope is Scope.ACCOUNT
    assert caught.value.reason.startswith(f"{word}: ")
    assert TOKEN not in caught.value.reason


@pytest.mark.parametrize("word", CHAT)
async def test_what_closes_a_channel_suspends_it_and_says_what_to_do(slack, chat, word):
    slack.errors["C1"] = word
    with pytest.raises(Gone, match=f"{word}: .{{9}}") as caught:
        await post(chat)
    assert caught.value.scope is Scope.CHAT


@pytest.mark.parametrize("word", [*MESSAGE, "something_new"])
async def test_what_refuses_the_message_lets_it_go_again_as_plain_text(slack, chat, word):
    slack.errors["C1"] = word
    with pytest.raises(Rejected, match=word):
        await post(chat)


async def test_a_missing_permission_is_named(slack, chat):
    slack.errors["C1"] = "missing_scope"
    slack.answers["missing_scope"] = {"needed": "chat:write", "provided": "commands"}
    with pytest.raises(Gone, match="chat:write"):
        await post(chat)


async def test_not_in_channel_offers_the_invitation(slack, chat):
    slack.everybody_is_in = False
    with pytest.raises(Gone, match="/invite @Tocsin"):
        await post(chat)


async def test_too_fast_is_told_with_the_time_to_wait(slack, chat):
    await post(chat)
    with pytest.raises(RetryLater) as caught:
        await post(chat)
    assert (caught.value.seconds, caught.value.scope) == (1.0, Scope.CHAT)


@pytest.mark.parametrize("word", ["service_unavailable", "request_timeout", "team_added_to_org"])
async def test_what_was_not_sent_may_go_again(slack, chat, word):
    slack.errors["C1"] = word
    with pytest.raises(Transient):
        await post(chat)


@pytest.mark.parametrize("word", ["fatal_error", "internal_error"])
async def test_what_slack_cannot_tell_is_in_doubt(slack, chat, word):
    slack.errors["C1"] = word
    with pytest.raises(InDoubt):
        await post(chat)


async def test_a_workspace_at_its_limit_makes_the_account_wait(slack, chat):
    slack.errors["C1"] = "message_limit_exceeded"
    with pytest.raises(RetryLater) as caught:
        await post(chat)
    assert caught.value.scope is Scope.ACCOUNT


async def test_a_wrong_token_is_told_without_showing_it(slack):
    clients = Clients(slack.base_url)
    try:
        with pytest.raises(Gone) as caught:
            await identify(clients.make("xoxb-wrong-secret"))
    finally:
        await clients.close()
    assert caught.value.scope is Scope.ACCOUNT
    assert "wrong-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


# ── a server that is none ─────────────────────────────────────────────────────────────────────────


async def answered_by(handler) -> tuple[SlackChat, list]:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    clients = Clients(f"http://127.0.0.1:{runner.addresses[0][1]}/api")
    workspace = Workspace("T1", "one", "U0BOT", TOKEN)
    return SlackChat(workspace, clients.make(TOKEN)), [clients.close, runner.cleanup]


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (502, "<html>bad gateway</html>", "text/html", Transient),
        (503, "no", "text/plain", Transient),
        (500, "{broken", "application/json", Transient),
        (200, "<html>sign in</html>", "text/html", InDoubt),
        (200, "ok", "text/plain", InDoubt),
        (200, "{broken", "application/json", InDoubt),
        (200, "[]", "application/json", InDoubt),
        (200, '{"ok": true}', "application/json", InDoubt),
        (200, '{"ok": false, "error": 5}', "application/json", InDoubt),
        (429, "", "text/plain", RetryLater),
        (200, b"\xff\xfe", "application/json", InDoubt),
    ],
)
async def test_an_answer_that_is_none_is_told_apart_by_whether_it_can_have_arrived(
    status, body, kind, error
):
    async def handler(_request):
        data = body if isinstance(body, bytes) else body.encode()
        return web.Response(status=status, body=data, content_type=kind)

    chat, closing = await answered_by(handler)
    try:
        with pytest.raises(error):
            await post(chat)
    finally:
        for close in closing:
            await close()


@pytest.mark.parametrize("given", ["soon", "-1", "", "99999999"])
async def test_a_wait_that_makes_no_sense_is_bounded(given):
    async def handler(_request):
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": given})

    chat, closing = await answered_by(handler)
    try:
        with pytest.raises(RetryLater) as caught:
            await post(chat)
    finally:
        for close in closing:
            await close()
    assert 0 < caught.value.seconds <= 86_400


async def test_a_connection_that_breaks_after_the_request_is_in_doubt_and_not_tried_again():
    tries = []

    async def handler(request):
        tries.append(1)
        request.transport.close()
        return web.Response()

    chat, closing = await answered_by(handler)
    try:
        with pytest.raises(InDoubt):
            await post(chat)
    finally:
        for close in closing:
            await close()
    assert tries == [1]


async def test_a_connection_that_is_refused_is_no_try_at_all():
    clients = Clients("http://127.0.0.1:1/api")
    chat = SlackChat(Workspace("T1", "one", "U0BOT", TOKEN), clients.make(TOKEN))
    try:
        with pytest.raises(Transient):
            await post(chat)
    finally:
        await clients.close()


# ── what the adapter sends ────────────────────────────────────────────────────────────────────────


async def test_a_message_carries_its_key_and_is_found_by_it(slack, chat):
    since = datetime.now(UTC)
    sent = await post(chat, SendOptions(key="7-12"))
    assert await chat.find(HERE, "7-12", since) == sent
    assert await chat.find(HERE, "7-13", since) is None


async def test_a_follow_up_goes_to_the_thread_and_a_major_one_to_all(slack, chat):
    slack.channel_limit.most = 10
    slack.channel_limit._stamps.clear()
    first = await post(chat)
    await chat.send(HERE, chat.render(say("more")), SendOptions(reply_to=first.message_id))
    assert slack.messages[-1].params["thread_ts"] == first.message_id
    assert "reply_broadcast" not in slack.messages[-1].params


async def test_a_message_for_one_person_is_ephemeral(slack, chat):
    await post(chat, SendOptions(only_for="U1"))
    assert slack.messages == []
    assert slack.ephemeral[0]["user"] == "U1"
    assert "unfurl_links" not in slack.ephemeral[0]


async def test_a_message_is_edited_in_its_place(slack, chat):
    sent = await post(chat)
    slack.channel_limit._stamps.clear()
    await chat.edit(sent, chat.render(say("other words")))
    assert slack.messages[0].text == "other words"


async def test_a_message_of_somebody_else_cannot_be_edited(slack, chat):
    with pytest.raises(Rejected, match="not there any more"):
        await chat.edit(Sent(HERE, "1.000001"), chat.render(say("x")))


async def test_admins_are_those_of_the_workspace_and_who_made_the_channel(slack, chat):
    slack.admins.add("UBOSS")
    assert await chat.is_admin(HERE, "UBOSS")
    assert not await chat.is_admin(HERE, "UANN")
    assert await chat.is_admin(Ref("slack", "T1", "D1"), "UANN")


async def test_an_admin_of_another_workspace_decides_nothing_in_a_shared_channel(slack, chat):
    slack.admins.add("UBOSS")
    slack.strangers.add("UBOSS")
    assert not await chat.is_admin(HERE, "UBOSS")


async def test_neither_adapter_nor_workspace_shows_its_token(chat):
    assert TOKEN not in f"{chat!r} {chat.workspace!r} {chat.client!r}"


async def test_one_call_is_given_up_in_time(chat):
    assert chat.client.session.timeout.total <= 30
    assert chat.client.retry_handlers == []
    await asyncio.sleep(0)
