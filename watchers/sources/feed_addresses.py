"""What people type when they mean a feed, to addresses. Pure: a table of the sites that hide theirs.

    "r/worldnews"  ──►  https://www.reddit.com/r/worldnews/.rss
    "example.org"  ──►  https://example.org/, then http://example.org/: look at the page
    "t.me/durov"   ──►  nothing, and why

An address that the table gives is still to be asked: sites change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from watchers.limits import MAX_FEED_URL_CHARS, MAX_URL_CHARS
from watchers.sources.canonical_url import site_of
from watchers.sources.found import FoundFeed
from watchers.text.clean import clean_line

_STACK: Final = (
    r"(?:[\w.-]+\.)?(?:stackexchange|stackoverflow|superuser|serverfault|askubuntu|stackapps)\.com"
    r"|mathoverflow\.net"
)
_NOT_AN_OWNER: Final = (
    r"(?!(?:features|topics|explore|about|login|join|settings|marketplace|sponsors|orgs|search"
    r"|collections|trending|notifications|pricing|apps|enterprise|security|readme)(?:/|\Z))"
)
_NAME: Final = r"[\w.-]+"

# host, path (and query), then title and address of each feed; \1, \2 … are groups of the path.
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
    _rule(r"github\.com", rf"/{_NOT_AN_OWNER}({_NAME})/({_NAME}?)(?:\.git)?",
          ("\\1/\\2: releases", "https://github.com/\\1/\\2/releases.atom"),
          ("\\1/\\2: commits", "https://github.com/\\1/\\2/commits.atom"),
          ("\\1/\\2: tags", "https://github.com/\\1/\\2/tags.atom")),
    _rule(r"github\.com", rf"/{_NOT_AN_OWNER}({_NAME})/({_NAME})/(releases|tags)(?:/.*)?",
          ("\\1/\\2: \\3", "https://github.com/\\1/\\2/\\3.atom")),
    _rule(r"github\.com", rf"/{_NOT_AN_OWNER}({_NAME})/({_NAME})/commits",
          ("\\1/\\2: commits", "https://github.com/\\1/\\2/commits.atom")),
    _rule(r"github\.com", rf"/{_NOT_AN_OWNER}({_NAME})/({_NAME})/(?:commits|tree)/([\w./-]+)",
          ("\\1/\\2: commits to \\3", "https://github.com/\\1/\\2/commits/\\3.atom")),
    _rule(r"github\.com", rf"/{_NOT_AN_OWNER}({_NAME})", ("\\1", "https://github.com/\\1.atom")),
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
    _rule(_STACK, r"", ("", "https://{host}/feeds")),
    _rule(_STACK, r"/questions/tagged/([^/?]+)(?:[/?].*)?", ("\\1", "https://{host}/feeds/tag/\\1")),
    _rule(_STACK, r"/questions/(\d+)(?:/.*)?", ("", "https://{host}/feeds/question/\\1")),
    _rule(_STACK, r"/users/(\d+)(?:/.*)?", ("", "https://{host}/feeds/user/\\1")),
    _rule(r"news\.ycombinator\.com", r"(?:/news)?", ("Hacker News", "https://news.ycombinator.com/rss")),
    _rule(r"news\.google\.com", r"(?!/rss)(?:/(?:home|topstories))?(/(?:search|topics|sections)[/?].*)?",
          ("", "https://news.google.com/rss\\1")),
    _rule(r"arxiv\.org", r"/list/([\w.-]+)(?:/.*)?", ("arXiv: \\1", "https://rss.arxiv.org/rss/\\1")),
    _rule(r"pypi\.org", rf"/project/({_NAME})(?:/.*)?",
          ("\\1: releases", "https://pypi.org/rss/project/\\1/releases.xml")),
    _rule(r"vimeo\.com", r"/(?:channels/)?([a-z][\w-]+)", ("\\1", "https://vimeo.com/\\1/videos/rss")),
)  # fmt: skip
# Here "/@name" is no account in the Fediverse.
_OTHER_PROFILES: Final = re.compile(
    r"(?:[\w-]+\.)?(?:youtube|medium|substack|flipboard|rumble)\.com"
)

_IS_A_FEED: Final = re.compile(r"(?:\.(?:rss|atom|xml|json)|/(?:rss|feed|atom))/?\Z", re.IGNORECASE)

_NO_FEEDS: Final = (
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
_NO_FEED_RULES: Final = tuple((re.compile(host), reason) for host, reason in _NO_FEEDS)
_INSTEAD: Final = "; give the publisher's own site instead"

_BEFORE: Final = "<\"'“”«( "
_BEHIND: Final = ">\"'“”») "
_FEED_SCHEME: Final = re.compile(
    r"(?:feed|rss|atom|podcast|itpc|pcast)s?:(?://)?(?=.)", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(
    r"(?:mailto|javascript|data|file|tel|about|blob|urn|magnet):", re.IGNORECASE
)
_SUBREDDIT: Final = re.compile(r"/?(r|u|user)/([\w+-]+)/?")
_FEDIVERSE: Final = re.compile(r"@([\w.-]+)@([\w-]+(?:\.[\w-]+)+(?::\d+)?)")
_BLUESKY: Final = re.compile(r"@([\w-]+(?:\.[\w-]+)+)")
_PROFILE: Final = re.compile(r"/(?:@|users/)([\w.-]+)(?:@([\w-]+(?:\.[\w-]+)+))?/?")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOST: Final = re.compile(
    r"(?:[^\s/?#@.]+(?:\.[^\s/?#@.]+)+\.?|localhost|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_ANY_HOST: Final = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What an address that was typed may mean.

    Attributes:
        feeds: feeds that it names by a rule of its site, the likeliest first.
        pages: addresses to look at, in this order, where those do not answer.
        no_feed: why there is nothing to look for; else "".
    """

    feeds: tuple[FoundFeed, ...] = ()
    pages: tuple[str, ...] = ()
    no_feed: str = ""


def read_address(typed: str) -> Typed:
    """What ``typed`` means."""
    text = _unwrapped(typed) if len(typed) <= MAX_URL_CHARS else typed
    if len(text) > MAX_FEED_URL_CHARS:
        return Typed(no_feed=f"it is longer than {MAX_FEED_URL_CHARS:,} characters")
    pages = _short(text) or _pages(text)
    if not pages:
        return Typed(no_feed=_why_not(text))
    reason = no_feed_there(pages[0])
    return Typed(no_feed=reason) if reason else Typed(feeds=feeds_by_rule(pages[0]), pages=pages)


def _unwrapped(typed: str) -> str:
    """Return the address of "<https://example.org|example.org>", as Slack sends it."""
    return clean_line(typed).lstrip(_BEFORE).rstrip(_BEHIND).partition("|")[0]


def feeds_by_rule(url: str) -> tuple[FoundFeed, ...]:
    """The feeds that the site of ``url`` has for it, where we know its ways."""
    parts = urlsplit(url)
    site = site_of(url)
    if _IS_A_FEED.search(parts.path):
        return ()
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    for hosts, paths, feeds in _RULES:
        found = paths.fullmatch(path) if hosts.fullmatch(site) else None
        if found is None and hosts.fullmatch(site):
            found = paths.fullmatch(parts.path.rstrip("/"))  # a query that says nothing
        if found:
            return tuple(
                FoundFeed(found.expand(where.replace("{host}", site)), found.expand(title))
                for title, where in feeds
            )
    profile = _PROFILE.fullmatch(parts.path)
    if profile and not _OTHER_PROFILES.fullmatch(site):  # Mastodon and its kin
        host = profile[2] or parts.netloc
        start = f"{parts.scheme}://{host}"
        return (FoundFeed(f"{start}/@{profile[1]}.rss", f"@{profile[1]}@{host}"),)
    return ()


def has_tenants(url: str) -> bool:
    """Whether the site of ``url`` belongs to many: its own feed says nothing of the one that is meant."""
    site = site_of(url)
    profile = _PROFILE.fullmatch(urlsplit(url).path) is not None
    return profile or any(hosts.fullmatch(site) for hosts, _, _ in _RULES)


def no_feed_there(url: str) -> str:
    """Why the site of ``url`` has no feed, "" where it may have."""
    site = site_of(url)
    found = (reason for hosts, reason in _NO_FEED_RULES if hosts.fullmatch(site))
    reason = next(found, "")
    return reason + _INSTEAD if reason else ""


def _short(text: str) -> tuple[str, ...]:
    """The page that a short form means."""
    reddit, fediverse, bluesky = (p.fullmatch(text) for p in (_SUBREDDIT, _FEDIVERSE, _BLUESKY))
    if reddit:
        return (f"https://www.reddit.com/{'r' if reddit[1] == 'r' else 'user'}/{reddit[2]}/",)
    if fediverse:
        return (f"https://{fediverse[2]}/@{fediverse[1]}",)
    return (f"https://bsky.app/profile/{bluesky[1]}",) if bluesky else ()


def _pages(text: str) -> tuple[str, ...]:
    bare = _FEED_SCHEME.sub("", text, count=1)
    if _ANY_HOST.fullmatch(bare):
        return (bare,) if site_of(bare) else ()
    if _EMAIL.fullmatch(bare) or not _HOST.fullmatch(bare) or not site_of(f"https://{bare}"):
        return ()
    return f"https://{bare}", f"http://{bare}"


def _why_not(text: str) -> str:
    if _EMAIL.fullmatch(text):
        return "it looks like an e-mail address; an account in the Fediverse is written @name@host"
    scheme = _SCHEME.match(text)
    if scheme or _OTHER_SCHEME.match(text):
        return "only addresses that begin with http:// or https:// can be watched"
    return "it is no web address; give a site (example.org), a page or a feed"
