"""A tree to a Feed: RSS 0.9x to 2.0, RSS 1.0 (RDF) and Atom 0.3 and 1.0.

root ─► which kind ─► channel ─► Feed
            └──► items ─► entry.py ─► Entries ─► each once
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from watchers.feeds.dates import parse_feed_date
from watchers.feeds.entry import read_entry
from watchers.feeds.hints import read_hints
from watchers.feeds.identity import told_apart
from watchers.feeds.media import image
from watchers.feeds.parts import LANGUAGE, Element, Parts, Reader, first, text
from watchers.feeds.people import authors
from watchers.feeds.tree import NotSure, parse
from watchers.feeds.values import Entry, Feed

_DATES: Final = (
    *("lastbuilddate", "pubdate", "atom:updated", "atom:modified", "dc:date", "dcterms:modified"),
    *("atom:published", "dcterms:issued", "dcterms:created"),
)
_SUBTITLES: Final = (
    "description",
    "atom:subtitle",
    "atom:tagline",
    "dc:description",
    "itunes:summary",
)
_RDF_090: Final = ("my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple/0.9")


def read_xml(body: bytes, *, content_type: str, url: str, now: datetime) -> Feed:
    """The feed in ``body``, which came from ``url``. Quick, strict and pure.

    Raises:
        NotSure: feedparser should read it.
    """
    root, problems = parse(body, content_type)
    return read_root(root, problems, url=url, now=now, has_bases=b"xml:base" in body)


def read_root(
    root: Element, problems: tuple[str, ...], *, url: str, now: datetime, has_bases: bool
) -> Feed:
    """As `read_xml`, from the root element."""
    reader = Reader(url, has_bases=has_bases)
    name = reader.names[str(root.tag)]
    outer = reader.parts(root)
    if name == "atom:feed":
        version = "0.3" if "purl.org/atom" in str(root.tag).lower() else "1.0"
        return _feed(f"atom {version}", outer, outer, root, reader, problems, now)
    channel = first(outer, "channel")
    if channel is None or name not in {"rss", "rdf:rdf"}:
        raise NotSure("a root that no feed has")
    inner = reader.parts(channel)
    if name == "rss":
        return _feed(
            f"rss {root.get('version', '').strip()}".strip(),
            inner,
            outer,
            channel,
            reader,
            problems,
            now,
        )
    version = "0.90" if any(old in str(channel.tag).lower() for old in _RDF_090) else "1.0"
    return _feed(f"rdf {version}", inner, outer, channel, reader, problems, now)


def _feed(
    kind: str,
    parts: Parts,
    outer: Parts,
    element: Element,
    reader: Reader,
    problems: tuple[str, ...],
    now: datetime,
) -> Feed:
    link = _site(parts, reader)
    entries, more = told_apart(_entries(parts, outer, reader, now))
    moments = (parse_feed_date(text(parts, name)) for name in _DATES if name in parts)
    writers = authors(parts, reader) or tuple(
        filter(None, [text(parts, "managingeditor", "dc:publisher")])
    )
    root = element.getparent()
    return Feed(
        format=kind,
        title=reader.words(parts, "title", "atom:title", "dc:title"),
        description=reader.words(parts, *_SUBTITLES),
        link=link,
        language=_language(parts, element, root),
        updated=next(filter(None, moments), None),
        author=writers[0] if writers else None,
        image=image(parts, reader, ()),
        hints=read_hints(parts, reader),
        entries=entries,
        problems=(*problems, *more),
    )


def _entries(parts: Parts, outer: Parts, reader: Reader, now: datetime) -> Iterator[Entry]:
    """All there are: in the channel, beside it (RDF, and RSS by mistake), or in an Atom feed."""
    listed = [*parts.get("item", ()), *parts.get("atom:entry", ())]
    if outer is not parts:
        listed += outer.get("item", ())
    for element in listed:
        entry = read_entry(element, reader, now=now)
        if entry is not None:
            yield entry


def _site(parts: Parts, reader: Reader) -> str | None:
    for element in parts.get("link", ()):
        link = reader.link(element)
        if link:
            return link
    for element in parts.get("atom:link", ()):
        if element.get("rel", "alternate").strip().lower() == "alternate":
            link = reader.link(element, "href")
            if link:
                return link
    return None


def _language(parts: Parts, element: Element, root: Element | None) -> str | None:
    declared = text(parts, "language", "dc:language") or element.get(LANGUAGE)
    return declared or (root.get(LANGUAGE) if root is not None else None) or None
