"""Small feeds for tests, and parsers without worker processes."""

from __future__ import annotations

from datetime import UTC, datetime

from watchers.feeds import Entry, Feed, entry_to_item
from watchers.feeds.detect import detect_format
from watchers.feeds.feedparser_fallback import parse_with_feedparser
from watchers.feeds.reader import read_strictly
from watchers.item import Item

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://example.org/blog/feed.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:georss="http://www.georss.org/georss" '
    'xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:xh="http://www.w3.org/1999/xhtml" '
    'xmlns:fh="http://purl.org/syndication/history/1.0" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:yt="http://www.youtube.com/xml/schemas/2015"'
)


def rss(item: str = "", channel: str = "") -> bytes:
    """Return an RSS 2.0 feed with one item of these children; without children it has no item."""
    items = f"<item>{item}</item>" if item else ""
    return (
        f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel><title>The Example</title>'
        f"<link>https://example.org/</link>{channel}{items}</channel></rss>"
    ).encode()


def atom(entry: str = "", feed: str = "", attributes: str = "") -> bytes:
    """Return an Atom 1.0 feed with one entry of these children."""
    entries = f"<entry>{entry}</entry>" if entry else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {attributes}><title>The Example</title>'
        f"{feed}{entries}</feed>"
    ).encode()


def parse_strictly(body: bytes, content_type: str = "", url: str = URL) -> Feed:
    """Return the feed in ``body`` from the strict parser."""
    return read_strictly(detect_format(body, content_type) == "json", body, content_type, url, NOW)


def parse_leniently(body: bytes, content_type: str = "", url: str = URL) -> Feed:
    """Return the feed in ``body`` from feedparser."""
    return parse_with_feedparser(body, content_type, url, NOW)


def only_entry(feed: Feed) -> Entry:
    """Return the only entry of a feed."""
    (entry,) = feed.entries
    return entry


def only_item(body: bytes, content_type: str = "") -> Item:
    """Return the Item of the only entry of a feed."""
    feed = parse_strictly(body, content_type)
    item = entry_to_item(only_entry(feed), feed, url=URL)
    assert item is not None
    return item
