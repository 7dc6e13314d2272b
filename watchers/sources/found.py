"""Feeds that were found for an address: which come first, and which are one feed twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from watchers.sources.canonical_url import canonical_url

FeedKind = Literal["news", "section", "comments"]
"""The main news of an address, a part of it (a tag, an author), or what readers say below it."""

MOST_FOUND: Final = 50
"""Feeds that one address gives at most: nobody chooses among more."""

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
# Words that tell formats apart and nothing else.
_FORMAT: Final = re.compile(
    r"\b(?:rss|atom|rdf|json|xml|feeds?|index|alt|format|type|posts|default)(?:2|20)?\b|\b(?:[01]\.\d{1,2}|2\.0)\b|[^\w?&=]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed at ``url``; ``title`` as the page or the feed says it, "" where neither does."""

    url: str
    title: str = ""
    kind: FeedKind = "news"


def kind_of(url: str, title: str) -> FeedKind:
    """What a feed is about, by its address and title."""
    if _COMMENTS.search(f"{url} {title}"):
        return "comments"
    return "section" if _SECTION.search(url) else "news"


def ranked(feeds: Iterable[FoundFeed], *, asked: str) -> tuple[FoundFeed, ...]:
    """Each feed once, the likeliest first, `MOST_FOUND` at most.

    The order of the page decides, but for these: a feed below the path of the address that was
    ``asked`` for comes first, then the site's news; its parts come later, and comments last. Where
    one feed is offered in several formats, the first one stands for all.
    """
    path = urlsplit(asked).path.rstrip("/")
    seen: set[object] = set()
    single: list[FoundFeed] = []
    for feed in feeds:
        names: tuple[object, ...] = (canonical_url(feed.url), _without_format(feed))
        if seen.isdisjoint(names):
            single.append(feed)
        seen.update(names)

    def rank(feed: FoundFeed) -> tuple[bool, bool, bool]:
        is_below = bool(path) and urlsplit(feed.url).path.startswith(f"{path}/")
        return feed.kind == "comments", not is_below, feed.kind == "section"

    return tuple(sorted(single, key=rank)[:MOST_FOUND])


def _without_format(feed: FoundFeed) -> tuple[str, str, str]:
    parts = urlsplit(feed.url)
    where = _FORMAT.sub(" ", f"{parts.path}?{parts.query}").rstrip("?=& ")
    return parts.netloc, where.strip(), _FORMAT.sub(" ", feed.title).strip().lower()
