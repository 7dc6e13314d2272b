"""Find the feeds that a web page links to. Pure functions.

    <link rel=alternate type=application/rss+xml>   a declared feed
    <a href=/rss>RSS</a>                            a link that looks like a feed

The page is untrusted input: only web addresses are returned, and their number is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watchers.limits import MAX_FEED_URL_CHARS
from watchers.sources.canonical_url import site_of
from watchers.sources.feed_ranking import (
    MAX_DISCOVERED_FEEDS,
    DiscoveredFeed,
    classify_feed,
    rank_feeds,
)
from watchers.text.clean import clean_line, truncate

# A page with more links repeats itself or is hostile.
_MAX_LINKS: Final = 2_000
_MAX_TITLE_CHARS: Final = 120
# Cleaning costs time per character, so a title is cut before it is cleaned.
_MAX_RAW_TITLE_CHARS: Final = 1_000
# A longer link text is a headline that contains the word "feed".
_MAX_LABEL_CHARS: Final = 60

_FEED_TYPE: Final = re.compile(
    r"(?:application/(?:x[.-])?(?:rss|atom|rdf)|text/(?:rss|atom))(?:\+xml)?|application/feed\+json",
    re.IGNORECASE,
)
_VAGUE_TYPE: Final = re.compile(r"(?:application|text)/(?:xml|json)", re.IGNORECASE)
_FEED_WORD: Final = re.compile(
    r"(?<![a-z])(?:rss|atom|rdf|xml ?feed|json ?feed|feeds?)(?![a-z])", re.IGNORECASE
)
_FEED_FILE: Final = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss|feed|atom|index)\.(?:xml|json|php)|/rss[_-][\w-]++)/?\Z"
    r"|/(?=[\w-]++\.xml/?\Z)[\w-]*?(?:rss|feed|atom|rdf|news)",
    re.IGNORECASE,
)
_FEED_FOLDER: Final = re.compile(r"/(?:rss|atom|feeds?)(?:[12](?:\.0)?)?(?:/|\Z)", re.IGNORECASE)
# Paths below a folder of feeds do not contain these characters.
_ODD_IN_A_PATH: Final = re.compile(r"[^\w./%-]")
_FEED_QUERY: Final = re.compile(
    r"(?:^|&)(?:feed|format|alt|type|output)=(?:rss2?|atom|feed)(?:&|$)", re.IGNORECASE
)
_FEED_HOST: Final = re.compile(
    r"(?:feeds?|rss)\d?\..+|feeds?\.feedburner\.com|feedproxy\.google\.com", re.IGNORECASE
)
_FEED_HINT: Final = re.compile(r"rss|feed|atom|rdf|news|index\.(?:xml|json|php)", re.IGNORECASE)
_NO_FEED_ENDING: Final = re.compile(
    r"\.(?:css|js|png|jpe?g|gif|svg|webp|ico|pdf|zip|mp[34])/?\Z", re.IGNORECASE
)
_CHANNEL_IN_SCRIPT: Final = re.compile(r"\"(?:channelId|externalId|browseId)\":\"(UC[\w-]{22})\"")
_CHANNEL_URL: Final = re.compile(r"/channel/(UC[\w-]{22})")
_CHANNEL_ID: Final = re.compile(r"(UC[\w-]{22})")
# Some sites write "feed:https://…" or "feed://…" so that a feed reader opens the link.
_FEED_PREFIX: Final = re.compile(r"\Afeed:(?://)?(?=https?://)", re.IGNORECASE)
_FEED_SCHEME: Final = re.compile(r"\Afeed://", re.IGNORECASE)
# HTML standard, section 4.2.5.3: a delay in seconds, then the address. A longer delay reloads a page.
_REFRESH: Final = re.compile(
    r"\s*[0-9]{1,2}(?:\.[0-9]*)?\s*[;,]\s*url\s*=\s*(.+)", re.IGNORECASE | re.DOTALL
)
_FEED_TITLE_WORD: Final = re.compile(r"\b(?:rss|atom|json|xml|feeds?|[\d.]+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLinks:
    """The feeds that a page declares, its links that look like feeds, and its title.

    ``refresh_url`` is the page to which a browser goes from here (<meta http-equiv=refresh>), or "".
    """

    declared: tuple[DiscoveredFeed, ...] = ()
    likely: tuple[DiscoveredFeed, ...] = ()
    title: str = ""
    refresh_url: str = ""


def read_feed_links(markup: str, url: str) -> FeedLinks:
    """Return the ranked feeds that the page at ``url`` links to.

    The parser needs quadratic time for some malformed markup: read large pages in a worker process
    (`watchers.process_pool`).
    """
    page = LexborHTMLParser(markup)
    base = _base_url(page, url)
    title = next((_short_line(node.text(deep=True)) for node in page.css("title")[:1]), "")
    declared = (*_youtube_channel(page, markup, url), *_declared_feeds(page, base, title))
    likely = rank_feeds(_likely_feeds(page, base), page_url=url)
    return FeedLinks(
        declared=rank_feeds(declared, page_url=url),
        likely=likely,
        title=title,
        refresh_url=_refresh_url(page, base),
    )


def _declared_feeds(page: LexborHTMLParser, base: str, title: str) -> Iterator[DiscoveredFeed]:
    for node in islice(page.css("link[href]"), _MAX_LINKS):
        attributes = node.attributes
        rel = (attributes.get("rel") or "").lower().split()
        media_type = (attributes.get("type") or "").partition(";")[0].strip()
        label, href = attributes.get("title") or "", attributes.get("href") or ""
        if "stylesheet" in rel or not ({"alternate", "feed"} & set(rel)):
            continue
        # WordPress declares its REST API with the type of a JSON feed.
        is_vague = _VAGUE_TYPE.fullmatch(media_type) and "wp-json" not in href
        if (
            "feed" in rel
            or _FEED_TYPE.fullmatch(media_type)
            or (is_vague and _FEED_WORD.search(f"{label} {href}"))
        ):
            address = _absolute_url(base, href)
            if address:
                name = _short_line(label)
                yield DiscoveredFeed(
                    address,
                    name if _is_specific(name) else title,
                    classify_feed(address, name),
                )


def _likely_feeds(page: LexborHTMLParser, base: str) -> Iterator[DiscoveredFeed]:
    page_site = site_of(base)
    anchors = islice(page.css("a[href]"), 10 * _MAX_LINKS)
    candidates = (
        candidate
        for candidate in (_feed_of_anchor(node, base, page_site) for node in anchors)
        if candidate is not None
    )
    # The address of a feed is stronger evidence than the word "RSS" next to a picture.
    ordered = sorted(islice(candidates, 2 * MAX_DISCOVERED_FEEDS), key=lambda pair: not pair[1])
    yield from (feed for feed, _ in ordered)


def _feed_of_anchor(
    node: LexborNode, base: str, page_site: str
) -> tuple[DiscoveredFeed, bool] | None:
    """Return a link that looks like a feed, and True if its address looks like one."""
    attributes = node.attributes
    href = attributes.get("href") or ""
    hint = attributes.get("title") or attributes.get("aria-label") or ""
    label = _short_line(node.text(deep=True)) or _short_line(hint) or _picture_label(node)
    is_labelled = len(label) <= _MAX_LABEL_CHARS and _FEED_WORD.search(label) is not None
    # This cheap check rejects nearly all links; the checks below cost ten times as much.
    if not is_labelled and not _FEED_HINT.search(href[:MAX_FEED_URL_CHARS]):
        return None
    address = _absolute_url(base, href)
    parts, link_site = urlsplit(address), site_of(address)
    if not link_site or _NO_FEED_ENDING.search(parts.path):
        return None
    is_feed_host = _FEED_HOST.fullmatch(link_site) is not None
    is_same_site = (
        page_site == link_site
        or link_site.endswith(f".{page_site}")
        or page_site.endswith(f".{link_site}")
    )
    # Another site is usually the button of a feed reader.
    if not is_feed_host and not is_same_site:
        return None
    is_feed_address = _is_feed_path(parts.path) or _FEED_QUERY.search(parts.query)
    if not (is_feed_host or is_feed_address or is_labelled):
        return None
    name = label if _is_specific(label) else ""
    feed = DiscoveredFeed(address, name, classify_feed(address, name))
    return feed, is_feed_host or bool(is_feed_address)


def _picture_label(node: LexborNode) -> str:
    """Return the text that stands for the picture in a link, such as "RSS"."""
    picture = node.css_first("img, svg")
    return _short_line(
        _attribute(picture, "alt")
        or _attribute(picture, "title")
        or _attribute(picture, "aria-label")
    )


def _refresh_url(page: LexborHTMLParser, base: str) -> str:
    for node in islice(page.css("meta[http-equiv][content]"), _MAX_LINKS):
        if _attribute(node, "http-equiv").strip().lower() == "refresh":
            match = _REFRESH.match(_attribute(node, "content")[:MAX_FEED_URL_CHARS])
            if match is not None:
                return _absolute_url(base, match[1].strip("\"' "))
    return ""


def _is_feed_path(path: str) -> bool:
    """Return True if ``path`` ends like a feed file, or lies in a folder of feeds ("/feed/news")."""
    if _FEED_FILE.search(path):
        return True
    start = max((match.end() for match in _ODD_IN_A_PATH.finditer(path)), default=0)
    return _FEED_FOLDER.search(path, start) is not None


def _youtube_channel(page: LexborHTMLParser, markup: str, url: str) -> Iterator[DiscoveredFeed]:
    """Yield the feed of a YouTube channel or video page, which names its channel in three places."""
    if site_of(url) not in {"youtube.com", "youtu.be"}:
        return
    canonical = page.css_first('link[rel="canonical"]')
    meta = page.css_first('meta[itemprop="channelId"], meta[itemprop="identifier"]')
    channel = (
        _CHANNEL_URL.search(_attribute(canonical, "href"))
        or _CHANNEL_ID.fullmatch(_attribute(meta, "content"))
        or _CHANNEL_IN_SCRIPT.search(markup)
    )
    if channel:
        title = _attribute(page.css_first('meta[property="og:title"]'), "content")
        yield DiscoveredFeed(
            f"https://www.youtube.com/feeds/videos.xml?channel_id={channel[1]}",
            _short_line(title),
        )


def _base_url(page: LexborHTMLParser, url: str) -> str:
    return _absolute_url(url, _attribute(page.css_first("base[href]"), "href")) or url


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


def _absolute_url(base: str, href: str) -> str:
    """Return ``href`` as an absolute web address, or "" if it is not one."""
    # One character over the limit is enough to see that the address is too long.
    href = _FEED_PREFIX.sub("", href.strip()[: MAX_FEED_URL_CHARS + 1])
    href = _FEED_SCHEME.sub("https://", href)
    try:
        address = urljoin(base, href).partition("#")[0]
        parts = urlsplit(address)
        is_web_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return address if href and is_web_address and len(address) <= MAX_FEED_URL_CHARS else ""


def _is_specific(title: str) -> bool:
    """Return True if the title of a link contains more than "RSS" or "Atom Feed 2.0"."""
    return any(map(str.isalnum, _FEED_TITLE_WORD.sub("", title)))


def _short_line(text: str) -> str:
    return truncate(clean_line(text[:_MAX_RAW_TITLE_CHARS]), _MAX_TITLE_CHARS)
