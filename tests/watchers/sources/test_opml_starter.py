from collections import Counter

from lxml import etree

from watchers.sources.canonical_url import canonical_url, site_of
from watchers.sources.feed_addresses import parse_address
from watchers.sources.opml import read_opml, starter_feeds, starter_opml


def test_the_list_has_each_feed_once_with_a_name_and_a_folder():
    listed = read_opml(starter_opml())
    assert listed.problems == ()
    assert 60 <= len(listed.feeds) <= 90
    assert len({canonical_url(feed.url) for feed in listed.feeds}) == len(listed.feeds)
    assert len({feed.title for feed in listed.feeds}) == len(listed.feeds)
    assert all(feed.title and feed.tags for feed in listed.feeds)
    assert listed.feeds == starter_feeds()


def test_every_address_can_be_added():
    for feed in starter_feeds():
        parsed = parse_address(feed.url)
        assert (parsed.pages, parsed.no_feed) == ((feed.url,), "")
        assert feed.url.startswith("https://")


def test_the_folders_match_the_guide():
    folders = Counter(feed.tags[0] for feed in starter_feeds())
    assert set(folders) == {"World", "Sanctions", "Security", "Technology"}
    assert min(folders.values()) >= 8
    languages = {feed.tags[1] for feed in starter_feeds() if len(feed.tags) > 1}
    assert len(languages) >= 8


def test_no_publisher_dominates_the_list():
    assert max(Counter(site_of(feed.url) for feed in starter_feeds()).values()) <= 8


def test_the_list_is_valid_opml():
    assert etree.fromstring(starter_opml()).get("version") == "2.0"
