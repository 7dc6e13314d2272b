"""Forged, replayed, foreign and unknown requests are rejected or ignored, and change nothing."""

import io
import logging
from typing import Any

import aiohttp
import pytest

from tests.bot.chats.slack.conftest import APP_TOKEN, SECRET, TOKEN, open_slack_world
from tests.fakes.slack_team import FakeTeam, button_labels, sign, visible_text


@pytest.fixture
async def by_http(sqlite_url, clock):
    slack = FakeTeam({TOKEN: "T1"}, channel=(1000, 1.0))
    async with open_slack_world(
        sqlite_url, clock, slack, bot_token=TOKEN, signing_secret=SECRET
    ) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        yield world


def command(text: str, **more) -> dict:
    return {
        "command": "/tocsin",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "UEVE",
        "user_name": "eve",
        "trigger_id": "t1",
        "response_url": "",
    } | more


async def test_forged_old_and_unsigned_requests_are_rejected(by_http):
    slack = by_http.slack
    body = command("subscribe sanctions")
    assert await slack.post("commands", body, secret="another secret") == 401
    assert await slack.post("commands", body, age=601) == 401
    assert await slack.post("commands", body, age=-601) == 401
    async with aiohttp.ClientSession() as session:
        async with session.post(slack.app_url, data="command=/tocsin") as answer:
            assert answer.status == 401
        headers, large = sign("other body", SECRET), io.BytesIO(b"x" * 1_100_000)
        async with session.post(slack.app_url, data="{}", headers=headers) as answer:
            assert answer.status == 401
        odd = headers | {"X-Slack-Signature": "v0=é"}
        async with session.post(slack.app_url, data="{}", headers=odd) as answer:
            assert answer.status == 401
        async with session.post(slack.app_url, data=b"\xff" * 99, headers=headers) as answer:
            assert answer.status in {400, 401}
        async with session.post(slack.app_url, data=large, headers=headers) as answer:
            assert answer.status == 413
    await by_http.settle()
    assert slack.messages == []


async def test_a_request_that_is_sent_twice_is_handled_once(by_http):
    slack = by_http.slack
    for _ in range(2):
        await slack.post("commands", command("subscribe sanctions"))
        await by_http.settle()
    assert len(slack.in_channel("C1")) == 1


async def test_an_event_that_is_sent_again_is_handled_once(slack_world, ann):
    slack = slack_world.slack
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": ann.direct,
        "user": ann.user,
        "text": "topics",
        "ts": "1.0",
    }
    for _ in range(3):
        await slack.event("T1", event, event_id="Ev1")
        await slack_world.settle()
    assert len(slack.messages) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B9"},
        {"user": "U0BOT"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"user": None},
        {"channel_type": "channel"},
    ],
)
async def test_messages_of_bots_edits_and_channel_messages_are_ignored(slack_world, ann, more):
    await ann.says("topics", **more)
    assert slack_world.slack.messages == []


async def test_unknown_actions_views_shortcuts_and_events_are_acknowledged_and_ignored(
    slack_world, ann
):
    slack = slack_world.slack
    blocks = [
        {
            "type": "actions",
            "block_id": "x",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": action_id},
                    "action_id": action_id,
                }
                for action_id in ("another app's", "slack:nothing", "boom#0", "__init__#1")
            ],
        }
    ]
    message = {"blocks": blocks, "ts": "1.0"}
    await ann.presses(message, "another app's")
    await ann.presses(message, "slack:nothing")
    assert ann.replies == []
    # These look like actions of the conversation, which replies that it does not know them.
    for action_id in ("__init__#1", "boom#0"):
        await ann.presses(message, action_id)
        assert "/tocsin help" in visible_text(ann.replies[-1])
        assert button_labels(ann.replies[-1]) == []
    assert len(ann.replies) == 2
    await ann.uses_shortcut("unknown")
    view = {"type": "modal", "callback_id": "no"}
    await slack.send("interactive", ann._body("view_submission") | {"view": view})
    await slack.event("T1", {"type": "something_new", "user": "UANN", "channel": "C1"})
    await slack_world.settle()
    assert slack.messages == []


@pytest.mark.parametrize(
    "body",
    [
        {"actions": []},
        {"actions": None},
        {"actions": [{"action_id": "mute#0", "value": 7}]},
        {"actions": [{"action_id": "mute#0"}], "container": None, "user": {}},
        {"actions": [{"action_id": "slack:page:99999999999999999999"}]},
        {"actions": [{"action_id": "slack:topic", "value": "x"}], "view": {"state": 5}},
        {"actions": [{"action_id": "slack:add"}], "view": {"private_metadata": "{"}},
        {"actions": [{"action_id": "summary#0", "value": '["1","' + "9" * 5000 + '",""]'}]},
    ],
)
async def test_a_malformed_body_does_not_affect_later_requests(by_http, body):
    slack = by_http.slack
    await slack.post("interactive", {"type": "block_actions", "team": {"id": "T1"}} | body)
    await by_http.settle()
    await slack.post("commands", command("subscribe sanctions", trigger_id="after"))
    await by_http.settle()
    assert len(slack.in_channel("C1")) == 1


async def test_an_unknown_workspace_gets_an_error_and_no_reply(by_http):
    eve = by_http.slack.person("TSTRANGER", "UEVE", "eve")
    await eve.types("/tocsin topics")
    await by_http.settle()
    assert "not installed" in eve.replies[-1]["text"]
    event = {"type": "app_mention", "user": "UEVE", "channel": "C1", "text": "topics", "ts": "1.0"}
    await by_http.slack.event("TSTRANGER", event)
    await by_http.settle()
    assert by_http.slack.messages == []


async def test_a_button_of_another_chats_topic_changes_nothing(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    blocks = [
        {
            "type": "actions",
            "block_id": "act::0",
            "elements": [
                {"type": "button", "text": {"text": "Go"}, "action_id": "unsubscribe_topic#0"}
                | {"value": "1"}
            ],
        }
    ]
    await ann.presses({"blocks": blocks, "ts": "1.0"}, "Go", channel="C2")
    assert len(ann.replies) == 2
    assert await slack_world.followed("C1") == ["sanctions"]


# ── permissions ───────────────────────────────────────────────────────────────────────────────────


async def test_only_admins_may_change_a_channel_until_they_allow_everyone(sqlite_url, clock):
    from bot.chats.slack.requests import ChannelPermissions

    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    slack.admins.add("UBOSS")
    options: dict[str, Any] = {
        "bot_token": TOKEN,
        "app_token": APP_TOKEN,
        "rules": ChannelPermissions(anyone_changes=False),
    }
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        ann, boss = slack.person("T1", "UANN", "ann"), slack.person("T1", "UBOSS", "boss")
        ann.settle = boss.settle = world.settle
        await ann.types("/tocsin subscribe sanctions", channel="C1")
        assert "admins" in visible_text(ann.replies[-1])
        assert await world.followed("C1") == []
        assert slack.messages == []
        # Every user may change their own direct messages.
        await ann.types("/tocsin subscribe sanctions")
        assert await world.followed(ann.direct) == ["sanctions"]
        await boss.types("/tocsin subscribe sanctions", channel="C1")
        assert await world.followed("C1") == ["sanctions"]
        assert len(ann.replies) == 2
        await ann.types("/tocsin mute sanctions 1d", channel="C1")
        assert "admins" in visible_text(ann.replies[-1])
        (subscription,) = await world.subscriptions("C1")
        assert subscription.muted_until is None
        await boss.types("/tocsin allow everyone", channel="C1")
        await ann.types("/tocsin mute sanctions 1d", channel="C1")
        (subscription,) = await world.subscriptions("C1")
        assert subscription.muted_until is not None
        await ann.types("/tocsin topics", channel="C1")
        assert "sanctions" in visible_text(ann.replies[-1])


# ── secrets ───────────────────────────────────────────────────────────────────────────────────────


async def test_no_token_is_logged_even_at_debug_level(sqlite_url, clock, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    options: dict[str, Any] = {"bot_token": TOKEN, "app_token": APP_TOKEN, "signing_secret": ""}
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        ann = slack.person("T1", "UANN", "ann")
        ann.settle = world.settle
        await ann.types("/tocsin subscribe sanctions", channel="C1")
        slack.errors["C1"] = "token_revoked"
        await ann.types("/tocsin subscribe banks", channel="C1")
        slack.hooks.clear()
        await ann.types("/tocsin topics", channel="C1", response_url=f"{slack.origin}/hook/gone")
        assert TOKEN not in f"{world.service._options!r} {world.service!r}"
    printed = capsys.readouterr()
    output = caplog.text + printed.out + printed.err
    for secret in (TOKEN, APP_TOKEN, SECRET, "secret-ticket"):
        assert secret not in output
    assert "token_revoked" in output
