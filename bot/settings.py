"""Settings: environment variables or a `.env` file, each with the prefix ``TOCSIN_``.

Read by the composition root and the command line only; everything else is given what it needs.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Final

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

PREFIX: Final = "TOCSIN_"
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_LATER: Final = "(not in this version yet)"

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
    feeds: _CommaSeparated = Field((), description=f"feed addresses, comma-separated {_LATER}")
    telegram_token: SecretStr = Field(
        SecretStr(""), description=f"from @BotFather; switches Telegram on {_LATER}"
    )
    telegram_base_url: str = Field("", description=f"a self-hosted Bot API server {_LATER}")
    slack_bot_token: SecretStr = Field(SecretStr(""), description=f"xoxb-…; Slack {_LATER}")
    slack_app_token: SecretStr = Field(SecretStr(""), description=f"xapp-…; Socket Mode {_LATER}")
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description=f"for signed requests from Slack {_LATER}"
    )
    slack_client_id: str = Field("", description=f"for installing to many workspaces {_LATER}")
    slack_client_secret: SecretStr = Field(SecretStr(""), description=f"the same {_LATER}")
    slack_base_url: str = Field("", description=f"a local counterpart of Slack {_LATER}")
    llm_base_url: str = Field("", description=f"an OpenAI-compatible endpoint {_LATER}")
    llm_api_key: SecretStr = Field(SecretStr(""), description=f"its key {_LATER}")
    llm_model: str = Field("", description=f"its model {_LATER}")
    allow_networks: _CommaSeparated = Field(
        (), description=f"private networks a fetch may reach, as 10.0.0.0/8 {_LATER}"
    )
    admins: _CommaSeparated = Field((), description=f"people who may administer the bot {_LATER}")
    web_host: str = Field("127.0.0.1", description=f"address of the web server {_LATER}")
    web_port: int = Field(0, ge=0, le=65535, description=f"its port; 0 leaves it off {_LATER}")
    public_url: str = Field("", description=f"how the outside reaches the web server {_LATER}")

    @field_validator("feeds", "allow_networks", "admins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
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
        takes = "it takes sqlite:///file or postgresql://user:password@host/name"
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as error:
            raise SettingsError(f"{PREFIX}DATABASE_URL", f"no database address; {takes}") from error
        kind = url.drivername.partition("+")[0].replace("postgres", "postgresql", 1)
        kind = "postgresql" if kind.startswith("postgresql") else kind
        if kind not in _DRIVERS:
            raise SettingsError(f"{PREFIX}DATABASE_URL", f"“{kind}” is not supported; {takes}")
        return url.set(drivername=_DRIVERS[kind])

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite file, where the store is one."""
        url = self.database
        is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
        return Path(str(url.database)) if is_file else None


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
