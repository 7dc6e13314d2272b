"""`tocsin export FILE` and `tocsin import FILE`: everything that people decided, to keep or to move.

    {"tocsin": "everything", "version": 1, …}         JSON Lines: a line for each chat and each feed, so
    {"platform": "telegram", "chat": …, "topics": …}  that a file of any size is read line by line, and
    {"feed": "https://…", "title": …, "tags": …}      what is wrong is told with its line

A FILE that ends in .opml holds the feeds alone. What was found and sent is not in it: that is the
database's own. Both work beside a running Tocsin, which takes notice.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bot.cli.feeds import Told, feeds, opened
from bot.clock import utc_now
from bot.conversation.dossier_file import (
    LARGEST,
    check_head,
    dossier_line,
    parse_json,
    taken_from,
)
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.feed_list import FeedList
from bot.model import Ref
from bot.settings import Settings
from bot.store import Database
from bot.store.chats import ensure_chat
from bot.store.dossier import every_chat, read_dossier, restore_dossier
from bot.store.feeds import FeedRow
from bot.store.tables import PAUSED
from watchers.sources.canonical_url import site_of
from watchers.sources.opml import MOST_TAGS, ListedFeed
from watchers.text.clean import clean_line, shorten

KIND: Final = "everything"
"""What the file says it is of."""

VERSION: Final = 1
"""Of the format."""

_OK: Final = 0
_NOTHING: Final = 1
_WRONG: Final = 2
_LONGEST_TEXT: Final = 200  # characters of a part of an address, a title, a tag


@dataclass(slots=True)
class _Done:
    """What was taken from a file, and what was wrong with it."""

    chats: int = 0
    topics: int = 0
    known: int = 0
    feeds: int = 0
    problems: int = 0


async def export_everything(settings: Settings, name: str) -> int:
    """Write all chats and feeds to the file ``name`` ("-": standard output); the exit code."""
    if name.lower().endswith(".opml"):
        return await feeds(settings, Told("export", (name,)))
    chats = listed = 0
    async with opened(settings) as (feed_list, _):
        database = Database(settings.database)
        try:
            with _written(name) as file:
                head = {"tocsin": KIND, "version": VERSION}
                _write(file, json.dumps(head | {"exported": utc_now().isoformat()}))
                async for row in _chat_lines(database):
                    _write(file, row)
                    chats += 1
                async for one in feed_list.listed():
                    _write(file, json.dumps(_feed_out(one), ensure_ascii=False))
                    listed += 1
        finally:
            await database.close()
    where = "" if name == "-" else f" written to {name}"
    print(f"{plural(chats, 'chat')} and {plural(listed, 'feed')}{where}", file=sys.stderr)
    return _OK if chats or listed else _NOTHING


async def import_everything(settings: Settings, name: str) -> int:
    """Add what the file ``name`` ("-": standard input) says to what there is; the exit code.

    Raises:
        MisuseError: it is no such file.
    """
    if name.lower().endswith(".opml"):
        return await feeds(settings, Told("import", (name,)))
    async with opened(settings) as (feed_list, _):
        database = Database(settings.database)
        try:
            with _read(name) as file:
                done = await _take(database, feed_list, file, name)
        finally:
            await database.close()
    print(
        f"{plural(done.chats, 'chat')}: {plural(done.topics, 'topic')} added, {done.known:,} followed"
        f" already; {plural(done.feeds, 'feed')} added",
        file=sys.stderr,
    )
    return _NOTHING if done.problems else _OK


async def _take(database: Database, feed_list: FeedList, file: BinaryIO, name: str) -> _Done:
    done = _Done()
    for number, row in enumerate(iter(lambda: file.readline(LARGEST + 1), b""), start=1):
        if not row.strip():
            continue
        if len(row) > LARGEST:
            raise MisuseError(f"{name}: line {number} has more than {LARGEST:,} bytes")
        try:
            text, found = parse_json(row)
            if number == 1:
                check_head(found, KIND, VERSION)
            elif "feed" in found:
                await _take_feed(feed_list, found, done)
            else:
                for problem in await _take_chat(database, found, text, done):
                    _tell(done, f"{name}: line {number}: {problem}")
        except MisuseError as error:
            if number == 1:
                raise MisuseError(f"{name}: {error}") from error
            _tell(done, f"{name}: line {number}: {error}")
    return done


async def _take_chat(
    database: Database, found: Mapping[str, object], text: str, done: _Done
) -> list[str]:
    platform, account, chat = (_part(found, name) for name in ("platform", "account", "chat"))
    ref = Ref(platform, account, chat, _part(found, "thread") if found.get("thread") else "")
    now = utc_now()
    taken = taken_from(found, text, now=now)
    async with database.writing() as connection:
        chat_id = await ensure_chat(connection, ref, now=now)
        restored = await restore_dossier(connection, chat_id, taken.dossier, by="", now=now)
    done.chats += 1
    done.topics += restored.added
    done.known += restored.known
    return [one.reason for one in taken.problems]


async def _take_feed(feed_list: FeedList, found: Mapping[str, object], done: _Done) -> None:
    address = found.get("feed")
    if not isinstance(address, str) or not site_of(clean_line(address)):
        raise MisuseError(f"“{shorten(str(address), 60)}” is no web address")
    title, tags = found.get("title"), found.get("tags")
    listed = ListedFeed(
        clean_line(address),
        shorten(clean_line(title), _LONGEST_TEXT) if isinstance(title, str) else "",
        tuple(
            shorten(clean_line(tag), _LONGEST_TEXT)
            for tag in (tags if isinstance(tags, list) else [])[:MOST_TAGS]
            if isinstance(tag, str)
        ),
    )
    added = await feed_list.add_listed([listed])
    done.feeds += len(added.added)
    if added.added and found.get("paused") is True:
        await feed_list.pause(await feed_list.find(listed.url))


def _part(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        raise MisuseError(f"a chat without its {name}")
    return value


def _tell(done: _Done, problem: str) -> None:
    done.problems += 1
    print(problem, file=sys.stderr)


async def _chat_lines(database: Database) -> AsyncIterator[str]:
    async with database.reading() as connection:
        async for ref, chat_id in every_chat(connection):
            address = {"platform": ref.platform, "account": ref.account, "chat": ref.chat}
            address |= {"thread": ref.thread} if ref.thread else {}
            yield dossier_line(await read_dossier(connection, chat_id), address)


def _feed_out(feed: FeedRow) -> dict[str, object]:
    told: dict[str, object] = {"feed": feed.address, "title": feed.title, "tags": list(feed.tags)}
    return told | ({"paused": True} if feed.state == PAUSED else {})


def _write(file: BinaryIO, row: str) -> None:
    file.write(row.encode("utf-8", "surrogatepass") + b"\n")


@contextmanager
def _written(name: str) -> Iterator[BinaryIO]:
    """A file that takes its name when it is whole: an export that breaks spoils no earlier one."""
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
def _read(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        yield file
