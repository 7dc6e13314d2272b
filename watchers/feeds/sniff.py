"""What a body is, by its first bytes: a feed in XML, a feed in JSON, or something to be named.

The Content-Type is asked last: feeds come as text/html and pages as application/rss+xml.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from watchers.errors import BrokenFeed, NotAFeed

Form = Literal["xml", "json"]

HEAD: Final = 65_536
"""Bytes in which a feed must begin: what comes before is a server's warnings."""

FEED_ROOT: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)(?=[\s>/])", re.IGNORECASE
)
"""Where a feed's root opens; "channel" is that of CDF and of RSS without its shell."""

_HTML: Final = re.compile(rb"<html[\s>]", re.IGNORECASE)
_DOCTYPE: Final = re.compile(rb"<!doctype\s+html", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]{0,200}>\s*+([^<]{1,200}+)\s*+</title", re.IGNORECASE)
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})")
_FIND_ITS_FEED: Final = "add its site and its feed will be looked for"
_SEE_IN_BROWSER: Final = "open the address in a browser to see what it gives"
_MAGIC: Final = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
)
_KNOWN_ROOTS: Final = {
    "urlset": ("a sitemap", _FIND_ITS_FEED),
    "sitemapindex": ("an index of sitemaps", _FIND_ITS_FEED),
    "opml": ("a list of feeds (OPML)", "import it instead"),
    "svg": ("a picture (SVG)", ""),
    "envelope": ("an answer of a SOAP service", _SEE_IN_BROWSER),
    "error": ("an error message in XML", _SEE_IN_BROWSER),
    "opensearchdescription": ("a description of a search engine", _FIND_ITS_FEED),
}


def form_of(body: bytes, content_type: str = "") -> Form:
    """Which reader ``body`` is for.

    Raises:
        BrokenFeed: it is empty.
        NotAFeed: it is something else, which the error names.
    """
    head = _ascii(body[: 4 * HEAD])[:HEAD].lstrip()
    if not head:
        raise BrokenFeed("the answer is empty")
    for magic, found in _MAGIC:
        if head.startswith(magic):
            raise NotAFeed(found, _SEE_IN_BROWSER)
    if head[:1] in {b"{", b"["}:
        return "json"
    feed, page = FEED_ROOT.search(head), _HTML.search(head)
    if page is not None and (feed is None or page.start() < feed.start()):
        raise html_page(head)
    if feed is None and _DOCTYPE.search(head):
        raise html_page(head)
    if feed is None:
        raise _something_else(head, content_type)
    return "xml"


def html_page(head: bytes) -> NotAFeed:
    """The error for an HTML page, with its title: "Log in", "Just a moment…" explain a lot."""
    title = _TITLE.search(head.decode("utf-8", "replace"))
    named = f"an HTML page titled “{' '.join(title[1].split())}”" if title else "an HTML page"
    return NotAFeed(named, _FIND_ITS_FEED)


def _something_else(head: bytes, content_type: str) -> NotAFeed:
    kind = content_type.partition(";")[0].strip().lower()
    root = _ROOT.search(head)
    if root is None:
        return NotAFeed("plain text" if _is_text(head) else "no text", _SEE_IN_BROWSER)
    name = root[1].decode().rpartition(":")[2].lower()
    if name in _KNOWN_ROOTS:
        return NotAFeed(*_KNOWN_ROOTS[name])
    if kind in {"text/html", "application/xhtml+xml"} or not head.startswith(b"<?xml"):
        return html_page(head)
    return NotAFeed(f"XML that begins with <{name}>", _SEE_IN_BROWSER)


def _ascii(head: bytes) -> bytes:
    """``head`` with the zeros and marks of UTF-16 and UTF-32 left out: enough to see tags."""
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    if head.startswith(b"\x4c\x6f\xa7\x94"):  # "<?xm" in EBCDIC
        head = head.decode("cp037").encode("ascii", "replace")
    return head.replace(b"\0", b"") if b"\0" in head[:64] else head


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and head.count(b"\x01") == 0
