"""Read JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from watchers.errors import BinaryDocument, BrokenFeed, NotAFeedError
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.identity import inherit_authors, make_key, unique_entries
from watchers.feeds.media import whole_number
from watchers.feeds.models import (
    EMPTY_TEXT,
    Enclosure,
    Entry,
    Feed,
    Hints,
    MarkupText,
    is_plausible_date,
    resolve_url,
)
from watchers.text.decode import decode

Fields = Mapping[str, object]

_VERSION: Final = "jsonfeed.org/version/"
# Fields that other JSON documents with "title" and "items" do not have.
_ITEM_FIELDS: Final = frozenset({"content_html", "content_text", "date_published", "external_url"})
# Authors, tags or files of one entry.
_MAX_VALUES: Final = 50
_MAX_TAG_CHARS: Final = 100


def read_json(body: bytes, *, url: str, now: datetime) -> Feed:
    """Return the JSON Feed in ``body``.

    Raises:
        BrokenFeed: The body is not valid JSON.
        NotAFeedError: The body is JSON of another kind.
    """
    try:
        # Not strict: some publishers write line breaks into strings without escapes.
        document = json.loads(_decode(body), strict=False)
    except RecursionError as error:
        raise BrokenFeed("the JSON is nested too deeply") from error
    except (ValueError, BinaryDocument) as error:
        raise BrokenFeed(f"the JSON is broken: {error}") from error
    version = _string(document, "version") if isinstance(document, dict) else ""
    items = _objects(document, "items") if isinstance(document, dict) else []
    if not isinstance(document, dict) or not (
        _VERSION in version or _is_feed_without_version(document, items)
    ):
        raise NotAFeedError("JSON", "only the format JSON Feed is supported (jsonfeed.org)")
    # As in RSS, relative links mean the site, and the feed may be on another host.
    site = resolve_url(_string(document, "home_page_url"), url)
    entries, problems = unique_entries(_read_entries(items, site or url, now))
    hubs = (resolve_url(_string(hub, "url"), url) for hub in _objects(document, "hubs"))
    return Feed(
        format=f"json feed {version.rpartition('/')[2]}".strip(),
        title=MarkupText(_string(document, "title").strip(), "text"),
        description=MarkupText(_string(document, "description").strip(), "text"),
        link=site,
        language=_string(document, "language") or None,
        author=next(iter(_authors(document)), None),
        image=resolve_url(_string(document, "icon") or _string(document, "favicon"), url),
        hints=Hints(
            hubs=tuple(hub for hub in hubs if hub),
            self_url=resolve_url(_string(document, "feed_url"), url),
            is_complete=document.get("expired") is True,
            next_page=resolve_url(_string(document, "next_url"), url),
        ),
        entries=inherit_authors(entries, _authors(document)),
        problems=problems,
    )


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode(body)


def _is_feed_without_version(document: Fields, items: list[Fields]) -> bool:
    return bool(items) and "title" in document and not _ITEM_FIELDS.isdisjoint(items[0])


def _read_entries(items: list[Fields], url: str, now: datetime) -> Iterator[Entry]:
    for item in items:
        title = MarkupText(_string(item, "title").strip(), "text")
        html, text = _string(item, "content_html").strip(), _string(item, "content_text").strip()
        content = EMPTY_TEXT
        if html or text:
            content = MarkupText(html, "html") if html else MarkupText(text, "text")
        summary = MarkupText(_string(item, "summary").strip(), "text")
        link = resolve_url(_string(item, "url"), url) or resolve_url(
            _string(item, "external_url"), url
        )
        identifier = _string_or_number(item.get("id"))
        if not (title or content or summary or link):
            continue
        link = link or resolve_url(identifier, "")
        date_text = _string(item, "date_published")
        updated = parse_feed_date(_string(item, "date_modified"))
        published = parse_feed_date(date_text) or updated
        yield Entry(
            key=make_key(
                identifier, link, title=title, text=content or summary, date_text=date_text
            ),
            title=title,
            summary=summary,
            content=content,
            link=link,
            published=published,
            is_date_plausible=is_plausible_date(published, now=now),
            updated=updated,
            authors=_authors(item),
            tags=_tags(item),
            language=_string(item, "language") or None,
            image=resolve_url(_string(item, "image") or _string(item, "banner_image"), url),
            enclosures=_files(item, url),
        )


def _string_or_number(value: object) -> str:
    """Return a value as text. Version 1.0 allows numbers as IDs."""
    if isinstance(value, str):
        return value.strip()
    # In Python, a bool is an int.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _authors(item: Fields) -> tuple[str, ...]:
    """Return the names of the authors, also where one stands alone or is only a string."""
    # Version 1.0 has a single author.
    for value in (item.get("authors"), item.get("author")):
        values = value if isinstance(value, list) else [value]
        names = [
            (_string(author, "name") if isinstance(author, dict) else str(author)).strip()
            for author in values[:_MAX_VALUES]
            if isinstance(author, dict | str)
        ]
        if any(names):
            return tuple(dict.fromkeys(filter(None, names)))
    return ()


def _tags(item: Fields) -> tuple[str, ...]:
    values = item.get("tags")
    if isinstance(values, str):
        values = values.split(",")
    tags = values[:_MAX_VALUES] if isinstance(values, list) else []
    stripped = (tag.strip()[:_MAX_TAG_CHARS] for tag in tags if isinstance(tag, str))
    return tuple(dict.fromkeys(filter(None, stripped)))


def _files(item: Fields, url: str) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(
            link,
            _string(file, "mime_type"),
            whole_number(_string_or_number(file.get("size_in_bytes"))),
        )
        for file in _objects(item, "attachments")[:_MAX_VALUES]
        if (link := resolve_url(_string(file, "url"), url))
    )


def _string(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _objects(fields: Fields, name: str) -> list[Fields]:
    values = fields.get(name)
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, dict)]
