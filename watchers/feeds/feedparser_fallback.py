"""Read damaged feeds with feedparser, for feeds that the strict parser rejects.

feedparser handles all defects that feeds have had since 2002. Its time is quadratic in the number of
attributes, so it runs in a process that can be killed, gets at most `MAX_FEEDPARSER_BYTES`, and gets
only the broken entries if the rest of the feed is well-formed.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import feedparser

from watchers.errors import BrokenFeed
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.identity import inherit_authors, make_key, unique_entries
from watchers.feeds.media import (
    parse_author,
    parse_point,
    parse_ttl,
    parse_update_period,
    whole_number,
)
from watchers.feeds.models import (
    EMPTY_TEXT,
    Enclosure,
    Entry,
    Feed,
    Hints,
    MarkupKind,
    MarkupText,
    is_absolute,
    is_plausible_date,
    resolve_url,
)
from watchers.feeds.xml_feed import read_root
from watchers.feeds.xml_tree import (
    TRUNCATED,
    NeedsFallback,
    cut_to_feed,
    declared_entities,
    is_truncated_in_entry,
    repair,
    split_at_damage,
    to_utf8,
)

MAX_FEEDPARSER_BYTES: Final = 8_000_000
"""Bytes of one feed for feedparser. More would not be read before the timeout."""

# The dictionaries of feedparser have no types.
Fields = Mapping[str, Any]

_TITLE_ELEMENT: Final = re.compile(
    rb"<title>\s{0,100}(?:<!\[CDATA\[[^\]]{0,2000}\]\]>|[^<]{0,2000})\s{0,100}</title>"
)
_TITLED_ELEMENTS: Final = (
    b"image",
    b"author",
    b"contributor",
    b"source",
    b"textInput",
    b"textinput",
)
_ENTRY_START: Final = re.compile(rb"<(item|entry)[\s>]")
_EMPTY_LINK: Final = re.compile(rb"<link\s[^<>]{0,500}?href=(?:\"\"|'')[^<>]{0,500}>")
_MAIN_TITLE: Final = re.compile(rb"<title[\s>]")
_OTHER_TITLES: Final = (b"media:title", b"itunes:title", b"dc:title")
_MAIN_SUMMARY: Final = re.compile(rb"<(?:description|summary|dc:description)[\s>]")
# In the order of the strict parser: each list begins with the element that has priority over the others.
_OTHER_SUMMARIES: Final = (
    (b"media:description", b"itunes:summary", b"itunes:subtitle"),
    (b"itunes:summary", b"itunes:subtitle"),
)
_AMPERSAND: Final = re.compile(r"&amp(?:;|(?!=))")
# Tags, authors or files of one entry.
_MAX_VALUES: Final = 50
_MAX_TAG_CHARS: Final = 100
_MAX_REASON_CHARS: Final = 200
_COORDINATES: Final = 2
_FORMATS: Final = {
    "rss090": "rdf 0.90", "rss10": "rdf 1.0", "rss20": "rss 2.0", "atom03": "atom 0.3",
    "atom10": "atom 1.0", "cdf": "cdf",
}  # fmt: skip


def parse_with_feedparser(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """Return the feed in ``body``; repaired entries come last.

    Raises:
        BrokenFeed: Nothing in the body can be read.
    """
    try:
        document = to_utf8(body, content_type, guess=True)
        body = cut_to_feed(repair(document, declared_entities(document)))
        content_type = "application/xml; charset=utf-8"
    except NeedsFallback:
        # feedparser knows more encodings.
        return _repair_and_parse(body, content_type, url, now)
    try:
        return _parse_broken_entries(body, content_type, url, now)
    except NeedsFallback as error:
        if len(body) > MAX_FEEDPARSER_BYTES:
            raise BrokenFeed(
                f"the XML of the feed is broken, and too large to be repaired ({error})"
            ) from error
        return _repair_and_parse(body, content_type, url, now)


def _parse_broken_entries(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """Return a feed whose well-formed entries are parsed strictly, and only the others here.

    Raises:
        NeedsFallback: The damage is not inside of single entries.
    """
    root, broken = split_at_damage(body)
    feed = read_root(root, (), url=url, now=now, has_bases=b"xml:base" in body)
    if not broken or not feed.entries or is_truncated_in_entry(body):
        raise NeedsFallback("the damage is not in single entries")
    entries = list(feed.entries)
    lost_count = 0
    remaining_bytes = MAX_FEEDPARSER_BYTES
    for part in broken:
        remaining_bytes -= len(part)
        if remaining_bytes <= 0:
            lost_count += 1
            continue
        try:
            entries += _repair_and_parse(part, content_type, url, now).entries
        except BrokenFeed:
            lost_count += 1
    unique, problems = unique_entries(entries, has_revisions=feed.format.startswith("atom"))
    if lost_count:
        problems = (*problems, f"broken entries that were left out: {lost_count:,}")
    return replace(feed, entries=unique, problems=(*feed.problems, *problems), was_damaged=True)


def _repair_and_parse(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    parsed = _parse(body, content_type or "application/xml")
    version = str(parsed.get("version") or "")
    channel: Fields = parsed.get("feed") or {}
    is_atom = version.startswith("atom")
    site = resolve_url(_string(channel, "link"), url)
    raw_entries = parsed.get("entries") or []
    has_name = channel.get("title") or channel.get("link")
    if not raw_entries and (not channel or (parsed.get("bozo") and not has_name)):
        raise BrokenFeed(f"nothing in the feed can be read ({_defect(parsed)})")
    problems: list[str] = []
    if raw_entries and is_truncated_in_entry(body):
        # Half an entry would count as changed at the next poll.
        raw_entries = raw_entries[:-1]
        problems.append(TRUNCATED)
    base = url if is_atom else site or url
    entries, key_problems = unique_entries(
        _read_entries(raw_entries, base, now, is_atom=is_atom), has_revisions=is_atom
    )
    if is_atom:
        entries = inherit_authors(entries, _authors(channel))
    return Feed(
        format=_FORMATS.get(version, version.replace("rss", "rss ") or "unknown"),
        title=_markup(channel, "title"),
        description=_markup(channel, "subtitle"),
        link=site,
        language=_string(channel, "language") or None,
        updated=_date(channel, "updated") or _date(channel, "published"),
        author=parse_author(_string(channel, "author")) or None,
        image=resolve_url(_string(channel.get("image") or {}, "href"), url),
        hints=_hints(channel, url),
        entries=entries,
        problems=(*problems, *key_problems),
        was_damaged=True,
    )


def _parse(body: bytes, content_type: str) -> Fields:
    try:
        parsed: Fields = feedparser.parse(
            BytesIO(_without_ambiguities(body)),
            response_headers={"content-type": content_type},
            # `plain_text` and `models` do both, with limits.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser raises undocumented exceptions. Every one of them means a broken feed.
        raise BrokenFeed(f"the parser failed ({type(error).__name__})") from error
    return parsed


def _without_ambiguities(body: bytes) -> bytes:
    """Return the feed without elements that feedparser would take for others of the same entry.

    It takes the title of an inner element (the author, a picture) for the title of the entry, and the
    last of several descriptions for the summary. The strict parser takes the first, native ones.
    """
    parts: list[bytes] = []
    position = 0
    for match in _ENTRY_START.finditer(body):
        end = body.find(b"</" + match[1] + b">", match.end())
        if match.start() < position or end < 0:
            continue
        parts += [_without_inner_titles(body[position : match.start()])]
        parts += [_without_ambiguities_in_entry(body[match.start() : end])]
        position = end
    parts.append(_without_inner_titles(body[position:]))
    return b"".join(parts)


def _without_ambiguities_in_entry(entry: bytes) -> bytes:
    entry = _EMPTY_LINK.sub(b"", _without_inner_titles(entry))
    if _MAIN_TITLE.search(entry):
        entry = _cut_elements(entry, _OTHER_TITLES)
    for names in _OTHER_SUMMARIES:
        if _MAIN_SUMMARY.search(entry) or any(b"<" + name in entry for name in names[:1]):
            entry = _cut_elements(entry, names if _MAIN_SUMMARY.search(entry) else names[1:])
    return entry


def _without_inner_titles(body: bytes) -> bytes:
    for name in _TITLED_ELEMENTS:
        parts: list[bytes] = []
        position = 0
        while (start := body.find(b"<" + name, position)) >= 0:
            end = body.find(b"</" + name + b">", start)
            if end < 0:
                break
            parts += [body[position:start], _TITLE_ELEMENT.sub(b"", body[start:end])]
            position = end
        body = b"".join((*parts, body[position:])) if parts else body
    return body


def _cut_elements(entry: bytes, names: tuple[bytes, ...]) -> bytes:
    """Return ``entry`` without the elements called ``names``; an element without an end is kept."""
    for name in names:
        parts: list[bytes] = []
        position = 0
        while (start := entry.find(b"<" + name, position)) >= 0:
            end = entry.find(b"</" + name + b">", start)
            if end < 0:
                break
            parts.append(entry[position:start])
            position = end + len(name) + 3
        entry = b"".join((*parts, entry[position:])) if parts else entry
    return entry


def _defect(parsed: Fields) -> str:
    text = str(parsed.get("bozo_exception") or "no title and no entries")
    return " ".join(text.split())[:_MAX_REASON_CHARS]


def _read_entries(
    raw_entries: list[Fields], url: str, now: datetime, *, is_atom: bool
) -> Iterator[Entry]:
    # In Atom, text without a type is plain text; in RSS, any text may be markup.
    plain: MarkupKind = "text" if is_atom else "unsure"
    for raw in raw_entries:
        title, summary = _markup(raw, "title", plain), _summary(raw, plain)
        contents = [_detail_markup(detail, plain) for detail in raw.get("content") or []]
        content = next(filter(None, contents), EMPTY_TEXT)
        # feedparser copies the content into a missing summary.
        if content.value == summary.value:
            summary = EMPTY_TEXT
        identifier = _string(raw, "id")
        link = resolve_url(_string(raw, "feedburner_origlink"), url)
        link = link or resolve_url(_link_text(raw), url) or resolve_url(identifier, "")
        link = link or _related_link(raw, url)
        files = _files(raw, url)
        updated = _date(raw, "updated")
        published = _date(raw, "published") or _date(raw, "created") or updated
        if not (title or summary or content or link or identifier):
            continue
        source: Fields = raw.get("source") or {}
        comments = _string(raw, "slash_comments") or _string(raw, "thr_total")
        yield Entry(
            key=make_key(
                identifier,
                link,
                title=title,
                text=summary or content,
                date_text=_string(raw, "published"),
            ),
            is_permalink=bool(raw.get("guidislink")),
            title=title,
            summary=summary,
            content=content,
            link=link,
            published=published,
            is_date_plausible=is_plausible_date(published, now=now),
            updated=updated,
            authors=_authors(raw),
            tags=_tags(raw),
            language=_string(raw, "language") or None,
            source=_string(source, "title") or None,
            source_link=resolve_url(_string(source, "href"), url),
            image=_image(raw, files, url),
            enclosures=files,
            comments=resolve_url(_string(raw, "comments"), url),
            comments_feed=resolve_url(_string(raw, "wfw_commentrss"), url),
            comment_count=whole_number(comments),
            location=_location(raw),
        )


def _link_text(raw: Fields) -> str:
    """Return the link of an entry; feedparser puts the guid there if the entry has no link."""
    text = _string(raw, "link")
    is_guid = raw.get("guidislink") and text == _string(raw, "id") and not is_absolute(text)
    return "" if is_guid else text


def _related_link(raw: Fields, url: str) -> str | None:
    """Return the first link to a related page, for an entry without a page of its own."""
    for relation in ("related", "via"):
        for link in raw.get("links") or []:
            target = resolve_url(_string(link, "href"), url)
            if target and _string(link, "rel") == relation:
                return target
    return None


def _summary(raw: Fields, plain: MarkupKind) -> MarkupText:
    """Return the summary, or the descriptions that stand for a missing one."""
    summary = _markup(raw, "summary", plain)
    if summary:
        return summary
    text = _string(raw, "media_description") or _string(raw, "subtitle")
    return MarkupText(text, "unsure") if text else EMPTY_TEXT


def _string(fields: Fields, name: str) -> str:
    # `dict.get`, because the lookup of feedparser substitutes other fields, with a warning.
    value = dict.get(fields, name) if isinstance(fields, dict) else None
    # The lenient parser of feedparser leaves "&amp;" in identifiers and "&amp" in links.
    return _AMPERSAND.sub("&", " ".join(value.split())) if isinstance(value, str) else ""


def _markup(fields: Fields, name: str, plain: MarkupKind = "unsure") -> MarkupText:
    detail = fields.get(f"{name}_detail")
    return _detail_markup(detail, plain) if detail else EMPTY_TEXT


def _detail_markup(detail: Fields, plain: MarkupKind) -> MarkupText:
    value = str(detail.get("value") or "").strip()
    if not value:
        return EMPTY_TEXT
    return MarkupText(value, "html" if "html" in str(detail.get("type")) else plain)


def _date(fields: Fields, name: str) -> datetime | None:
    moment = parse_feed_date(_string(fields, name))
    parsed = dict.get(fields, f"{name}_parsed") if isinstance(fields, dict) else None
    if moment is None and parsed:
        try:
            return datetime.fromtimestamp(timegm(parsed), UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return moment


def _authors(raw: Fields) -> tuple[str, ...]:
    authors = raw.get("authors") or []
    lines = [_string(author, "name") or _string(author, "email") for author in authors]
    names = [parse_author(line) for line in lines[:_MAX_VALUES] if line]
    return tuple(dict.fromkeys(names or filter(None, [parse_author(_string(raw, "author"))])))


def _tags(raw: Fields) -> tuple[str, ...]:
    raw_tags = (raw.get("tags") or [])[:_MAX_VALUES]
    tags = (_string(tag, "label") or _string(tag, "term") for tag in raw_tags)
    return tuple(dict.fromkeys(tag for tag in tags if tag and len(tag) <= _MAX_TAG_CHARS))


def _files(raw: Fields, url: str) -> tuple[Enclosure, ...]:
    by_url: dict[str, Enclosure] = {}
    links = [link for link in raw.get("links") or [] if _string(link, "rel") == "enclosure"]
    for file in [*links, *(raw.get("media_content") or [])][:_MAX_VALUES]:
        link = resolve_url(_string(file, "href") or _string(file, "url"), url)
        if link:
            kind = _string(file, "type") or _string(file, "medium")
            length = whole_number(_string(file, "length"))
            by_url.setdefault(link, Enclosure(link, kind, length))
    return tuple(by_url.values())


def _image(raw: Fields, files: tuple[Enclosure, ...], url: str) -> str | None:
    thumbnails = [
        resolve_url(_string(thumbnail, "url"), url)
        for thumbnail in raw.get("media_thumbnail") or []
    ]
    pictures = [file.url for file in files if file.kind.startswith("image")]
    image = resolve_url(_string(raw.get("image") or {}, "href"), url)
    return next(filter(None, (*thumbnails, *pictures, image)), None)


def _location(raw: Fields) -> tuple[float, float] | None:
    where = raw.get("where") or {}
    coordinates: Sequence[Any] = where.get("coordinates") or ()
    if where.get("type") != "Point" or len(coordinates) != _COORDINATES:
        return None
    # GeoJSON order.
    longitude, latitude = coordinates
    return parse_point(f"{latitude} {longitude}")


def _hints(channel: Fields, url: str) -> Hints:
    links: dict[str, list[str]] = {}
    for link in channel.get("links") or []:
        target = resolve_url(_string(link, "href"), url)
        if target:
            links.setdefault(_string(link, "rel"), []).append(target)
    period, frequency = _string(channel, "sy_updateperiod"), _string(channel, "sy_updatefrequency")
    return Hints(
        hubs=tuple(dict.fromkeys(links.get("hub", ()))),
        self_url=next(iter(links.get("self", ())), None),
        moved_to=resolve_url(_string(channel, "newlocation"), url),
        ttl_seconds=parse_ttl(_string(channel, "ttl")),
        update_period_seconds=parse_update_period(period, frequency),
        next_page=next(iter(links.get("next", ())), None),
    )
