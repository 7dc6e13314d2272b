"""The data model of feeds: Feed, Entry and Hints.

Markup is kept as sent, and links are absolute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from watchers.limits import MAX_URL_CHARS

MIN_YEAR: Final = 1990
"""No entry is older than the web. Earlier dates come from clocks that were never set."""

MAX_FUTURE: Final = timedelta(days=1)
"""A wrong time zone explains a date up to a day ahead; a later date is an error."""

MAX_ENTRIES: Final = 2_000
"""Entries of one feed; the newest are kept. The busiest news agencies publish as many per day."""


# Browsers remove these characters from a URL (WHATWG URL standard, section 4.4).
_REMOVED_CHARS: Final = re.compile(r"[\t\r\n]+")
_UNSAFE_CHARS: Final = re.compile(r"[\x00-\x20\"<>\\^`{|}]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
_BARE_HOST: Final = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+(?:[/?#:]|\Z)", re.IGNORECASE)
# Nearly all URLs. They need no further checks and no escapes, which makes parsing faster.
_COMMON_URL: Final = re.compile(
    r"https?://(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,20}(?:/[\w./?&=%#:;,~+!@$'()*-]*)?\Z",
    re.ASCII,
)
# Values that publishing systems write where they have no guid or link.
_PLACEHOLDERS: Final = frozenset(
    {
        "n/a",
        "na",
        "none",
        "null",
        "nil",
        "undefined",
        "unknown",
        "nan",
        "false",
        "-",
        "#",
        "0",
        "tbd",
    }
)
_WEB_SCHEMES: Final = ("http://", "https://")

MarkupKind = Literal["text", "html", "unsure"]


@dataclass(frozen=True, slots=True)
class MarkupText:
    """A title, summary or body: "html", plain "text", or "unsure", because RSS does not state it."""

    value: str
    kind: MarkupKind = "unsure"

    def __bool__(self) -> bool:
        return bool(self.value)


EMPTY_TEXT: Final = MarkupText("", "text")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry; ``length`` is in bytes, if stated."""

    url: str
    kind: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed.

    Attributes:
        key: The identity in the feed: guid, rdf:about or atom:id, else the link, else a digest of title
            and date. Dublin Core's identifier is not used: feeds put the number of a journal there.
        stated_key: The identity as the feed states it, if several entries share it and ``key`` is
            therefore another one (see `identity`); else empty.
        is_permalink: True if the guid is the URL of the article.
        title: The title with its markup.
        summary: The description or abstract.
        content: The body, if the feed has one besides or instead of the summary.
        link: An absolute http(s) URL.
        published: The publication date as stated; see ``is_date_plausible``.
        is_date_plausible: True if ``published`` is neither in the future nor older than the web.
        updated: The date of the last change as stated.
        authors: The names as printed.
        tags: The categories, in the order of the feed.
        language: The declared language.
        source: The original publisher, if an aggregator states it; ``source_link`` is its URL.
        image: The URL of a picture.
        enclosures: The files of the entry.
        comments: The URL of the comments; ``comments_feed`` is their feed.
        comment_count: The number of comments.
        location: Latitude and longitude in degrees.
    """

    key: str
    stated_key: str = ""
    is_permalink: bool = False
    title: MarkupText = EMPTY_TEXT
    summary: MarkupText = EMPTY_TEXT
    content: MarkupText = EMPTY_TEXT
    link: str | None = None
    published: datetime | None = None
    is_date_plausible: bool = False
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    source: str | None = None
    source_link: str | None = None
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    comments_feed: str | None = None
    comment_count: int | None = None
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """The statements of a feed about how often and where to poll it.

    Attributes:
        hubs: Absolute URLs of WebSub hubs (https://www.w3.org/TR/websub/).
        self_url: The address of the feed according to the feed.
        moved_to: The new address of the feed (itunes:new-feed-url).
        ttl_seconds: Seconds for which the feed may be cached (RSS 2.0; there in minutes).
        update_period_seconds: Seconds between two updates (RSS 1.0 module Syndication).
        skip_hours: Hours of the day (0 to 23, UTC) without publications.
        skip_days: Days of the week (0 is Monday) without publications.
        is_complete: True if the feed states that it will not change any more.
        next_page: The URL of the older entries (RFC 5005).
    """

    hubs: tuple[str, ...] = ()
    self_url: str | None = None
    moved_to: str | None = None
    ttl_seconds: float | None = None
    update_period_seconds: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    is_complete: bool = False
    next_page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed feed.

    Attributes:
        format: "rss 2.0", "atom 1.0", "rdf 1.0", "json feed 1.1" and similar.
        title: The title with its markup.
        description: The subject of the feed.
        link: The site of the feed.
        language: The declared language.
        updated: The date of the last change as stated.
        author: The publisher.
        image: The logo.
        hints: The statements about polling.
        entries: The entries in the order of the feed; each key occurs once.
        problems: The defects that were repaired or left out, as text for a user.
        was_damaged: True if the strict parser failed and feedparser read the feed.
    """

    format: str
    title: MarkupText = EMPTY_TEXT
    description: MarkupText = EMPTY_TEXT
    link: str | None = None
    language: str | None = None
    updated: datetime | None = None
    author: str | None = None
    image: str | None = None
    hints: Hints = field(default_factory=Hints)
    entries: Sequence[Entry] = ()
    problems: tuple[str, ...] = ()
    was_damaged: bool = False


def is_plausible_date(moment: datetime | None, *, now: datetime) -> bool:
    """Return True if an entry can have been published at ``moment``."""
    return moment is not None and moment.year >= MIN_YEAR and moment <= now + MAX_FUTURE


def is_absolute(link: str) -> bool:
    """Return True if ``link`` is an http(s) URL that needs no base."""
    return link.lstrip()[:8].lower().startswith(_WEB_SCHEMES)


def is_placeholder(value: str) -> bool:
    """Return True if a guid or link is a word such as "N/A", which identifies nothing."""
    return value.strip().casefold() in _PLACEHOLDERS


def resolve_url(link: str | None, base: str) -> str | None:
    """Return ``link`` as an absolute http(s) URL; ``None`` if it is missing or invalid."""
    if not link or is_placeholder(link):
        return None
    link = link.strip()
    if len(link) > MAX_URL_CHARS:
        return None
    # Many feeds escape their links twice.
    link = _REMOVED_CHARS.sub("", link).replace("&amp;", "&")
    if not link:
        return None
    if is_absolute(link):
        scheme, remainder = link.split(":", 1)
        link = f"{scheme.lower()}:{remainder}"
    else:
        if _BARE_HOST.match(link):
            link = f"http://{link}"
        elif _SCHEME.match(link):
            # Another scheme: mailto:, tag:, javascript:, urn:.
            return None
        try:
            link = urljoin(base, link)
        except ValueError:
            return None
    url = _escape_url(link) if len(link) <= MAX_URL_CHARS else None
    # Escapes make a URL longer, so the length is checked again.
    return url if url and len(url) <= MAX_URL_CHARS else None


def resolve_base(base: str, outer: str) -> str:
    """Return an ``xml:base`` resolved against the outer one; the outer one if it is invalid."""
    return resolve_url(base, outer) or outer


def _escape_url(link: str) -> str | None:
    """Return ``link`` with unsafe characters escaped; ``None`` if it is not an http(s) URL."""
    if _COMMON_URL.match(link):
        return link
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - reading the port validates it
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    if any(char <= " " for char in parts.netloc):
        return None
    return _UNSAFE_CHARS.sub(lambda match: f"%{ord(match[0]):02X}", link)
