"""Turn the input of a user into addresses of feeds or pages, with a table of rules for known sites.

    "r/worldnews"  ──►  https://www.reddit.com/r/worldnews/.rss
    "example.org"  ──►  https://example.org/, then http://example.org/: read the page
    "t.me/durov"   ──►  no address, and the reason

Pure functions. The caller must still test the addresses from the table: sites change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from watchers.limits import MAX_FEED_URL_CHARS, MAX_URL_CHARS
from watchers.sources.canonical_url import site_of
from watchers.sources.feed_ranking import DiscoveredFeed
from watchers.text.clean import clean_line

_STACK_EXCHANGE: Final = (
    r"(?:[\w.-]+\.)?(?:stackexchange|stackoverflow|superuser|serverfault|askubuntu|stackapps)\.com"
    r"|mathoverflow\.net"
)
_NOT_A_GITHUB_PAGE: Final = (
    r"(?!(?:features|topics|explore|about|login|join|settings|marketplace|sponsors|orgs|search"
    r"|collections|trending|notifications|pricing|apps|enterprise|security|readme)(?:/|\Z))"
)
_NAME: Final = r"[\w.-]+"

# The host, the path (with the query), then the title and address of each feed. \1, \2 … are groups
# of the path, {host} is the host.
_Rule = tuple[re.Pattern[str], re.Pattern[str], tuple[tuple[str, str], ...]]


def _rule(host: str, path: str, *feeds: tuple[str, str]) -> _Rule:
    return re.compile(host), re.compile(path), feeds


_RULES: Final[tuple[_Rule, ...]] = (
    _rule(r"(?:old\.|np\.|new\.)?reddit\.com", r"/r/([\w+]+)(/new|/top|/hot|/rising|/controversial)?",
          ("r/\\1", "https://www.reddit.com/r/\\1\\2/.rss")),
    _rule(r"(?:old\.|np\.|new\.)?reddit\.com", r"/r/(\w+)/comments/(\w+)(?:/.*)?",
          ("", "https://www.reddit.com/r/\\1/comments/\\2/.rss")),
    _rule(r"(?:old\.|np\.|new\.)?reddit\.com", r"/(?:u|user)/([\w-]+)(?:/.*)?",
          ("u/\\1", "https://www.reddit.com/user/\\1/.rss")),
    _rule(r"(?:music\.)?youtube\.com", r"/channel/(UC[\w-]{22})(?:/.*)?",
          ("", "https://www.youtube.com/feeds/videos.xml?channel_id=\\1")),
    _rule(r"(?:music\.)?youtube\.com", r"/(?:playlist|watch)\?(?:.*&)?list=((?:PL|UU|FL|OL)[\w-]+)(?:&.*)?",
          ("", "https://www.youtube.com/feeds/videos.xml?playlist_id=\\1")),
    _rule(r"(?:music\.)?youtube\.com", r"/user/([\w-]+)(?:/.*)?",
          ("", "https://www.youtube.com/feeds/videos.xml?user=\\1")),
    _rule(r"github\.com", rf"/{_NOT_A_GITHUB_PAGE}({_NAME})/({_NAME}?)(?:\.git)?",
          ("\\1/\\2: releases", "https://github.com/\\1/\\2/releases.atom"),
          ("\\1/\\2: commits", "https://github.com/\\1/\\2/commits.atom"),
          ("\\1/\\2: tags", "https://github.com/\\1/\\2/tags.atom")),
    _rule(r"github\.com", rf"/{_NOT_A_GITHUB_PAGE}({_NAME})/({_NAME})/(releases|tags)(?:/.*)?",
          ("\\1/\\2: \\3", "https://github.com/\\1/\\2/\\3.atom")),
    _rule(r"github\.com", rf"/{_NOT_A_GITHUB_PAGE}({_NAME})/({_NAME})/commits",
          ("\\1/\\2: commits", "https://github.com/\\1/\\2/commits.atom")),
    _rule(r"github\.com", rf"/{_NOT_A_GITHUB_PAGE}({_NAME})/({_NAME})/(?:commits|tree)/([\w./-]+)",
          ("\\1/\\2: commits to \\3", "https://github.com/\\1/\\2/commits/\\3.atom")),
    _rule(r"github\.com", rf"/{_NOT_A_GITHUB_PAGE}({_NAME})", ("\\1", "https://github.com/\\1.atom")),
    _rule(r"gitlab\.com", rf"/({_NAME})/({_NAME})(?:/-/(?:releases|tags)(?:/.*)?)?",
          ("\\1/\\2: tags", "https://gitlab.com/\\1/\\2/-/tags?format=atom"),
          ("\\1/\\2: activity", "https://gitlab.com/\\1/\\2.atom")),
    _rule(r"codeberg\.org", rf"/({_NAME})/({_NAME})(?:/releases(?:/.*)?)?",
          ("\\1/\\2: releases", "https://codeberg.org/\\1/\\2/releases.rss"),
          ("\\1/\\2: activity", "https://codeberg.org/\\1/\\2.rss")),
    _rule(r"bsky\.app", r"/profile/([\w.:-]+)(?:/.*)?", ("@\\1", "https://bsky.app/profile/\\1/rss")),
    _rule(r"medium\.com", r"/(@[\w.-]+|tag/[\w-]+)(?:/.*)?", ("\\1", "https://medium.com/feed/\\1")),
    _rule(r"medium\.com", r"/(?!feed/)([\w-]+)", ("\\1", "https://medium.com/feed/\\1")),
    _rule(r"([\w-]+)\.(?:medium|substack)\.com", r"(?!/feed).*", ("", "https://{host}/feed")),
    _rule(r"([\w-]+)\.wordpress\.com", r"", ("", "https://{host}/feed/")),
    _rule(r"([\w-]+)\.blogspot\.[a-z.]{2,6}", r"", ("", "https://{host}/feeds/posts/default")),
    _rule(r"([\w-]+)\.tumblr\.com", r"", ("", "https://{host}/rss")),
    _rule(r"tumblr\.com", r"/([\w-]+)", ("\\1", "https://\\1.tumblr.com/rss")),
    _rule(_STACK_EXCHANGE, r"", ("", "https://{host}/feeds")),
    _rule(_STACK_EXCHANGE, r"/questions/tagged/([^/?]+)(?:[/?].*)?", ("\\1", "https://{host}/feeds/tag/\\1")),
    _rule(_STACK_EXCHANGE, r"/questions/(\d+)(?:/.*)?", ("", "https://{host}/feeds/question/\\1")),
    _rule(_STACK_EXCHANGE, r"/users/(\d+)(?:/.*)?", ("", "https://{host}/feeds/user/\\1")),
    _rule(r"news\.ycombinator\.com", r"(?:/news)?", ("Hacker News", "https://news.ycombinator.com/rss")),
    _rule(r"news\.google\.com", r"(?!/rss)(?:/(?:home|topstories))?(/(?:search|topics|sections)[/?].*)?",
          ("", "https://news.google.com/rss\\1")),
    _rule(r"arxiv\.org", r"/list/([\w.-]+)(?:/.*)?", ("arXiv: \\1", "https://rss.arxiv.org/rss/\\1")),
    _rule(r"pypi\.org", rf"/project/({_NAME})(?:/.*)?",
          ("\\1: releases", "https://pypi.org/rss/project/\\1/releases.xml")),
    _rule(r"vimeo\.com", r"/(?:channels/)?([a-z][\w-]+)", ("\\1", "https://vimeo.com/\\1/videos/rss")),
)  # fmt: skip
# On these sites, "/@name" is not a Fediverse account.
_NON_FEDIVERSE_SITES: Final = re.compile(
    r"(?:[\w-]+\.)?(?:youtube|medium|substack|flipboard|rumble)\.com"
)

_FEED_PATH: Final = re.compile(r"(?:\.(?:rss|atom|xml|json)|/(?:rss|feed|atom))/?\Z", re.IGNORECASE)

_SITES_WITHOUT_FEEDS: Final = (
    (r"t\.me|telegram\.(?:me|org|dog)", "Telegram channels publish no feed"),
    (r"(?:twitter|x)\.com", "X (Twitter) publishes no feeds"),
    (r"(?:[\w-]+\.)?(?:facebook\.com|fb\.com|fb\.me)", "Facebook publishes no feeds"),
    (r"instagram\.com", "Instagram publishes no feeds"),
    (r"threads\.(?:net|com)", "Threads publishes no feeds"),
    (r"(?:[\w-]+\.)?linkedin\.com", "LinkedIn publishes no feeds"),
    (r"tiktok\.com", "TikTok publishes no feeds"),
    (r"(?:chat\.)?whatsapp\.com|wa\.me", "WhatsApp channels publish no feed"),
    (r"discord\.(?:com|gg)", "Discord publishes no feeds"),
)
_NO_FEED_RULES: Final = tuple((re.compile(host), reason) for host, reason in _SITES_WITHOUT_FEEDS)
_USE_PUBLISHER_SITE: Final = "; add the web site of the publisher instead"

# Quotation marks and brackets that people and chat platforms put around an address.
_LEADING_MARKS: Final = "<\"'“”«( "
_TRAILING_MARKS: Final = ">\"'“”») "
_FEED_SCHEME: Final = re.compile(
    r"(?:feed|rss|atom|podcast|itpc|pcast)s?:(?://)?(?=.)", re.IGNORECASE
)
_WEB_SCHEME: Final = re.compile(r"https?:/*$", re.IGNORECASE)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(
    r"(?:mailto|javascript|data|file|tel|about|blob|urn|magnet):", re.IGNORECASE
)
_SUBREDDIT: Final = re.compile(r"/?(r|u|user)/([\w+-]+)/?")
_FEDIVERSE: Final = re.compile(r"@([\w.-]+)@([\w-]+(?:\.[\w-]+)+(?::\d+)?)")
_BLUESKY: Final = re.compile(r"@([\w-]+(?:\.[\w-]+)+)")
_PROFILE: Final = re.compile(r"/(?:@|users/)([\w.-]+)(?:@([\w-]+(?:\.[\w-]+)+))?/?")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BARE_ADDRESS: Final = re.compile(
    r"(?:[^\s/?#@.]+(?:\.[^\s/?#@.]+)+\.?|localhost|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAddress:
    """The possible meanings of an address that a user typed.

    Attributes:
        feeds: feeds by a rule for the site, the most likely first.
        pages: addresses to read, in this order, if no feed answers.
        no_feed: the reason why no feed was found; otherwise "".
    """

    feeds: tuple[DiscoveredFeed, ...] = ()
    pages: tuple[str, ...] = ()
    no_feed: str = ""


def parse_address(typed: str) -> ParsedAddress:
    """Return the feeds and pages that ``typed`` may stand for."""
    text = _strip_marks(typed) if len(typed) <= MAX_URL_CHARS else typed
    if len(text) > MAX_FEED_URL_CHARS:
        return ParsedAddress(no_feed=f"it is longer than {MAX_FEED_URL_CHARS:,} characters")
    pages = _short_form_pages(text) or _web_pages(text)
    if not pages:
        return ParsedAddress(no_feed=_rejection_reason(text))
    reason = reason_without_feed(pages[0])
    if reason:
        return ParsedAddress(no_feed=reason)
    return ParsedAddress(feeds=feeds_by_rule(pages[0]), pages=pages)


def _strip_marks(typed: str) -> str:
    """Return the address without marks around it; Slack sends "<https://example.org|example.org>"."""
    line = clean_line(typed)
    address = line.lstrip(_LEADING_MARKS).rstrip(_TRAILING_MARKS)
    # Outside of Slack's brackets, "|" is a part of the address.
    return address.partition("|")[0] if line.startswith("<") and line.endswith(">") else address


def feeds_by_rule(url: str) -> tuple[DiscoveredFeed, ...]:
    """Return the feeds of ``url`` by the rules for its site; none without a rule."""
    parts = urlsplit(url)
    site = site_of(url)
    if _FEED_PATH.search(parts.path):
        return ()
    path = parts.path.rstrip("/")
    path_and_query = path + (f"?{parts.query}" if parts.query else "")
    for hosts, paths, feeds in _RULES:
        if not hosts.fullmatch(site):
            continue
        # Few rules use the query; most queries have no meaning for the feed.
        match = paths.fullmatch(path_and_query) or paths.fullmatch(path)
        if match:
            return tuple(
                DiscoveredFeed(match.expand(address.replace("{host}", site)), match.expand(title))
                for title, address in feeds
            )
    # Mastodon and compatible servers.
    profile = _PROFILE.fullmatch(parts.path)
    if profile and not _NON_FEDIVERSE_SITES.fullmatch(site):
        host = profile[2] or parts.netloc
        origin = f"{parts.scheme}://{host}"
        return (DiscoveredFeed(f"{origin}/@{profile[1]}.rss", f"@{profile[1]}@{host}"),)
    return ()


def is_shared_site(url: str) -> bool:
    """Return True if many publishers share the site of ``url``, so that its own feed is useless."""
    site = site_of(url)
    is_profile = _PROFILE.fullmatch(urlsplit(url).path) is not None
    return is_profile or any(hosts.fullmatch(site) for hosts, _, _ in _RULES)


def reason_without_feed(url: str) -> str:
    """Return why the site of ``url`` publishes no feed, or "" if it may publish one."""
    site = site_of(url)
    reasons = (reason for hosts, reason in _NO_FEED_RULES if hosts.fullmatch(site))
    reason = next(reasons, "")
    return reason + _USE_PUBLISHER_SITE if reason else ""


def _short_form_pages(text: str) -> tuple[str, ...]:
    """Return the page of a short form such as "r/worldnews" or "@name@host"."""
    reddit, fediverse, bluesky = (
        pattern.fullmatch(text) for pattern in (_SUBREDDIT, _FEDIVERSE, _BLUESKY)
    )
    if reddit:
        return (f"https://www.reddit.com/{'r' if reddit[1] == 'r' else 'user'}/{reddit[2]}/",)
    if fediverse:
        return (f"https://{fediverse[2]}/@{fediverse[1]}",)
    return (f"https://bsky.app/profile/{bluesky[1]}",) if bluesky else ()


def _web_pages(text: str) -> tuple[str, ...]:
    address = _FEED_SCHEME.sub("", text, count=1)
    if _WEB_ADDRESS.fullmatch(address):
        return (address,) if site_of(address) else ()
    if (
        _EMAIL.fullmatch(address)
        or not _BARE_ADDRESS.fullmatch(address)
        or not site_of(f"https://{address}")
    ):
        return ()
    return f"https://{address}", f"http://{address}"


def _rejection_reason(text: str) -> str:
    if _EMAIL.fullmatch(text):
        return "it is an e-mail address; write a Fediverse account as @name@host"
    if _WEB_SCHEME.match(text):
        return "the address is not complete; write the name of the site: https://example.org"
    scheme = _SCHEME.match(text)
    if scheme or _OTHER_SCHEME.match(text):
        return "only addresses that begin with http:// or https:// can be watched"
    return "it is not a web address; enter a site (example.org), a page or a feed"
