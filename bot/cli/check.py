"""`tocsin check`: what is on, what is off and why, and what is wrong, before anything runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import regex

from bot.errors import BotError
from bot.settings import Settings
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions
from watchers.sources.document import SUFFIXES


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: ``state`` is on, off or wrong."""

    part: str
    state: str
    why: str


async def check(settings: Settings, *, as_json: bool) -> int:
    """Print the report; 0 if nothing is wrong, else 2."""
    findings = [*_seeds(settings), await _database(settings), *_chats(settings), *_later(settings)]
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


def _chats(settings: Settings) -> Iterator[Finding]:
    yield Finding("console", "on", "tocsin run --console")
    set_up = {
        "telegram": bool(settings.telegram_token.get_secret_value()),
        "slack": bool(settings.slack_bot_token.get_secret_value() or settings.slack_client_id),
    }
    for platform, given in set_up.items():
        why = "not in this version yet" + ("; what you set is ignored" if given else "")
        yield Finding(platform, "off", why)


def _later(settings: Settings) -> Iterator[Finding]:
    for part, given in (
        ("feeds", bool(settings.feeds)),
        ("web server", bool(settings.web_port)),
        ("llm", bool(settings.llm_base_url)),
    ):
        why = "not in this version yet" + ("; what you set is ignored" if given else "")
        yield Finding(part, "off", why)
