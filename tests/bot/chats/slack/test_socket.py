"""Socket Mode: a connection that Slack closes is replaced, and a rejected token is not retried fast."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.chats.slack import transports
from bot.chats.slack.listeners import WorkspaceRegistry, bolt_app
from bot.chats.slack.transports import SocketModeTransport
from bot.chats.slack.workspace import Clients
from bot.runtime.tasks import TaskPool
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN, open_slack_world
from tests.fakes.slack_team import FakeTeam


async def test_a_connection_that_slack_closes_is_replaced(sqlite_url, clock):
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    options: dict[str, Any] = {"bot_token": TOKEN, "app_token": APP_TOKEN}
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        ann = slack.person("T1", "UANN", "ann")
        ann.settle = world.settle
        await ann.types("/tocsin topics")
        slack.connected.clear()
        await slack.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})
        await slack.connected.wait()
        await ann.types("/tocsin topics")
        assert len(ann.replies) == 2
        assert slack.opened_connections == 2


@pytest.mark.parametrize("is_stopped", [True, False])
async def test_a_rejected_app_token_is_logged_once_and_retried_after_minutes(
    is_stopped, monkeypatch
):
    waited = asyncio.Event()

    delays: list[float] = []

    async def pause(seconds: float) -> None:
        delays.append(seconds)
        if seconds == 300.0:
            waited.set()
            await asyncio.Event().wait()

    async def wait_removed(_: object) -> None:
        await waited.wait()

    async with FakeTeam({}, app_token=APP_TOKEN) as slack:
        clients = Clients(slack.base_url)
        app = bolt_app(
            WorkspaceRegistry(),
            TaskPool(error_event="slack_request_failed"),
            clients,
            signing_secret="",
            on_removed=wait_removed,
        )
        monkeypatch.setattr(transports, "_wait", pause)
        transport = SocketModeTransport(app, clients, "xapp-wrong")
        stop = asyncio.Event()
        with capture_logs() as log_entries:
            listening = asyncio.ensure_future(transport.listen(stop))
            await asyncio.wait_for(waited.wait(), 60)
            if is_stopped:
                stop.set()
                await listening
            else:
                listening.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await listening
        await clients.close()
    # One refusal may be wrong, so the first retry comes soon.
    assert len(delays) == 2
    assert delays[0] < 10
    errors = [entry for entry in log_entries if entry["log_level"] == "error"]
    assert [entry["event"] for entry in errors] == ["slack_app_token_rejected"]
    assert errors[0]["setting"] == "TOCSIN_SLACK_APP_TOKEN"
    assert "xapp-wrong" not in str(log_entries)
