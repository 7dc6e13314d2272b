"""Find the feeds of an address that a person typed.

    "example.org" ──► rules for known sites ── a feed answers ──► found
         │
         └──► the page ── the page is a feed ───────────────────► found
                │
                ├── feeds that it declares (<link rel=alternate>) ──► found
                ├── the front page of the site, in the same way
                ├── /feed, /rss.xml, … ──────────────────────────► found
                └── links that look like feeds ──────────────────► found, or NoFeedFound

The first of the returned feeds has answered; dead links before it are skipped. The others are listed
as the page declares them and are only tested when a person chooses one. A search makes at most
`MAX_REQUESTS` requests, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from watchers.errors import (
    BinaryDocument,
    FeedError,
    FetchError,
    FetchTimeout,
    HttpStatusError,
    NoFeedFound,
    NotAFeedError,
    SandboxError,
    Unreachable,
)
from watchers.feeds.plain_text import title_line
from watchers.feeds.reader import read_feed
from watchers.fetching.result import Fetch, FetchResult, split_content_type
from watchers.process_pool import SandboxPool
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.sources.feed_addresses import (
    feeds_by_rule,
    is_shared_site,
    parse_address,
    reason_without_feed,
)
from watchers.sources.feed_links import FeedLinks, read_feed_links
from watchers.sources.feed_ranking import DiscoveredFeed, rank_feeds
from watchers.text.decode import decode

MAX_REQUESTS: Final = 24
"""Requests per search. One command in a chat must not put load on a site."""

WELL_KNOWN_PATHS: Final = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feeds/posts/default",
    "/feed.json",
    "/blog/feed",
    "/news/rss",
)
"""Usual paths of feeds, the most frequent first."""

# A page whose first feeds are all dead is not worth more requests.
_MAX_DEAD_FEEDS: Final = 5
# Pages that only send the browser to another page.
_MAX_REFRESHES: Final = 2
# A page such as "/rss" is often a list of feeds, so pages on the way are read for links as well.
_MAX_LINK_PAGES: Final = 3
# No nesting makes a page of this size slow, so it does not need a worker process.
_MAX_IN_PROCESS_BYTES: Final = 16_384
_PARSE_TIMEOUT_SECONDS: Final = 10.0
_MISSING_STATUSES: Final = frozenset({404, 410})
_FORBIDDEN_STATUSES: Final = frozenset({401, 403, 405, 406, 451})
_PAGE_TYPES: Final = ("text/", "application/xhtml", "application/xml")


async def discover(
    address: str, fetch: Fetch, sandbox: SandboxPool, *, now: datetime
) -> tuple[DiscoveredFeed, ...]:
    """Return the feeds of ``address``, at least one, the most likely first.

    ``address`` is a bare domain, a page, a feed, a channel, "r/worldnews" or "@name@host". Several feeds
    are a choice for the user.

    Raises:
        NoFeedFound: no feed was found; the error lists the tried addresses.
        FetchError: the page cannot be fetched: no answer, or a check that needs a browser.
    """
    parsed = parse_address(address)
    if parsed.no_feed:
        raise NoFeedFound(parsed.no_feed, address=address)
    search = _Search(fetch=fetch, sandbox=sandbox, now=now)
    feeds = await search.from_first_alive(parsed.feeds) or await search.search_pages(parsed.pages)
    if not feeds:
        raise NoFeedFound(_failure_reason(search), address=address, attempts=tuple(search.tried))
    return feeds


def _failure_reason(search: _Search) -> str:
    site = next((site_of(url) for url, _ in reversed(search.tried)), "the site")
    return (
        search.remark
        or f"no feed was found: {site} declares none, and the usual addresses have none"
    )


@dataclass(kw_only=True, slots=True)
class _Search:
    """One search: its requests, and the pages on the way."""

    fetch: Fetch
    sandbox: SandboxPool
    now: datetime
    tried: list[tuple[str, str]] = field(default_factory=list)
    remark: str = ""
    # In canonical form, so that no page is requested in two spellings.
    _requested: set[str] = field(default_factory=set)
    # Servers that did not answer or asked for fewer requests.
    _blocked_roots: set[str] = field(default_factory=set)
    _pages: list[FetchResult] = field(default_factory=list)

    async def search_pages(self, addresses: tuple[str, ...]) -> tuple[DiscoveredFeed, ...]:
        """Return the feeds of the first of ``addresses`` that answers, or of its site."""
        page, refusal = await self._open_page(addresses)
        if page is not None:
            feeds = await self._feeds_of_address(page, requested_url=self.tried[-1][0])
            feeds = feeds or await self._declared_on(page)
            if feeds:
                return feeds
        start = page.url if page is not None else addresses[0]
        # The feed of a shared site is not the feed of the account that the user typed.
        feeds = () if is_shared_site(start) else await self._feeds_of_site(start)
        feeds = feeds or await self._linked_feeds()
        if refusal is not None and not feeds:
            raise refusal
        return feeds

    async def from_first_alive(self, feeds: Iterable[DiscoveredFeed]) -> tuple[DiscoveredFeed, ...]:
        """Return ``feeds`` from the first one that answers; none if too many are dead."""
        candidates = tuple(feeds)
        for position, feed in enumerate(candidates[:_MAX_DEAD_FEEDS]):
            fetched = await self._try_fetch(feed.url)
            title = await self._feed_title(fetched) if fetched is not None else None
            if fetched is not None and title is not None:
                first = replace(feed, url=fetched.moved_to or feed.url, title=title or feed.title)
                return first, *candidates[position + 1 :]
        return ()

    async def _open_page(
        self, addresses: tuple[str, ...]
    ) -> tuple[FetchResult | None, FetchError | None]:
        """Return the page, or the refusal of a server whose site may still have a feed."""
        failure: FetchError | None = None
        for address in addresses:
            try:
                return await self._fetch(address), None
            except HttpStatusError as error:
                failure = error
                break
            except (Unreachable, FetchTimeout) as error:
                # The https address comes first; a server without TLS answers the next one.
                failure = failure or error
        if (
            isinstance(failure, HttpStatusError)
            and failure.status in _MISSING_STATUSES | _FORBIDDEN_STATUSES
        ):
            return None, failure
        raise failure or NoFeedFound("no address to request", address=str(addresses))

    async def _feeds_of_address(
        self, page: FetchResult, *, requested_url: str
    ) -> tuple[DiscoveredFeed, ...]:
        """Return the page itself if it is a feed, or the feeds of the site that it moved to."""
        title = await self._feed_title(page)
        if title is not None:
            return (DiscoveredFeed(page.moved_to or requested_url, title),)
        if site_of(page.url).startswith("consent."):
            self.remark = f"{site_of(page.url)} asks for consent before it shows the page"
        self.remark = self.remark or reason_without_feed(page.url)
        rule_feeds = (
            feed
            for feed in feeds_by_rule(page.url)
            if canonical_url(feed.url) not in self._requested
        )
        return await self.from_first_alive(rule_feeds)

    async def _declared_on(self, page: FetchResult) -> tuple[DiscoveredFeed, ...]:
        """Return the feeds that a page declares, or the page to which a browser goes from it."""
        for _ in range(_MAX_REFRESHES + 1):
            self._pages.append(page)
            links = await self._read_links(page)
            feeds = await self.from_first_alive(links.declared)
            next_page = (
                await self._try_fetch(links.refresh_url)
                if links.refresh_url and not feeds
                else None
            )
            if next_page is None:
                return feeds
            feeds = await self._feeds_of_address(next_page, requested_url=links.refresh_url)
            if feeds:
                return feeds
            page = next_page
        return ()

    async def _feeds_of_site(self, url: str) -> tuple[DiscoveredFeed, ...]:
        feeds = () if _is_root(url) else await self._declared_on_front_page(url)
        return feeds or await self._well_known_feed(url)

    async def _declared_on_front_page(self, url: str) -> tuple[DiscoveredFeed, ...]:
        front_page = await self._try_fetch(_root(url))
        if front_page is None:
            return ()
        return await self._declared_on(front_page)

    async def _well_known_feed(self, url: str) -> tuple[DiscoveredFeed, ...]:
        for path in WELL_KNOWN_PATHS:
            address = _root(url).rstrip("/") + path
            fetched = await self._try_fetch(address)
            title = await self._feed_title(fetched) if fetched is not None else None
            if fetched is not None and title is not None:
                return (DiscoveredFeed(fetched.moved_to or address, title),)
            if fetched is not None:
                # A web page at such a path often lists the feeds of the site.
                self._pages.append(fetched)
        return ()

    async def _linked_feeds(self) -> tuple[DiscoveredFeed, ...]:
        """Return feeds from links that look like feeds, on the pages that were fetched."""
        pages = {canonical_url(page.url): page for page in self._pages}
        for page in list(pages.values())[:_MAX_LINK_PAGES]:
            links = await self._read_links(page)
            candidates = (
                feed
                for feed in rank_feeds((*links.declared, *links.likely), page_url=page.url)
                if canonical_url(feed.url) not in self._requested
            )
            feeds = await self.from_first_alive(candidates)
            if feeds:
                return feeds
        return ()

    async def _try_fetch(self, url: str) -> FetchResult | None:
        """Return the response of ``url``; None if it fails or a request is not worth while."""
        is_pointless = canonical_url(url) in self._requested or _root(url) in self._blocked_roots
        if is_pointless or len(self.tried) >= MAX_REQUESTS:
            return None
        try:
            return await self._fetch(url)
        except FetchError:
            return None

    async def _fetch(self, url: str) -> FetchResult:
        self._requested.add(canonical_url(url))
        try:
            fetched = await self.fetch(url)
        except FetchError as error:
            self.tried.append((url, error.reason))
            if _blocks_host(error):
                self._blocked_roots.add(_root(url))
            raise
        self.tried.append((url, "no feed"))
        self._requested.add(canonical_url(fetched.url))
        return fetched

    async def _feed_title(self, fetched: FetchResult) -> str | None:
        """Return the title of the feed, "" for a feed without one, None if it is not a feed."""
        try:
            feed = await read_feed(
                fetched.body,
                content_type=fetched.content_type,
                url=fetched.url,
                now=self.now,
                sandbox=self.sandbox,
            )
        except NotAFeedError:
            return None
        except FeedError as error:
            self.tried[-1] = (fetched.url, error.reason)
            return None
        self.tried[-1] = (self.tried[-1][0], "a feed")
        return title_line(feed.title)

    async def _read_links(self, page: FetchResult) -> FeedLinks:
        media_type, charset = split_content_type(page.content_type)
        if not media_type.startswith(_PAGE_TYPES):
            return FeedLinks()
        arguments = page.body, charset, page.url
        try:
            if len(page.body) <= _MAX_IN_PROCESS_BYTES:
                return _read_page_links(*arguments)
            return await self.sandbox.run(
                _read_page_links, *arguments, seconds=_PARSE_TIMEOUT_SECONDS
            )
        except (BinaryDocument, SandboxError) as error:
            self.tried.append((page.url, str(error)))
            return FeedLinks()


def _read_page_links(body: bytes, charset: str | None, url: str) -> FeedLinks:
    return read_feed_links(decode(body, declared=charset), url)


def _blocks_host(error: FetchError) -> bool:
    """Return True if another request to this host would be impolite or pointless."""
    if isinstance(error, HttpStatusError):
        return error.is_browser_challenge or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, FetchTimeout | Unreachable)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _is_root(url: str) -> bool:
    return canonical_url(url) == canonical_url(_root(url))
