"""`tocsin feeds`: what is read, and how it fares. Works beside a running Tocsin, which takes notice.

Answers go to standard output, progress to standard error.
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

from bot.clock import utc_now
from bot.conversation.feeding import Choice, health
from bot.conversation.times import age, plural
from bot.errors import MisuseError
from bot.feed_list import FeedList, shown
from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.fetching import feed_limits, http_options
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.settings import Settings
from bot.store import Database, migrate
from bot.store.feeds import FeedRow
from watchers import DocumentError, TopicIndex
from watchers.fetching.http import HttpClient
from watchers.isolation import Isolation
from watchers.sources.opml import MAX_OPML, ListedFeed, load_opml, write_opml
from watchers.sources.starter import starter_feeds

_OK: Final = 0
_NOTHING: Final = 1
_WRONG: Final = 2
_PAGE: Final = 50  # feeds between two moves of the progress bar

_Doing: TypeAlias = Callable[[FeedList, str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Told:
    """What was typed after `tocsin feeds VERB`."""

    verb: str
    names: tuple[str, ...] = ()
    as_json: bool = False
    add: bool = False


async def feeds(settings: Settings, told: Told) -> int:
    """Do one thing with the list of feeds; the exit code.

    Raises:
        BotError: the settings or the database are not right.
    """
    match told.verb:
        case "starter" if not told.add:
            return _print_listed(starter_feeds())
        case "starter":
            return await _take(settings, starter_feeds())
    async with opened(settings) as (feed_list, isolation):
        match told.verb:
            case "add":
                return await _each(told.names, feed_list, _add)
            case "remove" | "pause" | "resume" | "check":
                return await _each(told.names, feed_list, _CHANGES[told.verb])
            case "discover":
                return await _each(told.names, feed_list, partial(_discover, as_json=told.as_json))
            case "import":
                return await _import(feed_list, isolation, told.names)
            case "export":
                return await _export(feed_list, told.names)
            case _:
                return await _list(feed_list, as_json=told.as_json)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[FeedList, Isolation]]:
    """The list of feeds, and what reads other people's documents, for one command."""
    database = Database(settings.database)
    isolation = Isolation()
    try:
        await migrate(database)
        async with HttpClient(http_options(settings)) as client:
            world = FeedWorld(client, isolation, feed_limits(settings))
            ingest = Ingest(database, Matcher(TopicIndex()), utc_now, thin=settings.feed_thin)
            watch = FeedWatch(database, ingest, world, utc_now, on_news=lambda: None)
            yield FeedList(database, world, watch, utc_now), isolation
    finally:
        await isolation.close()
        await database.close()


async def _each(names: Sequence[str], feed_list: FeedList, do: _Doing) -> int:
    """One after the other; a mistake in one spoils none of the others."""
    worst = _OK
    for name in names:
        try:
            worst = max(worst, await do(feed_list, name))
        except MisuseError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            worst = _WRONG
    return worst


async def _add(feed_list: FeedList, address: str) -> int:
    added = await feed_list.add(address)
    if isinstance(added, Choice):
        print(f"{address} has {len(added.found)} feeds; add the one you want:")
        for one in added.found:
            print(f"  tocsin feeds add {one.url}   {one.title}".rstrip())
        return _NOTHING
    feed = added.feed
    if feed.problem:
        print(f"added {feed.id} {shown(feed)}, but it cannot be read: {feed.problem}")
        return _NOTHING
    word = "added" if added.is_new else "followed already:"
    print(f"{word} {feed.id} {feed.name}  {shown(feed)}  {plural(added.items, 'item')} known")
    return _OK


async def _remove(feed_list: FeedList, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.remove(feed)
    print(f"removed {feed.id} {feed.name}; what it brought stays known")
    return _OK


async def _pause(feed_list: FeedList, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.pause(feed)
    print(f"paused {feed.id} {feed.name}")
    return _OK


async def _check(feed_list: FeedList, name: str) -> int:
    after = await feed_list.look(await feed_list.find(name))
    print(f"{after.id} {after.name}: {health(after, age(after.news_at, utc_now()))}")
    return _NOTHING if after.problem else _OK


async def _resume(feed_list: FeedList, name: str) -> int:
    feed = await feed_list.find(name)
    await feed_list.resume(feed)
    print(f"{feed.id} {feed.name} is asked again")
    return _OK


_CHANGES: Final[Mapping[str, _Doing]] = {
    "remove": _remove,
    "pause": _pause,
    "resume": _resume,
    "check": _check,
}


async def _discover(feed_list: FeedList, address: str, *, as_json: bool) -> int:
    for one in await feed_list.discover(address):
        if as_json:
            print(json.dumps({"url": one.url, "title": one.title, "kind": one.kind}))
        else:
            print(f"{one.url}  {one.title}".rstrip())
    return _OK


async def _list(feed_list: FeedList, *, as_json: bool) -> int:
    now, code = utc_now(), _NOTHING
    async for one in feed_list.listed():
        code = _OK
        if as_json:
            print(json.dumps(_as_told(one), ensure_ascii=False))
        else:
            print(f"{one.id:>4}  {one.name}  {shown(one)}")
            print(f"      {health(one, age(one.news_at, now))}")
    return code


async def _import(feed_list: FeedList, isolation: Isolation, names: Sequence[str]) -> int:
    worst = _OK
    for name in names:
        data = await asyncio.to_thread(_read, name)
        try:
            listed = await load_opml(data, isolation)
        except DocumentError as error:
            print(f"tocsin: {name}: {error.reason}", file=sys.stderr)
            worst = _WRONG
            continue
        for problem in listed.problems:
            print(f"{name}: {problem}", file=sys.stderr)
            worst = max(worst, _NOTHING)
        await _add_all(feed_list, listed.feeds)
    return worst


async def _take(settings: Settings, listed: Sequence[ListedFeed]) -> int:
    async with opened(settings) as (feed_list, _):
        await _add_all(feed_list, listed)
    return _OK


async def _add_all(feed_list: FeedList, listed: Sequence[ListedFeed]) -> None:
    console = Console(stderr=True)
    added: list[ListedFeed] = []
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task("adding", total=len(listed))
        for first in range(0, len(listed), _PAGE):
            done = await feed_list.add_listed(listed[first : first + _PAGE])
            added += done.added
            progress.advance(bar, _PAGE)
    news = {one.url for one in added}
    for one in listed:
        word = "added" if one.url in news else "followed already:"
        print(f"{word} {one.url}  {one.title}".rstrip())
    known = len(listed) - len(added)
    print(f"{plural(len(added), 'feed')} added, {known} followed already", file=sys.stderr)


async def _export(feed_list: FeedList, names: Sequence[str]) -> int:
    found = [ListedFeed(one.address, one.title, one.tags) async for one in feed_list.listed()]
    data = write_opml(found, title="Tocsin")
    if names and names[0] != "-":
        await asyncio.to_thread(Path(names[0]).write_bytes, data)
        print(f"{plural(len(found), 'feed')} written to {names[0]}", file=sys.stderr)
    else:
        sys.stdout.write(data.decode("utf-8"))
    return _OK if found else _NOTHING


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MAX_OPML + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_OPML + 1)


def _print_listed(listed: Sequence[ListedFeed]) -> int:
    for one in listed:
        print(f"{'/'.join(one.tags):<24} {one.title}  {one.url}")
    print("`tocsin feeds starter --add` follows them all", file=sys.stderr)
    return _OK


def _as_told(one: FeedRow) -> dict[str, object]:
    def moment(value: object) -> str | None:
        return value.isoformat() if hasattr(value, "isoformat") else None

    return {
        "id": one.id,
        "title": one.title,
        "url": shown(one),
        "site": one.site,
        "tags": list(one.tags),
        "state": one.state,
        "problem": one.problem,
        "failures": one.failures,
        "asked_at": moment(one.polled_at),
        "read_at": moment(one.succeeded_at),
        "news_at": moment(one.news_at),
        "due_at": moment(one.due_at),
        "interval": one.interval,
    }
