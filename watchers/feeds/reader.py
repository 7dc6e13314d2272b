"""A feed's bytes to a Feed, and its entries to Items, never for long on the event loop.

body ─ sniff ─┬─ JSON ──────────────────────────────────────┐
              └─ XML ─ strict reader ─ sure? ─── yes ───────┤──► Feed
                                         └ no ─► feedparser ┘

small bodies in place · larger ones in a thread · the largest, and feedparser, in a worker
process that is killed when its time is up
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from watchers.errors import BrokenFeed, FeedError, IsolationFailed, IsolationTimeout
from watchers.feeds.items import entry_item
from watchers.feeds.json_feed import read_json
from watchers.feeds.lenient import read_leniently
from watchers.feeds.sniff import form_of
from watchers.feeds.tree import NotSure
from watchers.feeds.values import Entry, Feed
from watchers.feeds.xml_feed import read_xml
from watchers.isolation import Isolation
from watchers.item import Item

IN_PLACE: Final = 100_000
"""Bytes that are read at once: some 3 ms, less than handing them over and back costs others."""

IN_THREAD: Final = 1_000_000
"""Bytes that are read in a thread; above, even its share of the interpreter would be felt."""

_MARKUP_IN_PLACE: Final = 20_000  # characters of bodies: a few ms, 20 at the hands of an enemy

SECONDS: Final = 15.0
"""Time a worker has for one feed."""


async def read_feed(
    body: bytes, *, content_type: str, url: str, now: datetime, isolation: Isolation
) -> Feed:
    """The feed in ``body``, which came from ``url`` under this Content-Type.

    Raises:
        NotAFeed: it is something else, which the error names.
        BrokenFeed: it is empty, too damaged, or takes longer than `SECONDS` to read.
    """
    await asyncio.sleep(0)  # many small feeds in a row let others have their turn
    try:
        form = form_of(body, content_type)
        strict = partial(read_strictly, form == "json", body, content_type, url, now)
        try:
            if len(body) <= IN_PLACE:
                return strict()
            if len(body) <= IN_THREAD:
                return await asyncio.to_thread(strict)
            return await isolation.run(strict, seconds=SECONDS)
        except NotSure:
            return await isolation.run(
                read_leniently, body, content_type, url, now, seconds=SECONDS
            )
    except FeedError as error:
        raise error.at(url) from error
    except (IsolationTimeout, IsolationFailed) as error:
        raise BrokenFeed(f"it could not be read: {error}", address=url) from error


async def items_of(
    entries: Sequence[Entry], feed: Feed, *, url: str, isolation: Isolation
) -> list[Item]:
    """The Items in these ``entries`` of ``feed``; those that say nothing are left out.

    Raises:
        BrokenFeed: it takes longer than `SECONDS`.
    """
    about = replace(feed, entries=())
    size = sum(len(entry.summary.value) + len(entry.content.value) for entry in entries)
    try:
        if size <= _MARKUP_IN_PLACE:
            return entry_items(entries, about, url)
        if size <= IN_THREAD:
            return await asyncio.to_thread(entry_items, entries, about, url)
        return await isolation.run(entry_items, entries, about, url, seconds=SECONDS)
    except (IsolationTimeout, IsolationFailed) as error:
        raise BrokenFeed(f"its entries could not be read: {error}", address=url) from error


def entry_items(entries: Sequence[Entry], feed: Feed, url: str) -> list[Item]:
    """As `items_of`, at once."""
    made = (entry_item(entry, feed, url=url) for entry in entries)
    return [item for item in made if item is not None]


def read_strictly(is_json: bool, body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """The feed in ``body`` by the quick readers. Raises `NotSure` where feedparser should read it."""
    if is_json:
        return read_json(body, url=url, now=now)
    return read_xml(body, content_type=content_type, url=url, now=now)
