"""The whole application on Slack, as the settings configure it."""

import asyncio

import pytest

from bot.app.app import App
from bot.app.options import slack_options
from bot.cli.check import check
from bot.errors import SettingsError
from bot.settings import load_settings
from bot.store import Database, migrate
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN
from tests.fakes.slack_team import FakeTeam, visible_text


@pytest.fixture
async def slack(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    async with FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN) as team:
        monkeypatch.setenv("TOCSIN_SLACK_BASE_URL", team.base_url)
        monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", APP_TOKEN)
        yield team


async def test_a_new_document_leads_to_an_alert(slack, tmp_path):
    settings = load_settings()
    database = Database(settings.database)
    await migrate(database)
    app = App(settings, database)
    running = asyncio.ensure_future(app.run())
    try:
        await asyncio.wait_for(slack.connected.wait(), 60)
        ann = slack.person("T1", "UANN", "ann")
        ann.settle = app.chat.slack.request_tasks.wait_idle
        await ann.types("/tocsin subscribe sanctions")
        assert "sanctions" in visible_text(ann.replies[-1])
        (tmp_path / "seeds" / "brief.txt").write_text("Council agrees on sanctions\n\nAt last.\n")
        async with asyncio.timeout(60):
            while not slack.messages:
                slack.activity.clear()
                await slack.activity.wait()
        assert "Council agrees on sanctions" in slack.messages[0].text
    finally:
        app.stop()
        await running
        await database.close()


async def test_check_validates_the_tokens_and_opens_no_socket(slack, capsys, monkeypatch):
    assert await check(load_settings(), as_json=False) == 0
    output = capsys.readouterr().out
    assert "T1 (T1)" in output
    assert "Socket Mode" in output
    assert "app_mentions:read" not in output
    assert slack.sockets == []
    slack.scopes = "chat:write,commands"
    assert await check(load_settings(), as_json=False) == 0
    assert "app_mentions:read, channels:h" in capsys.readouterr().out
    monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", "xapp-wrong")
    assert await check(load_settings(), as_json=False) == 2
    output = capsys.readouterr().out
    assert "TOCSIN_SLACK_APP_TOKEN: invalid_auth" in output
    assert "connections:write" in output
    assert "xapp-wrong" not in output
    monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", "xoxb-wrong")
    assert await check(load_settings(), as_json=False) == 2
    output = capsys.readouterr().out
    assert "TOCSIN_SLACK_BOT_TOKEN: invalid_auth" in output
    assert "xoxb-wrong" not in output


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: .*app-level token.*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN: .*user's token.*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxe.xoxb-1"}, "SLACK_BOT_TOKEN: .*switch token rotation off"),
        ({"SLACK_BOT_TOKEN": "hush"}, "SLACK_BOT_TOKEN: .*not a Slack token"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: .*xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN: .*xapp-"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN: .*SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "x"}, "WEB_PORT"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET"),
    ],
)
async def test_a_missing_or_wrong_setting_is_named(slack, monkeypatch, settings, error):
    for name, value in settings.items():
        monkeypatch.setenv(f"TOCSIN_{name}", value)
    with pytest.raises(SettingsError, match=error):
        slack_options(load_settings())


async def test_slack_is_off_without_tokens(slack, monkeypatch):
    monkeypatch.delenv("TOCSIN_SLACK_BOT_TOKEN")
    monkeypatch.delenv("TOCSIN_SLACK_APP_TOKEN")
    assert slack_options(load_settings()) is None
