"""Detect the format of a response body by its first bytes: an XML feed, a JSON feed, or another kind.

The Content-Type is only used to describe other kinds: servers send feeds as text/html and pages as
application/rss+xml.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from watchers.errors import BrokenFeed, NotAFeedError

FeedFormat = Literal["xml", "json"]

MAX_HEAD_BYTES: Final = 65_536
"""Bytes in which the root of a feed must start. Some servers send warnings before it."""

FEED_ROOT: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)(?=[\s>/])", re.IGNORECASE
)
"""The start tag of a feed. "channel" is the root of CDF, and of RSS without its <rss> element."""

_HTML: Final = re.compile(rb"<html[\s>]", re.IGNORECASE)
_DOCTYPE: Final = re.compile(rb"<!doctype\s+html", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]{0,200}>\s*+([^<]{1,200}+)\s*+</title", re.IGNORECASE)
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})")
_ADD_SITE: Final = "add the address of the site, and Tocsin searches for its feed"
_OPEN_IN_BROWSER: Final = "open the address in a browser to see its content"
_MAGIC_NUMBERS: Final = (
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
    "urlset": ("a sitemap", _ADD_SITE),
    "sitemapindex": ("an index of sitemaps", _ADD_SITE),
    "opml": ("a list of feeds (OPML)", "import it instead"),
    "svg": ("a picture (SVG)", ""),
    "envelope": ("a response of a SOAP service", _OPEN_IN_BROWSER),
    "error": ("an error message in XML", _OPEN_IN_BROWSER),
    "opensearchdescription": ("a description of a search engine", _ADD_SITE),
}
# "<?xm" in EBCDIC.
_EBCDIC_XML: Final = b"\x4c\x6f\xa7\x94"


def detect_format(body: bytes, content_type: str = "") -> FeedFormat:
    """Return the format of the feed in ``body``.

    Raises:
        BrokenFeed: The body is empty.
        NotAFeedError: The body is of another kind, which the error names.
    """
    # UTF-32 needs four bytes per character.
    head = _strip_wide_encoding(body[: 4 * MAX_HEAD_BYTES])[:MAX_HEAD_BYTES].lstrip()
    if not head:
        raise BrokenFeed("the response is empty")
    for magic, kind in _MAGIC_NUMBERS:
        if head.startswith(magic):
            raise NotAFeedError(kind, _OPEN_IN_BROWSER)
    if head[:1] in {b"{", b"["}:
        return "json"
    feed, page = FEED_ROOT.search(head), _HTML.search(head)
    # A page may quote a feed in its text, and some feeds have a DOCTYPE of HTML.
    if page is not None and (feed is None or page.start() < feed.start()):
        raise html_page_error(head)
    if feed is None and _DOCTYPE.search(head):
        raise html_page_error(head)
    if feed is None:
        raise _other_kind_error(head, content_type)
    return "xml"


def html_page_error(head: bytes) -> NotAFeedError:
    """Return the error for an HTML page with its title, such as "Log in" or "Just a moment…"."""
    title = _TITLE.search(head.decode("utf-8", "replace"))
    kind = f"an HTML page titled “{' '.join(title[1].split())}”" if title else "an HTML page"
    return NotAFeedError(kind, _ADD_SITE)


def _other_kind_error(head: bytes, content_type: str) -> NotAFeedError:
    media_type = content_type.partition(";")[0].strip().lower()
    root = _ROOT.search(head)
    if root is None:
        kind = "plain text" if _is_text(head) else "binary data"
        return NotAFeedError(kind, _OPEN_IN_BROWSER)
    name = root[1].decode().rpartition(":")[2].lower()
    if name in _KNOWN_ROOTS:
        return NotAFeedError(*_KNOWN_ROOTS[name])
    if media_type in {"text/html", "application/xhtml+xml"} or not head.startswith(b"<?xml"):
        return html_page_error(head)
    return NotAFeedError(f"XML that starts with <{name}>", _OPEN_IN_BROWSER)


def _strip_wide_encoding(head: bytes) -> bytes:
    """Return ``head`` without byte order marks and the zeros of UTF-16 and UTF-32.

    The result is only good enough to find tags; `xml_tree` decodes the text.
    """
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    if head.startswith(_EBCDIC_XML):
        head = head.decode("cp037").encode("ascii", "replace")
    return head.replace(b"\0", b"") if b"\0" in head[:64] else head


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and b"\x01" not in head
