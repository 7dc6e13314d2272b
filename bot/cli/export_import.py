"""`tocsin export FILE` and `tocsin import FILE`: save and restore all chat settings and feeds.

    {"tocsin": "everything", "version": 1, …}         The format is JSON Lines, one line per chat and
    {"platform": "telegram", "chat": …, "topics": …}  feed: a file of any size is read line by line, and
    {"feed": "https://…", "title": …, "tags": …}      each error message names the line.

A FILE that ends in .opml contains only the feeds. Items and alerts are not exported; `tocsin backup`
copies them. Both commands may run beside a running service, which reads the changes from the database.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bot.cli.feeds import FeedsCommand, feeds, open_feed_service
from bot.conversation.commands.chat_export import (
    LARGEST,
    chat_export_line,
    check_head,
    parse_chat_export,
    parse_json,
)
from bot.conversation.durations import pluralise
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from bot.settings import Settings
from bot.store import Database
from bot.store.admin.chat_data import export_chat, import_chat, iter_chats
from bot.store.chats.chats import get_or_create_chat
from bot.store.feeds.feeds import FeedRow
from bot.store.tables import PAUSED
from watchers.sources.canonical_url import site_of
from watchers.sources.opml import MAX_FEED_TAGS, ListedFeed
from watchers.text.clean import clean_line, truncate

KIND: Final = "everything"
"""The value of "tocsin" in the first line."""

VERSION: Final = 1
"""The version of the format."""

_OK: Final = 0
_NOTHING: Final = 1
_WRONG: Final = 2
# Applies to each part of a chat address, each title and each tag.
_MAX_FIELD_CHARS: Final = 200


@dataclass(slots=True)
class ImportResult:
    """The numbers of imported objects and of errors."""

    chats: int = 0
    topics: int = 0
    known: int = 0
    feeds: int = 0
    problems: int = 0


async def export_data(settings: Settings, name: str) -> int:
    """Write all chats and feeds to the file ``name`` and return the exit code.

    "-" is standard output.
    """
    if name.lower().endswith(".opml"):
        return await feeds(settings, FeedsCommand("export", (name,)))
    chat_count = feed_count = 0
    async with open_feed_service(settings) as (feed_list, _):
        database = Database(settings.database)
        try:
            with _open_output(name) as file:
                header = {"tocsin": KIND, "version": VERSION}
                _write(file, json.dumps(header | {"exported": utc_now().isoformat()}))
                async for chat_line in _chat_lines(database):
                    _write(file, chat_line)
                    chat_count += 1
                async for feed in feed_list.iter_feeds():
                    _write(file, json.dumps(_feed_record(feed), ensure_ascii=False))
                    feed_count += 1
        finally:
            await database.close()
    where = "" if name == "-" else f" written to {name}"
    print(
        f"{pluralise(chat_count, 'chat')} and {pluralise(feed_count, 'feed')}{where}",
        file=sys.stderr,
    )
    return _OK if chat_count or feed_count else _NOTHING


async def import_data(settings: Settings, name: str) -> int:
    """Import the chats and feeds of the file ``name`` and return the exit code.

    "-" is standard input. Existing subscriptions and feeds are kept.

    Raises:
        UserError: the file is not an export of Tocsin.
    """
    if name.lower().endswith(".opml"):
        return await feeds(settings, FeedsCommand("import", (name,)))
    async with open_feed_service(settings) as (feed_list, _):
        database = Database(settings.database)
        try:
            with _open_input(name) as file:
                result = await _import_lines(database, feed_list, file, name)
        finally:
            await database.close()
    print(
        f"{pluralise(result.chats, 'chat')}: {pluralise(result.topics, 'topic')} added,"
        f" {result.known:,} already followed; {pluralise(result.feeds, 'feed')} added",
        file=sys.stderr,
    )
    return _NOTHING if result.problems else _OK


async def _import_lines(
    database: Database, feed_list: FeedService, file: BinaryIO, name: str
) -> ImportResult:
    result = ImportResult()
    for number, line in enumerate(iter(lambda: file.readline(LARGEST + 1), b""), start=1):
        if not line.strip():
            continue
        if len(line) > LARGEST:
            raise UserError(f"{name}: line {number} has more than {LARGEST:,} bytes")
        try:
            text, record = parse_json(line)
            if number == 1:
                check_head(record, KIND, VERSION)
            elif "feed" in record:
                await _import_feed(feed_list, record, result)
            else:
                for problem in await _import_chat(database, record, text, result):
                    _report(result, f"{name}: line {number}: {problem}")
        except UserError as error:
            if number == 1:
                raise UserError(f"{name}: {error}") from error
            _report(result, f"{name}: line {number}: {error}")
    return result


async def _import_chat(
    database: Database, record: Mapping[str, object], text: str, result: ImportResult
) -> list[str]:
    platform, account, chat = (_part(record, name) for name in ("platform", "account", "chat"))
    thread = _part(record, "thread") if record.get("thread") else ""
    ref = ChatRef(platform, account, chat, thread)
    now = utc_now()
    export = parse_chat_export(record, text, now=now)
    async with database.writing() as connection:
        chat_id = await get_or_create_chat(connection, ref, now=now)
        imported = await import_chat(connection, chat_id, export.dossier, user_id="", now=now)
    result.chats += 1
    result.topics += imported.added
    result.known += imported.existing
    return [problem.reason for problem in export.problems]


async def _import_feed(
    feed_list: FeedService, record: Mapping[str, object], result: ImportResult
) -> None:
    address = record.get("feed")
    if not isinstance(address, str) or not site_of(clean_line(address)):
        raise UserError(f"“{truncate(str(address), 60)}” is not a web address")
    title, tags = record.get("title"), record.get("tags")
    listed = ListedFeed(
        clean_line(address),
        truncate(clean_line(title), _MAX_FIELD_CHARS) if isinstance(title, str) else "",
        tuple(
            truncate(clean_line(tag), _MAX_FIELD_CHARS)
            for tag in (tags if isinstance(tags, list) else [])[:MAX_FEED_TAGS]
            if isinstance(tag, str)
        ),
    )
    added = await feed_list.add_many([listed])
    result.feeds += len(added.added)
    if added.added and record.get("paused") is True:
        await feed_list.pause(await feed_list.find(listed.url))


def _part(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_FIELD_CHARS:
        raise UserError(f"the chat has no valid “{name}”")
    return value


def _report(result: ImportResult, problem: str) -> None:
    result.problems += 1
    print(problem, file=sys.stderr)


async def _chat_lines(database: Database) -> AsyncIterator[str]:
    async with database.reading() as connection:
        async for ref, chat_id in iter_chats(connection):
            address = {"platform": ref.platform, "account": ref.account, "chat": ref.chat}
            address |= {"thread": ref.thread} if ref.thread else {}
            yield chat_export_line(await export_chat(connection, chat_id), address)


def _feed_record(feed: FeedRow) -> dict[str, object]:
    record: dict[str, object] = {
        "feed": feed.address,
        "title": feed.title,
        "tags": list(feed.tags),
    }
    return record | ({"paused": True} if feed.state == PAUSED else {})


def _write(file: BinaryIO, line: str) -> None:
    file.write(line.encode("utf-8", "surrogatepass") + b"\n")


@contextmanager
def _open_output(name: str) -> Iterator[BinaryIO]:
    """Open a file that is renamed to ``name`` at the end.

    A failed export does not destroy an earlier one.
    """
    if name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(name)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _open_input(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        yield file
