"""Read feeds without blocking the event loop: bytes to a Feed, and entries to Items.

body ─ detect_format ─┬─ JSON ──────────────────────────────────────────┐
                      └─ XML ─ strict parser ─┬─ success ───────────────┤──► Feed
                                              └─ failure ─► feedparser ─┘

Small bodies are parsed on the event loop and larger ones in a thread. The largest bodies, and all
bodies for feedparser, are parsed in a worker process, which is killed after a timeout.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from watchers.errors import BrokenFeed, FeedError, SandboxFailed, SandboxTimeout
from watchers.feeds.detect import detect_format
from watchers.feeds.json_feed import read_json
from watchers.feeds.models import Entry, Feed, MarkupText
from watchers.feeds.plain_text import MAX_TITLE_CHARS, body_paragraphs, title_line
from watchers.feeds.xml_feed import read_xml
from watchers.feeds.xml_tree import NeedsFallback
from watchers.item import Item
from watchers.process_pool import SandboxPool
from watchers.text.clean import clean_line, split_sentences, truncate
from watchers.text.language import primary_tag, resolve_language

MAX_INLINE_BYTES: Final = 100_000
"""Bytes that are parsed on the event loop. They take about 3 ms, less than a change of threads costs."""

MAX_THREAD_BYTES: Final = 1_000_000
"""Bytes that are parsed in a thread. For more, the thread holds the interpreter lock for too long."""

PARSE_TIMEOUT_SECONDS: Final = 15.0
"""The time that a worker process has for one feed."""

# Markup is slower to convert than XML to parse: a few milliseconds, at most 20 for hostile markup.
_MAX_INLINE_MARKUP_CHARS: Final = 20_000

# A longer description is the body.
_MAX_LEAD_CHARS: Final = 1_000
_MAX_NAME_CHARS: Final = 100
_MAX_TITLE_FROM_BODY_CHARS: Final = 160
_LANGUAGE_SAMPLE_CHARS: Final = 1_000
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
# Lengths of the subtags in a language tag (BCP 47).
_REGION_CHARS, _SCRIPT_CHARS = 2, 4


async def read_feed(
    body: bytes, *, content_type: str, url: str, now: datetime, sandbox: SandboxPool
) -> Feed:
    """Return the feed in ``body``, which was fetched from ``url`` with this Content-Type.

    Raises:
        NotAFeedError: The body is of another kind, which the error names.
        BrokenFeed: The body is empty, too damaged, or takes too long to parse.
    """
    # Without a pause, many small feeds in a row would block the event loop.
    await asyncio.sleep(0)
    try:
        is_json = detect_format(body, content_type) == "json"
        parse = partial(read_strictly, is_json, body, content_type, url, now)
        try:
            if len(body) <= MAX_INLINE_BYTES:
                return parse()
            if len(body) <= MAX_THREAD_BYTES:
                return await asyncio.to_thread(parse)
            return await sandbox.run(parse, seconds=PARSE_TIMEOUT_SECONDS)
        except NeedsFallback:
            # feedparser runs in the worker process only; here the module is needed for its name.
            from watchers.feeds.feedparser_fallback import parse_with_feedparser  # noqa: PLC0415

            return await sandbox.run(
                parse_with_feedparser, body, content_type, url, now, seconds=PARSE_TIMEOUT_SECONDS
            )
    except FeedError as error:
        raise error.with_address(url) from error
    except (SandboxTimeout, SandboxFailed) as error:
        raise BrokenFeed(f"the feed could not be read: {error}", address=url) from error


async def entries_to_items(
    entries: Sequence[Entry], feed: Feed, *, url: str, sandbox: SandboxPool
) -> list[Item]:
    """Return the Items of these ``entries`` of ``feed``; empty entries are left out.

    Raises:
        BrokenFeed: The entries take too long to convert.
    """
    # The entries need not be copied to the worker process twice.
    metadata = replace(feed, entries=())
    size = sum(len(entry.summary.value) + len(entry.content.value) for entry in entries)
    try:
        if size <= _MAX_INLINE_MARKUP_CHARS:
            return entry_items(entries, metadata, url)
        if size <= MAX_THREAD_BYTES:
            return await asyncio.to_thread(entry_items, entries, metadata, url)
        return await sandbox.run(entry_items, entries, metadata, url, seconds=PARSE_TIMEOUT_SECONDS)
    except (SandboxTimeout, SandboxFailed) as error:
        raise BrokenFeed(f"the entries could not be read: {error}", address=url) from error


def read_strictly(is_json: bool, body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """Return the feed in ``body`` by the JSON parser or the strict XML parser.

    Raises:
        NeedsFallback: The feed must be read by feedparser.
    """
    if is_json:
        return read_json(body, url=url, now=now)
    return read_xml(body, content_type=content_type, url=url, now=now)


def entry_items(entries: Sequence[Entry], feed: Feed, url: str) -> list[Item]:
    """Return the Items of ``entries``; empty entries are left out."""
    items = (entry_to_item(entry, feed, url=url) for entry in entries)
    return [item for item in items if item is not None]


def entry_to_item(entry: Entry, feed: Feed, *, url: str = "") -> Item | None:
    """Return the Item of an ``entry`` of ``feed`` at ``url``; ``None`` if the entry is empty.

    The lead is the description if that is short and differs from the body. An implausible date is left
    out. An entry without a link gets the URL of its first file.
    """
    lead, text = _lead_and_text(entry)
    link = entry.link or next((file.url for file in entry.enclosures), None)
    title = title_line(entry.title) or _title_from_body(text or lead) or link
    if not title:
        return None
    declared = _normalise_language_tag(entry.language or feed.language or "")
    sample = f"{title} {lead} {text[:_LANGUAGE_SAMPLE_CHARS]}"
    tags = (title_line(MarkupText(tag)) for tag in entry.tags)
    return Item(
        key=entry.key,
        title=title,
        url=link,
        source=_source_name(entry, feed, url),
        published=entry.published if entry.is_date_plausible else None,
        lead=lead,
        text=text,
        language=_language(declared, sample),
        author=_author_names(entry),
        tags=tuple(dict.fromkeys(filter(None, tags))),
    )


def _lead_and_text(entry: Entry) -> tuple[str, str]:
    summary, content = (
        "\n\n".join(body_paragraphs(markup)) if markup else ""
        for markup in (entry.summary, entry.content)
    )
    if not content:
        return (summary, "") if len(summary) <= _MAX_LEAD_CHARS else ("", summary)
    if summary == content or len(summary) > _MAX_LEAD_CHARS:
        return "", content if len(content) >= len(summary) else summary
    return summary, content


def _title_from_body(body: str) -> str:
    """Return the first sentence as a title, for entries without one (microblogs)."""
    line = clean_line(body.partition("\n\n")[0])
    if len(line) <= _MAX_TITLE_FROM_BODY_CHARS:
        return line
    first_sentence = next(iter(split_sentences(line[:MAX_TITLE_CHARS], None)), line)
    return truncate(first_sentence, _MAX_TITLE_FROM_BODY_CHARS)


def _source_name(entry: Entry, feed: Feed, url: str) -> str:
    """Return the publisher: "Publisher via Aggregator", the title of the feed, or the site name.

    With the name of the aggregator in every source, ``source:"Aggregator"`` matches all its items.
    """
    publisher, title = clean_line(entry.source or ""), title_line(feed.title)
    if publisher and title and publisher.casefold() != title.casefold():
        publisher = truncate(publisher, _MAX_NAME_CHARS // 2)
        return truncate(f"{publisher} via {title}", _MAX_NAME_CHARS)
    site = urlsplit(feed.link or url or entry.link or "").hostname or ""
    return truncate(publisher or title, _MAX_NAME_CHARS) or site.removeprefix("www.")


def _author_names(entry: Entry) -> str | None:
    names = [title_line(MarkupText(name)) for name in entry.authors]
    return truncate(", ".join(filter(None, names)), _MAX_NAME_CHARS) or None


def _language(declared: str | None, sample: str) -> str | None:
    """Return the declared language with its region if the text confirms it, else that of the text."""
    detected = resolve_language(declared, sample)
    return declared if declared and detected == primary_tag(declared) else detected


def _normalise_language_tag(declared: str) -> str | None:
    """Return a language tag by BCP 47 ("en_us" becomes "en-US"); ``None`` if it is invalid."""
    tag = declared.strip().replace("_", "-")
    if not _LANGUAGE_TAG.fullmatch(tag):
        return None
    primary, *subtags = tag.split("-")
    return "-".join([primary.lower(), *map(_normalise_subtag, subtags)])


def _normalise_subtag(subtag: str) -> str:
    if len(subtag) == _REGION_CHARS:
        return subtag.upper()
    is_script = len(subtag) == _SCRIPT_CHARS and subtag.isalpha()
    return subtag.title() if is_script else subtag.lower()
