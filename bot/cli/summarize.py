"""`tocsin summarize FILE|URL…`: the sentences that say most of a document or a page.

files ─► read_named ───────────┐
pages ─► PageReader, together ─┴─► summarize ─► text, or a JSON object a line, in the order asked
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.cli.documents import read_named
from bot.clock import utc_now
from bot.conversation.queries import read_query
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.fetching import http_options
from bot.pages import PageReader
from bot.settings import load_settings
from bot.summaries import Summary
from bot.summaries import summarize as summarize_text
from watchers import Item
from watchers.fetching.http import HttpClient
from watchers.isolation import Isolation
from watchers.sources.page import Page

_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read, and what hides the rest of it."""

    item: Item
    remark: str = ""


def summarize(names: Sequence[str], *, sentences: int, topic: str | None, as_json: bool) -> int:
    """Print a summary of each document or page; 2 if one could not be read."""
    query = read_query(topic) if topic else None
    urls = list(dict.fromkeys(name for name in names if name.lower().startswith(_WEB)))
    pages = asyncio.run(_read_pages(urls)) if urls else {}
    bad = False
    for number, name in enumerate(names):
        try:
            read = _read(name, pages)
        except MisuseError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            bad = True
            continue
        item = read.item
        text = item.text or item.lead
        made = summarize_text(text, item.title, sentences, query, language=item.language)
        if as_json:
            print(json.dumps(_row(name, read, made, topic), ensure_ascii=False))
            continue
        if number:
            print()
        _print(read, made, topic)
    return 2 if bad else 0


def _read(name: str, pages: Mapping[str, Page | MisuseError]) -> _Read:
    page = pages.get(name)
    if page is None:
        return _Read(read_named(name))
    if isinstance(page, MisuseError):
        raise page
    return _Read(page.item, page.wall.reason if page.wall else "")


async def _read_pages(urls: Sequence[str]) -> dict[str, Page | MisuseError]:
    """Every page, all at once; what cannot be read, as its error."""
    settings = load_settings()
    async with HttpClient(http_options(settings)) as client, Isolation() as isolation:
        reader = PageReader(client, isolation, utc_now)

        async def read(url: str) -> Page | MisuseError:
            try:
                return await reader.page(url)
            except MisuseError as error:
                return error

        return dict(zip(urls, await asyncio.gather(*map(read, urls)), strict=True))


def _row(name: str, read: _Read, made: Summary, topic: str | None) -> dict[str, object]:
    item = read.item
    return {
        "file": name,
        "title": item.title,
        "source": item.source,
        "url": item.url,
        "published": item.published.isoformat() if item.published else None,
        "language": item.language,
        "sentences": list(made.sentences),
        "of": made.total,
        "about_topic": sum(map(bool, made.marks)) if topic else None,
        "saved_seconds": round(made.saved.total_seconds()),
        "remark": read.remark or None,
    }


def _print(read: _Read, made: Summary, topic: str | None) -> None:
    item = read.item
    print(item.title)
    day = f"{item.published:%Y-%m-%d}" if item.published else ""
    origin = " · ".join(part for part in (item.source, day, item.url) if part)
    if origin:
        print(f"  {origin}")
    for sentence in made.sentences:
        if sentence != item.title:
            print(f"  {sentence}")
    if not made.sentences:
        print("  There is no more text than the title.")
        return
    if read.remark:
        print(f"  ({read.remark})")
    if topic and not any(made.marks):
        print(f"  (nothing in it is about “{topic}”)")
    print(f"  ({_what_it_is(made)})")


def _what_it_is(made: Summary) -> str:
    if made.is_whole:
        return f"the whole text, {plural(made.total, 'sentence')}"
    saved = round(made.saved / timedelta(minutes=1))
    shorter = f", {saved} min shorter" if saved else ""
    return f"{len(made.sentences)} of {plural(made.total, 'sentence')}{shorter}"
