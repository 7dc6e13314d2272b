"""The feeds that a web page names. Pure.

    <link rel=alternate type=application/rss+xml>   what the page declares
    <a href=/rss>RSS</a>                            what only looks like a feed

Everything on the page is a stranger's: only web addresses come out, and only so many.
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
from watchers.sources.found import MOST_FOUND, FoundFeed, kind_of, ranked
from watchers.text.clean import clean_line, shorten

_MOST_LINKS: Final = 2_000
"""Elements of one kind that are looked at; a page with more repeats itself, or means harm."""

_LONGEST_TITLE: Final = 120
_LONGEST_LABEL: Final = 60  # characters; a longer link text is a headline

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
# No path below a folder of feeds has these.
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
_CHANNEL: Final = re.compile(r"\"(?:channelId|externalId|browseId)\":\"(UC[\w-]{22})\"")
_CHANNEL_URL: Final = re.compile(r"/channel/(UC[\w-]{22})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLinks:
    """The feeds that a page declares, and the links on it that look like one; its title."""

    declared: tuple[FoundFeed, ...] = ()
    likely: tuple[FoundFeed, ...] = ()
    title: str = ""


def read_feed_links(markup: str, url: str) -> FeedLinks:
    """The feeds that the page at ``url`` names, ranked. Time grows with the square of odd markup:
    what is large is read in a process of its own (`watchers.isolation`).
    """
    page = LexborHTMLParser(markup)
    base = _base(page, url)
    title = next((_short(node.text(deep=True)) for node in page.css("title")[:1]), "")
    declared = (*_channel(page, markup, url), *_declared(page, base, title))
    likely = ranked(_likely(page, base), asked=url)
    return FeedLinks(declared=ranked(declared, asked=url), likely=likely, title=title)


def _declared(page: LexborHTMLParser, base: str, title: str) -> Iterator[FoundFeed]:
    for node in islice(page.css("link[href]"), _MOST_LINKS):
        attributes = node.attributes
        rel = (attributes.get("rel") or "").lower().split()
        kind = (attributes.get("type") or "").partition(";")[0].strip()
        label, href = attributes.get("title") or "", attributes.get("href") or ""
        if "stylesheet" in rel or not ({"alternate", "feed"} & set(rel)):
            continue
        vague = _VAGUE_TYPE.fullmatch(kind) and "wp-json" not in href
        if (
            "feed" in rel
            or _FEED_TYPE.fullmatch(kind)
            or (vague and _FEED_WORD.search(f"{label} {href}"))
        ):
            address = _address(base, href)
            if address:
                name = _short(label)
                yield FoundFeed(
                    address, name if _says_more(name) else title, kind_of(address, name)
                )


def _likely(page: LexborHTMLParser, base: str) -> Iterator[FoundFeed]:
    here = site_of(base)
    anchors = islice(page.css("a[href]"), 10 * _MOST_LINKS)
    found = (feed for feed in (_anchor(node, base, here) for node in anchors) if feed is not None)
    # The sure come first: an address that is a feed's tells more than a word beside a picture.
    first = sorted(islice(found, 2 * MOST_FOUND), key=lambda pair: not pair[1])
    yield from (feed for feed, _ in first)


def _anchor(node: LexborNode, base: str, here: str) -> tuple[FoundFeed, bool] | None:
    """A link that looks like a feed, and whether its address does so."""
    attributes = node.attributes
    href = attributes.get("href") or ""
    hint = attributes.get("title") or attributes.get("aria-label") or ""
    label = _short(node.text(deep=True)) or _short(hint)
    is_labelled = len(label) <= _LONGEST_LABEL and _FEED_WORD.search(label) is not None
    if not is_labelled and not _FEED_HINT.search(href[:MAX_FEED_URL_CHARS]):
        return None  # as nearly all are: the rest costs ten times as much
    address = _address(base, href)
    parts, there = urlsplit(address), site_of(address)
    if not there or _NO_FEED_ENDING.search(parts.path):
        return None
    is_feed_host = _FEED_HOST.fullmatch(there) is not None
    is_near = here == there or there.endswith(f".{here}") or here.endswith(f".{there}")
    if not is_feed_host and not is_near:
        return None  # a button of some reader
    by_address = _is_feed_path(parts.path) or _FEED_QUERY.search(parts.query)
    if not (is_feed_host or by_address or is_labelled):
        return None
    name = label if _says_more(label) else ""
    return FoundFeed(address, name, kind_of(address, name)), is_feed_host or bool(by_address)


def _is_feed_path(path: str) -> bool:
    """Return True if ``path`` ends as a feed's file, or lies in a folder of feeds ("/feed/news")."""
    if _FEED_FILE.search(path):
        return True
    start = max((found.end() for found in _ODD_IN_A_PATH.finditer(path)), default=0)
    return _FEED_FOLDER.search(path, start) is not None


def _channel(page: LexborHTMLParser, markup: str, url: str) -> Iterator[FoundFeed]:
    """YouTube's pages of a channel or a video say which channel it is, in one place or another."""
    if site_of(url) not in {"youtube.com", "youtu.be"}:
        return
    node = page.css_first('link[rel="canonical"]')
    by_link = _CHANNEL_URL.search((node.attributes.get("href") or "") if node is not None else "")
    meta = page.css_first('meta[itemprop="channelId"], meta[itemprop="identifier"]')
    by_meta = re.fullmatch(
        r"(UC[\w-]{22})", (meta.attributes.get("content") or "") if meta is not None else ""
    )
    found = by_link or by_meta or _CHANNEL.search(markup)
    if found:
        name = page.css_first('meta[property="og:title"]')
        title = _short((name.attributes.get("content") or "") if name is not None else "")
        yield FoundFeed(f"https://www.youtube.com/feeds/videos.xml?channel_id={found[1]}", title)


def _base(page: LexborHTMLParser, url: str) -> str:
    node = page.css_first("base[href]")
    return _address(url, (node.attributes.get("href") or "") if node is not None else "") or url


def _address(base: str, href: str) -> str:
    """``href`` as an absolute web address, "" where it is none."""
    href = re.sub(
        r"\Afeed:(?://)?(?=https?://)",
        "",
        href.strip()[: MAX_FEED_URL_CHARS + 1],
        flags=re.IGNORECASE,
    )
    href = re.sub(r"\Afeed://", "https://", href, flags=re.IGNORECASE)
    try:
        address = urljoin(base, href).partition("#")[0]
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return address if href and fits and len(address) <= MAX_FEED_URL_CHARS else ""


def _says_more(title: str) -> bool:
    """Whether a link's title says more than that it is a feed ("RSS", "Atom Feed 2.0")."""
    return any(map(str.isalnum, re.sub(r"(?i)\b(?:rss|atom|json|xml|feeds?|[\d.]+)\b", "", title)))


def _short(text: str) -> str:
    return shorten(clean_line(text[:1000]), _LONGEST_TITLE)
