"""The results of the feed service that the chat commands show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.store.feeds.feeds import FeedRow
from watchers.sources.feed_ranking import DiscoveredFeed


@dataclass(frozen=True, slots=True)
class FeedAdded:
    """A feed that Tocsin polls now, or polled already.

    Attributes:
        feed: the feed.
        is_new: the feed was added by this request.
        items: the number of stored items of the feed.
        is_title_ambiguous: the title also occurs in the title of another feed, so the title alone does not
            select this feed.
    """

    feed: FeedRow
    is_new: bool
    items: int
    is_title_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class FeedChoices:
    """Several feeds at one address, of which the user must choose one."""

    feeds: tuple[DiscoveredFeed, ...]


@dataclass(frozen=True, slots=True)
class FeedOverview:
    """The number of feeds by state, and some feeds, failing ones first."""

    counts: Mapping[str, int]
    feeds: tuple[FeedRow, ...]


@dataclass(frozen=True, slots=True)
class OpmlImportResult:
    """The number of new feeds and of existing feeds in a list, and the problems in the list."""

    added: int
    existing: int
    problems: tuple[str, ...] = ()
