"""`tocsin check`: validate the configuration and report which components are enabled."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import regex

from bot.app.options import make_llm_client, slack_identity, slack_options, slack_transports
from bot.app.starter_documents import starter_documents
from bot.chats.telegram import check_token
from bot.cli.check_sources import (
    CheckResult,
    check_addresses,
    check_admins,
    check_configured_feeds,
    check_languages,
    check_stored_sources,
)
from bot.conversation.durations import pluralise
from bot.errors import BotError, SettingsError
from bot.runtime.tracing import make_tracer
from bot.settings import Settings
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions
from watchers.sources.document import DOCUMENT_SUFFIXES

# The web server does not limit attempts, so a short token could be guessed.
_MIN_TOKEN_CHARS: Final = 16


async def check(settings: Settings, *, as_json: bool) -> int:
    """Print the report and return the exit code.

    2: a component is misconfigured; 1: a document or a feed cannot be read; 0: everything works.
    """
    findings = [
        *_seeds(settings),
        *await check_stored_sources(settings),
        *check_configured_feeds(settings),
        await _database(settings),
        CheckResult("console", "on", "tocsin run --console"),
        await _telegram(settings),
        await _slack(settings),
        *check_admins(settings),
        check_languages(),
        *check_addresses(settings),
        *_web(settings),
        *_model(settings),
    ]
    states = {finding.state for finding in findings}
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding.state:<6}{finding.component:<14}{finding.why}")
    return 2 if "wrong" in states else 1 if "bad" in states else 0


def _seeds(settings: Settings) -> Iterator[CheckResult]:
    examples = len(starter_documents())
    file = settings.sqlite_file
    is_first_start = file is not None and not file.exists()
    for number, folder in enumerate(settings.seeds_dir):
        if number == 0 and examples and is_first_start and not folder.exists():
            created = f"{folder}, created with {examples} example documents at the first start"
            yield CheckResult("seed folder", "on", created)
        elif not folder.is_dir():
            problem = f"{folder} is not a folder; create it or set TOCSIN_SEEDS_DIR"
            yield CheckResult("seed folder", "wrong", problem)
        elif not os.access(folder, os.R_OK | os.X_OK):
            problem = f"{folder} cannot be read; check its permissions"
            yield CheckResult("seed folder", "wrong", problem)
        else:
            documents = sum(path.suffix.lower() in DOCUMENT_SUFFIXES for path in folder.rglob("*"))
            yield CheckResult("seed folder", "on", f"{folder}, {pluralise(documents, 'document')}")


async def _database(settings: Settings) -> CheckResult:
    url = settings.database
    # The driver in the URL is an internal detail.
    display_url = regex.sub(r"\+\w+", "", url.render_as_string(hide_password=True), count=1)
    if not _exists(settings.sqlite_file):
        return CheckResult("database", "on", f"{display_url}, created at the first start")
    try:
        database = Database(url)
        try:
            revision = await current_revision(database)
        finally:
            await database.close()
    except BotError as error:
        return CheckResult("database", "wrong", str(error))
    except ImportError:
        remedy = "the driver is not installed; run pip install 'tocsin[postgres]'"
        return CheckResult("database", "wrong", f"{display_url}: {remedy}")
    # The check only reads: the migration runs at the next start, under its lock.
    newest = known_revisions()[-1]
    if revision == newest:
        return CheckResult("database", "on", f"{display_url}, schema {revision}")
    return CheckResult(
        "database", "on", f"{display_url}, migrated to schema {newest} at the next start"
    )


def _exists(file: Path | None) -> bool:
    return file is None or file.exists()


async def _telegram(settings: Settings) -> CheckResult:
    """Check the token by a call to Telegram. The report never contains the token."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return CheckResult(
            "telegram", "off", "set TOCSIN_TELEGRAM_TOKEN to a token from @BotFather"
        )
    # httpx logs request addresses, and Telegram addresses contain the token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        name = await check_token(token, settings.telegram_base_url)
    except SettingsError as error:
        return CheckResult("telegram", "wrong", str(error))
    if not (settings.public_url and settings.web_port):
        return CheckResult("telegram", "on", f"{name}, long polling")
    # Telegram sends webhooks to HTTPS only (https://core.telegram.org/bots/api#setwebhook).
    if not settings.public_url.startswith("https://"):
        problem = "Telegram requires https://; correct the address or remove the setting"
        return CheckResult("telegram", "wrong", f"TOCSIN_PUBLIC_URL: {problem}")
    return CheckResult("telegram", "on", f"{name}, webhook")


async def _slack(settings: Settings) -> CheckResult:
    """Check the bot token by a call to Slack, without opening a socket."""
    try:
        options = slack_options(settings)
        if options is None:
            return CheckResult(
                "slack", "off", "set TOCSIN_SLACK_BOT_TOKEN and TOCSIN_SLACK_APP_TOKEN"
            )
        if options.bot_token:
            return CheckResult("slack", "on", await slack_identity(options))
    except SettingsError as error:
        return CheckResult("slack", "wrong", str(error))
    return CheckResult("slack", "on", f"installed workspaces, {slack_transports(options)}")


def _web(settings: Settings) -> Iterator[CheckResult]:
    """Check the web server, the status page and tracing."""
    token = settings.web_token.get_secret_value()
    if not settings.web_port:
        unused = "; TOCSIN_WEB_TOKEN has no effect without it" if token else ""
        hint = f"set TOCSIN_WEB_PORT for health, metrics, webhooks and the status page{unused}"
        yield CheckResult("web server", "off", hint)
    else:
        yield CheckResult("web server", "on", f"{settings.web_host}:{settings.web_port}")
        if not token:
            yield CheckResult("status page", "off", "set TOCSIN_WEB_TOKEN")
        elif len(token) < _MIN_TOKEN_CHARS:
            problem = f"TOCSIN_WEB_TOKEN is too short; use at least {_MIN_TOKEN_CHARS} characters"
            yield CheckResult("status page", "wrong", problem)
        else:
            yield CheckResult("status page", "on", "/status, protected by TOCSIN_WEB_TOKEN")
    if settings.traces_url:
        try:
            make_tracer(settings.traces_url)
        except SettingsError as error:
            yield CheckResult("traces", "wrong", str(error))
        else:
            yield CheckResult("traces", "on", f"sent to {settings.traces_url}")


def _model(settings: Settings) -> Iterator[CheckResult]:
    """Check the settings of the language model without a call to it."""
    try:
        model = make_llm_client(settings)
    except SettingsError as error:
        yield CheckResult("llm", "wrong", str(error))
        return
    if model is None:
        yield CheckResult("llm", "off", "summaries consist of sentences of the article")
    # find_spec does not import the package, which takes a second.
    elif find_spec("openai") is None:
        yield CheckResult(
            "llm", "wrong", "the extra is not installed; run pip install 'tocsin[llm]'"
        )
    else:
        yield CheckResult("llm", "on", model.name)
