"""The whole of Tocsin on Slack, as the settings put it together."""

import asyncio

import pytest

from bot.app import App
from bot.cli.check import check
from bot.errors import SettingsError
from bot.settings import load_settings
from bot.slack_setup import slack_options
from bot.store import Database, migrate
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN
from tests.fakes.slack_team import FakeTeam, shown


@pytest.fixture
async def slack(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    async with FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN) as made:
        monkeypatch.setenv("TOCSIN_SLACK_BASE_URL", made.base_url)
        monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", APP_TOKEN)
        yield made


async def test_from_a_command_to_an_alert_about_a_document_that_is_dropped(slack, tmp_path):
    settings = load_settings()
    database = Database(settings.database)
    await migrate(database)
    app = App(settings, database)
    running = asyncio.ensure_future(app.run())
    try:
        await asyncio.wait_for(slack.connected.wait(), 60)
        ann = slack.person("T1", "UANN", "ann")
        ann.settle = app.chat.slack.errands.settle
        await ann.types("/tocsin subscribe sanctions")
        assert "Following sanctions" in shown(ann.told[-1])
        (tmp_path / "seeds" / "brief.txt").write_text("Council agrees on sanctions\n\nAt last.\n")
        async with asyncio.timeout(60):
            while not slack.messages:
                slack.news.clear()
                await slack.news.wait()
        assert "Council agrees on sanctions" in slack.messages[0].text
    finally:
        app.stop()
        await running
        await database.close()


async def test_check_says_whether_slack_takes_the_tokens_and_opens_no_socket(
    slack, capsys, monkeypatch
):
    assert await check(load_settings(), as_json=False) == 0
    assert "on    slack         T1 (T1), by Socket Mode" in capsys.readouterr().out
    assert slack.sockets == []
    slack.scopes = "chat:write,commands"
    assert await check(load_settings(), as_json=False) == 0
    assert "by Socket Mode; it lacks app_mentions:read, channels:h" in capsys.readouterr().out
    monkeypatch.setenv("TOCSIN_SLACK_APP_TOKEN", "xapp-wrong")
    assert await check(load_settings(), as_json=False) == 2
    said = capsys.readouterr().out
    assert "wrong slack         TOCSIN_SLACK_APP_TOKEN: invalid_auth" in said
    assert "connections:write" in said
    assert "xapp-wrong" not in said
    monkeypatch.setenv("TOCSIN_SLACK_BOT_TOKEN", "xoxb-wrong")
    assert await check(load_settings(), as_json=False) == 2
    said = capsys.readouterr().out
    assert "wrong slack         TOCSIN_SLACK_BOT_TOKEN: invalid_auth" in said
    assert "xoxb-wrong" not in said


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: .*app-level token.*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN: .*user's token.*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxe.xoxb-1"}, "SLACK_BOT_TOKEN: .*switch token rotation off"),
        ({"SLACK_BOT_TOKEN": "hush"}, "SLACK_BOT_TOKEN: that is no token"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: .*xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN: .*xapp-"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN: .*SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "x"}, "WEB_PORT"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET"),
    ],
)
async def test_what_is_missing_beside_what_is_set_is_named(slack, monkeypatch, given, wrong):
    for name, value in given.items():
        monkeypatch.setenv(f"TOCSIN_{name}", value)
    with pytest.raises(SettingsError, match=wrong):
        slack_options(load_settings())


async def test_without_any_token_slack_is_off(slack, monkeypatch):
    monkeypatch.delenv("TOCSIN_SLACK_BOT_TOKEN")
    monkeypatch.delenv("TOCSIN_SLACK_APP_TOKEN")
    assert slack_options(load_settings()) is None
