"""What a feed says, before it becomes Items: markup is kept as it came, links are absolute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

EARLIEST_YEAR: Final = 1990
"""No entry is older than the web: an earlier date is a clock that was never set."""

LATEST: Final = timedelta(days=1)
"""Ahead of now: a time zone, perhaps; more is a mistake."""

Kind = Literal["text", "html", "unsure"]


@dataclass(frozen=True, slots=True)
class Words:
    """A title, a description or a body: "html", plain "text", or "unsure" as RSS leaves it."""

    value: str
    kind: Kind = "unsure"

    def __bool__(self) -> bool:
        return bool(self.value)


NOTHING: Final = Words("", "text")
"""No words at all."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an entry; ``length`` in bytes, where it is given."""

    url: str
    kind: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed.

    Attributes:
        key: its identity in the feed: guid, rdf:about or atom:id; else its link; else its words.
        is_permalink: whether the guid is the address where the entry can be read.
        title: as marked up.
        summary: the description or standfirst.
        content: the body, where it is given beside or instead of the summary.
        link: an absolute http(s) address.
        published: when it says it was published; see ``is_believable``.
        is_believable: whether ``published`` is neither in the future nor older than the web.
        updated: when it says it was changed.
        authors: as printed.
        tags: categories, in the order given.
        language: as declared.
        source: who published it first, where an aggregator says so; ``source_link`` is their address.
        image: the address of a picture.
        enclosures: files that come with it.
        comments: where people talk about it; ``comments_feed`` is the feed of that.
        comment_count: how many do.
        place: latitude and longitude in degrees.
    """

    key: str
    is_permalink: bool = False
    title: Words = NOTHING
    summary: Words = NOTHING
    content: Words = NOTHING
    link: str | None = None
    published: datetime | None = None
    is_believable: bool = False
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
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed says about how it wants to be read.

    Attributes:
        hubs: WebSub hubs (https://www.w3.org/TR/websub/), absolute.
        self_url: the feed's own address, as it gives it.
        moved_to: its new address (itunes:new-feed-url).
        ttl: seconds that it may be cached (RSS 2.0, where it counts minutes).
        update_period: seconds between its updates (RSS 1.0 module Syndication).
        skip_hours: hours of the day, 0 to 23 in UTC, in which nothing is published.
        skip_days: days of the week in which nothing is published, 0 is Monday.
        is_complete: whether it will never change again, or says that this is all there is.
        next_page: the address of older entries (RFC 5005).
    """

    hubs: tuple[str, ...] = ()
    self_url: str | None = None
    moved_to: str | None = None
    ttl: float | None = None
    update_period: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    is_complete: bool = False
    next_page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as it was read.

    Attributes:
        format: "rss 2.0", "atom 1.0", "rdf 1.0", "json feed 1.1" and the like.
        title: as marked up.
        description: what it is about.
        link: the site it belongs to.
        language: as declared.
        updated: when it says it was changed.
        author: who publishes it.
        image: its logo.
        hints: how it wants to be read.
        entries: in the feed's order, each key once.
        problems: what was wrong with it and could be mended or left out, in words for a person.
        was_damaged: whether the strict reader was not sure and a lenient one took over.
    """

    format: str
    title: Words = NOTHING
    description: Words = NOTHING
    link: str | None = None
    language: str | None = None
    updated: datetime | None = None
    author: str | None = None
    image: str | None = None
    hints: Hints = field(default_factory=Hints)
    entries: Sequence[Entry] = ()
    problems: tuple[str, ...] = ()
    was_damaged: bool = False


def is_believable(moment: datetime | None, *, now: datetime) -> bool:
    """Whether something may have been published at ``moment``."""
    return moment is not None and moment.year >= EARLIEST_YEAR and moment <= now + LATEST
