"""`tocsin feeds`: manage the list of feeds.

The command may run beside a running service, which reads the changes from the database. Results go to
standard output, progress to standard error.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console
from rich.progress import Progress

from bot.app.options import http_options
from bot.conversation.commands.feeds import feed_status_text
from bot.conversation.durations import format_age, pluralise
from bot.errors import UserError
from bot.ingest.feed_poll import FeedPoll, FeedPollContext
from bot.ingest.feed_poller import FeedPoller
from bot.ingest.feed_service import FeedService, display_address
from bot.ingest.feed_types import FeedChoices
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.runtime.clock import utc_now
from bot.settings import Settings
from bot.store import Database, migrate
from bot.store.feeds.feeds import FeedRow
from watchers import DocumentError, TopicIndex
from watchers.fetching.client import HttpClient
from watchers.process_pool import SandboxPool
from watchers.sources.opml import MAX_OPML_BYTES, ListedFeed, load_opml, starter_feeds, write_opml
from watchers.stories import load_encoder

_OK: Final = 0
_NOTHING: Final = 1
_WRONG: Final = 2
_FEEDS_PER_PROGRESS_STEP: Final = 50

_FeedAction: TypeAlias = Callable[[FeedService, str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class FeedsCommand:
    """The parsed arguments of `tocsin feeds VERB …`."""

    verb: str
    names: tuple[str, ...] = ()
    as_json: bool = False
    add: bool = False


async def feeds(settings: Settings, command: FeedsCommand) -> int:
    """Run one command on the list of feeds and return the exit code.

    Raises:
        BotError: a setting is invalid, or the database cannot be used.
    """
    match command.verb:
        case "starter" if not command.add:
            return _print_listed(starter_feeds())
        case "starter":
            return await _add_starter_feeds(settings, starter_feeds())
    async with open_feed_service(settings) as (feed_list, sandbox):
        match command.verb:
            case "add":
                return await _each(command.names, feed_list, _add)
            case "remove" | "pause" | "resume" | "check":
                return await _each(command.names, feed_list, _CHANGES[command.verb])
            case "discover":
                return await _each(
                    command.names, feed_list, partial(_discover, as_json=command.as_json)
                )
            case "import":
                return await _import(feed_list, sandbox, command.names)
            case "export":
                return await _export(feed_list, command.names)
            case _:
                return await _list(feed_list, as_json=command.as_json)


@asynccontextmanager
async def open_feed_service(settings: Settings) -> AsyncIterator[tuple[FeedService, SandboxPool]]:
    """Open the feed service and the process pool for untrusted documents, for one command."""
    database = Database(settings.database)
    sandbox = SandboxPool()
    try:
        await migrate(database)
        async with HttpClient(http_options(settings)) as client:
            context = FeedPollContext(client, sandbox)
            ingest = IngestPipeline(
                database,
                Matcher(TopicIndex()),
                utc_now,
                min_text_chars=settings.feed_thin,
                news_max_age=settings.news_max_age,
                load_encoder=load_encoder if settings.story_languages else None,
            )
            poller = FeedPoller(
                database,
                FeedPoll(database, ingest, context, utc_now, limits=settings.feed_limits),
                utc_now,
            )
            yield FeedService(database, context, poller, utc_now), sandbox
    finally:
        await sandbox.close()
        await database.close()


async def _each(names: Sequence[str], feed_list: FeedService, action: _FeedAction) -> int:
    """Run ``action`` for each name in order; an error for one name does not stop the others."""
    worst = _OK
    for name in names:
        try:
            worst = max(worst, await action(feed_list, name))
        except UserError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            worst = _WRONG
    return worst


async def _add(feed_list: FeedService, address: str) -> int:
    added = await feed_list.add(address)
    if isinstance(added, FeedChoices):
        count = pluralise(len(added.feeds), "feed")
        print(f"{address} is not a feed; its site has {count}. Add one of them:")
        for candidate in added.feeds:
            print(f"  tocsin feeds add {candidate.url}   {candidate.title}".rstrip())
        return _NOTHING
    feed = added.feed
    if feed.problem:
        print(f"added {feed.id} {display_address(feed)}, but it cannot be read: {feed.problem}")
        return _NOTHING
    word = "added" if added.is_new else "already added:"
    print(
        f"{word} {feed.id} {feed.name}  {display_address(feed)}  {pluralise(added.items, 'item')}"
    )
    return _OK


async def _remove(feed_list: FeedService, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.remove(feed)
    print(f"removed {feed.id} {feed.name}; its items are kept")
    return _OK


async def _pause(feed_list: FeedService, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.pause(feed)
    print(f"paused {feed.id} {feed.name}")
    return _OK


async def _check(feed_list: FeedService, name: str) -> int:
    feed = await feed_list.poll_now(await feed_list.find(name))
    print(f"{feed.id} {feed.name}: {feed_status_text(feed, format_age(feed.news_at, utc_now()))}")
    return _NOTHING if feed.problem else _OK


async def _resume(feed_list: FeedService, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.resume(feed)
    print(f"resumed {feed.id} {feed.name}")
    return _OK


_CHANGES: Final[Mapping[str, _FeedAction]] = {
    "remove": _remove,
    "pause": _pause,
    "resume": _resume,
    "check": _check,
}


async def _discover(feed_list: FeedService, address: str, *, as_json: bool) -> int:
    for candidate in await feed_list.discover(address):
        if as_json:
            record = {"url": candidate.url, "title": candidate.title, "kind": candidate.kind}
            print(json.dumps(record))
        else:
            print(f"{candidate.url}  {candidate.title}".rstrip())
    return _OK


async def _list(feed_list: FeedService, *, as_json: bool) -> int:
    now, exit_code = utc_now(), _NOTHING
    async for feed in feed_list.iter_feeds():
        exit_code = _OK
        if as_json:
            print(json.dumps(_feed_record(feed), ensure_ascii=False))
        else:
            print(f"{feed.id:>4}  {feed.name}  {display_address(feed)}")
            print(f"      {feed_status_text(feed, format_age(feed.news_at, now))}")
    if exit_code == _NOTHING:
        print("tocsin: no feeds; `tocsin feeds add ADDRESS` adds one", file=sys.stderr)
    return exit_code


async def _import(feed_list: FeedService, sandbox: SandboxPool, names: Sequence[str]) -> int:
    worst = _OK
    for name in names:
        data = await asyncio.to_thread(_read, name)
        try:
            opml = await load_opml(data, sandbox)
        except DocumentError as error:
            print(f"tocsin: {name}: {error.reason}", file=sys.stderr)
            worst = _WRONG
            continue
        for problem in opml.problems:
            print(f"{name}: {problem}", file=sys.stderr)
            worst = max(worst, _NOTHING)
        await _add_all(feed_list, opml.feeds)
    return worst


async def _add_starter_feeds(settings: Settings, listed: Sequence[ListedFeed]) -> int:
    async with open_feed_service(settings) as (feed_list, _):
        await _add_all(feed_list, listed)
    return _OK


async def _add_all(feed_list: FeedService, listed: Sequence[ListedFeed]) -> None:
    console = Console(stderr=True)
    added: list[ListedFeed] = []
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task("adding", total=len(listed))
        for first in range(0, len(listed), _FEEDS_PER_PROGRESS_STEP):
            batch = await feed_list.add_many(listed[first : first + _FEEDS_PER_PROGRESS_STEP])
            added += batch.added
            progress.advance(bar, _FEEDS_PER_PROGRESS_STEP)
    added_urls = {feed.url for feed in added}
    for feed in listed:
        word = "added" if feed.url in added_urls else "already added:"
        print(f"{word} {feed.url}  {feed.title}".rstrip())
    existing_count = len(listed) - len(added)
    print(f"{pluralise(len(added), 'feed')} added, {existing_count} already added", file=sys.stderr)


async def _export(feed_list: FeedService, names: Sequence[str]) -> int:
    exported = [
        ListedFeed(feed.address, feed.title, feed.tags) async for feed in feed_list.iter_feeds()
    ]
    data = write_opml(exported, title="Tocsin")
    if names and names[0] != "-":
        await asyncio.to_thread(Path(names[0]).write_bytes, data)
        print(f"{pluralise(len(exported), 'feed')} written to {names[0]}", file=sys.stderr)
    else:
        sys.stdout.write(data.decode("utf-8"))
    return _OK if exported else _NOTHING


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MAX_OPML_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_OPML_BYTES + 1)


def _print_listed(listed: Sequence[ListedFeed]) -> int:
    for feed in listed:
        print(f"{'/'.join(feed.tags):<24} {feed.title}  {feed.url}")
    print("`tocsin feeds starter --add` adds all of them", file=sys.stderr)
    return _OK


def _feed_record(feed: FeedRow) -> dict[str, object]:
    def isoformat(value: object) -> str | None:
        return value.isoformat() if hasattr(value, "isoformat") else None

    return {
        "id": feed.id,
        "title": feed.title,
        "url": display_address(feed),
        "site": feed.site,
        "tags": list(feed.tags),
        "state": feed.state,
        "problem": feed.problem,
        "failures": feed.failures,
        "asked_at": isoformat(feed.polled_at),
        "read_at": isoformat(feed.succeeded_at),
        "news_at": isoformat(feed.news_at),
        "due_at": isoformat(feed.due_at),
        "interval": feed.interval,
    }
