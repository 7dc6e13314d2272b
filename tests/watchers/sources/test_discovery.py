import re
from datetime import UTC, datetime
from typing import Any

import pytest

from watchers.errors import (
    FetchTimeout,
    ForbiddenAddressError,
    HttpStatusError,
    InvalidResponse,
    NoFeedFound,
    SandboxTimeout,
    Unreachable,
)
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult
from watchers.process_pool import SandboxPool
from watchers.sources.discovery import MAX_REQUESTS, WELL_KNOWN_PATHS, discover
from watchers.sources.feed_ranking import MAX_DISCOVERED_FEEDS, DiscoveredFeed

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = "https://example.org/"
CHANNEL = "UCabcdefghijklmnopqrstuv"


def feed(title="The Post"):
    return f"<rss version='2.0'><channel><title>{title}</title></channel></rss>".encode()


def link(href, title=""):
    return f"<link rel=alternate type=application/rss+xml title='{title}' href='{href}'>"


class Web:
    """A `Fetch` from memory: addresses to bodies, answers or errors."""

    def __init__(self):
        self.pages = {}
        self.requests = []

    def put(self, url, body, *, final=None, moved_to=None, content_type="text/html"):
        body = (
            body
            if isinstance(body, bytes)
            else f"<!doctype html><title>Page</title>{body}".encode()
        )
        self.pages[url] = FetchResult(
            url=final or url, moved_to=moved_to, body=body, content_type=content_type
        )

    def fail(self, url, error):
        self.pages[url] = error

    async def __call__(self, url, *, validators=NO_VALIDATORS, **_options):
        self.requests.append(url)
        answer = self.pages.get(url) or HttpStatusError(404, "not found", address=url)
        if isinstance(answer, Exception):
            raise answer
        return answer


class InProcessPool(SandboxPool):
    """Runs functions at once, in this process."""

    async def run(self, function: Any, *arguments: Any, seconds: float) -> Any:  # type: ignore[override]
        return function(*arguments)


@pytest.fixture
def web():
    return Web()


@pytest.fixture
def find(web):
    async def find(address, pool=None):
        return await discover(address, web, pool or InProcessPool(), now=NOW)

    return find


async def urls(search):
    return [feed.url for feed in await search]


async def test_the_address_of_a_feed_finds_that_feed(web, find):
    web.put(f"{SITE}feed", feed())
    assert await find(f"{SITE}feed") == (DiscoveredFeed(f"{SITE}feed", "The Post"),)
    assert web.requests == [f"{SITE}feed"]


async def test_a_permanent_redirect_gives_the_new_address(web, find):
    web.put(f"{SITE}old", feed(), final=f"{SITE}new", moved_to=f"{SITE}new")
    assert await urls(find(f"{SITE}old")) == [f"{SITE}new"]
    web.put(f"{SITE}short", feed(), final=f"{SITE}for-now")
    assert await urls(find(f"{SITE}short")) == [f"{SITE}short"]


async def test_a_bare_domain_finds_the_declared_feeds(web, find):
    web.put(
        "https://example.org", link("/comments/feed", "Comments") + link("/feed", "RSS"), final=SITE
    )
    web.put(f"{SITE}feed", feed("The Post – news"))
    assert await find("example.org") == (
        DiscoveredFeed(f"{SITE}feed", "The Post – news"),
        DiscoveredFeed(f"{SITE}comments/feed", "Comments", "comments"),
    )
    assert web.requests == ["https://example.org", f"{SITE}feed"]


async def test_a_site_without_tls_is_requested_over_http(web, find):
    web.fail(
        "https://example.org",
        Unreachable("the connection was refused", address="https://example.org"),
    )
    web.put("http://example.org", link("/feed"))
    web.put("http://example.org/feed", feed())
    assert await urls(find("example.org")) == ["http://example.org/feed"]
    with pytest.raises(Unreachable):
        await find("https://example.org")


async def test_an_unreachable_site_raises_the_error_of_the_https_request(web, find):
    for scheme in ("https", "http"):
        web.fail(
            f"{scheme}://example.org",
            Unreachable(f"no {scheme}", address=f"{scheme}://example.org"),
        )
    with pytest.raises(Unreachable, match="no https"):
        await find("example.org")
    assert len(web.requests) == 2


@pytest.mark.parametrize(
    "error",
    [
        FetchTimeout(30, address=SITE),
        ForbiddenAddressError("a private network", address=SITE),
        InvalidResponse("it leads in circles", address=SITE),
    ],
)
async def test_an_error_of_the_page_request_is_raised_unchanged(web, find, error):
    web.fail(SITE, error)
    with pytest.raises(type(error)) as caught:
        await find(SITE)
    assert caught.value is error
    assert web.requests == [SITE]


async def test_a_challenge_is_raised_without_more_requests(web, find):
    web.fail(
        f"{SITE}a",
        HttpStatusError(
            403, "a Cloudflare check stands before it", address=SITE, is_browser_challenge=True
        ),
    )
    with pytest.raises(HttpStatusError, match="Cloudflare"):
        await find(f"{SITE}a")
    assert web.requests == [f"{SITE}a"]


async def test_a_site_with_a_forbidden_front_page_can_have_a_feed(web, find):
    web.fail(SITE, HttpStatusError(403, "forbidden", address=SITE))
    web.put(f"{SITE}rss.xml", feed())
    assert await urls(find(SITE)) == [f"{SITE}rss.xml"]
    del web.pages[f"{SITE}rss.xml"]
    with pytest.raises(HttpStatusError, match="forbidden"):
        await find(SITE)


async def test_a_gone_feed_finds_the_new_feed_of_its_site(web, find):
    web.fail(f"{SITE}old.rss", HttpStatusError(410, "it is gone", address=f"{SITE}old.rss"))
    web.put(SITE, link("/new.rss"))
    web.put(f"{SITE}new.rss", feed())
    assert await urls(find(f"{SITE}old.rss")) == [f"{SITE}new.rss"]


async def test_a_page_without_a_feed_finds_the_feed_of_its_site(web, find):
    web.put(f"{SITE}story", "<p>A story")
    web.put(SITE, link("/feed"))
    web.put(f"{SITE}feed", feed())
    assert await urls(find(f"{SITE}story")) == [f"{SITE}feed"]


async def test_a_dead_declared_feed_is_skipped(web, find):
    web.put(
        SITE,
        link("/dead", "Dead") + link("/page", "Page") + link("/world", "World") + link("/x", "X"),
    )
    web.put(f"{SITE}page", "<p>Not a feed")
    web.put(f"{SITE}world", feed("World"))
    assert await urls(find(SITE)) == [f"{SITE}world", f"{SITE}x"]
    assert f"{SITE}x" not in web.requests


async def test_well_known_paths_are_requested(web, find):
    for path in WELL_KNOWN_PATHS:
        web.pages.clear()
        web.put(SITE, "<p>No links")
        web.put(SITE.rstrip("/") + path, feed())
        assert await urls(find(SITE)) == [SITE.rstrip("/") + path]


async def test_links_that_look_like_feeds_are_tried_last(web, find):
    web.put(
        SITE, "<a href=/about>About</a><a href=/export/world.rss>World</a><a href=/follow>RSS</a>"
    )
    web.put(f"{SITE}export/world.rss", feed("World"))
    assert (await find(SITE))[0] == DiscoveredFeed(f"{SITE}export/world.rss", "World")


@pytest.mark.parametrize(
    "picture",
    [
        "<img src=i.png alt=RSS>",
        "<img src=i.png title='RSS feed'>",
        "<svg aria-label=Feed><path d=''/></svg>",
    ],
)
async def test_a_picture_named_like_a_feed_is_a_link_to_one(web, find, picture):
    web.put(SITE, f"<p>News</p><a href=/updates>{picture}</a>")
    web.put(f"{SITE}updates", feed())
    assert await find(SITE) == (DiscoveredFeed(f"{SITE}updates", "The Post"),)


@pytest.mark.parametrize(
    "content",
    ["0; url=/home/", "0;URL='/home/'", '5 ; Url = "/home/"', "0.5, url=https://example.org/home/"],
)
async def test_a_page_that_sends_the_browser_on_is_followed(web, find, content):
    escaped = content.replace('"', "&quot;")
    web.put(SITE, f'<meta http-equiv="Refresh" content="{escaped}">')
    web.put(f"{SITE}home/", link("/home/rss"))
    web.put(f"{SITE}home/rss", feed())
    (found,) = await find(SITE)
    assert found.url == f"{SITE}home/rss"


async def test_pages_that_send_the_browser_in_circles_end(web, find):
    web.put(SITE, "<meta http-equiv=refresh content='0;url=/a'>")
    web.put(f"{SITE}a", "<meta http-equiv=refresh content='0;url=/b'>")
    web.put(f"{SITE}b", f"<meta http-equiv=refresh content='0;url={SITE}'>")
    with pytest.raises(NoFeedFound):
        await find(SITE)
    assert web.requests.count(SITE) == 1


async def test_a_page_that_lists_feeds_is_read(web, find):
    web.put(SITE, "<p>No links")
    web.put(f"{SITE}rss", "<a href=/rss/world.xml>World</a><a href=/rss/sport.xml>Sport</a>")
    web.put(f"{SITE}rss/world.xml", feed("World"))
    assert await urls(find(SITE)) == [f"{SITE}rss/world.xml", f"{SITE}rss/sport.xml"]


async def test_a_site_rule_comes_before_the_page(web, find):
    web.put("https://www.reddit.com/r/worldnews/.rss", feed("worldnews"))
    assert await find("r/worldnews") == (
        DiscoveredFeed("https://www.reddit.com/r/worldnews/.rss", "worldnews"),
    )
    assert len(web.requests) == 1


async def test_the_page_is_read_if_a_site_rule_fails(web, find):
    web.put("https://social.example/@jane", link("/feeds/jane"))
    web.put("https://social.example/feeds/jane", feed("Jane"))
    assert await urls(find("@jane@social.example")) == ["https://social.example/feeds/jane"]


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("r/nosuch", "https://www.reddit.com"),
        ("https://github.com/topics/energy", "https://github.com"),
        ("https://www.youtube.com/@nosuch", "https://www.youtube.com"),
        ("@nosuch@social.example", "https://social.example"),
        ("https://medium.com/@nosuch", "https://medium.com"),
    ],
)
async def test_the_feed_of_a_shared_site_does_not_replace_a_missing_account(web, find, typed, site):
    for path in ("/", *WELL_KNOWN_PATHS):
        web.put(site + path, feed("Everything"))
    with pytest.raises((NoFeedFound, HttpStatusError)):
        await find(typed)


async def test_a_repository_offers_several_feeds(web, find):
    web.put("https://github.com/a/b/releases.atom", feed("Release notes from b"))
    feeds = await find("https://github.com/a/b")
    assert [feed.title for feed in feeds] == ["Release notes from b", "a/b: commits", "a/b: tags"]


async def test_a_channel_handle_finds_the_channel_feed(web, find):
    web.put("https://www.youtube.com/@jane", f"<meta itemprop=identifier content={CHANNEL}>")
    videos = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"
    web.put(videos, feed("Jane"))
    assert await find("https://www.youtube.com/@jane") == (DiscoveredFeed(videos, "Jane"),)


async def test_a_redirect_to_a_known_site_applies_its_rules(web, find):
    web.put("https://jane.example/", "<p>Hello", final="https://jane.substack.com/")
    web.put("https://jane.substack.com/feed", feed("Jane"))
    assert await urls(find("https://jane.example/")) == ["https://jane.substack.com/feed"]


async def test_a_consent_page_is_named_in_the_error(web, find):
    web.put(
        "https://www.youtube.com/@jane",
        "<p>Before",
        final="https://consent.youtube.com/m?continue=x",
    )
    with pytest.raises(NoFeedFound, match=re.escape("consent.youtube.com asks for consent")):
        await find("https://www.youtube.com/@jane")


@pytest.mark.parametrize(
    ("address", "keyword"),
    [("t.me/durov", "Telegram"), ("north korea", "not a web address"), ("a@b.org", "e-mail")],
)
async def test_an_address_without_feeds_is_rejected_without_a_request(web, find, address, keyword):
    with pytest.raises(NoFeedFound, match=keyword) as caught:
        await find(address)
    assert caught.value.address == address
    assert web.requests == []


async def test_the_error_lists_the_tried_addresses(web, find):
    web.put(SITE, "<p>Nothing")
    with pytest.raises(NoFeedFound, match="example.org") as caught:
        await find(SITE)
    tried = dict(caught.value.attempts)
    assert tried[SITE] == "no feed"
    assert tried[f"{SITE}feed"] == "not found"
    assert len(tried) == 1 + len(WELL_KNOWN_PATHS)


async def test_a_site_with_one_page_for_all_addresses_gets_few_requests(web, find):
    markup = b"<!doctype html>" + b"".join(b"<a href=/feed/%d>RSS</a>" % n for n in range(1000))

    async def fetch(url, *, validators=NO_VALIDATORS, **_options):
        web.requests.append(url)
        return FetchResult(url=url, body=markup, content_type="text/html")

    with pytest.raises(NoFeedFound):
        await discover(SITE, fetch, InProcessPool(), now=NOW)
    assert len(web.requests) <= MAX_REQUESTS
    assert len(set(web.requests)) == len(web.requests)


async def test_a_host_with_429_or_a_timeout_gets_no_more_requests(web, find):
    for error in (HttpStatusError(429, "too many", address=SITE), FetchTimeout(30, address=SITE)):
        web.requests.clear()
        web.put(SITE, link("https://other.example/feed"))
        web.fail("https://other.example/feed", error)
        web.fail(f"{SITE}feed", error)
        with pytest.raises(NoFeedFound):
            await find(SITE)
        assert web.requests == [SITE, "https://other.example/feed", f"{SITE}feed"]


async def test_a_page_with_a_thousand_feeds_is_bounded(web, find):
    web.put(SITE, "".join(link(f"/feed/{number}", f"Feed {number}") for number in range(1000)))
    web.put(f"{SITE}feed/0", feed())
    assert len(await find(SITE)) == MAX_DISCOVERED_FEEDS
    assert len(web.requests) == 2
    del web.pages[f"{SITE}feed/0"]
    with pytest.raises(NoFeedFound):
        await find(SITE)
    assert len(web.requests) <= 2 + MAX_REQUESTS


async def test_a_page_that_cannot_be_parsed_has_no_links(web, find):
    class TimeoutPool(SandboxPool):
        async def run(self, function: Any, *arguments: Any, seconds: float) -> Any:  # type: ignore[override]
            raise SandboxTimeout(seconds)

    web.put(SITE, "<p>" + "x" * 200_000 + link("/feed"))
    web.put(f"{SITE}rss", feed())
    assert await urls(find(SITE, pool=TimeoutPool())) == [f"{SITE}rss"]


@pytest.mark.parametrize(
    "make_body",
    [
        lambda: b"<div>" * 3_000_000,
        lambda: (
            b"<html><link " + b" ".join(b"a%d=1" % number for number in range(1_000_000)) + b">"
        ),
        lambda: b"<html>" + b"<link rel=alternate href=/x type=application/rss+xml>" * 300_000,
    ],
    ids=["nested", "attributes", "links"],
)
@pytest.mark.process
async def test_fifteen_hostile_megabytes_end_at_the_timeout(web, monkeypatch, make_body):
    monkeypatch.setattr("watchers.sources.discovery._PARSE_TIMEOUT_SECONDS", 1.0)
    web.put(SITE, make_body()[:MAX_BODY_BYTES])
    web.put(f"{SITE}rss", feed())
    async with SandboxPool() as pool:
        feeds = await discover(SITE, web, pool, now=NOW)
    assert [feed.url for feed in feeds] == [f"{SITE}rss"]
