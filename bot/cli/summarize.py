"""`tocsin summarize FILE|URL…`: print the key sentences of documents and pages.

files ─► read_named ──────────────────┐
pages ─► CachedPageReader, in parallel ┴─► summarize ─► text or JSON lines, in the order of the arguments
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli.match import read_named, read_topic
from bot.conversation.durations import pluralise
from bot.errors import UserError
from bot.summaries import Summary
from bot.summaries import summarize as summarize_text
from watchers import Item

if TYPE_CHECKING:
    from watchers.sources.page import Page

_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class _ReadItem:
    """An item, and a remark on text that could not be read (a paywall, a login page)."""

    item: Item
    remark: str = ""


def summarize(names: Sequence[str], *, sentences: int, topic: str | None, as_json: bool) -> int:
    """Print a summary of each document or page and return the exit code.

    0: all were read; 2: one could not be read.
    """
    query = read_topic(topic) if topic else None
    # A page that is named twice is fetched once.
    urls = list(dict.fromkeys(name for name in names if name.lower().startswith(_WEB)))
    pages = asyncio.run(_read_pages(urls)) if urls else {}
    has_error = False
    for number, name in enumerate(names):
        try:
            source = _read(name, pages)
        except UserError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            has_error = True
            continue
        item = source.item
        text = item.text or item.lead
        summary = summarize_text(text, item.title, sentences, query, language=item.language)
        if as_json:
            print(json.dumps(_record(name, source, summary, topic), ensure_ascii=False))
            continue
        if number:
            print()
        _print(source, summary, topic)
    return 2 if has_error else 0


def _read(name: str, pages: Mapping[str, Page | UserError]) -> _ReadItem:
    page = pages.get(name)
    if page is None:
        return _ReadItem(read_named(name))
    if isinstance(page, UserError):
        raise page
    return _ReadItem(page.item, page.barrier.reason if page.barrier else "")


async def _read_pages(urls: Sequence[str]) -> dict[str, Page | UserError]:
    """Read all pages in parallel; the value of a page that cannot be read is its error."""
    # Only pages need the HTTP client, which takes longer to import than a file takes to summarise.
    from bot.app.options import http_options
    from bot.ingest.page_reader import PageReader
    from bot.runtime.clock import utc_now
    from bot.settings import load_settings
    from watchers.fetching.client import HttpClient
    from watchers.process_pool import SandboxPool

    settings = load_settings()
    async with HttpClient(http_options(settings)) as client, SandboxPool() as sandbox:
        reader = PageReader(client, sandbox, utc_now)

        async def read(url: str) -> Page | UserError:
            try:
                return await reader.page(url)
            # Returned instead of raised: one unreadable page must not cancel the others.
            except UserError as error:
                return error

        return dict(zip(urls, await asyncio.gather(*map(read, urls)), strict=True))


def _record(name: str, source: _ReadItem, summary: Summary, topic: str | None) -> dict[str, object]:
    item = source.item
    return {
        "file": name,
        "title": item.title,
        "source": item.source,
        "url": item.url,
        "published": item.published.isoformat() if item.published else None,
        "language": item.language,
        "sentences": list(summary.sentences),
        "of": summary.total,
        "about_topic": sum(map(bool, summary.marks)) if topic else None,
        "saved_seconds": round(summary.reading_time_saved.total_seconds()),
        "remark": source.remark or None,
    }


def _print(source: _ReadItem, summary: Summary, topic: str | None) -> None:
    item = source.item
    print(item.title)
    day = f"{item.published:%Y-%m-%d}" if item.published else ""
    origin = " · ".join(part for part in (item.source, day, item.url) if part)
    if origin:
        print(f"  {origin}")
    for sentence in summary.sentences:
        # The title was printed above.
        if sentence != item.title:
            print(f"  {sentence}")
    if not summary.sentences:
        print("  The document has no text besides the title.")
        return
    if source.remark:
        print(f"  ({source.remark})")
    if topic and not any(summary.marks):
        print(f"  (no sentence matches “{topic}”)")
    print(f"  ({_extent(summary)})")


def _extent(summary: Summary) -> str:
    if summary.is_whole:
        return f"the whole text, {pluralise(summary.total, 'sentence')}"
    saved = round(summary.reading_time_saved / timedelta(minutes=1))
    shorter = f", {saved} min shorter" if saved else ""
    return f"{len(summary.sentences)} of {pluralise(summary.total, 'sentence')}{shorter}"
