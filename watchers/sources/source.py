"""A source and the result of one poll."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from watchers.item import Item

SourceKind = Literal["folder", "feed"]


@dataclass(frozen=True, slots=True)
class Source:
    """A watched folder or feed: ``address`` is a path for a folder, a URL for a feed."""

    kind: SourceKind
    address: str


Cursor = Mapping[str, str]
"""The stored state of a source, as names and values.

A folder has one entry per document; a feed has its ETag and similar values. A watcher receives the
cursor and returns only the entries that changed, so the cost depends on the change.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a source that cannot be read: its ``name`` and the ``reason``, as readable text."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo:
    """The metadata of a feed.

    Attributes:
        title: the display name.
        site: the address of its web site.
        hubs: the WebSub hubs that push its new entries.
        topic: the address of the feed at its hubs.
    """

    title: str
    site: str | None = None
    hubs: tuple[str, ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """The result of one poll.

    Attributes:
        items: new and changed items; an item with a known key is an update.
        news_keys: keys of items that appeared after the process began. They are news even in the first
            poll of a source.
        cursor: entries to set, or to delete where the value is ``None``, in the same transaction as
            the items.
        problems: parts that cannot be read, each reported once.
        remaining: names that the next poll must read.
        retry_after_seconds: delay before that next poll (0: at once).
        due_at: the time of the next poll of a feed; ``None`` for a folder, which sends events.
        feed_info: the metadata of the feed, if this poll read it.
        moved_to: the new permanent address of the feed.
    """

    items: tuple[Item, ...] = ()
    news_keys: frozenset[str] = frozenset()
    cursor: Mapping[str, str | None] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    remaining: tuple[str, ...] = ()
    retry_after_seconds: float = 0.0
    due_at: datetime | None = None
    feed_info: FeedInfo | None = None
    moved_to: str | None = None
