import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.folders import folder_labels
from bot.app.options import check_settings
from bot.errors import SettingsError
from bot.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_there_is_a_sqlite_file_in_the_data_folder():
    url = load_settings().database
    assert (url.drivername, url.database) == ("sqlite+aiosqlite", "data/tocsin.sqlite3")


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+asyncpg"),
    ],
)
def test_the_driver_is_chosen_for_the_person(given, driver, monkeypatch):
    monkeypatch.setenv("TOCSIN_DATABASE_URL", given)
    assert load_settings().database.drivername == driver


@pytest.mark.parametrize("given", ["mysql://x/y", "nonsense", "://", "sqlite"])
def test_a_database_that_is_not_supported_names_the_variable_and_what_it_takes(given, monkeypatch):
    monkeypatch.setenv("TOCSIN_DATABASE_URL", given)
    with pytest.raises(SettingsError, match="TOCSIN_DATABASE_URL: .*use sqlite"):
        load_settings()


def test_a_wrong_value_is_one_line_with_the_name_what_it_got_and_what_it_takes(monkeypatch):
    monkeypatch.setenv("TOCSIN_WEB_PORT", "eighty")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    said = str(caught.value)
    assert said.startswith("TOCSIN_WEB_PORT: got “eighty”")
    assert "valid integer" in said
    assert "\n" not in said


def test_a_wrong_value_in_the_file_is_named_too():
    Path(".env").write_text("TOCSIN_WEB_PORT=99999\n")
    with pytest.raises(SettingsError, match="TOCSIN_WEB_PORT: got “99999”"):
        load_settings()


def test_an_unknown_name_is_refused_with_the_nearest(monkeypatch):
    monkeypatch.setenv("TOCSIN_SEED_DIR", "x")
    with pytest.raises(SettingsError, match="TOCSIN_SEED_DIR.*did you mean TOCSIN_SEEDS_DIR"):
        load_settings()


def test_an_unknown_name_in_the_file_is_refused_and_other_programs_names_are_not():
    Path(".env").write_text("OTHER=1\nTOCSIN_NOPE=1\n")
    with pytest.raises(SettingsError, match="TOCSIN_NOPE"):
        load_settings()


def test_the_environment_wins_over_the_file(monkeypatch):
    Path(".env").write_text("TOCSIN_SEEDS_DIR=from-file\nTOCSIN_FEEDS=a, b\n")
    monkeypatch.setenv("TOCSIN_SEEDS_DIR", "from-environment")
    settings = load_settings()
    assert settings.seeds_dir == (Path("from-environment"),)
    assert settings.feeds == ("a", "b")


def test_no_secret_shows_in_a_settings_object(monkeypatch):
    monkeypatch.setenv("TOCSIN_TELEGRAM_TOKEN", "123:hush")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://me:hush@host/name")
    settings = load_settings()
    assert "hush" not in repr(settings) + str(settings) + str(settings.database)


def test_the_example_lists_every_setting_with_its_default_and_one_line():
    example = (ROOT / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, timedelta):
            hours, rest = divmod(default, timedelta(hours=1))
            whole = f"{hours // 24}d" if hours > 24 and hours % 24 == 0 else f"{hours}h"
            default = f"{rest // timedelta(minutes=1)}m" if rest else whole
        shown = "" if default == () else default
        assert f"# {field.description}\n#{PREFIX}{name.upper()}={shown}\n" in example
    assert len(re.findall(rf"^#{PREFIX}", example, re.MULTILINE)) == len(Settings.model_fields)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("90m", timedelta(minutes=90)), ("6h", timedelta(hours=6)), ("2D", timedelta(days=2))]
    + [("0", None)],
)
def test_the_age_of_alerts_is_a_length_of_time(monkeypatch, given, meant):
    monkeypatch.setenv("TOCSIN_ALERT_MAX_AGE", given)
    assert load_settings().alert_max_age == meant


@pytest.mark.parametrize("given", ["6", "h", "-1h", "six hours", "99999999d", "1w"])
def test_what_is_no_length_of_time_is_refused_with_what_it_takes(monkeypatch, given):
    monkeypatch.setenv("TOCSIN_ALERT_MAX_AGE", given)
    with pytest.raises(SettingsError, match="6h, 90m or 2d"):
        load_settings()


def test_what_is_deleted_for_its_age_is_kept_for_a_week_at_least(monkeypatch):
    assert load_settings().keep_items == timedelta(days=400)
    monkeypatch.setenv("TOCSIN_KEEP_ITEMS", "0")
    monkeypatch.setenv("TOCSIN_KEEP_ALERTS", "7d")
    settings = load_settings()
    assert (settings.keep_items, settings.keep_alerts) == (None, timedelta(days=7))
    monkeypatch.setenv("TOCSIN_KEEP_ALERTS", "6d")
    with pytest.raises(SettingsError, match="KEEP_ALERTS: got “6d”.*minimum is 7d"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("seeds", ["seeds"]),
        ("seeds, /srv/reports ,", ["seeds", "/srv/reports"]),
        ("with, comma", ["with, comma"]),
    ],
)
def test_seeds_dir_is_one_folder_or_a_list(text, folders, monkeypatch):
    Path("with, comma").mkdir()
    monkeypatch.setenv("TOCSIN_SEEDS_DIR", text)
    assert load_settings().seeds_dir == tuple(map(Path, folders))


@pytest.mark.parametrize("text", ["a,a", "a,./a", "a,a/b", "a/b,c,a", ","])
def test_folders_inside_each_other_are_refused(text, monkeypatch):
    monkeypatch.setenv("TOCSIN_SEEDS_DIR", text)
    with pytest.raises(SettingsError, match="TOCSIN_SEEDS_DIR: .*(name only one|at least one)"):
        check_settings(load_settings())


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["seeds"], ["seeds"]),
        (["/srv/a", "/srv/b"], ["a", "b"]),
        (["/srv/a/news", "/srv/b/news", "/srv/c"], ["a/news", "b/news", "c"]),
        (["/x/y/news", "/z/y/news"], ["x/y/news", "z/y/news"]),
    ],
)
def test_each_folder_has_a_name_of_its_own(folders, labels):
    assert folder_labels([Path(folder) for folder in folders]) == labels
