"""Every delivery error, from the strict fake and from a broken server, through the real SDK."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.chats.adapter import SendOptions, SentMessage
from bot.chats.slack import SlackAdapter
from bot.chats.slack.errors import ACCOUNT_ERRORS, CHANNEL_ERRORS, MESSAGE_ERRORS
from bot.chats.slack.workspace import Clients, Workspace, identify
from bot.conversation.cards.card import make_card
from bot.errors import (
    ChatUnreachable,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef
from tests.fakes.slack_team import FakeTeam

HERE = ChatRef("slack", "T1", "C1")
TOKEN = "xoxb-secret"


@pytest.fixture
async def slack():
    async with FakeTeam({TOKEN: "T1"}) as team:
        yield team


@pytest.fixture
async def adapter(slack):
    clients = Clients(slack.base_url)
    scopes = frozenset({"channels:history", "groups:history", "im:history"})
    workspace = Workspace("T1", "one", "U0BOT", TOKEN, scopes=scopes)
    yield SlackAdapter(workspace, clients.make(TOKEN))
    await clients.close()


async def post(adapter: SlackAdapter, options: SendOptions | None = None) -> SentMessage:
    return await adapter.send(HERE, adapter.render(make_card("hello")), options or SendOptions())


@pytest.mark.parametrize("code", ACCOUNT_ERRORS)
async def test_a_rejected_token_stops_the_account_with_a_remedy(slack, adapter, code):
    slack.errors["C1"] = code
    with pytest.raises(ChatUnreachable) as caught:
        await post(adapter)
    assert caught.value.scope is ErrorScope.ACCOUNT
    assert caught.value.reason.startswith(f"{code}: ")
    assert TOKEN not in caught.value.reason


@pytest.mark.parametrize("code", CHANNEL_ERRORS)
async def test_an_unreachable_channel_is_suspended_with_a_remedy(slack, adapter, code):
    slack.errors["C1"] = code
    with pytest.raises(ChatUnreachable, match=f"{code}: .{{9}}") as caught:
        await post(adapter)
    assert caught.value.scope is ErrorScope.CHAT


@pytest.mark.parametrize("code", [*MESSAGE_ERRORS, "something_new"])
async def test_a_rejected_message_may_be_sent_as_plain_text(slack, adapter, code):
    slack.errors["C1"] = code
    with pytest.raises(MessageRejected, match=code):
        await post(adapter)


async def test_a_missing_permission_is_named(slack, adapter):
    slack.errors["C1"] = "missing_scope"
    slack.error_fields["missing_scope"] = {"needed": "chat:write", "provided": "commands"}
    with pytest.raises(ChatUnreachable, match="chat:write"):
        await post(adapter)


async def test_not_in_channel_offers_the_invitation(slack, adapter):
    slack.everybody_is_in = False
    with pytest.raises(ChatUnreachable, match="/invite @Tocsin"):
        await post(adapter)


async def test_a_rate_limit_contains_the_time_to_wait(slack, adapter):
    await post(adapter)
    with pytest.raises(RateLimited) as caught:
        await post(adapter)
    assert (caught.value.seconds, caught.value.scope) == (1.0, ErrorScope.CHAT)


@pytest.mark.parametrize("code", ["service_unavailable", "request_timeout", "team_added_to_org"])
async def test_a_message_that_was_not_sent_may_be_retried(slack, adapter, code):
    slack.errors["C1"] = code
    with pytest.raises(TransientDeliveryError):
        await post(adapter)


@pytest.mark.parametrize("code", ["fatal_error", "internal_error"])
async def test_a_server_fault_has_an_unknown_outcome(slack, adapter, code):
    slack.errors["C1"] = code
    with pytest.raises(DeliveryUnknown):
        await post(adapter)


async def test_a_workspace_limit_applies_to_the_account(slack, adapter):
    slack.errors["C1"] = "message_limit_exceeded"
    with pytest.raises(RateLimited) as caught:
        await post(adapter)
    assert caught.value.scope is ErrorScope.ACCOUNT


async def test_the_error_for_a_wrong_token_does_not_contain_it(slack):
    clients = Clients(slack.base_url)
    try:
        with pytest.raises(ChatUnreachable) as caught:
            await identify(clients.make("xoxb-wrong-secret"))
    finally:
        await clients.close()
    assert caught.value.scope is ErrorScope.ACCOUNT
    assert "wrong-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


# ── a broken server ───────────────────────────────────────────────────────────────────────────────


async def adapter_for(handler) -> tuple[SlackAdapter, list]:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    clients = Clients(f"http://127.0.0.1:{runner.addresses[0][1]}/api")
    workspace = Workspace("T1", "one", "U0BOT", TOKEN)
    return SlackAdapter(workspace, clients.make(TOKEN)), [clients.close, runner.cleanup]


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (502, "<html>bad gateway</html>", "text/html", TransientDeliveryError),
        (503, "no", "text/plain", TransientDeliveryError),
        (500, "{broken", "application/json", TransientDeliveryError),
        (200, "<html>sign in</html>", "text/html", DeliveryUnknown),
        (200, "ok", "text/plain", DeliveryUnknown),
        (200, "{broken", "application/json", DeliveryUnknown),
        (200, "[]", "application/json", DeliveryUnknown),
        (200, '{"ok": true}', "application/json", DeliveryUnknown),
        (200, '{"ok": false, "error": 5}', "application/json", DeliveryUnknown),
        (429, "", "text/plain", RateLimited),
        (200, b"\xff\xfe", "application/json", DeliveryUnknown),
    ],
)
async def test_a_broken_response_is_unknown_unless_the_message_cannot_have_arrived(
    status, body, kind, error
):
    async def handler(_request):
        data = body if isinstance(body, bytes) else body.encode()
        return web.Response(status=status, body=data, content_type=kind)

    adapter, closers = await adapter_for(handler)
    try:
        with pytest.raises(error):
            await post(adapter)
    finally:
        for close in closers:
            await close()


@pytest.mark.parametrize("retry_after", ["soon", "-1", "", "99999999"])
async def test_an_invalid_wait_is_bounded(retry_after):
    async def handler(_request):
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": retry_after})

    adapter, closers = await adapter_for(handler)
    try:
        with pytest.raises(RateLimited) as caught:
            await post(adapter)
    finally:
        for close in closers:
            await close()
    assert 0 < caught.value.seconds <= 86_400


async def test_a_connection_that_breaks_after_the_request_is_unknown_and_not_retried():
    attempts = []

    async def handler(request):
        attempts.append(1)
        request.transport.close()
        return web.Response()

    adapter, closers = await adapter_for(handler)
    try:
        with pytest.raises(DeliveryUnknown):
            await post(adapter)
    finally:
        for close in closers:
            await close()
    assert attempts == [1]


async def test_a_refused_connection_may_be_retried():
    clients = Clients("http://127.0.0.1:1/api")
    adapter = SlackAdapter(Workspace("T1", "one", "U0BOT", TOKEN), clients.make(TOKEN))
    try:
        with pytest.raises(TransientDeliveryError):
            await post(adapter)
    finally:
        await clients.close()


# ── sending ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_is_found_by_its_idempotency_key(slack, adapter):
    since = datetime.now(UTC)
    sent = await post(adapter, SendOptions(idempotency_key="7-12"))
    assert await adapter.find_sent(HERE, "7-12", since) == sent
    assert await adapter.find_sent(HERE, "7-13", since) is None


async def test_a_follow_up_goes_to_the_thread_and_a_major_one_also_to_the_channel(slack, adapter):
    slack.channel_limit.limit = 10
    slack.channel_limit._stamps.clear()
    first = await post(adapter)
    await adapter.send(
        HERE, adapter.render(make_card("more")), SendOptions(reply_to=first.message_id)
    )
    assert slack.messages[-1].params["thread_ts"] == first.message_id
    assert "reply_broadcast" not in slack.messages[-1].params
    options = SendOptions(reply_to=first.message_id, broadcast=True)
    await adapter.send(HERE, adapter.render(make_card("major")), options)
    assert slack.messages[-1].params["reply_broadcast"] in {True, "1", "true"}


async def test_a_message_for_one_person_is_ephemeral(slack, adapter):
    await post(adapter, SendOptions(ephemeral_for="U1"))
    assert slack.messages == []
    assert slack.ephemeral[0]["user"] == "U1"
    assert "unfurl_links" not in slack.ephemeral[0]


async def test_an_edit_replaces_the_message(slack, adapter):
    sent = await post(adapter)
    slack.channel_limit._stamps.clear()
    await adapter.edit(sent, adapter.render(make_card("other words")))
    assert slack.messages[0].text == "other words"


async def test_an_unknown_message_cannot_be_edited(slack, adapter):
    with pytest.raises(MessageRejected, match="message_not_found"):
        await adapter.edit(SentMessage(HERE, "1.000001"), adapter.render(make_card("x")))


async def test_admins_of_the_workspace_are_admins_of_its_channels(slack, adapter):
    slack.admins.add("UBOSS")
    assert await adapter.is_admin(HERE, "UBOSS")
    assert not await adapter.is_admin(HERE, "UANN")
    assert await adapter.is_admin(ChatRef("slack", "T1", "D1"), "UANN")


async def test_an_admin_of_another_workspace_is_not_an_admin_of_a_shared_channel(slack, adapter):
    slack.admins.add("UBOSS")
    slack.foreign_users.add("UBOSS")
    assert not await adapter.is_admin(HERE, "UBOSS")


async def test_representations_do_not_contain_the_token(adapter):
    assert TOKEN not in f"{adapter!r} {adapter.workspace!r} {adapter.client!r}"


async def test_a_call_has_a_timeout_and_no_retries(adapter):
    assert adapter.client.session.timeout.total <= 30
    assert adapter.client.retry_handlers == []
    await asyncio.sleep(0)
