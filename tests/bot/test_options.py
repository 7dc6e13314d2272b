import pytest

from bot.app.options import InvalidConfigurationError, check_settings
from bot.errors import SettingsError
from bot.settings import load_settings


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Set the given settings, without their prefix, and load all."""
    monkeypatch.chdir(tmp_path)

    def load(**values: str):
        for name, value in values.items():
            monkeypatch.setenv(f"TOCSIN_{name}", value)
        return load_settings()

    return load


def test_the_defaults_are_consistent(configure):
    check_settings(configure())


def test_one_wrong_setting_is_reported_with_its_name(configure):
    with pytest.raises(SettingsError) as caught:
        check_settings(configure(FEED_MIN_INTERVAL="2h", FEED_MAX_INTERVAL="1h"))
    assert caught.value.variable == "TOCSIN_FEED_MIN_INTERVAL"


def test_all_contradictions_are_reported_together(configure):
    settings = configure(
        FEED_MIN_INTERVAL="2h",
        FEED_MAX_INTERVAL="1h",
        ALLOW_NETWORKS="10.0.0.0/8,neighbours",
        FEEDS="example.org",
        LLM_MODEL="small",
        SLACK_APP_TOKEN="xapp-1",
        TRACES_URL="collector:4318",
    )
    with pytest.raises(InvalidConfigurationError) as caught:
        check_settings(settings)
    assert [error.variable.removeprefix("TOCSIN_") for error in caught.value.errors] == [
        "ALLOW_NETWORKS",
        "FEED_MIN_INTERVAL",
        "FEEDS",
        "LLM_BASE_URL",
        "SLACK_BOT_TOKEN",
        "TRACES_URL",
    ]
    assert all(error.variable in str(caught.value) for error in caught.value.errors)


async def test_the_service_reports_them_before_it_opens_the_database(configure, tmp_path):
    from bot.app.app import run

    with pytest.raises(InvalidConfigurationError):
        await run(configure(LLM_MODEL="small", TRACES_URL="collector:4318"))
    assert not (tmp_path / "data").exists()
