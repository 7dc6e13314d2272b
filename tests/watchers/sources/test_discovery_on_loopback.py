"""Find feeds and read pages on a loopback server, with the real client, parsers and processes.

https://social.example/@jane ──► http://127.0.0.1:port/social.example/@jane
"""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from watchers.errors import FetchError, HttpStatusError, InvalidResponse, NoFeedFound
from watchers.fetching.client import HttpClient
from watchers.fetching.host_throttle import ThrottleOptions
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.proxies import Proxies
from watchers.fetching.result import NO_VALIDATORS
from watchers.process_pool import SandboxPool
from watchers.sources.discovery import MAX_REQUESTS, discover
from watchers.sources.page import read_page

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANNEL = "UCabcdefghijklmnopqrstuv"
VIDEOS = "www.youtube.com/feeds/videos.xml"
ENTRY = (
    "<entry><title>Signed</title><id>urn:1</id><link href='https://example.org/1'/>"
    "<updated>2026-02-01T10:00:00Z</updated></entry>"
)
LOOPBACK = (ip_network("127.0.0.0/8"),)


def atom(title):
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{title}</title><id>urn:x</id>"
        f"<updated>2026-02-01T10:00:00Z</updated>{ENTRY}</feed>"
    )


def rss(title):
    return (
        f"<rss version='2.0'><channel><title>{title}</title><link>https://example.org/</link>"
        "<item><title>Signed</title><link>https://example.org/1</link><guid>1</guid></item></channel></rss>"
    )


def page(head="", body="<p>Welcome"):
    return (
        f"<!doctype html><html><head><title>The Post</title>{head}</head><body>{body}</body></html>"
    )


def link(href, title="", kind="application/rss+xml"):
    return f"<link rel=alternate type={kind} title='{title}' href='{href}'>"


class Internet:
    """Many hosts on one loopback server, and a `Fetch` that requests them there."""

    def __init__(self):
        self.sites = {}
        self.requests = []
        self.origin = ""
        self.client = None

    def put(self, address, text, content_type="text/html; charset=utf-8", **answer):
        body = text if isinstance(text, bytes) else text.encode()
        headers = {"Content-Type": content_type, **answer.pop("headers", {})}
        self.sites[address] = {"body": body, "headers": headers, **answer}

    def move(self, address, to, status=302):
        self.put(address, "", status=status, headers={"Location": f"{self.origin}/{to}"})

    async def answer(self, request):
        address = request.raw_path.removeprefix("/")
        self.requests.append(address)
        return web.Response(**self.sites.get(address, {"status": 404}))

    async def __call__(self, url, *, validators=NO_VALIDATORS, **options):
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        loopback_url = f"{self.origin}/{parts.netloc}{parts.path or '/'}{query}"
        fetched = await self.client(loopback_url, validators=validators, **options)
        return replace(
            fetched, url=self._public(fetched.url), moved_to=self._public(fetched.moved_to)
        )

    def _public(self, url):
        return url and f"https://{url.removeprefix(self.origin + '/')}"


@pytest.fixture
async def internet():
    sites = Internet()
    app = web.Application()
    app.router.add_get("/{tail:.*}", sites.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sites.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    options = HttpOptions(allow_networks=LOOPBACK, throttle=ThrottleOptions(spacing_seconds=0))
    async with HttpClient(options, proxies=Proxies({})) as client:
        sites.client = client
        yield sites
    await runner.cleanup()


@pytest.fixture
async def pool():
    async with SandboxPool() as pool:
        yield pool


@pytest.fixture
def find(internet, pool):
    async def find(address):
        feeds = await discover(address, internet, pool, now=NOW)
        return [(feed.url, feed.title) for feed in feeds]

    return find


@pytest.mark.parametrize(
    ("typed", "feed_address", "feed"),
    [
        ("r/worldnews", "www.reddit.com/r/worldnews/.rss", atom("World News")),
        ("https://old.reddit.com/r/a/top/?t=day", "www.reddit.com/r/a/top/.rss", atom("Top")),
        ("https://www.reddit.com/user/jane/", "www.reddit.com/user/jane/.rss", atom("jane")),
        (f"youtube.com/channel/{CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}", atom("Jane")),
        ("https://youtube.com/playlist?list=PLab1", f"{VIDEOS}?playlist_id=PLab1", atom("A list")),
        ("@jane@social.example", "social.example/@jane.rss", rss("Jane")),
        ("https://social.example/@jane", "social.example/@jane.rss", rss("Jane")),
        ("@jane.bsky.social", "bsky.app/profile/jane.bsky.social/rss", rss("Jane")),
        ("https://github.com/jane", "github.com/jane.atom", atom("jane's activity")),
        ("https://github.com/a/b/commits/main", "github.com/a/b/commits/main.atom", atom("Commits")),
        ("https://medium.com/@jane", "medium.com/feed/@jane", rss("Stories by Jane")),
        ("jane.substack.com", "jane.substack.com/feed", rss("Jane's letter")),
        ("stackoverflow.com/questions/tagged/lxml", "stackoverflow.com/feeds/tag/lxml", atom("lxml")),
        ("jane.blogspot.com", "jane.blogspot.com/feeds/posts/default", atom("Jane's notes")),
        ("jane.wordpress.com", "jane.wordpress.com/feed/", rss("Jane's notes")),
        ("feed://example.org/a.rss", "example.org/a.rss", rss("The Post")),
        ("feed:https://example.org/a.rss", "example.org/a.rss", rss("The Post")),
        ("example.org/feed.json", "example.org/feed.json",
         '{"version":"https://jsonfeed.org/version/1.1","title":"Notes","items":[]}'),
    ],
)  # fmt: skip
async def test_each_known_kind_of_address_needs_one_request(
    internet, find, typed, feed_address, feed
):
    # Many servers send feeds with this type.
    internet.put(feed_address, feed, "text/html")
    ((url, title),) = await find(typed)
    assert url == f"https://{feed_address}"
    assert title
    assert internet.requests == [feed_address]


async def test_a_repository_has_three_feeds(internet, find):
    internet.put("github.com/a/b/releases.atom", atom("Release notes from b"))
    assert [title for _, title in await find("github.com/a/b")] == [
        "Release notes from b",
        "a/b: commits",
        "a/b: tags",
    ]


async def test_a_handle_finds_the_feed_of_its_channel(internet, find):
    internet.put(
        "www.youtube.com/@jane",
        page(f"<link rel=canonical href=https://www.youtube.com/channel/{CHANNEL}>"),
    )
    internet.put(f"www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}", atom("Jane &amp; co"))
    ((url, title),) = await find("https://www.youtube.com/@jane")
    assert url.endswith(f"channel_id={CHANNEL}")
    assert title == "Jane & co"


async def test_a_bare_domain_offers_all_declared_feeds(internet, find):
    internet.move("example.org/", "www.example.org/", 301)
    head = (
        link("/comments/feed/", "The Post » Comments")
        + link("/feed/", "The Post » Feed")
        + link("/feed/atom/", "The Post » Atom", "application/atom+xml")
        + link("/world/feed/", "World")
    )
    internet.put("www.example.org/", page(head))
    internet.put("www.example.org/feed/", rss("The Post"), "application/rss+xml")
    assert await find("example.org") == [
        ("https://www.example.org/feed/", "The Post"),
        ("https://www.example.org/world/feed/", "World"),
        ("https://www.example.org/comments/feed/", "The Post » Comments"),
    ]


async def test_an_article_finds_the_feed_of_its_site(internet, find):
    internet.put("example.org/2026/pact", page())
    internet.put("example.org/", page(link("/index.xml")))
    internet.put("example.org/index.xml", rss("The Post"))
    assert await find("https://example.org/2026/pact") == [
        ("https://example.org/index.xml", "The Post")
    ]


async def test_a_page_that_lists_feeds_is_followed(internet, find):
    internet.put("example.org/", page())
    internet.put(
        "example.org/rss",
        page(body="<a href=/rss/world.xml>World</a><a href=/rss/sport.xml>Sport</a>"),
    )
    internet.put("example.org/rss/world.xml", rss("The Post: World"))
    assert await find("example.org") == [
        ("https://example.org/rss/world.xml", "The Post: World"),
        ("https://example.org/rss/sport.xml", "Sport"),
    ]


async def test_a_redirect_loop_raises_an_error(internet, find):
    internet.move("example.org/", "example.org/a")
    internet.move("example.org/a", "example.org/")
    with pytest.raises(InvalidResponse):
        await find("https://example.org")


async def test_a_declared_feed_with_a_redirect_loop_is_skipped(internet, find):
    internet.put("example.org/", page(link("/loop", "Loop") + link("/good", "Good")))
    internet.move("example.org/loop", "example.org/loop")
    internet.put("example.org/good", rss("Good"))
    assert await find("https://example.org") == [("https://example.org/good", "Good")]


async def test_a_cloudflare_challenge_is_raised(internet, find):
    internet.put("example.org/", page(), status=403, headers={"cf-mitigated": "challenge"})
    with pytest.raises(HttpStatusError) as caught:
        await find("https://example.org")
    assert caught.value.is_browser_challenge
    assert internet.requests == ["example.org/"]


async def test_a_decompression_bomb_raises_an_error(internet, find):
    bomb = gzip.compress(b"<link rel=alternate>" * 5_000_000)
    internet.put("example.org/", bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError):
        await find("https://example.org")


@pytest.mark.process
async def test_a_site_without_a_feed_gets_a_bounded_number_of_requests(internet, find):
    internet.put(
        "example.org/", page(body="".join(f"<a href=/feed/{n}>RSS</a>" for n in range(1000)))
    )
    with pytest.raises(NoFeedFound) as caught:
        await find("example.org")
    assert len(internet.requests) == len(caught.value.attempts) <= MAX_REQUESTS


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────

STORY = "".join(
    f"<p>Minister number {n} signed the pact on Wednesday, and left by the side door to catch the train "
    f"to the northern valleys, where {n * 7} guests were waiting for an answer.</p>"
    for n in range(12)
)


@pytest.mark.process
async def test_an_amp_copy_is_read_at_its_canonical_address(internet, pool):
    canonical = "https://example.org/2026/pact-signed"
    head = f"<title>Pact</title><link rel=canonical href={canonical}>"
    copy = f"<html amp lang=en><head>{head}</head><body>{STORY}"
    internet.put("example.org/2026/pact-signed/amp", copy)
    internet.put(
        "example.org/2026/pact-signed", page(body=f"<article><h1>Pact signed</h1>{STORY}</article>")
    )
    result = await read_page(
        f"{canonical}/amp?utm_source=x", IgnoringQueries(internet), pool, now=NOW
    )
    assert (result.item.key, result.item.url, result.barrier) == (canonical, canonical, None)
    assert "Minister number 11" in result.item.text
    assert internet.requests == ["example.org/2026/pact-signed/amp", "example.org/2026/pact-signed"]


class IgnoringQueries:
    """A server that ignores unknown parameters."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, url, *, validators=NO_VALIDATORS, **options):
        return await self.inner(url.partition("?")[0], validators=validators, **options)


async def test_a_login_error_is_raised_unchanged(internet, pool):
    internet.put("example.org/a", page(), status=401)
    with pytest.raises(HttpStatusError) as caught:
        await read_page("https://example.org/a", internet, pool, now=NOW)
    assert caught.value.status == 401


@pytest.mark.process
async def test_a_page_that_blocks_its_parser_does_not_affect_others(internet, pool, monkeypatch):
    internet.put("example.org/bad", b"<div>" * 2_500_000)
    internet.put("example.org/good", page(body=f"<article>{STORY}</article>"))
    with monkeypatch.context() as patch:
        patch.setattr("watchers.sources.page.PARSE_TIMEOUT_SECONDS", 1.0)
        with pytest.raises(Exception, match=r"https://example.org/bad: .*1 seconds"):
            await read_page("https://example.org/bad", internet, pool, now=NOW)
    assert (await read_page("https://example.org/good", internet, pool, now=NOW)).item.text
