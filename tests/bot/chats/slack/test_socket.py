"""Socket Mode's connection: replaced when Slack asks for it, and patient where Slack refuses."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.chats.slack import socket_door
from bot.chats.slack.accounts import Accounts
from bot.chats.slack.errands import Errands
from bot.chats.slack.listeners import bolt_app
from bot.chats.slack.socket_door import SocketDoor
from bot.chats.slack.workspace import Clients
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN, opened
from tests.fakes.slack_team import FakeTeam, shown


async def test_a_connection_that_slack_closes_is_replaced(tmp_path, clock):
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    ways = {"bot_token": TOKEN, "app_token": APP_TOKEN}
    async with opened(tmp_path, clock, slack, **ways) as world:
        ann = slack.person("T1", "UANN", "ann")
        ann.settle = world.settle
        await ann.types("/tocsin topics")
        slack.connected.clear()
        await slack.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})
        await slack.connected.wait()
        await ann.types("/tocsin topics")
        assert "You follow no topic" in shown(ann.told[-1])
        assert slack.opened_connections == 2


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_token_that_is_refused_is_told_once_and_not_knocked_with(stopped, monkeypatch):
    waited = asyncio.Event()

    async def pause(seconds: float) -> None:
        assert seconds == 300.0
        waited.set()
        await asyncio.Event().wait()

    async with FakeTeam({}, app_token=APP_TOKEN) as slack:
        clients = Clients(slack.base_url)
        app = bolt_app(
            Accounts(), Errands(), clients, signing_secret="", on_removed=lambda _: waited.wait()
        )
        monkeypatch.setattr(socket_door, "_wait", pause)
        door = SocketDoor(app, clients, "xapp-wrong")
        stop = asyncio.Event()
        with capture_logs() as said:
            listening = asyncio.ensure_future(door.listen(stop))
            await asyncio.wait_for(waited.wait(), 60)
            if stopped:
                stop.set()
                await listening
            else:
                listening.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await listening
        await clients.close()
    assert [str(one["event"]).partition(";")[0] for one in said if one["log_level"] == "error"] == [
        "Slack refuses TOCSIN_SLACK_APP_TOKEN"
    ]
    assert "xapp-wrong" not in str(said)
