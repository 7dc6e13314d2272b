"""One `<item>` or `<entry>`, of whatever kind of feed, to an Entry.

Elements of all vocabularies are looked for in any feed, the native one first: RSS with Atom's
links, Atom with Dublin Core's dates.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from watchers.feeds.dates import parse_feed_date
from watchers.feeds.identity import key_of
from watchers.feeds.links import is_absolute, resolved
from watchers.feeds.media import comment_count, enclosures, image, place
from watchers.feeds.parts import LANGUAGE, Element, Parts, Reader, first, text, text_of
from watchers.feeds.people import authors
from watchers.feeds.tree import NotSure
from watchers.feeds.values import Entry, is_believable

PUBLISHED: Final = (
    *("pubdate", "atom:published", "atom:issued", "dcterms:issued", "published", "issued"),
    *("dcterms:created", "atom:created", "created"),
)
"""Elements that say when something was published, the surest first."""

CHANGED: Final = (
    *("atom:updated", "atom:modified", "dc:date", "dcterms:modified", "updated", "modified"),
)
"""Elements that say when it was changed; the date it has where it has no other."""

_TITLES: Final = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
_SUMMARIES: Final = (
    *("description", "atom:summary", "summary", "dc:description", "dcterms:abstract"),
    *("media:description", "itunes:summary", "itunes:subtitle", "podcast:description"),
)
_CONTENTS: Final = (
    "content:encoded",
    "atom:content",
    "xhtml:body",
    "xhtml:div",
    "fullitem",
    "body",
)
_TAGS: Final = (
    *("category", "atom:category", "dc:subject", "media:category", "slash:section"),
    *("itunes:category", "itunes:keywords", "media:keywords"),
)
_SPLIT_AT_COMMAS: Final = frozenset({"itunes:keywords", "media:keywords"})
_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 100  # characters
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def read_entry(element: Element, reader: Reader, *, now: datetime) -> Entry | None:
    """The Entry in ``element``; ``None`` where there is nothing in it.

    Raises:
        NotSure: it says something, but neither a title nor words, or nothing that identifies it.
    """
    parts = reader.parts(element)
    for group in parts.get("media:group", ()):
        for name, children in reader.parts(group).items():
            parts.setdefault(name, []).extend(children)
    title = reader.words(parts, *_TITLES)
    summary = reader.words(parts, *_SUMMARIES)
    content = reader.words(parts, *_CONTENTS)
    guid, is_permalink, guid_link = _guid(parts, reader)
    about = element.get(_ABOUT, "").strip()
    identifier = guid or about or text(parts, "atom:id", "id")
    link = _link(parts, reader) or guid_link
    files = enclosures(parts, reader)
    if not link:
        link = resolved(identifier, "") or _content_source(parts, reader)
    if not parts and not identifier:
        return None
    if not (title or summary or content):
        raise NotSure("an entry without a title and words")
    if not (link or identifier or files):
        raise NotSure("an entry without an address and an identity")
    published = _date(parts, PUBLISHED)
    updated = _date(parts, CHANGED)
    published = published or updated
    source, source_link = _source(parts, reader)
    return Entry(
        key=key_of(
            identifier,
            link,
            title=title,
            words=summary or content,
            dated="" if identifier or link else text(parts, *PUBLISHED),
        ),
        is_permalink=is_permalink,
        title=title,
        summary=summary,
        content=content,
        link=link,
        published=published,
        is_believable=is_believable(published, now=now),
        updated=updated,
        authors=authors(parts, reader),
        tags=tags(parts),
        language=element.get(LANGUAGE) or text(parts, "dc:language", "language") or None,
        source=source,
        source_link=source_link,
        image=image(parts, reader, files),
        enclosures=files,
        comments=reader.link(first(parts, "comments")) or _linked(parts, reader, "replies"),
        comments_feed=reader.link(first(parts, "wfw:commentrss", "wfw:comments")),
        comment_count=comment_count(parts),
        place=place(parts, reader),
    )


def _guid(parts: Parts, reader: Reader) -> tuple[str, bool, str | None]:
    """The guid, whether it is an address, and that address (RSS 2.0: it is, unless it says no)."""
    element = first(parts, "guid")
    guid = text_of(element)
    if element is None or not guid:
        return "", False, None
    says = element.get("isPermaLink", element.get("ispermalink", "")).strip().lower()
    if says == "false" or not (says == "true" or is_absolute(guid)):
        return guid, False, None
    link = resolved(guid, reader.base(element))
    return guid, link is not None, link


def _link(parts: Parts, reader: Reader) -> str | None:
    original = reader.link(first(parts, "feedburner:origlink"))
    if original:
        return original
    for element in parts.get("link", ()):
        link = reader.link(element) or reader.link(element, "href")
        if link:
            return link
    return _linked(parts, reader, "alternate")


def _linked(parts: Parts, reader: Reader, relation: str) -> str | None:
    """Where Atom's links lead of one relation, a page before anything else."""
    found = [
        element
        for element in parts.get("atom:link", ())
        if element.get("rel", "alternate").strip().lower().rpartition("/")[2] == relation
    ]
    found.sort(key=lambda element: "html" not in element.get("type", "html"))
    return next(filter(None, (reader.link(element, "href") for element in found)), None)


def _content_source(parts: Parts, reader: Reader) -> str | None:
    source = reader.link(first(parts, "atom:content"), "src")
    return source or _linked(parts, reader, "related") or _linked(parts, reader, "via")


def _date(parts: Parts, names: tuple[str, ...]) -> datetime | None:
    for name in names:
        for element in parts.get(name, ()):
            moment = parse_feed_date(text_of(element))
            if moment is not None:
                return moment
    return None


def tags(parts: Parts) -> tuple[str, ...]:
    """The categories of an entry, each once."""
    found: dict[str, None] = {}
    for name in _TAGS:
        for element in parts.get(name, ()):
            value = element.get("label") or text_of(element) or element.get("term")
            value = value or element.get("text") or ""
            several = value.split(",") if name in _SPLIT_AT_COMMAS else [value]
            for tag in several[:_MOST_TAGS]:
                line = " ".join(tag.split())
                if line and len(line) <= _LONGEST_TAG:
                    found[line] = None
    return tuple(found)[:_MOST_TAGS]


def _source(parts: Parts, reader: Reader) -> tuple[str | None, str | None]:
    """Who published it first: RSS's and Atom's own element for it."""
    element = first(parts, "source")
    if element is not None:
        return text_of(element) or None, reader.link(element, "url")
    element = first(parts, "atom:source")
    if element is None:
        return None, None
    inner = reader.parts(element)
    return text(inner, "atom:title") or None, _linked(inner, reader, "alternate")
