"""Requests are stored before Slack gets the acknowledgement, and handled once."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from bot.errors import StoreUnavailableError
from bot.runtime.backoff import Backoff
from bot.store.updates import StoredUpdate, store_updates
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN, open_slack_world
from tests.fakes.slack_team import FakeTeam


@asynccontextmanager
async def database_away(world, monkeypatch):
    """Let every write fail during the block."""

    @asynccontextmanager
    async def fail(**_):
        raise StoreUnavailableError("the database does not answer")
        yield

    monkeypatch.setattr("bot.chats.slack.inbox._STORE_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(
        "bot.chats.slack.inbox._STORE_BACKOFF", Backoff(first_seconds=0.05, max_seconds=0.1)
    )
    with monkeypatch.context() as patch:
        patch.setattr(world.database, "writing", fail)
        yield


async def pending_count(world) -> int:
    async with world.database.reading() as connection:
        statement = text("SELECT count(*) FROM updates WHERE body IS NOT NULL")
        return (await connection.execute(statement)).scalar_one()


async def test_commands_while_the_database_is_away_are_executed_afterwards(
    slack_world, ann, monkeypatch
):
    ann.settle = None
    async with database_away(slack_world, monkeypatch):
        await ann.types("/tocsin subscribe sanctions", channel="C1")
        assert ann.replies == []
    await slack_world.wait_until(lambda: ann.replies)
    await slack_world.settle()
    assert await slack_world.followed("C1") == ["sanctions"]
    assert len(ann.replies) == 1
    assert await pending_count(slack_world) == 0


async def test_an_event_is_not_acknowledged_before_it_is_stored(slack_world, ann, monkeypatch):
    if not slack_world.slack.app_url:
        pytest.skip("Socket Mode has no status")
    event = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev77",
        "event": {
            "type": "message",
            "channel_type": "im",
            "channel": ann.direct,
            "user": ann.user,
            "text": "subscribe sanctions",
            "ts": "1.000001",
        },
    }
    async with database_away(slack_world, monkeypatch):
        assert await slack_world.slack.post("events", event) == 503
    assert await slack_world.slack.post("events", event) == ""  # Slack sends it again
    await slack_world.settle()
    assert await slack_world.followed(ann.direct) == ["sanctions"]
    assert len(slack_world.slack.in_channel(ann.direct)) == 1


async def test_a_request_that_was_stored_before_a_crash_is_handled_by_the_next_start(
    sqlite_url, clock
):
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    options: dict[str, Any] = {"bot_token": TOKEN, "app_token": APP_TOKEN}
    body = {
        "command": "/tocsin",
        "text": "subscribe sanctions",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "UANN",
        "user_name": "ann",
        "trigger_id": "trigger-1",
        "response_url": "",
    }
    stored = StoredUpdate("trigger-1", json.dumps({"kind": "command", "body": body}))
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        await slack.connected.wait()
        async with world.database.writing() as connection:
            await store_updates(connection, "slack", "T1", [stored], now=clock())
    ann = slack.person("T1", "UANN", "ann")
    slack.port = 0
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        await world.wait_until(lambda: ann.replies)
        await world.settle()
        assert await world.followed("C1") == ["sanctions"]
        assert await pending_count(world) == 0


async def test_a_flood_of_commands_is_executed_once_each(slack_world, ann):
    ann.settle = None
    channels = [f"C{number}" for number in range(30)]
    commands = [
        ann.types(f"/tocsin subscribe topic{number}", channel=channel)
        for channel in channels
        for number in range(2)
    ]
    await asyncio.gather(*commands)
    await slack_world.settle()
    for channel in channels:
        assert sorted(await slack_world.followed(channel)) == ["topic0", "topic1"]
    assert len(ann.replies) == 60
