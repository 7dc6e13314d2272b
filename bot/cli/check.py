"""`tocsin check`: what is on, what is off and why, and what is wrong, before anything runs."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import regex

from bot.chats.telegram import check_token
from bot.errors import BotError, SettingsError
from bot.settings import Settings
from bot.slack_setup import slack_options, ways_in, who_is_slack
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions
from bot.tracing import tracer_to
from bot.writing import endpoint_of
from watchers.sources.document import SUFFIXES

_SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: ``state`` is on, off or wrong."""

    part: str
    state: str
    why: str


async def check(settings: Settings, *, as_json: bool) -> int:
    """Print the report; 0 if nothing is wrong, else 2."""
    findings = [
        *_seeds(settings),
        await _database(settings),
        Finding("console", "on", "tocsin run --console"),
        await _telegram(settings),
        await _slack(settings),
        *_web(settings),
        *_model(settings),
    ]
    wrong = any(finding.state == "wrong" for finding in findings)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding.state:<6}{finding.part:<14}{finding.why}")
    return 2 if wrong else 0


def _seeds(settings: Settings) -> Iterator[Finding]:
    folder = settings.seeds_dir
    if not folder.is_dir():
        yield Finding(
            "seed folder", "wrong", f"{folder} is no folder; make it or set TOCSIN_SEEDS_DIR"
        )
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield Finding("seed folder", "wrong", f"{folder} may not be read; check its permissions")
    else:
        documents = sum(path.suffix.lower() in SUFFIXES for path in folder.rglob("*"))
        yield Finding("seed folder", "on", f"{folder}, {documents:,} documents")


async def _database(settings: Settings) -> Finding:
    url = settings.database
    shown = regex.sub(r"\+\w+", "", url.render_as_string(hide_password=True), count=1)
    if not _exists(settings.sqlite_file):
        return Finding("database", "on", f"{shown}, made at the first start")
    try:
        database = Database(url)
        try:
            revision = await current_revision(database)
        finally:
            await database.close()
    except BotError as error:
        return Finding("database", "wrong", str(error))
    except ImportError:
        extra = "its driver is not installed: pip install 'tocsin[postgres]'"
        return Finding("database", "wrong", f"{shown}: {extra}")
    newest = known_revisions()[-1]
    if revision == newest:
        return Finding("database", "on", f"{shown}, schema {revision}")
    return Finding("database", "on", f"{shown}, brought to schema {newest} at the next start")


def _exists(file: Path | None) -> bool:
    return file is None or file.exists()


async def _telegram(settings: Settings) -> Finding:
    """Whether the token works, by asking; the token itself is never told."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return Finding("telegram", "off", "set TOCSIN_TELEGRAM_TOKEN; @BotFather gives one")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, the token in them
    try:
        name = await check_token(token, settings.telegram_base_url)
    except SettingsError as error:
        return Finding("telegram", "wrong", str(error))
    if not (settings.public_url and settings.web_port):
        return Finding("telegram", "on", f"{name}, by long polling")
    if not settings.public_url.startswith("https://"):
        why = "Telegram brings updates to https:// only; correct it, or leave it out"
        return Finding("telegram", "wrong", f"TOCSIN_PUBLIC_URL: {why}")
    return Finding("telegram", "on", f"{name}, by webhook")


async def _slack(settings: Settings) -> Finding:
    """Whether Slack takes the token; the socket is not opened for that."""
    try:
        options = slack_options(settings)
        if options is None:
            return Finding("slack", "off", "set TOCSIN_SLACK_BOT_TOKEN and TOCSIN_SLACK_APP_TOKEN")
        if options.bot_token:
            return Finding("slack", "on", await who_is_slack(options))
    except SettingsError as error:
        return Finding("slack", "wrong", str(error))
    return Finding("slack", "on", f"workspaces that install it, by {ways_in(options)}")


def _web(settings: Settings) -> Iterator[Finding]:
    """The web server, its page and traces."""
    token = settings.web_token.get_secret_value()
    if not settings.web_port:
        unused = "; TOCSIN_WEB_TOKEN has no use without it" if token else ""
        why = f"set TOCSIN_WEB_PORT for health, metrics, webhooks and the status page{unused}"
        yield Finding("web server", "off", why)
    else:
        yield Finding("web server", "on", f"{settings.web_host}:{settings.web_port}")
        if not token:
            yield Finding("status page", "off", "set TOCSIN_WEB_TOKEN")
        elif len(token) < _SHORTEST_TOKEN:
            why = f"TOCSIN_WEB_TOKEN has fewer than {_SHORTEST_TOKEN} characters: it can be guessed"
            yield Finding("status page", "wrong", why)
        else:
            yield Finding("status page", "on", "/status, with its token")
    if settings.traces_url:
        try:
            tracer_to(settings.traces_url)
        except SettingsError as error:
            yield Finding("traces", "wrong", str(error))
        else:
            yield Finding("traces", "on", f"to {settings.traces_url}")


def _model(settings: Settings) -> Iterator[Finding]:
    """The language model; it is not asked."""
    try:
        model = endpoint_of(settings)
    except SettingsError as error:
        yield Finding("llm", "wrong", str(error))
        return
    if model is None:
        yield Finding("llm", "off", "summaries are the articles' own sentences")
    elif find_spec("openai") is None:
        yield Finding("llm", "wrong", "the extra is missing: pip install 'tocsin[llm]'")
    else:
        yield Finding("llm", "on", model.name)
