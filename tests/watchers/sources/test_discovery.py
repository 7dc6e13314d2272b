import re
from datetime import UTC, datetime

import pytest

from watchers.errors import (
    AddressRefused,
    BadAnswer,
    IsolationTimeout,
    NoFeedFound,
    Refused,
    TooSlow,
    Unreachable,
)
from watchers.fetching.fetched import MAX_BODY, NO_VALIDATORS, Fetched
from watchers.isolation import Isolation
from watchers.sources.discovery import MOST_REQUESTS, WELL_KNOWN, discover
from watchers.sources.found import MOST_FOUND, FoundFeed

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
        self.asked = []

    def put(self, url, body, *, final=None, moved_to=None, content_type="text/html"):
        body = (
            body
            if isinstance(body, bytes)
            else f"<!doctype html><title>Page</title>{body}".encode()
        )
        self.pages[url] = Fetched(
            url=final or url, moved_to=moved_to, body=body, content_type=content_type
        )

    def fail(self, url, error):
        self.pages[url] = error

    async def __call__(self, url, *, validators=NO_VALIDATORS, most=MAX_BODY):
        self.asked.append(url)
        found = self.pages.get(url) or Refused(404, "there is no such page", address=url)
        if isinstance(found, Exception):
            raise found
        return found


class InPlace(Isolation):
    async def run(self, function, *arguments, seconds):
        return function(*arguments)


@pytest.fixture
def web():
    return Web()


@pytest.fixture
def find(web):
    async def find(address, isolation=None):
        return await discover(address, web, isolation or InPlace(), now=NOW)

    return find


async def urls(finding):
    return [found.url for found in await finding]


async def test_a_feed_is_its_own(web, find):
    web.put(f"{SITE}feed", feed())
    assert await find(f"{SITE}feed") == (FoundFeed(f"{SITE}feed", "The Post"),)
    assert web.asked == [f"{SITE}feed"]


async def test_a_feed_that_moved_for_good_is_where_it_is_now(web, find):
    web.put(f"{SITE}old", feed(), final=f"{SITE}new", moved_to=f"{SITE}new")
    assert await urls(find(f"{SITE}old")) == [f"{SITE}new"]
    web.put(f"{SITE}short", feed(), final=f"{SITE}for-now")
    assert await urls(find(f"{SITE}short")) == [f"{SITE}short"]


async def test_a_bare_domain_leads_to_what_its_page_declares(web, find):
    web.put(
        "https://example.org", link("/comments/feed", "Comments") + link("/feed", "RSS"), final=SITE
    )
    web.put(f"{SITE}feed", feed("The Post – news"))
    assert await find("example.org") == (
        FoundFeed(f"{SITE}feed", "The Post – news"),
        FoundFeed(f"{SITE}comments/feed", "Comments", "comments"),
    )
    assert web.asked == ["https://example.org", f"{SITE}feed"]


async def test_a_site_without_tls_is_asked_without(web, find):
    web.fail(
        "https://example.org",
        Unreachable("the connection was refused", address="https://example.org"),
    )
    web.put("http://example.org", link("/feed"))
    web.put("http://example.org/feed", feed())
    assert await urls(find("example.org")) == ["http://example.org/feed"]
    with pytest.raises(Unreachable):
        await find("https://example.org")


async def test_nobody_answers(web, find):
    for scheme in ("https", "http"):
        web.fail(
            f"{scheme}://example.org",
            Unreachable(f"no {scheme}", address=f"{scheme}://example.org"),
        )
    with pytest.raises(Unreachable, match="no https"):
        await find("example.org")
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    "error",
    [
        TooSlow(30, address=SITE),
        AddressRefused("a private network", address=SITE),
        BadAnswer("it leads in circles", address=SITE),
    ],
)
async def test_what_went_wrong_with_the_page_passes_as_it_is(web, find, error):
    web.fail(SITE, error)
    with pytest.raises(type(error)) as caught:
        await find(SITE)
    assert caught.value is error
    assert web.asked == [SITE]


async def test_a_challenge_is_passed_on_and_the_host_left_in_peace(web, find):
    web.fail(
        f"{SITE}a",
        Refused(403, "a Cloudflare check stands before it", address=SITE, challenge=True),
    )
    with pytest.raises(Refused, match="Cloudflare"):
        await find(f"{SITE}a")
    assert web.asked == [f"{SITE}a"]


async def test_a_forbidden_front_page_may_hide_a_feed(web, find):
    web.fail(SITE, Refused(403, "forbidden", address=SITE))
    web.put(f"{SITE}rss.xml", feed())
    assert await urls(find(SITE)) == [f"{SITE}rss.xml"]
    del web.pages[f"{SITE}rss.xml"]
    with pytest.raises(Refused, match="forbidden"):
        await find(SITE)


async def test_a_dead_feed_is_found_again_on_its_site(web, find):
    web.fail(f"{SITE}old.rss", Refused(410, "it is gone", address=f"{SITE}old.rss"))
    web.put(SITE, link("/new.rss"))
    web.put(f"{SITE}new.rss", feed())
    assert await urls(find(f"{SITE}old.rss")) == [f"{SITE}new.rss"]


async def test_a_page_without_a_feed_leads_to_its_site(web, find):
    web.put(f"{SITE}story", "<p>A story")
    web.put(SITE, link("/feed"))
    web.put(f"{SITE}feed", feed())
    assert await urls(find(f"{SITE}story")) == [f"{SITE}feed"]


async def test_a_declared_feed_that_is_dead_is_passed_over(web, find):
    web.put(
        SITE,
        link("/dead", "Dead") + link("/page", "Page") + link("/world", "World") + link("/x", "X"),
    )
    web.put(f"{SITE}page", "<p>Not a feed")
    web.put(f"{SITE}world", feed("World"))
    assert await urls(find(SITE)) == [f"{SITE}world", f"{SITE}x"]
    assert f"{SITE}x" not in web.asked


async def test_well_known_places_are_looked_at(web, find):
    for path in WELL_KNOWN:
        web.pages.clear()
        web.put(SITE, "<p>No links")
        web.put(SITE.rstrip("/") + path, feed())
        assert await urls(find(SITE)) == [SITE.rstrip("/") + path]


async def test_links_that_look_like_feeds_are_the_last_resort(web, find):
    web.put(
        SITE, "<a href=/about>About</a><a href=/export/world.rss>World</a><a href=/follow>RSS</a>"
    )
    web.put(f"{SITE}export/world.rss", feed("World"))
    assert (await find(SITE))[0] == FoundFeed(f"{SITE}export/world.rss", "World")


async def test_a_page_about_the_feeds_is_read_too(web, find):
    web.put(SITE, "<p>No links")
    web.put(f"{SITE}rss", "<a href=/rss/world.xml>World</a><a href=/rss/sport.xml>Sport</a>")
    web.put(f"{SITE}rss/world.xml", feed("World"))
    assert await urls(find(SITE)) == [f"{SITE}rss/world.xml", f"{SITE}rss/sport.xml"]


async def test_a_rule_of_the_site_comes_before_its_page(web, find):
    web.put("https://www.reddit.com/r/worldnews/.rss", feed("worldnews"))
    assert await find("r/worldnews") == (
        FoundFeed("https://www.reddit.com/r/worldnews/.rss", "worldnews"),
    )
    assert len(web.asked) == 1


async def test_a_rule_that_does_not_hold_leaves_the_page(web, find):
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
async def test_the_feed_of_all_is_not_that_of_the_one_who_is_not_there(web, find, typed, site):
    for path in ("/", *WELL_KNOWN):
        web.put(site + path, feed("Everything"))
    with pytest.raises((NoFeedFound, Refused)):
        await find(typed)


async def test_a_repository_is_a_choice(web, find):
    web.put("https://github.com/a/b/releases.atom", feed("Release notes from b"))
    found = await find("https://github.com/a/b")
    assert [one.title for one in found] == ["Release notes from b", "a/b: commits", "a/b: tags"]


async def test_a_channel_is_found_by_its_handle(web, find):
    web.put("https://www.youtube.com/@jane", f"<meta itemprop=identifier content={CHANNEL}>")
    videos = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"
    web.put(videos, feed("Jane"))
    assert await find("https://www.youtube.com/@jane") == (FoundFeed(videos, "Jane"),)


async def test_a_site_that_moved_to_a_known_one_follows_its_rules(web, find):
    web.put("https://jane.example/", "<p>Hello", final="https://jane.substack.com/")
    web.put("https://jane.substack.com/feed", feed("Jane"))
    assert await urls(find("https://jane.example/")) == ["https://jane.substack.com/feed"]


async def test_a_consent_page_is_said(web, find):
    web.put(
        "https://www.youtube.com/@jane",
        "<p>Before",
        final="https://consent.youtube.com/m?continue=x",
    )
    with pytest.raises(NoFeedFound, match=re.escape("consent.youtube.com asks for consent")):
        await find("https://www.youtube.com/@jane")


@pytest.mark.parametrize(
    ("address", "words"),
    [("t.me/durov", "Telegram"), ("north korea", "no web address"), ("a@b.org", "e-mail")],
)
async def test_what_cannot_have_a_feed_is_said_without_asking(web, find, address, words):
    with pytest.raises(NoFeedFound, match=words) as caught:
        await find(address)
    assert caught.value.address == address
    assert web.asked == []


async def test_what_was_tried_is_told(web, find):
    web.put(SITE, "<p>Nothing")
    with pytest.raises(NoFeedFound, match="example.org names none") as caught:
        await find(SITE)
    tried = dict(caught.value.tried)
    assert tried[SITE] == "no feed"
    assert tried[f"{SITE}feed"] == "there is no such page"
    assert len(tried) == 1 + len(WELL_KNOWN)


async def test_a_site_that_answers_everything_with_its_front_page_is_bounded(web, find):
    markup = b"<!doctype html>" + b"".join(b"<a href=/feed/%d>RSS</a>" % n for n in range(1000))

    async def fetch(url, *, validators=NO_VALIDATORS, most=MAX_BODY):
        web.asked.append(url)
        return Fetched(url=url, body=markup, content_type="text/html")

    with pytest.raises(NoFeedFound):
        await discover(SITE, fetch, InPlace(), now=NOW)
    assert len(web.asked) <= MOST_REQUESTS
    assert len(set(web.asked)) == len(web.asked)


async def test_a_host_that_asks_for_rest_or_falls_silent_is_asked_no_more(web, find):
    for error in (Refused(429, "too many", address=SITE), TooSlow(30, address=SITE)):
        web.asked.clear()
        web.put(SITE, link("https://other.example/feed"))
        web.fail("https://other.example/feed", error)
        web.fail(f"{SITE}feed", error)
        with pytest.raises(NoFeedFound):
            await find(SITE)
        assert web.asked == [SITE, "https://other.example/feed", f"{SITE}feed"]


async def test_a_page_that_claims_a_thousand_feeds_is_bounded(web, find):
    web.put(SITE, "".join(link(f"/feed/{number}", f"Feed {number}") for number in range(1000)))
    web.put(f"{SITE}feed/0", feed())
    assert len(await find(SITE)) == MOST_FOUND
    assert len(web.asked) == 2
    del web.pages[f"{SITE}feed/0"]
    with pytest.raises(NoFeedFound):
        await find(SITE)
    assert len(web.asked) <= 2 + MOST_REQUESTS


async def test_a_page_that_cannot_be_read_is_one_without_links(web, find):
    class Broken(Isolation):
        async def run(self, function, *arguments, seconds):
            raise IsolationTimeout(seconds)

    web.put(SITE, "<p>" + "x" * 200_000 + link("/feed"))
    web.put(f"{SITE}rss", feed())
    assert await urls(find(SITE, isolation=Broken())) == [f"{SITE}rss"]


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 3_000_000,
        b"<html><link " + b" ".join(b"a%d=1" % number for number in range(1_000_000)) + b">",
        b"<html>" + b"<link rel=alternate href=/x type=application/rss+xml>" * 300_000,
    ],
    ids=["nested", "attributes", "links"],
)
async def test_fifteen_hostile_megabytes_end_in_time(web, monkeypatch, body):
    monkeypatch.setattr("watchers.sources.discovery._SECONDS", 1.0)
    web.put(SITE, body[:MAX_BODY])
    web.put(f"{SITE}rss", feed())
    async with Isolation() as isolation:
        found = await discover(SITE, web, isolation, now=NOW)
    assert [one.url for one in found] == [f"{SITE}rss"]
