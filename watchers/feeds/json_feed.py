"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from watchers.errors import BinaryDocument, BrokenFeed, NotAFeed
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.identity import key_of, told_apart
from watchers.feeds.links import resolved
from watchers.feeds.media import whole_number
from watchers.feeds.values import NOTHING, Enclosure, Entry, Feed, Hints, Words, is_believable
from watchers.text.decode import decode

Fields = Mapping[str, object]

_VERSION: Final = "jsonfeed.org/version/"
_MOST: Final = 50  # authors, tags or files of one entry


def read_json(body: bytes, *, url: str, now: datetime) -> Feed:
    """The JSON Feed in ``body``.

    Raises:
        BrokenFeed: it is no JSON.
        NotAFeed: it is JSON of another kind.
    """
    try:
        found = json.loads(_text(body))
    except RecursionError as error:
        raise BrokenFeed("its JSON is nested too deep") from error
    except (ValueError, BinaryDocument) as error:
        raise BrokenFeed(f"its JSON is broken: {error}") from error
    version = _string(found, "version") if isinstance(found, dict) else ""
    items = _objects(found, "items") if isinstance(found, dict) else []
    if not isinstance(found, dict) or not (_VERSION in version or _looks_like_a_feed(found, items)):
        raise NotAFeed("JSON", "only JSON Feed can be read (jsonfeed.org)")
    entries, problems = told_apart(_entries(items, url, now))
    hubs = (resolved(_string(hub, "url"), url) for hub in _objects(found, "hubs"))
    return Feed(
        format=f"json feed {version.rpartition('/')[2]}".strip(),
        title=Words(_string(found, "title").strip(), "text"),
        description=Words(_string(found, "description").strip(), "text"),
        link=resolved(_string(found, "home_page_url"), url),
        language=_string(found, "language") or None,
        author=next(iter(_authors(found)), None),
        image=resolved(_string(found, "icon") or _string(found, "favicon"), url),
        hints=Hints(
            hubs=tuple(hub for hub in hubs if hub),
            self_url=resolved(_string(found, "feed_url"), url),
            is_complete=found.get("expired") is True,
            next_page=resolved(_string(found, "next_url"), url),
        ),
        entries=entries,
        problems=problems,
    )


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode(body)


def _looks_like_a_feed(found: Fields, items: list[Fields]) -> bool:
    """A feed whose version was forgotten."""
    telling = {"content_html", "content_text", "date_published", "external_url"}
    return bool(items) and "title" in found and not telling.isdisjoint(items[0])


def _entries(items: list[Fields], url: str, now: datetime) -> Iterator[Entry]:
    for item in items:
        title = Words(_string(item, "title").strip(), "text")
        html, text = _string(item, "content_html").strip(), _string(item, "content_text").strip()
        content = Words(html, "html") if html else Words(text, "text") if text else NOTHING
        summary = Words(_string(item, "summary").strip(), "text")
        link = resolved(_string(item, "url"), url) or resolved(_string(item, "external_url"), url)
        identifier = _identifier(item.get("id"))
        if not (title or content or summary or link):
            continue
        link = link or resolved(identifier, "")
        dated = _string(item, "date_published")
        updated = parse_feed_date(_string(item, "date_modified"))
        published = parse_feed_date(dated) or updated
        picture = resolved(_string(item, "image") or _string(item, "banner_image"), url)
        yield Entry(
            key=key_of(identifier, link, title=title, words=content or summary, dated=dated),
            title=title,
            summary=summary,
            content=content,
            link=link,
            published=published,
            is_believable=is_believable(published, now=now),
            updated=updated,
            authors=_authors(item),
            tags=_tags(item),
            language=_string(item, "language") or None,
            image=picture,
            enclosures=_files(item, url),
        )


def _identifier(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _authors(item: Fields) -> tuple[str, ...]:
    listed = _objects(item, "authors")
    single = item.get("author")  # of version 1.0
    if not listed and isinstance(single, dict):
        listed = [single]
    return tuple(name for author in listed[:_MOST] if (name := _string(author, "name").strip()))


def _tags(item: Fields) -> tuple[str, ...]:
    tags = item.get("tags")
    listed = tags[:_MOST] if isinstance(tags, list) else []
    return tuple(
        dict.fromkeys(tag.strip()[:100] for tag in listed if isinstance(tag, str) and tag.strip())
    )


def _files(item: Fields, url: str) -> tuple[Enclosure, ...]:
    files = _objects(item, "attachments")[:_MOST]
    return tuple(
        Enclosure(
            link, _string(file, "mime_type"), whole_number(_identifier(file.get("size_in_bytes")))
        )
        for file in files
        if (link := resolved(_string(file, "url"), url))
    )


def _string(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _objects(fields: Fields, name: str) -> list[Fields]:
    value = fields.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
