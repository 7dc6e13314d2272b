"""Rank the discovered feeds of an address, and remove duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from watchers.sources.canonical_url import canonical_url

FeedKind = Literal["news", "section", "comments"]
"""news: the main feed of an address; section: a tag, an author or a topic; comments: of readers."""

MAX_DISCOVERED_FEEDS: Final = 50
"""Feeds per address. A user cannot choose among more."""

_COMMENTS: Final = re.compile(
    r"comment|replies|reacties|kommentar|commenti\b|comentario|comentário|komentar|komentarze|коммент|комент"
    r"|コメント|评论|評論|댓글|تعليقات",
    re.IGNORECASE,
)
_SECTION: Final = re.compile(
    r"/(?:tags?|category|categories|authors?|topics?|search|section|kategorie|thema)(?:/|\Z)"
    r"|[?&](?:tag|cat|category|author|s|q)=",
    re.IGNORECASE,
)
# Words that distinguish the formats of a feed, but not its content.
_FORMAT_WORD: Final = re.compile(
    r"\b(?:rss|atom|rdf|json|xml|feeds?|index|alt|format|type|posts|default)(?:2|20)?\b|\b(?:[01]\.\d{1,2}|2\.0)\b|[^\w?&=]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DiscoveredFeed:
    """A feed at ``url``, with the ``title`` from the page or the feed, or "" if both have none."""

    url: str
    title: str = ""
    kind: FeedKind = "news"


def classify_feed(url: str, title: str) -> FeedKind:
    """Return the kind of a feed, by its address and title."""
    if _COMMENTS.search(f"{url} {title}"):
        return "comments"
    return "section" if _SECTION.search(url) else "news"


def rank_feeds(feeds: Iterable[DiscoveredFeed], *, page_url: str) -> tuple[DiscoveredFeed, ...]:
    """Return each feed once, the most likely first, at most `MAX_DISCOVERED_FEEDS`.

    Feeds below the path of ``page_url`` come first, then the news of the site, then its sections, and
    comments last; otherwise the order of the page is kept. Of one feed in several formats, the first
    one counts.
    """
    page_path = urlsplit(page_url).path.rstrip("/")
    seen: set[object] = set()
    unique: list[DiscoveredFeed] = []
    for feed in feeds:
        identities: tuple[object, ...] = (canonical_url(feed.url), _without_format(feed))
        if seen.isdisjoint(identities):
            unique.append(feed)
        seen.update(identities)

    def rank(feed: DiscoveredFeed) -> tuple[bool, bool, bool]:
        is_below = bool(page_path) and urlsplit(feed.url).path.startswith(f"{page_path}/")
        return feed.kind == "comments", not is_below, feed.kind == "section"

    return tuple(sorted(unique, key=rank)[:MAX_DISCOVERED_FEEDS])


def _without_format(feed: DiscoveredFeed) -> tuple[str, str, str]:
    parts = urlsplit(feed.url)
    path = _FORMAT_WORD.sub(" ", f"{parts.path}?{parts.query}").rstrip("?=& ")
    return parts.netloc, path.strip(), _FORMAT_WORD.sub(" ", feed.title).strip().lower()
