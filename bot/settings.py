"""Settings: environment variables or a `.env` file, each with the prefix ``TOCSIN_``.

Read by the composition root and the command line only; everything else is given what it needs.
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

PREFIX: Final = "TOCSIN_"
Address = URL
"""Where a database is."""

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = 10_000  # of any unit

SHORTEST_KEPT: Final = timedelta(days=7)
"""What was found and told is needed at least for so long: twice as long as a story is open."""

_CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """All settings with their defaults. Descriptions are the lines of `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",  # the file may serve other programs too; our own prefix is checked apart
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(Path("data"), description="where Tocsin keeps its own files")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="sqlite:///file or postgresql://user:password@host/name;"
        " empty: tocsin.sqlite3 in DATA_DIR",
    )
    seeds_dir: Path = Field(Path("seeds"), description="the folder of documents to watch")
    feeds: _CommaSeparated = Field((), description="feed addresses to begin with, comma-separated")
    telegram_token: SecretStr = Field(
        SecretStr(""), description="from @BotFather; switches Telegram on"
    )
    telegram_base_url: str = Field(
        "", description="a self-hosted Bot API server, as http://localhost:8081"
    )
    slack_bot_token: SecretStr = Field(
        SecretStr(""), description="xoxb-…; switches Slack on, for one workspace"
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="xapp-…; Socket Mode: Slack without a public address"
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Slack's signed requests instead, at PUBLIC_URL/slack/events"
    )
    slack_client_id: str = Field(
        "", description="lets others install the app, at PUBLIC_URL/slack/install"
    )
    slack_client_secret: SecretStr = Field(SecretStr(""), description="belongs to the client id")
    slack_changes: Literal["anyone", "admins"] = Field(
        "anyone", description="who changes what a Slack channel follows: anyone or admins"
    )
    slack_base_url: str = Field("", description="a local counterpart of Slack's Web API")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="any long text; seals tokens of other workspaces. To change it: NEW,OLD",
    )
    llm_base_url: str = Field(
        "",
        description="an OpenAI-compatible endpoint that writes summaries, as http://host:8080/v1",
    )
    llm_api_key: SecretStr = Field(SecretStr(""), description="its key, if it wants one")
    llm_model: str = Field("", description="its model; both are needed, and the extra tocsin[llm]")
    llm_chat_daily: int = Field(50, ge=0, description="summaries it may write for a chat in a day")
    llm_daily: int = Field(1_000, ge=0, description="and for all chats together")
    allow_networks: _CommaSeparated = Field(
        (), description="networks a fetch may reach although they are private, as 10.0.0.0/8"
    )
    feed_min_interval: timedelta = Field(
        timedelta(minutes=5), description="a feed is asked at most this often, as 5m or 1h"
    )
    feed_max_interval: timedelta = Field(
        timedelta(hours=24), description="and at least this often, as 12h or 1d"
    )
    feed_thin: int = Field(
        0,
        ge=0,
        le=10_000,
        description="an item with fewer characters beside its title is matched with the text of its"
        " page, as 200; 0: never",
    )
    contact: str = Field(
        "", description="where the owner of a site finds you: sent along when feeds are asked"
    )
    admins: _CommaSeparated = Field(
        (), description="people who run the bot, by their id, as 12345 or telegram:12345"
    )
    allowed: _CommaSeparated = Field(
        (), description="people and chats that it serves, by their id; empty: everybody"
    )
    web_host: str = Field("127.0.0.1", description="address that the web server listens on")
    web_port: int = Field(
        0, ge=0, le=65535, description="its port, for health, metrics and webhooks; 0 leaves it off"
    )
    alert_max_age: timedelta | None = Field(
        timedelta(hours=6),
        description="an alert that waited longer comes in a catch-up, as 6h, 90m or 2d; 0: never",
    )
    keep_items: timedelta | None = Field(
        timedelta(days=400),
        description="what was found is deleted after so long, 7d at least; 0: never",
    )
    keep_alerts: timedelta | None = Field(
        timedelta(days=90),
        description="what was told is forgotten after so long, 7d at least; 0: never",
    )
    web_token: SecretStr = Field(
        SecretStr(""), description="opens the page /status on the web server; empty: there is none"
    )
    traces_url: str = Field(
        "",
        description="an OpenTelemetry collector, as http://host:4318/v1/traces;"
        " needs the extra tocsin[otel]",
    )
    public_url: str = Field(
        "", description="how the outside reaches the web server, as https://news.example"
    )

    @field_validator("feeds", "allow_networks", "admins", "allowed", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        *("alert_max_age", "feed_min_interval", "feed_max_interval", "keep_items", "keep_alerts"),
        mode="before",
    )
    @classmethod
    def _length(cls, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            return value
        number, unit = value.strip()[:-1], value.strip()[-1:].lower()
        if value.strip() == "0":
            return None
        if unit not in _UNITS or not number.isdecimal() or not 0 < int(number) < _LONGEST:
            raise ValueError("a length of time is a number with m, h or d behind it")
        return timedelta(**{_UNITS[unit]: int(number)})

    @field_validator("keep_items", "keep_alerts")
    @classmethod
    def _is_long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < SHORTEST_KEPT:
            raise ValueError("stories stay open for days: 7d is the least")
        return value

    @property
    def database(self) -> URL:
        """Where the store is, with the driver that suits.

        Raises:
            SettingsError: it is no address of SQLite or PostgreSQL.
        """
        text = self.database_url.get_secret_value()
        if not text:
            return make_url(f"{_DRIVERS['sqlite']}:///{self.data_dir / 'tocsin.sqlite3'}")
        return read_address(text, f"{PREFIX}DATABASE_URL")

    @property
    def has_slack(self) -> bool:
        """Whether Slack is to be served: one workspace by its token, or any that installs the app."""
        return bool(self.slack_bot_token.get_secret_value().strip() or self.slack_client_id)

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite file, where the store is one."""
        return sqlite_file_of(self.database)


def read_address(text: str, name: str) -> URL:
    """The address of a database, with the driver that suits; ``name`` is where a person gave it.

    Raises:
        SettingsError: it is no address of SQLite or PostgreSQL.
    """
    takes = "it takes sqlite:///file or postgresql://user:password@host/name"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(name, f"no database address; {takes}") from error
    kind = url.drivername.partition("+")[0].replace("postgres", "postgresql", 1)
    kind = "postgresql" if kind.startswith("postgresql") else kind
    if kind not in _DRIVERS:
        raise SettingsError(name, f"“{kind}” is not supported; {takes}")
    return url.set(drivername=_DRIVERS[kind])


def sqlite_file_of(url: URL) -> Path | None:
    """The file of a SQLite database that is one."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if is_file else None


def address_of_file(path: Path) -> Address:
    """The address of a SQLite file."""
    return URL.create(_DRIVERS["sqlite"], database=str(path))


def load_settings() -> Settings:
    """The settings as the environment and `.env` give them.

    Raises:
        SettingsError: a value is wrong, or a ``TOCSIN_`` name is unknown.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = _given()
    for name in given:
        if name not in known:
            raise SettingsError(name, _unknown(name, known))
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = str(first["loc"][0])
        variable = f"{PREFIX}{field.upper()}"
        message = _wrong(field, given.get(variable, ""), first["msg"])
        raise SettingsError(variable, message) from None
    _ = settings.database  # says at once what is wrong with it
    return settings


def _given() -> dict[str, str]:
    """What was set under our prefix; the environment wins over the file, as for pydantic."""
    in_file = dotenv_values(".env") if Path(".env").is_file() else {}
    both = {name.upper(): value or "" for name, value in {**in_file, **os.environ}.items()}
    return {name: both[name] for name in sorted(both) if name.startswith(PREFIX)}


def _unknown(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "see .env.example for those there are"
    return f"there is no such setting; {hint}"


def _wrong(field: str, given: str, message: str) -> str:
    info = Settings.model_fields[field]
    secret = info.annotation is SecretStr
    got = "" if secret or not given else f"got “{given}”: "
    return f"{got}{message[:1].lower()}{message[1:]} ({info.description})"
