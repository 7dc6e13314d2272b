"""From what a person typed to the feeds behind it.

    "example.org" ──► known sites' own rules ── a feed answers ──► found
         │
         └──► the page ── it is a feed itself ─────────────────► found
                │
                ├── feeds that it declares (<link rel=alternate>) ──► found
                ├── the site's first page, the same
                ├── /feed, /rss.xml, … ──────────────────────────► found
                └── links that look like feeds ──────────────────► found, or NoFeedFound

Before feeds are handed out, the first of them has answered: a dead link is passed over. The others
are as the page says; whoever chooses one will see. At most `MOST_REQUESTS` requests, one at a time.
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
    IsolationError,
    NoFeedFound,
    NotAFeed,
    Refused,
    TooSlow,
    Unreachable,
)
from watchers.feeds.plain import title_line
from watchers.feeds.reader import read_feed
from watchers.fetching.content_type import split_content_type
from watchers.fetching.fetched import Fetch, Fetched
from watchers.isolation import Isolation
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.sources.feed_addresses import (
    feeds_by_rule,
    has_tenants,
    no_feed_there,
    read_address,
)
from watchers.sources.feed_links import FeedLinks, read_feed_links
from watchers.sources.found import FoundFeed, ranked
from watchers.text.decode import decode

MOST_REQUESTS: Final = 24
"""Requests that one search may make; a site is not to be hammered for a person's wish."""

WELL_KNOWN: Final = (
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
"""Paths at which sites have their feed, the commonest first."""

_MOST_DEAD: Final = 5
"""Feeds of one page that may be dead before the page is given up."""

_MOST_PAGES: Final = 3
"""Pages met on the way ("/rss" is often a list of feeds) that are read for links."""

_IN_PLACE: Final = 16_384  # bytes of a page that no nesting can make slow for those who wait
_SECONDS: Final = 10.0  # that a page may take to be read
_NOT_FOUND: Final = frozenset({404, 410})
_FORBIDDEN: Final = frozenset({401, 403, 405, 406, 451})
_PAGE_TYPES: Final = ("text/", "application/xhtml", "application/xml")


async def discover(
    address: str, fetch: Fetch, isolation: Isolation, *, now: datetime
) -> tuple[FoundFeed, ...]:
    """The feeds behind ``address``, the likeliest first; never none.

    ``address`` is what people type: a bare domain, a page, a feed, a channel, "r/worldnews",
    "@name@host". Several feeds are a choice for whoever asked.

    Raises:
        NoFeedFound: with what was tried, and why nothing was.
        FetchError: the page could not be had: it does not answer, it wants a person with a browser.
    """
    typed = read_address(address)
    if typed.no_feed:
        raise NoFeedFound(typed.no_feed, address=address)
    search = _Search(fetch=fetch, isolation=isolation, now=now)
    found = await search.first_alive(typed.feeds) or await search.behind(typed.pages)
    if not found:
        raise NoFeedFound(_summary(search), address=address, tried=tuple(search.tried))
    return found


def _summary(search: _Search) -> str:
    site = next((site_of(url) for url, _ in reversed(search.tried)), "the site")
    return (
        search.remark or f"no feed was found ({site} names none, and none is at the usual places)"
    )


@dataclass(kw_only=True, slots=True)
class _Search:
    """One search: what it asked, and what it met on the way."""

    fetch: Fetch
    isolation: Isolation
    now: datetime
    tried: list[tuple[str, str]] = field(default_factory=list)
    remark: str = ""
    _asked: set[str] = field(default_factory=set)  # canonical addresses
    _silent: set[str] = field(default_factory=set)  # servers that are left in peace
    _pages: list[Fetched] = field(default_factory=list)

    async def behind(self, addresses: tuple[str, ...]) -> tuple[FoundFeed, ...]:
        """The feeds behind a page, the first of ``addresses`` that answers."""
        page, refused = await self._open(addresses)
        if page is not None:
            found = await self._at(page, asked=self.tried[-1][0]) or await self._declared_on(page)
            if found:
                return found
        start = page.url if page is not None else addresses[0]
        found = () if has_tenants(start) else await self._anywhere(start)
        found = found or await self._likely()
        if refused is not None and not found:
            raise refused
        return found

    async def first_alive(self, feeds: Iterable[FoundFeed]) -> tuple[FoundFeed, ...]:
        """``feeds`` from the first one that answers on; none when too many of them are dead."""
        ordered = tuple(feeds)
        for place, feed in enumerate(ordered[:_MOST_DEAD]):
            fetched = await self._ask(feed.url)
            title = await self._title(fetched) if fetched is not None else None
            if fetched is not None and title is not None:
                first = replace(feed, url=fetched.moved_to or feed.url, title=title or feed.title)
                return first, *ordered[place + 1 :]
        return ()

    async def _open(self, addresses: tuple[str, ...]) -> tuple[Fetched | None, FetchError | None]:
        """The page, or how the server refused it where its site may still have a feed."""
        failure: FetchError | None = None
        for address in addresses:
            try:
                return await self._get(address), None
            except Refused as error:
                failure = error
                break
            except (Unreachable, TooSlow) as error:  # https comes first, and not all speak it
                failure = failure or error
        if isinstance(failure, Refused) and failure.status in _NOT_FOUND | _FORBIDDEN:
            return None, failure
        raise failure or NoFeedFound("there is nothing to ask", address=str(addresses))

    async def _at(self, page: Fetched, *, asked: str) -> tuple[FoundFeed, ...]:
        """The page itself, if it is a feed; the rules of the site that it led to, if it moved."""
        title = await self._title(page)
        if title is not None:
            return (FoundFeed(page.moved_to or asked, title),)
        if site_of(page.url).startswith("consent."):
            self.remark = f"{site_of(page.url)} asks for consent before it shows the page"
        self.remark = self.remark or no_feed_there(page.url)
        rules = (
            feed for feed in feeds_by_rule(page.url) if canonical_url(feed.url) not in self._asked
        )
        return await self.first_alive(rules)

    async def _declared_on(self, page: Fetched) -> tuple[FoundFeed, ...]:
        self._pages.append(page)
        links = await self._links(page)
        return await self.first_alive(links.declared)

    async def _anywhere(self, url: str) -> tuple[FoundFeed, ...]:
        """The feeds of the whole site."""
        found = () if _is_root(url) else await self._at_root(url)
        return found or await self._well_known(url)

    async def _at_root(self, url: str) -> tuple[FoundFeed, ...]:
        root = await self._ask(_root(url))
        if root is None:
            return ()
        return await self._declared_on(root)

    async def _well_known(self, url: str) -> tuple[FoundFeed, ...]:
        for path in WELL_KNOWN:
            place = _root(url).rstrip("/") + path
            fetched = await self._ask(place)
            title = await self._title(fetched) if fetched is not None else None
            if fetched is not None and title is not None:
                return (FoundFeed(fetched.moved_to or place, title),)
            if fetched is not None:
                self._pages.append(fetched)  # a page about the site's feeds
        return ()

    async def _likely(self) -> tuple[FoundFeed, ...]:
        """The links on the pages met that look like feeds."""
        by_url = {canonical_url(page.url): page for page in self._pages}
        for page in list(by_url.values())[:_MOST_PAGES]:
            links = await self._links(page)
            new = (
                feed
                for feed in ranked((*links.declared, *links.likely), asked=page.url)
                if canonical_url(feed.url) not in self._asked
            )
            found = await self.first_alive(new)
            if found:
                return found
        return ()

    async def _ask(self, url: str) -> Fetched | None:
        """The answer at ``url``; ``None`` where there is none, or none is to be hoped for."""
        known = canonical_url(url) in self._asked or _root(url) in self._silent
        if known or len(self.tried) >= MOST_REQUESTS:
            return None
        try:
            return await self._get(url)
        except FetchError:
            return None

    async def _get(self, url: str) -> Fetched:
        self._asked.add(canonical_url(url))
        try:
            fetched = await self.fetch(url)
        except FetchError as error:
            self.tried.append((url, error.reason))
            if _is_unwilling(error):
                self._silent.add(_root(url))
            raise
        self.tried.append((url, "no feed"))
        self._asked.add(canonical_url(fetched.url))
        return fetched

    async def _title(self, fetched: Fetched) -> str | None:
        """The title of the feed, "" for one without; ``None`` if it is no feed."""
        try:
            feed = await read_feed(
                fetched.body,
                content_type=fetched.content_type,
                url=fetched.url,
                now=self.now,
                isolation=self.isolation,
            )
        except NotAFeed:
            return None
        except FeedError as error:
            self.tried[-1] = (fetched.url, error.reason)
            return None
        self.tried[-1] = (self.tried[-1][0], "a feed")
        return title_line(feed.title)

    async def _links(self, page: Fetched) -> FeedLinks:
        media_type, charset = split_content_type(page.content_type)
        if not media_type.startswith(_PAGE_TYPES):
            return FeedLinks()
        arguments = page.body, charset, page.url
        try:
            if len(page.body) <= _IN_PLACE:
                return _read_page(*arguments)
            return await self.isolation.run(_read_page, *arguments, seconds=_SECONDS)
        except (BinaryDocument, IsolationError) as error:
            self.tried.append((page.url, str(error)))
            return FeedLinks()


def _read_page(body: bytes, charset: str | None, url: str) -> FeedLinks:
    return read_feed_links(decode(body, declared=charset), url)


def _is_unwilling(error: FetchError) -> bool:
    """Whether asking the same host again would be rude or in vain."""
    if isinstance(error, Refused):
        return error.challenge or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, TooSlow | Unreachable)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _is_root(url: str) -> bool:
    return canonical_url(url) == canonical_url(_root(url))
