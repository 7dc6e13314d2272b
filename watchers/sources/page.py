"""A web page as an Item: clean text, title, author, date, language, site.

    url ─ Fetch ─► by its type ─┬─ HTML ──────────► read_article, in a process of its own
                                ├─ PDF, plain text ► the readers of documents
                                └─ anything else ──► UnreadableDocument
                       │
          an AMP or print version ─ one hop ─► its canonical page
          no text without scripts ─ one hop ─► its AMP version

A paywall stub is an Item with a wall: there is a title and a beginning, and it is said that it is one.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from watchers.errors import (
    DocumentError,
    EmptyDocument,
    FetchError,
    IsolationError,
    UnreadableDocument,
)
from watchers.fetching.content_type import split_content_type
from watchers.fetching.fetched import Fetch, Fetched
from watchers.isolation import Isolation
from watchers.item import Item
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.sources.document import draft_to_item, with_key
from watchers.sources.isolated import read_guarded
from watchers.text.article import Article, read_article
from watchers.text.walls import Wall

SECONDS: Final = 15.0
"""That one page may take to be read; a usual one takes a hundredth of one."""

_PDF: Final = b"%PDF-"
_MARKUP: Final = re.compile(rb"\s*(?:<!--|<!doctype|<html|<head|<body|<\?xml)", re.IGNORECASE)
_FEED: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_HEAD: Final = 1_024
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})
_DOCUMENTS: Final = {
    "application/pdf": "page.pdf",
    "application/x-pdf": "page.pdf",
    "text/plain": "page.txt",
    "text/markdown": "page.md",
    "text/x-markdown": "page.md",
}
_UNSURE: Final = frozenset({"application/octet-stream", "binary/octet-stream", "text/plain"})
_KINDS: Final = {"image": "a picture", "video": "a video", "audio": "a sound", "font": "a font"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read.

    Attributes:
        item: what it says; its URL is the canonical one, its key that URL's canonical form.
        wall: what hides the article or its end; ``None`` for a page that can be read.
    """

    item: Item
    wall: Wall | None = None


async def read_page(url: str, fetch: Fetch, isolation: Isolation, *, now: datetime) -> Page:
    """What the page at ``url`` says. ``now`` bounds the dates that are believed.

    Raises:
        FetchError: it could not be had.
        DocumentError: it is no page, there is no text on it, or it takes too long to read.
    """
    reader = _Reader(fetch, isolation, now)
    fetched = await fetch(url)
    page, elsewhere = await reader.read(fetched)
    if elsewhere:
        better = await reader.try_at(elsewhere)
        if better is not None and (_is_whole(better) or not _is_whole(page)):
            return better
    if not page.item.text and page.wall is None:
        raise EmptyDocument("no article was found on it", address=url, name=url)
    return page


def _is_whole(page: Page) -> bool:
    return bool(page.item.text) and page.wall is None


class _Reader:
    """What one reading goes by."""

    def __init__(self, fetch: Fetch, isolation: Isolation, now: datetime) -> None:
        self._fetch = fetch
        self._isolation = isolation
        self._now = now

    async def try_at(self, url: str) -> Page | None:
        """The page at ``url``, ``None`` if it is of no use: there is another one already."""
        try:
            page, _ = await self.read(await self._fetch(url))
        except (FetchError, DocumentError):
            return None
        return page if page.item.text else None

    async def read(self, fetched: Fetched) -> tuple[Page, str | None]:
        """The page, and the address of a version that may be better."""
        url = fetched.url
        media_type, charset = split_content_type(fetched.content_type)
        try:
            kind = _kind(media_type, fetched.body)
            if kind:
                article, item = await asyncio.to_thread(
                    _read_document, fetched.body, kind, url, self._now
                )
            else:
                article, item = await self._isolation.run(
                    _read_page, fetched.body, charset, url, self._now, seconds=SECONDS
                )
        except EmptyDocument as error:
            raise EmptyDocument(error.reason, address=url, name=url) from error
        except DocumentError as error:
            raise UnreadableDocument(error.reason, address=url, name=url) from error
        except IsolationError as error:
            raise UnreadableDocument(
                f"it cannot be read: {error}", address=url, name=url
            ) from error
        address = _own_address(article, fetched)
        item = with_key(replace(item, url=address), canonical_url(address))
        return Page(item=item, wall=article.wall), _elsewhere(article, url)


def _read_page(body: bytes, charset: str | None, url: str, now: datetime) -> tuple[Article, Item]:
    article = read_article(body, charset, url, now)
    return article, _item(article, url)


def _read_document(body: bytes, name: str, url: str, now: datetime) -> tuple[Article, Item]:
    article = Article(draft=read_guarded(body, name, now=now))
    return article, _item(article, url)


def _item(article: Article, url: str) -> Item:
    site = site_of(url)
    draft = replace(article.draft, source=article.draft.source or site)
    if not draft.paragraphs and not draft.title:
        draft = replace(draft, title=site)
    item = draft_to_item(draft, url)
    return item if article.lead == item.title else replace(item, lead=article.lead)


def _kind(media_type: str, body: bytes) -> str:
    """The name by which the readers of documents know this kind; "" for a page."""
    head = body[:_HEAD]
    if head.startswith(_PDF):
        return _DOCUMENTS["application/pdf"]
    if _FEED.match(head):
        raise UnreadableDocument("it is a feed, not an article; follow it instead")
    if media_type in _PAGES or (media_type in _UNSURE and _MARKUP.match(head)):
        return ""
    kind = _DOCUMENTS.get(media_type)
    if kind is None:
        what = _KINDS.get(media_type.partition("/")[0], "a file")
        raise UnreadableDocument(f"it is {what} ({media_type[:60]}), not a page with text")
    return kind


def _elsewhere(article: Article, url: str) -> str | None:
    """A version that is worth one more request."""
    canonical = article.canonical
    if (
        article.is_copy
        and canonical
        and not _same(canonical, url)
        and not _is_front(canonical, url)
    ):
        return canonical
    is_empty = not article.draft.paragraphs and (
        article.wall is None or article.wall.kind == "script"
    )
    return article.amp if is_empty and article.amp and article.amp != url else None


def _own_address(article: Article, fetched: Fetched) -> str:
    """Where the page says that it is, if that is its own site; else where it was found."""
    said = article.canonical or next(iter(fetched.links.get("canonical", ())), None)
    if said is None or _is_front(said, fetched.url):
        return fetched.url
    return said if site_of(said) == site_of(fetched.url) else fetched.url


def _is_front(canonical: str, url: str) -> bool:
    """Whether a page calls itself its site's first page, as careless templates do."""
    front = urlsplit(canonical).path.strip("/") == "" and not urlsplit(canonical).query
    return front and urlsplit(url).path.strip("/") != ""


def _same(one: str, other: str) -> bool:
    """Letter by letter: the canonical *form* of a copy's address is often that of the page."""
    return one.rstrip("/") == other.rstrip("/")
