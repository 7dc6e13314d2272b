"""Feeds from end to end: a real process, a real server on loopback."""

import pytest

from tests.bot.cli.test_feeds import Site
from tests.scenarios.process import Tocsin
from tests.watchers.sources.made_feeds import rss


@pytest.fixture
def site():
    made = Site()
    yield made
    made.close()


def run(tmp_path, site, **settings: str) -> Tocsin:
    open_ = {"TOCSIN_ALLOW_NETWORKS": "127.0.0.0/8", "NO_PROXY": "127.0.0.1"}
    return Tocsin(tmp_path, **open_, TOCSIN_FEEDS=f"{site.origin}/feed.xml", **settings)


def read(tocsin: Tocsin) -> None:
    """Wait until the feed was read once."""
    while not any("news " in line for line in tocsin.printed):
        seen = len(tocsin.printed)
        tocsin.say("/feeds")
        tocsin.wait_until(lambda seen=seen: len(tocsin.printed) > seen + 1)


def test_a_new_entry_of_a_feed_is_told_exactly_once(tmp_path, site):
    site.put("/feed.xml", rss((2, 1), word="Sanctions"))
    tocsin = run(tmp_path, site)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    read(tocsin)
    assert tocsin.alerts == []
    site.put("/feed.xml", rss((3, 2, 1), word="Sanctions"))
    tocsin.say("/feeds check")
    tocsin.wait_until(lambda: bool(tocsin.alerts))
    tocsin.say("/feeds check example")
    tocsin.wait_for("is asked now")
    assert tocsin.end() == 0
    second = run(tmp_path, site)
    assert second.end() == 0
    assert tocsin.alerts + second.alerts == ["Sanctions 3"]
    assert tocsin.errors == []


def test_a_source_is_followed_whole_by_its_address(tmp_path, site):
    address = site.put("/other.xml", rss((1,), title="The Other"))
    tocsin = run(tmp_path, site)
    tocsin.say(f"/subscribe {address}")
    tocsin.wait_for("Following")
    site.put("/other.xml", rss((2, 1), title="The Other"))
    tocsin.say("/feeds check other")
    tocsin.wait_until(lambda: bool(tocsin.alerts))
    assert tocsin.end() == 0
    assert tocsin.alerts == ["News 2"]
