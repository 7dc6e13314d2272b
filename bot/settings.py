"""Load the settings from environment variables or a `.env` file, with the prefix ``TOCSIN_``.

Only the composition root and the command line read settings. All other components receive the values
that they need as arguments.
"""

from __future__ import annotations

import difflib
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError
from watchers.sources.schedule import IntervalLimits

PREFIX: Final = "TOCSIN_"
DatabaseUrl = URL
"""The address of a database."""

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_MAX_UNIT_COUNT: Final = 10_000

MIN_RETENTION: Final = timedelta(days=7)
"""The shortest retention period: twice the time for which a story accepts items."""

_CommaSeparated = Annotated[tuple[str, ...], NoDecode]
_Folders = Annotated[tuple[Path, ...], NoDecode]


class Settings(BaseSettings):
    """All settings with their defaults. The descriptions are the lines of `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # Other programs may use the same file; load_settings() checks names with this prefix.
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(Path("data"), description="folder for the files that Tocsin writes")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="sqlite:///file or postgresql://user:password@host/name;"
        " default: tocsin.sqlite3 in TOCSIN_DATA_DIR",
    )
    seeds_dir: _Folders = Field(
        (Path("seeds"),), description="folders of documents to watch, comma-separated"
    )
    seeds_links: Literal["inside", "follow"] = Field(
        "inside",
        description="links in the watched folders: inside refuses those that lead out of their folder,"
        " follow reads all",
    )
    feeds: _CommaSeparated = Field(
        (), description="feeds to add at the first start, comma-separated addresses"
    )
    telegram_token: SecretStr = Field(
        SecretStr(""), description="bot token from @BotFather; enables Telegram"
    )
    telegram_base_url: str = Field(
        "", description="address of a self-hosted Bot API server, for example http://localhost:8081"
    )
    slack_bot_token: SecretStr = Field(
        SecretStr(""), description="bot token (xoxb-…); enables Slack for one workspace"
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""),
        description="app token (xapp-…) for Socket Mode, which needs no public address",
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""),
        description="signing secret; receives events at TOCSIN_PUBLIC_URL/slack/events"
        " instead of Socket Mode",
    )
    slack_client_id: str = Field(
        "",
        description="client ID; other workspaces install the app at TOCSIN_PUBLIC_URL/slack/install",
    )
    slack_client_secret: SecretStr = Field(
        SecretStr(""), description="client secret of TOCSIN_SLACK_CLIENT_ID"
    )
    slack_changes: Literal["anyone", "admins"] = Field(
        "anyone", description="who may change the topics of a Slack channel: anyone or admins"
    )
    slack_base_url: str = Field("", description="address of a test server with Slack's Web API")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="long text that encrypts the tokens of installed workspaces; to replace it: NEW,OLD",
    )
    llm_base_url: str = Field(
        "",
        description="OpenAI-compatible endpoint for summaries, for example http://host:8080/v1",
    )
    llm_api_key: SecretStr = Field(
        SecretStr(""), description="API key of the endpoint, if it requires one"
    )
    llm_model: str = Field(
        "", description="model name; requires TOCSIN_LLM_BASE_URL and the extra tocsin[llm]"
    )
    llm_chat_daily: int = Field(
        50, ge=0, description="maximum number of model summaries per chat and day"
    )
    llm_daily: int = Field(
        1_000, ge=0, description="maximum number of model summaries per day for all chats"
    )
    allow_networks: _CommaSeparated = Field(
        (), description="private networks that may be fetched from, for example 10.0.0.0/8"
    )
    feed_min_interval: timedelta = Field(
        timedelta(minutes=5),
        description="minimum interval between two polls of a feed, for example 5m or 1h",
    )
    feed_max_interval: timedelta = Field(
        timedelta(hours=24),
        description="maximum interval between two polls of a feed, for example 12h or 1d",
    )
    feed_thin: int = Field(
        0,
        ge=0,
        le=10_000,
        description="fetch the article page of a feed item with fewer characters of text, for example 200;"
        " 0: never",
    )
    contact: str = Field(
        "", description="contact address for site owners, sent with each request to a feed"
    )
    admins: _CommaSeparated = Field(
        (), description="IDs of the operators, for example 12345 or telegram:12345"
    )
    allowed: _CommaSeparated = Field(
        (), description="IDs of the people and chats that may use the bot; empty: everyone"
    )
    chat_topics: int = Field(
        300,
        ge=0,
        description="maximum number of topics per chat, except for operators; 0: no limit",
    )
    chat_feeds: int = Field(
        50,
        ge=0,
        description="maximum number of feeds that a chat can add, except for operators; 0: no limit",
    )
    chat_commands: int = Field(
        60,
        ge=0,
        description="maximum number of commands and button presses per chat and minute; 0: no limit",
    )
    chat_pages: int = Field(
        60,
        ge=0,
        description="maximum number of pages that are read for a chat per hour; 0: no limit",
    )
    chat_files: int = Field(
        30,
        ge=0,
        description="maximum number of files that are read for a chat per hour; 0: no limit",
    )
    web_host: str = Field("127.0.0.1", description="address on which the web server listens")
    web_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="port of the web server (health, metrics, webhooks); 0: off",
    )
    alert_max_age: timedelta | None = Field(
        timedelta(hours=6),
        description="send alerts that waited longer as one catch-up, for example 6h, 90m or 2d; 0: never",
    )
    news_max_age: timedelta | None = Field(
        timedelta(days=14),
        description="send no alert for an item of a feed that was published longer ago when it is found,"
        " for example 14d; 0: no limit",
    )
    story_languages: bool = Field(
        True,
        description="find stories across languages if the extra tocsin[languages] is installed;"
        " false: never; use one value in all processes",
    )
    story_follow_ups: int = Field(
        6,
        ge=0,
        description="maximum number of follow-ups per chat, story and day, after which news only edits"
        " the alert; 0: no limit",
    )
    keep_items: timedelta | None = Field(
        timedelta(days=400),
        description="delete items after this time, at least 7d; 0: never",
    )
    keep_alerts: timedelta | None = Field(
        timedelta(days=90),
        description="delete sent alerts after this time, at least 7d; 0: never",
    )
    web_token: SecretStr = Field(
        SecretStr(""), description="password of the page /status on the web server; empty: no page"
    )
    traces_url: str = Field(
        "",
        description="OpenTelemetry collector, for example http://host:4318/v1/traces;"
        " requires the extra tocsin[otel]",
    )
    public_url: str = Field(
        "", description="public address of the web server, for example https://news.example"
    )

    @field_validator("feeds", "allow_networks", "admins", "allowed", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("seeds_dir", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        if isinstance(value, str):
            # A folder whose name contains a comma exists under the whole text.
            folders = [value] if Path(value).exists() else value.split(",")
            return tuple(Path(folder.strip()) for folder in folders if folder.strip())
        return (value,) if isinstance(value, Path) else value

    @field_validator(
        *(
            "alert_max_age",
            "news_max_age",
            "feed_min_interval",
            "feed_max_interval",
            "keep_items",
            "keep_alerts",
        ),
        mode="before",
    )
    @classmethod
    def _parse_duration(cls, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            return value
        number, unit = value.strip()[:-1], value.strip()[-1:].lower()
        if value.strip() == "0":
            return None
        if unit not in _UNITS or not number.isdecimal() or not 0 < int(number) < _MAX_UNIT_COUNT:
            raise ValueError("a duration is a number followed by m, h or d")
        return timedelta(**{_UNITS[unit]: int(number)})

    @field_validator("keep_items", "keep_alerts")
    @classmethod
    def _is_long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < MIN_RETENTION:
            raise ValueError("a story accepts items for several days; the minimum is 7d")
        return value

    @property
    def database(self) -> URL:
        """Return the address of the store with the matching driver.

        Raises:
            SettingsError: the address is not one of SQLite or PostgreSQL.
        """
        text = self.database_url.get_secret_value()
        if not text:
            return make_url(f"{_DRIVERS['sqlite']}:///{self.data_dir / 'tocsin.sqlite3'}")
        return parse_database_url(text, f"{PREFIX}DATABASE_URL")

    @property
    def feed_limits(self) -> IntervalLimits:
        """Return the limits of the poll interval of feeds.

        Raises:
            SettingsError: the minimum is longer than the maximum.
        """
        if self.feed_min_interval > self.feed_max_interval:
            raise SettingsError(
                f"{PREFIX}FEED_MIN_INTERVAL",
                f"the interval is longer than {PREFIX}FEED_MAX_INTERVAL; make it shorter",
            )
        return IntervalLimits(self.feed_min_interval, self.feed_max_interval)

    @property
    def has_slack(self) -> bool:
        """Return True if Slack is enabled for one workspace (token) or for installed workspaces."""
        return bool(self.slack_bot_token.get_secret_value().strip() or self.slack_client_id)

    @property
    def sqlite_file(self) -> Path | None:
        """Return the SQLite file, or None if the store is not a SQLite file."""
        return sqlite_path(self.database)


def parse_database_url(text: str, name: str) -> URL:
    """Return the database address ``text`` with the matching driver.

    ``name`` is the setting or option that holds the address; error messages name it.

    Raises:
        SettingsError: the address is not one of SQLite or PostgreSQL.
    """
    accepted = "use sqlite:///file or postgresql://user:password@host/name"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(name, f"not a database address; {accepted}") from error
    kind = url.drivername.partition("+")[0].replace("postgres", "postgresql", 1)
    kind = "postgresql" if kind.startswith("postgresql") else kind
    if kind not in _DRIVERS:
        raise SettingsError(name, f"“{kind}” is not supported; {accepted}")
    return url.set(drivername=_DRIVERS[kind])


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite database, or None for any other database."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if is_file else None


def sqlite_url(path: Path) -> DatabaseUrl:
    """Return the address of a SQLite file."""
    return URL.create(_DRIVERS["sqlite"], database=str(path))


def load_settings() -> Settings:
    """Return the settings from the environment and `.env`.

    Raises:
        SettingsError: a value is invalid, or a name with the prefix ``TOCSIN_`` is unknown.
    """
    known_names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    raw_values = _raw_environment()
    for name in raw_values:
        if name not in known_names:
            raise SettingsError(name, _unknown_setting_hint(name, known_names))
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = str(first["loc"][0])
        variable = f"{PREFIX}{field.upper()}"
        message = _invalid_value_message(field, raw_values.get(variable, ""), first["msg"])
        raise SettingsError(variable, message) from None
    # The property raises for an invalid address: report it at start-up, not at the first use.
    _ = settings.database
    return settings


def _raw_environment() -> dict[str, str]:
    """Return all variables with the prefix; the environment overrides the file, as in pydantic."""
    file_values = dotenv_values(".env") if Path(".env").is_file() else {}
    values = {name.upper(): value or "" for name, value in {**file_values, **os.environ}.items()}
    return {name: values[name] for name in sorted(values) if name.startswith(PREFIX)}


def _unknown_setting_hint(name: str, known_names: set[str]) -> str:
    close = difflib.get_close_matches(name, known_names, n=1)
    hint = f"did you mean {close[0]}?" if close else "see .env.example for all settings"
    return f"unknown setting; {hint}"


def _invalid_value_message(field: str, raw_value: str, message: str) -> str:
    info = Settings.model_fields[field]
    is_secret = info.annotation is SecretStr
    got = "" if is_secret or not raw_value else f"got “{raw_value}”: "
    # pydantic adds its own words before the text of a validator, and its parser after the type.
    message = message.removeprefix("Value error, ")
    message = message.removesuffix(", unable to parse string as an integer")
    return f"{got}{message[:1].lower()}{message[1:]} ({info.description})"
