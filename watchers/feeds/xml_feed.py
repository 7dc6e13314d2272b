"""Convert an XML tree to a Feed: RSS 0.9x to 2.0, RSS 1.0 (RDF), and Atom 0.3 and 1.0.

    root ─► format ─► channel ─► Feed
                └───► items ───► Entries without duplicates

Elements of all vocabularies are accepted in any feed, and the native one has priority: RSS with the
links of Atom, Atom with the dates of Dublin Core.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from watchers.feeds.dates import parse_feed_date
from watchers.feeds.elements import (
    XML_LANG,
    Element,
    ElementReader,
    Parts,
    first,
    first_text,
    text_of,
)
from watchers.feeds.identity import inherit_authors, make_key, unique_entries
from watchers.feeds.media import authors, comment_count, enclosures, image, location, read_hints
from watchers.feeds.models import (
    Entry,
    Feed,
    is_absolute,
    is_plausible_date,
    resolve_url,
)
from watchers.feeds.xml_tree import NeedsFallback, parse

# In every tuple of names, the most reliable element comes first.
_FEED_DATES: Final = (
    *("lastbuilddate", "pubdate", "atom:updated", "atom:modified", "dc:date", "dcterms:modified"),
    *("atom:published", "dcterms:issued", "dcterms:created"),
)
_FEED_DESCRIPTIONS: Final = (
    *("description", "atom:subtitle", "atom:tagline", "dc:description", "itunes:summary"),
)
_PUBLICATION_DATES: Final = (
    *("pubdate", "atom:published", "atom:issued", "dcterms:issued", "published", "issued"),
    *("dcterms:created", "atom:created", "created"),
)
# Also the publication date of an entry without another date.
_CHANGE_DATES: Final = (
    *("atom:updated", "atom:modified", "dc:date", "dcterms:modified", "updated", "modified"),
)
_TITLES: Final = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
_SUMMARIES: Final = (
    *("description", "atom:summary", "summary", "dc:description", "dcterms:abstract"),
    *("media:description", "itunes:summary", "itunes:subtitle", "podcast:description"),
)
_CONTENTS: Final = (
    *("content:encoded", "atom:content", "xhtml:body", "xhtml:div", "fullitem", "body"),
    # Some publishers forget the namespace.
    *("encoded", "content"),
)
_TAGS: Final = (
    *("category", "atom:category", "dc:subject", "media:category", "slash:section"),
    *("itunes:category", "itunes:keywords", "media:keywords"),
)
_COMMA_SEPARATED_TAGS: Final = frozenset({"itunes:keywords", "media:keywords"})
_MAX_TAGS: Final = 50
_MAX_TAG_CHARS: Final = 100
_RDF_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_RDF_090_NAMESPACES: Final = (
    "my.netscape.com/rdf/simple/0.9",
    "channel.netscape.com/rdf/simple/0.9",
)


def read_xml(body: bytes, *, content_type: str, url: str, now: datetime) -> Feed:
    """Return the feed in ``body``, which was fetched from ``url``.

    Raises:
        NeedsFallback: The feed must be read by feedparser.
    """
    root, problems = parse(body, content_type)
    return read_root(root, problems, url=url, now=now, has_bases=b"xml:base" in body)


def read_root(
    root: Element, problems: tuple[str, ...], *, url: str, now: datetime, has_bases: bool
) -> Feed:
    """Return the feed of a root element, as `read_xml`."""
    reader = ElementReader(url, has_bases=has_bases)
    name = reader.names[str(root.tag)]
    root_parts = reader.parts(root)
    if name == "atom:feed":
        version = "0.3" if "purl.org/atom" in str(root.tag).lower() else "1.0"
        return _read_feed(f"atom {version}", root_parts, root_parts, root, reader, problems, now)
    channel = first(root_parts, "channel")
    if channel is None or name not in {"rss", "rdf:rdf"}:
        raise NeedsFallback("an unknown root element")
    if name == "rss":
        feed_format = f"rss {root.get('version', '').strip()}".strip()
    else:
        tag = str(channel.tag).lower()
        is_090 = any(namespace in tag for namespace in _RDF_090_NAMESPACES)
        feed_format = f"rdf {'0.90' if is_090 else '1.0'}"
    parts = reader.parts(channel)
    return _read_feed(feed_format, parts, root_parts, channel, reader, problems, now)


def _read_feed(
    feed_format: str,
    parts: Parts,
    root_parts: Parts,
    element: Element,
    reader: ElementReader,
    problems: tuple[str, ...],
    now: datetime,
) -> Feed:
    site = _site_link(parts, reader)
    is_atom = feed_format.startswith("atom")
    # RSS does not state the base of relative links. Publishers mean that of their site, and the feed may
    # be on another host. In Atom, the base is the address of the feed (RFC 4287 section 2).
    entry_reader = reader if is_atom or not site else reader.with_url(site)
    entries, key_problems = unique_entries(
        _read_entries(parts, root_parts, entry_reader, now), has_revisions=is_atom
    )
    dates = (parse_feed_date(first_text(parts, name)) for name in _FEED_DATES if name in parts)
    editors = (first_text(parts, "managingeditor", "dc:publisher"),)
    feed_authors = authors(parts, reader)
    names = feed_authors or tuple(filter(None, editors))
    if is_atom:
        entries = inherit_authors(entries, feed_authors)
    return Feed(
        format=feed_format,
        title=reader.markup(parts, "title", "atom:title", "dc:title"),
        description=reader.markup(parts, *_FEED_DESCRIPTIONS),
        link=site,
        language=_feed_language(parts, element),
        updated=next(filter(None, dates), None),
        author=names[0] if names else None,
        image=image(parts, reader, ()),
        hints=read_hints(parts, reader),
        entries=entries,
        problems=(*problems, *key_problems),
    )


def _read_entries(
    parts: Parts, root_parts: Parts, reader: ElementReader, now: datetime
) -> Iterator[Entry]:
    """Yield the entries of the channel or Atom feed, and those beside the channel.

    RDF has its items beside the channel, and some RSS feeds have them there by mistake.
    """
    elements = [*parts.get("item", ()), *parts.get("atom:entry", ())]
    if root_parts is not parts:
        elements += root_parts.get("item", ())
    has_text = False
    textless: list[Entry] = []
    for element in elements:
        entry = read_entry(element, reader, now=now)
        if entry is None:
            continue
        has_text = has_text or bool(entry.title or entry.summary or entry.content)
        if not has_text:
            textless.append(entry)
            continue
        yield from textless
        textless.clear()
        yield entry
    if textless:
        # One entry without text is unusual. A feed of them has its text in elements unknown here.
        raise NeedsFallback("entries without title and text")


def _site_link(parts: Parts, reader: ElementReader) -> str | None:
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


def _feed_language(parts: Parts, element: Element) -> str | None:
    root = element.getparent()
    declared = first_text(parts, "language", "dc:language") or element.get(XML_LANG)
    return declared or (root.get(XML_LANG) if root is not None else None) or None


def read_entry(element: Element, reader: ElementReader, *, now: datetime) -> Entry | None:
    """Return the Entry in ``element``; ``None`` if it is empty or cannot be identified.

    Raises:
        NeedsFallback: The element has a title or text, but no identity.
    """
    parts = reader.parts(element)
    for group in parts.get("media:group", ()):
        for name, children in reader.parts(group).items():
            parts.setdefault(name, []).extend(children)
    title = reader.markup(parts, *_TITLES)
    summary = reader.markup(parts, *_SUMMARIES)
    content = reader.markup(parts, *_CONTENTS)
    guid, is_permalink, guid_link = _read_guid(parts, reader)
    identifier = guid or element.get(_RDF_ABOUT, "").strip() or first_text(parts, "atom:id", "id")
    link = _entry_link(parts, reader) or guid_link
    files = enclosures(parts, reader)
    if not link:
        link = resolve_url(identifier, "") or _content_source(parts, reader)
    if not parts and not identifier:
        return None
    if not (link or identifier or files):
        if title or summary or content:
            raise NeedsFallback("an entry without link and identity")
        return None
    updated = _first_date(parts, _CHANGE_DATES)
    published = _first_date(parts, _PUBLICATION_DATES) or updated
    source, source_link = _read_source(parts, reader)
    return Entry(
        key=make_key(
            identifier,
            link,
            title=title,
            text=summary or content,
            date_text="" if identifier or link else first_text(parts, *_PUBLICATION_DATES),
        ),
        is_permalink=is_permalink,
        title=title,
        summary=summary,
        content=content,
        link=link,
        published=published,
        is_date_plausible=is_plausible_date(published, now=now),
        updated=updated,
        authors=authors(parts, reader),
        tags=_read_tags(parts),
        language=element.get(XML_LANG) or first_text(parts, "dc:language", "language") or None,
        source=source,
        source_link=source_link,
        image=image(parts, reader, files),
        enclosures=files,
        comments=reader.link(first(parts, "comments")) or _related_link(parts, reader, "replies"),
        comments_feed=reader.link(first(parts, "wfw:commentrss", "wfw:comments")),
        comment_count=comment_count(parts),
        location=location(parts, reader),
    )


def _read_guid(parts: Parts, reader: ElementReader) -> tuple[str, bool, str | None]:
    """Return the guid, whether it is a permalink, and its URL.

    By RSS 2.0, a guid is a permalink unless ``isPermaLink`` is "false".
    """
    element = first(parts, "guid")
    guid = text_of(element)
    if element is None or not guid:
        return "", False, None
    permalink = element.get("isPermaLink", element.get("ispermalink", "")).strip().lower()
    if permalink == "false" or not (permalink == "true" or is_absolute(guid)):
        return guid, False, None
    link = resolve_url(guid, reader.base(element))
    return guid, link is not None, link


def _entry_link(parts: Parts, reader: ElementReader) -> str | None:
    # The normal link of these feeds leads to a redirect of FeedBurner.
    original = reader.link(first(parts, "feedburner:origlink"))
    if original:
        return original
    for element in parts.get("link", ()):
        link = reader.link(element) or reader.link(element, "href")
        if link:
            return link
    return _related_link(parts, reader, "alternate")


def _related_link(parts: Parts, reader: ElementReader, relation: str) -> str | None:
    """Return the target of an Atom link with this relation; HTML pages come first."""
    elements = [
        element
        for element in parts.get("atom:link", ())
        if element.get("rel", "alternate").strip().lower().rpartition("/")[2] == relation
    ]
    elements.sort(key=lambda element: "html" not in element.get("type", "html"))
    return next(filter(None, (reader.link(element, "href") for element in elements)), None)


def _content_source(parts: Parts, reader: ElementReader) -> str | None:
    source = reader.link(first(parts, "atom:content"), "src")
    return source or _related_link(parts, reader, "related") or _related_link(parts, reader, "via")


def _first_date(parts: Parts, names: tuple[str, ...]) -> datetime | None:
    for name in names:
        for element in parts.get(name, ()):
            moment = parse_feed_date(text_of(element))
            if moment is not None:
                return moment
    return None


def _read_tags(parts: Parts) -> tuple[str, ...]:
    """Return the distinct categories of an entry."""
    # A dictionary keeps the order.
    tags: dict[str, None] = {}
    for name in _TAGS:
        for element in parts.get(name, ()):
            value = element.get("label") or text_of(element) or element.get("term")
            value = value or element.get("text") or ""
            values = value.split(",") if name in _COMMA_SEPARATED_TAGS else [value]
            for raw_tag in values[:_MAX_TAGS]:
                tag = " ".join(raw_tag.split())
                if tag and len(tag) <= _MAX_TAG_CHARS:
                    tags[tag] = None
    return tuple(tags)[:_MAX_TAGS]


def _read_source(parts: Parts, reader: ElementReader) -> tuple[str | None, str | None]:
    """Return name and URL of the original publisher from the source element of RSS or Atom."""
    element = first(parts, "source")
    if element is not None:
        return text_of(element) or None, reader.link(element, "url")
    element = first(parts, "atom:source")
    if element is None:
        return None, None
    inner = reader.parts(element)
    return first_text(inner, "atom:title") or None, _related_link(inner, reader, "alternate")
