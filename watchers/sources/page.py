"""Read a web page as an item, and add the text of its page to an item with little text.

    url ─ fetch ─► by content type ─┬─ HTML ─────────────► read_article, in a worker process
                                    ├─ PDF, plain text ──► the document readers
                                    └─ other types ──────► UnreadableDocument
                        │
          an AMP or print version  ─ one more request ─► its canonical page
          no text without scripts  ─ one more request ─► its AMP version

A page behind a paywall is an item with an access barrier: it has a title and the beginning of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from watchers.errors import (
    DocumentError,
    EmptyDocument,
    FetchError,
    SandboxError,
    UnreadableDocument,
)
from watchers.fetching.result import Fetch, FetchResult, split_content_type
from watchers.item import Item
from watchers.process_pool import SandboxPool
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.sources.document import draft_to_item, read_draft, with_key
from watchers.text.access_barriers import AccessBarrier
from watchers.text.article import Article, read_article

PARSE_TIMEOUT_SECONDS: Final = 5.0
"""Time limit for the worker process. A usual page takes 10 milliseconds."""

DOCUMENT_TIMEOUT_SECONDS: Final = 10.0
"""Time limit for a page that is a PDF or a text."""

_PDF_START: Final = b"%PDF-"
_HTML_START: Final = re.compile(rb"\s*(?:<!--|<!doctype|<html|<head|<body|<\?xml)", re.IGNORECASE)
_FEED_START: Final = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE
)
_HEAD_BYTES: Final = 1_024
_HTML_TYPES: Final = frozenset(
    {"text/html", "application/xhtml+xml", "application/xml", "text/xml"}
)
# The document readers choose the format by the suffix of the name.
_DOCUMENT_NAMES: Final = {
    "application/pdf": "page.pdf",
    "application/x-pdf": "page.pdf",
    "text/plain": "page.txt",
    "text/markdown": "page.md",
    "text/x-markdown": "page.md",
}
# Servers without a type for a file send one of these, so the content decides.
_VAGUE_TYPES: Final = frozenset({"application/octet-stream", "binary/octet-stream", "text/plain"})
_TYPE_NAMES: Final = {
    "image": "a picture",
    "video": "a video",
    "audio": "an audio file",
    "font": "a font",
}
_MAX_TYPE_CHARS: Final = 60

_MEDIA_SUFFIXES: Final = frozenset(
    (
        *(".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav"),
        *(".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi"),
        *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"),
        *(".zip", ".gz", ".torrent"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A web page that was read.

    Attributes:
        item: the content; the URL is the canonical one, the key is the canonical form of that URL.
        barrier: the barrier that hides the article or its end; ``None`` for a readable page.
    """

    item: Item
    barrier: AccessBarrier | None = None


async def read_page(url: str, fetch: Fetch, sandbox: SandboxPool, *, now: datetime) -> Page:
    """Return the page at ``url``. Dates after ``now`` are not believed.

    Raises:
        FetchError: the page cannot be fetched.
        DocumentError: the content is not a page, has no text, or takes too long to read.
    """
    reader = _PageReader(fetch, sandbox, now)
    fetched = await fetch(url)
    page, better_url = await reader.read(fetched)
    if better_url:
        better_page = await reader.try_read_url(better_url)
        if better_page is not None and (_is_complete(better_page) or not _is_complete(page)):
            return better_page
    if not page.item.text and page.barrier is None:
        raise EmptyDocument("no article was found on it", address=url, name=url)
    return page


def needs_full_text(item: Item, min_chars: int) -> bool:
    """Return True if an item has less than ``min_chars`` characters besides its title, and a page."""
    if len(item.lead) + len(item.text) >= min_chars or not item.url:
        return False
    try:
        address = urlsplit(item.url)
    except ValueError:
        # The feed contains a malformed address.
        return False
    suffix = PurePosixPath(address.path).suffix.lower()
    return (
        address.scheme in {"http", "https"}
        and bool(address.hostname)
        and suffix not in _MEDIA_SUFFIXES
    )


def add_full_text(item: Item, page: Page) -> Item:
    """Return the item with the text of its page, if the page has more text than the item.

    The other fields of the item are kept. A barrier that hides the whole article adds nothing; the
    beginning of an article before a paywall does.
    """
    page_item = page.item
    if page.barrier is not None and page.barrier.hides_all:
        return item
    if len(page_item.text) + len(page_item.lead) <= len(item.text) + len(item.lead):
        return item
    return replace(
        item,
        text=page_item.text or item.text,
        lead=item.lead or page_item.lead,
        language=item.language or page_item.language,
        author=item.author or page_item.author,
    )


def _is_complete(page: Page) -> bool:
    return bool(page.item.text) and page.barrier is None


class _PageReader:
    """The context for reading one page and a better version of it."""

    def __init__(self, fetch: Fetch, sandbox: SandboxPool, now: datetime) -> None:
        self._fetch = fetch
        self._sandbox = sandbox
        self._now = now

    async def try_read_url(self, url: str) -> Page | None:
        """Return the page at ``url``, or None if it fails or is empty: the first page is enough."""
        try:
            page, _ = await self.read(await self._fetch(url))
        except (FetchError, DocumentError):
            return None
        return page if page.item.text else None

    async def read(self, fetched: FetchResult) -> tuple[Page, str | None]:
        """Return the page, and the address of a version that may be better."""
        url = fetched.url
        media_type, charset = split_content_type(fetched.content_type)
        try:
            document_name = _document_name(media_type, fetched.body)
            if document_name:
                article, item = await self._sandbox.run(
                    _read_document,
                    fetched.body,
                    document_name,
                    url,
                    self._now,
                    seconds=DOCUMENT_TIMEOUT_SECONDS,
                )
            else:
                article, item = await self._sandbox.run(
                    _read_html_page,
                    fetched.body,
                    charset,
                    url,
                    self._now,
                    seconds=PARSE_TIMEOUT_SECONDS,
                )
        except EmptyDocument as error:
            raise EmptyDocument(error.reason, address=url, name=url) from error
        except DocumentError as error:
            raise UnreadableDocument(error.reason, address=url, name=url) from error
        except SandboxError as error:
            raise UnreadableDocument(
                f"it cannot be read: {error}", address=url, name=url
            ) from error
        page_url = _page_url(article, fetched)
        item = with_key(replace(item, url=page_url), canonical_url(page_url))
        return Page(item=item, barrier=article.barrier), _better_version(article, url)


def _read_html_page(
    body: bytes, charset: str | None, url: str, now: datetime
) -> tuple[Article, Item]:
    article = read_article(body, charset, url, now)
    return article, _article_item(article, url)


def _read_document(body: bytes, name: str, url: str, now: datetime) -> tuple[Article, Item]:
    article = Article(draft=read_draft(body, name, now=now))
    return article, _article_item(article, url)


def _article_item(article: Article, url: str) -> Item:
    site = site_of(url)
    draft = replace(article.draft, source=article.draft.source or site)
    if not draft.paragraphs and not draft.title:
        draft = replace(draft, title=site)
    item = draft_to_item(draft, url)
    return item if article.lead == item.title else replace(item, lead=article.lead)


def _document_name(media_type: str, body: bytes) -> str:
    """Return a file name of the format for the document readers, or "" for an HTML page."""
    head = body[:_HEAD_BYTES]
    if head.startswith(_PDF_START):
        return _DOCUMENT_NAMES["application/pdf"]
    if _FEED_START.match(head):
        raise UnreadableDocument("it is a feed, not an article; add it as a feed instead")
    if media_type in _HTML_TYPES or (media_type in _VAGUE_TYPES and _HTML_START.match(head)):
        return ""
    name = _DOCUMENT_NAMES.get(media_type)
    if name is None:
        type_name = _TYPE_NAMES.get(media_type.partition("/")[0], "a file")
        short_type = media_type[:_MAX_TYPE_CHARS]
        raise UnreadableDocument(f"it is {type_name} ({short_type}), not a page with text")
    return name


def _better_version(article: Article, url: str) -> str | None:
    """Return the address of a version that is worth one more request."""
    canonical = article.canonical
    if (
        article.is_copy
        and canonical
        and not _is_same_url(canonical, url)
        and not _is_front_page(canonical, url)
    ):
        return canonical
    needs_scripts = not article.draft.paragraphs and (
        article.barrier is None or article.barrier.kind == "script"
    )
    return article.amp if needs_scripts and article.amp and article.amp != url else None


def _page_url(article: Article, fetched: FetchResult) -> str:
    """Return the canonical address if it is on the same site, else the address of the response."""
    canonical = article.canonical or next(iter(fetched.links.get("canonical", ())), None)
    if canonical is None or _is_front_page(canonical, fetched.url):
        return fetched.url
    return canonical if site_of(canonical) == site_of(fetched.url) else fetched.url


def _is_front_page(canonical: str, url: str) -> bool:
    """Return True if an article declares the front page as canonical, a common template error."""
    parts = urlsplit(canonical)
    is_root = parts.path.strip("/") == "" and not parts.query
    return is_root and urlsplit(url).path.strip("/") != ""


def _is_same_url(first: str, second: str) -> bool:
    # The canonical forms are no help: an AMP copy often has the same form as its original.
    return first.rstrip("/") == second.rstrip("/")
