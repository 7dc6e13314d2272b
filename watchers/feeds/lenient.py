"""What the strict reader is not sure of, read by feedparser. Slow, so it runs where it can be killed.

feedparser knows every way in which feeds have been broken since 2002. It is quadratic in the number
of attributes, so it is given no more than `MOST_BYTES`, and only the broken entries where the rest is
sound.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import feedparser

from watchers.errors import BrokenFeed
from watchers.feeds.dates import parse_feed_date
from watchers.feeds.hints import ttl_seconds, update_seconds
from watchers.feeds.identity import key_of, told_apart
from watchers.feeds.links import resolved
from watchers.feeds.media import place_of, whole_number
from watchers.feeds.people import person
from watchers.feeds.tree import (
    CUT_OFF,
    NotSure,
    as_utf8,
    cut_to_feed,
    ends_inside_an_entry,
    mended,
    sound_and_broken,
)
from watchers.feeds.values import NOTHING, Enclosure, Entry, Feed, Hints, Words, is_believable
from watchers.feeds.xml_feed import read_root

MOST_BYTES: Final = 8_000_000
"""Bytes that feedparser is given of one feed: more would not be read before its time is up."""

Fields = Mapping[str, Any]  # feedparser's own dictionaries: it has no types

_AMPERSAND: Final = re.compile(r"&amp(?:;|(?!=))")
_MOST: Final = 50  # tags, writers or files of one entry
_NAMES: Final = {
    "rss090": "rdf 0.90", "rss10": "rdf 1.0", "rss20": "rss 2.0", "atom03": "atom 0.3",
    "atom10": "atom 1.0", "cdf": "cdf",
}  # fmt: skip


def read_leniently(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """The feed in ``body``, whatever is wrong with it; entries that had to be mended come last.

    Raises:
        BrokenFeed: there is nothing in it that could be read.
    """
    try:
        body = cut_to_feed(mended(as_utf8(body, content_type, guess=True)))
        content_type = "application/xml; charset=utf-8"
    except NotSure:
        return _mended(body, content_type, url, now)  # it knows encodings that nobody else does
    try:
        return _in_parts(body, content_type, url, now)
    except NotSure as error:
        if len(body) > MOST_BYTES:
            raise BrokenFeed(f"its XML is broken, and too large to be mended ({error})") from error
        return _mended(body, content_type, url, now)


def _in_parts(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """A feed of which most entries are sound: only the others are for feedparser."""
    root, broken = sound_and_broken(body)
    feed = read_root(root, (), url=url, now=now, has_bases=b"xml:base" in body)
    if not broken or not feed.entries or ends_inside_an_entry(body):
        raise NotSure("the damage is not in single entries")
    entries = list(feed.entries)
    lost = 0
    budget = MOST_BYTES
    for part in broken:
        budget -= len(part)
        try:
            entries += _mended(part, content_type, url, now).entries if budget > 0 else ()
        except BrokenFeed:
            lost += 1
        lost += budget <= 0
    kept, problems = told_apart(entries)
    if lost:
        problems = (*problems, f"{lost:,} of its entries are broken and were left out")
    return replace(feed, entries=kept, problems=(*feed.problems, *problems), was_damaged=True)


def _mended(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    parsed = _parsed(body, content_type or "application/xml")
    version = str(parsed.get("version") or "")
    about: Fields = parsed.get("feed") or {}
    listed = parsed.get("entries") or []
    named = about.get("title") or about.get("link")
    if not listed and (not about or (parsed.get("bozo") and not named)):
        raise BrokenFeed(f"nothing in it can be read ({_reason(parsed)})")
    problems: list[str] = []
    if listed and ends_inside_an_entry(body):
        listed = listed[:-1]  # half an entry would be changed at the next look
        problems.append(CUT_OFF)
    entries, more = told_apart(_entries(listed, url, now))
    return Feed(
        format=_NAMES.get(version, version.replace("rss", "rss ") or "unknown"),
        title=_words(about, "title"),
        description=_words(about, "subtitle"),
        link=resolved(_get(about, "link"), url),
        language=_get(about, "language") or None,
        updated=_moment(about, "updated") or _moment(about, "published"),
        author=person(_get(about, "author")) or None,
        image=resolved(_get(about.get("image") or {}, "href"), url),
        hints=_hints(about, url),
        entries=entries,
        problems=(*problems, *more),
        was_damaged=True,
    )


def _parsed(body: bytes, content_type: str) -> Fields:
    try:
        found: Fields = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # no feed may be worse than broken, whatever feedparser thinks of it
        raise BrokenFeed(f"it broke its parser ({type(error).__name__})") from error
    return found


def _reason(parsed: Fields) -> str:
    return " ".join(str(parsed.get("bozo_exception") or "no title and no entries").split())[:200]


def _entries(listed: list[Fields], url: str, now: datetime) -> Iterator[Entry]:
    for found in listed:
        title, summary = _words(found, "title"), _words(found, "summary")
        contents = [_detailed(each) for each in found.get("content") or []]
        content = next(filter(None, contents), NOTHING)
        if content.value == summary.value:
            summary = NOTHING  # feedparser fills the one with the other
        identifier = _get(found, "id")
        link = resolved(_get(found, "feedburner_origlink"), url) or resolved(
            _get(found, "link"), url
        )
        link = link or resolved(identifier, "")
        files = _files(found, url)
        dated = _get(found, "published")
        updated = _moment(found, "updated")
        published = _moment(found, "published") or _moment(found, "created") or updated
        if not (title or summary or content or link or identifier or published):
            continue
        source: Fields = found.get("source") or {}
        yield Entry(
            key=key_of(identifier, link, title=title, words=summary or content, dated=dated),
            is_permalink=bool(found.get("guidislink")),
            title=title,
            summary=summary,
            content=content,
            link=link,
            published=published,
            is_believable=is_believable(published, now=now),
            updated=updated,
            authors=_authors(found),
            tags=_tags(found),
            language=_get(found, "language") or None,
            source=_get(source, "title") or None,
            source_link=resolved(_get(source, "href"), url),
            image=_image(found, files, url),
            enclosures=files,
            comments=resolved(_get(found, "comments"), url),
            comments_feed=resolved(_get(found, "wfw_commentrss"), url),
            comment_count=whole_number(_get(found, "slash_comments") or _get(found, "thr_total")),
            place=_place(found),
        )


def _get(fields: Fields, name: str) -> str:
    # feedparser's own lookup invents values, and warns about it.
    value = dict.get(fields, name) if isinstance(fields, dict) else None
    # Its loose parser leaves "&amp;" in identities and "&amp" in links as they were written.
    return _AMPERSAND.sub("&", " ".join(value.split())) if isinstance(value, str) else ""


def _words(fields: Fields, name: str) -> Words:
    detail = fields.get(f"{name}_detail")
    return _detailed(detail) if detail else NOTHING


def _detailed(detail: Fields) -> Words:
    value = str(detail.get("value") or "").strip()
    return (
        Words(value, "html" if "html" in str(detail.get("type")) else "unsure")
        if value
        else NOTHING
    )


def _moment(fields: Fields, name: str) -> datetime | None:
    moment = parse_feed_date(_get(fields, name))
    parsed = dict.get(fields, f"{name}_parsed") if isinstance(fields, dict) else None
    if moment is None and parsed:
        try:
            return datetime.fromtimestamp(timegm(parsed), UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return moment


def _authors(found: Fields) -> tuple[str, ...]:
    listed = [_get(each, "name") or _get(each, "email") for each in found.get("authors") or []]
    named = [person(name) for name in listed[:_MOST] if name]
    return tuple(dict.fromkeys(named or filter(None, [person(_get(found, "author"))])))


def _tags(found: Fields) -> tuple[str, ...]:
    listed = (_get(tag, "label") or _get(tag, "term") for tag in (found.get("tags") or [])[:_MOST])
    return tuple(dict.fromkeys(tag for tag in listed if tag and len(tag) <= 100))  # noqa: PLR2004


def _files(found: Fields, url: str) -> tuple[Enclosure, ...]:
    files: dict[str, Enclosure] = {}
    listed = [link for link in found.get("links") or [] if _get(link, "rel") == "enclosure"]
    for file in [*listed, *(found.get("media_content") or [])][:_MOST]:
        link = resolved(_get(file, "href") or _get(file, "url"), url)
        if link:
            kind = _get(file, "type") or _get(file, "medium")
            files.setdefault(link, Enclosure(link, kind, whole_number(_get(file, "length"))))
    return tuple(files.values())


def _image(found: Fields, files: tuple[Enclosure, ...], url: str) -> str | None:
    thumbnails = [resolved(_get(each, "url"), url) for each in found.get("media_thumbnail") or []]
    pictures = [file.url for file in files if file.kind.startswith("image")]
    own = resolved(_get(found.get("image") or {}, "href"), url)
    return next(filter(None, (*thumbnails, *pictures, own)), None)


def _place(found: Fields) -> tuple[float, float] | None:
    where = found.get("where") or {}
    if where.get("type") != "Point" or len(where.get("coordinates") or ()) != 2:  # noqa: PLR2004
        return None
    longitude, latitude = where["coordinates"]
    return place_of(f"{latitude} {longitude}")


def _hints(about: Fields, url: str) -> Hints:
    links: dict[str, list[str]] = {}
    for link in about.get("links") or []:
        address = resolved(_get(link, "href"), url)
        if address:
            links.setdefault(_get(link, "rel"), []).append(address)
    period, frequency = _get(about, "sy_updateperiod"), _get(about, "sy_updatefrequency")
    return Hints(
        hubs=tuple(dict.fromkeys(links.get("hub", ()))),
        self_url=next(iter(links.get("self", ())), None),
        moved_to=resolved(_get(about, "newlocation"), url),
        ttl=ttl_seconds(_get(about, "ttl")),
        update_period=update_seconds(period, frequency),
        next_page=next(iter(links.get("next", ())), None),
    )
