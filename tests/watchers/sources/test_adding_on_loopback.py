"""Each kind of address against sites on loopback, through the real client, parser and processes.

https://social.example/@jane ──► http://127.0.0.1:port/social.example/@jane
"""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from watchers.errors import BadAnswer, FetchError, NoFeedFound, Refused
from watchers.fetching.fetched import MAX_BODY, NO_VALIDATORS
from watchers.fetching.http import HttpClient
from watchers.fetching.http_options import HttpOptions
from watchers.fetching.politeness import Pace
from watchers.fetching.proxies import Proxies
from watchers.isolation import Isolation
from watchers.sources.discovery import MOST_REQUESTS, discover
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
    """Many hosts on one loopback server, and a `Fetch` that finds them there."""

    def __init__(self):
        self.sites = {}
        self.asked = []
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
        self.asked.append(address)
        return web.Response(**self.sites.get(address, {"status": 404}))

    async def __call__(self, url, *, validators=NO_VALIDATORS, most=MAX_BODY):
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        there = f"{self.origin}/{parts.netloc}{parts.path or '/'}{query}"
        fetched = await self.client(there, validators=validators, most=most)
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
    options = HttpOptions(allow_networks=LOOPBACK, pace=Pace(spacing=0))
    async with HttpClient(options, proxies=Proxies({})) as client:
        sites.client = client
        yield sites
    await runner.cleanup()


@pytest.fixture
async def isolation():
    async with Isolation() as made:
        yield made


@pytest.fixture
def find(internet, isolation):
    async def find(address):
        found = await discover(address, internet, isolation, now=NOW)
        return [(feed.url, feed.title) for feed in found]

    return find


@pytest.mark.parametrize(
    ("typed", "there", "feed"),
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
async def test_an_address_of_each_kind_is_one_request(internet, find, typed, there, feed):
    internet.put(there, feed, "text/html")  # as many servers label it
    ((url, title),) = await find(typed)
    assert url == f"https://{there}"
    assert title
    assert internet.asked == [there]


async def test_a_repository_has_three(internet, find):
    internet.put("github.com/a/b/releases.atom", atom("Release notes from b"))
    assert [title for _, title in await find("github.com/a/b")] == [
        "Release notes from b",
        "a/b: commits",
        "a/b: tags",
    ]


async def test_a_handle_leads_to_its_channel(internet, find):
    internet.put(
        "www.youtube.com/@jane",
        page(f"<link rel=canonical href=https://www.youtube.com/channel/{CHANNEL}>"),
    )
    internet.put(f"www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}", atom("Jane &amp; co"))
    ((url, title),) = await find("https://www.youtube.com/@jane")
    assert url.endswith(f"channel_id={CHANNEL}")
    assert title == "Jane & co"


async def test_a_bare_domain_offers_all_that_its_page_declares(internet, find):
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


async def test_an_article_leads_to_the_feed_of_its_site(internet, find):
    internet.put("example.org/2026/pact", page())
    internet.put("example.org/", page(link("/index.xml")))
    internet.put("example.org/index.xml", rss("The Post"))
    assert await find("https://example.org/2026/pact") == [
        ("https://example.org/index.xml", "The Post")
    ]


async def test_a_page_about_the_feeds_is_followed(internet, find):
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


async def test_a_circle_is_told(internet, find):
    internet.move("example.org/", "example.org/a")
    internet.move("example.org/a", "example.org/")
    with pytest.raises(BadAnswer):
        await find("https://example.org")


async def test_a_circle_among_the_declared_feeds_is_passed_over(internet, find):
    internet.put("example.org/", page(link("/loop", "Loop") + link("/good", "Good")))
    internet.move("example.org/loop", "example.org/loop")
    internet.put("example.org/good", rss("Good"))
    assert await find("https://example.org") == [("https://example.org/good", "Good")]


async def test_a_cloudflare_page_is_named(internet, find):
    internet.put("example.org/", page(), status=403, headers={"cf-mitigated": "challenge"})
    with pytest.raises(Refused) as caught:
        await find("https://example.org")
    assert caught.value.challenge
    assert internet.asked == ["example.org/"]


async def test_a_bomb_is_no_page(internet, find):
    bomb = gzip.compress(b"<link rel=alternate>" * 5_000_000)
    internet.put("example.org/", bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError):
        await find("https://example.org")


async def test_a_site_without_a_feed_costs_a_bounded_number_of_requests(internet, find):
    internet.put(
        "example.org/", page(body="".join(f"<a href=/feed/{n}>RSS</a>" for n in range(1000)))
    )
    with pytest.raises(NoFeedFound) as caught:
        await find("example.org")
    assert len(internet.asked) == len(caught.value.tried) <= MOST_REQUESTS


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────

STORY = "".join(
    f"<p>Minister number {n} signed the pact on Wednesday, and left by the side door to catch the train "
    f"to the northern valleys, where {n * 7} guests were waiting for an answer.</p>"
    for n in range(12)
)


async def test_an_amp_copy_is_read_at_its_original(internet, isolation):
    canonical = "https://example.org/2026/pact-signed"
    head = f"<title>Pact</title><link rel=canonical href={canonical}>"
    copy = f"<html amp lang=en><head>{head}</head><body>{STORY}"
    internet.put("example.org/2026/pact-signed/amp", copy)
    internet.put(
        "example.org/2026/pact-signed", page(body=f"<article><h1>Pact signed</h1>{STORY}</article>")
    )
    found = await read_page(f"{canonical}/amp?utm_source=x", Unquery(internet), isolation, now=NOW)
    assert (found.item.key, found.item.url, found.wall) == (canonical, canonical, None)
    assert "Minister number 11" in found.item.text
    assert internet.asked == ["example.org/2026/pact-signed/amp", "example.org/2026/pact-signed"]


class Unquery:
    """A server that does not mind parameters it never asked for."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, url, *, validators=NO_VALIDATORS, most=MAX_BODY):
        return await self.inner(url.partition("?")[0], validators=validators, most=most)


async def test_a_login_is_passed_on_as_it_is(internet, isolation):
    internet.put("example.org/a", page(), status=401)
    with pytest.raises(Refused) as caught:
        await read_page("https://example.org/a", internet, isolation, now=NOW)
    assert caught.value.status == 401


async def test_a_page_that_breaks_its_reader_leaves_others_unaffected(
    internet, isolation, monkeypatch
):
    monkeypatch.setattr("watchers.sources.page.SECONDS", 1.0)
    internet.put("example.org/bad", b"<div>" * 2_500_000)
    internet.put("example.org/good", page(body=f"<article>{STORY}</article>"))
    with pytest.raises(Exception, match=r"https://example.org/bad: .*1 seconds"):
        await read_page("https://example.org/bad", internet, isolation, now=NOW)
    assert (await read_page("https://example.org/good", internet, isolation, now=NOW)).item.text
