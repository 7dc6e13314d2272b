"""Little feeds for tests, and a reader without processes."""

from __future__ import annotations

from datetime import UTC, datetime

from watchers.feeds import Entry, Feed, entry_item
from watchers.feeds.lenient import read_leniently
from watchers.feeds.reader import read_strictly
from watchers.feeds.sniff import form_of
from watchers.item import Item

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://example.org/blog/feed.xml"
SPACES = (
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
    """An RSS 2.0 feed with one item of these children; without any there is no item."""
    items = f"<item>{item}</item>" if item else ""
    return (
        f'<?xml version="1.0"?><rss version="2.0" {SPACES}><channel><title>The Example</title>'
        f"<link>https://example.org/</link>{channel}{items}</channel></rss>"
    ).encode()


def atom(entry: str = "", feed: str = "", attributes: str = "") -> bytes:
    """An Atom 1.0 feed with one entry of these children."""
    entries = f"<entry>{entry}</entry>" if entry else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES} {attributes}><title>The Example</title>'
        f"{feed}{entries}</feed>"
    ).encode()


def strictly(body: bytes, content_type: str = "", url: str = URL) -> Feed:
    """The feed in ``body``, by the strict reader alone."""
    return read_strictly(form_of(body, content_type) == "json", body, content_type, url, NOW)


def leniently(body: bytes, content_type: str = "", url: str = URL) -> Feed:
    """The feed in ``body``, by the lenient reader alone."""
    return read_leniently(body, content_type, url, NOW)


def only(feed: Feed) -> Entry:
    """The one entry that there is."""
    (entry,) = feed.entries
    return entry


def item_in(body: bytes, content_type: str = "") -> Item:
    """The one Item that there is."""
    feed = strictly(body, content_type)
    item = entry_item(only(feed), feed, url=URL)
    assert item is not None
    return item
