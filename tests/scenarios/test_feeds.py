"""Feeds from end to end: a real process and a real server on loopback."""

from functools import partial

import pytest

from tests.bot.cli.test_feeds import Site
from tests.scenarios.process import Tocsin
from tests.watchers.sources.made_feeds import rss


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


def run(tmp_path, site, **settings: str) -> Tocsin:
    network = {"TOCSIN_ALLOW_NETWORKS": "127.0.0.0/8", "NO_PROXY": "127.0.0.1"}
    return Tocsin(tmp_path, **network, TOCSIN_FEEDS=f"{site.origin}/feed.xml", **settings)


def is_answered(tocsin: Tocsin, seen: int) -> bool:
    return len(tocsin.printed) > seen + 1


def wait_for_first_poll(tocsin: Tocsin) -> None:
    """Wait until the feed was polled once."""
    while not any("news " in line for line in tocsin.printed):
        seen = len(tocsin.printed)
        tocsin.say("/feeds")
        tocsin.wait_until(partial(is_answered, tocsin, seen))


def test_a_new_entry_of_a_feed_is_alerted_exactly_once(tmp_path, site):
    site.put("/feed.xml", rss((2, 1), word="Sanctions"))
    tocsin = run(tmp_path, site)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    wait_for_first_poll(tocsin)
    assert tocsin.alerts == []
    site.put("/feed.xml", rss((3, 2, 1), word="Sanctions"))
    tocsin.say("/feeds check")
    tocsin.wait_until(lambda: bool(tocsin.alerts))
    tocsin.say("/feeds check example")
    tocsin.wait_for("is checked now")
    assert tocsin.end() == 0
    second = run(tmp_path, site)
    assert second.end() == 0
    assert tocsin.alerts + second.alerts == ["Sanctions 3"]
    assert tocsin.errors == []


def test_a_source_is_subscribed_to_by_its_address(tmp_path, site):
    address = site.put("/other.xml", rss((1,), title="The Other"))
    tocsin = run(tmp_path, site)
    tocsin.say(f"/subscribe {address}")
    tocsin.wait_for("Following")
    site.put("/other.xml", rss((2, 1), title="The Other"))
    tocsin.say("/feeds check other")
    tocsin.wait_until(lambda: bool(tocsin.alerts))
    assert tocsin.end() == 0
    assert tocsin.alerts == ["News 2"]


def test_a_pending_item_is_alerted_with_its_full_text_after_a_kill(tmp_path, site):
    def make_feed(*numbers: int) -> bytes:
        return rss(numbers, body="Thin.", link=f"{site.origin}/page-{{}}")

    text = "<p>The council spoke of zirconium on Monday, at length, as its chair reports.</p>"
    page = f"<html><title>News 2</title><article><h1>News 2</h1>{text * 5}</article></html>"
    site.put("/feed.xml", make_feed(1))
    first = run(tmp_path, site, TOCSIN_FEED_THIN="200")
    first.say("/subscribe zirconium")
    first.wait_for("Following")
    wait_for_first_poll(first)
    # 503 is a transient error, so the page is requested again.
    site.put("/page-2", "", "text/html", status=503)
    site.put("/feed.xml", make_feed(2, 1))
    first.say("/feeds check")
    assert site.is_asked("/page-2")
    first.kill()
    site.put("/page-2", page, "text/html")
    second = run(tmp_path, site, TOCSIN_FEED_THIN="200")
    second.wait_until(lambda: bool(second.alerts))
    assert second.end() == 0
    assert first.alerts + second.alerts == ["News 2"]
