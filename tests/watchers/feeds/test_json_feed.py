import json
from datetime import UTC, datetime

import pytest

from tests.watchers.feeds.feed_samples import only_entry, only_item, parse_strictly
from watchers.errors import BrokenFeed, NotAFeedError
from watchers.feeds import Enclosure

VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(*items, **fields):
    return json.dumps(
        {"version": VERSION, "title": "The Example", "items": items, **fields}
    ).encode()


def test_a_json_feed():
    body = json_feed(
        {
            "id": "1",
            "url": "/1",
            "title": "AT&T <3",
            "summary": "Lead.",
            "content_html": "<p>One.</p>",
            "date_published": "2026-11-23T10:00:00Z",
            "authors": [{"name": "Zoë"}, {"url": "x"}, 7],
            "tags": ["a", "a", 5, " b "],
            "language": "de",
            "image": "/i.png",
            "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5}],
        },
        home_page_url="https://example.org/",
        hubs=[{"type": "WebSub", "url": "https://hub.org/"}],
        feed_url="https://example.org/feed.json",
        next_url="?page=2",
        expired=True,
    )
    feed = parse_strictly(body)
    assert (feed.format, feed.link) == ("json feed 1.1", "https://example.org/")
    assert (feed.hints.hubs, feed.hints.is_complete) == (("https://hub.org/",), True)
    entry = only_entry(feed)
    assert (entry.key, entry.link) == ("1", "https://example.org/1")
    assert entry.published == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert entry.enclosures == (Enclosure("https://example.org/a.mp3", "audio/mpeg", 5),)
    item = only_item(body)
    assert (item.title, item.lead, item.text, item.author) == ("AT&T <3", "Lead.", "One.", "Zoë")
    assert (item.tags, item.source) == (("a", "b"), "The Example")


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ({"id": 7, "title": "t"}, "7"),
        ({"id": "https://e.org/1", "content_text": "t"}, "https://e.org/1"),
        ({"url": "https://e.org/1"}, "https://e.org/1"),
        ({"external_url": "https://e.org/1", "title": "t"}, "https://e.org/1"),
    ],
)
def test_the_key_of_a_json_entry(item, key):
    assert only_entry(parse_strictly(json_feed(item))).key == key


def test_version_1_0_and_a_missing_version():
    old = json_feed(
        {"id": "1", "title": "t", "author": {"name": "Zoë"}},
        version="https://jsonfeed.org/version/1",
    )
    assert only_entry(parse_strictly(old)).authors == ("Zoë",)
    assert parse_strictly(old).format == "json feed 1"
    forgotten = json.dumps({"title": "T", "items": [{"id": "1", "content_text": "x"}]}).encode()
    assert only_entry(parse_strictly(forgotten)).key == "1"


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"items": [1]}', b'{"error": "no"}', b"[1, 2]", b'{"items": {"a": 1}}']
)
def test_other_json_is_not_a_feed(body):
    with pytest.raises(NotAFeedError, match="this is JSON"):
        parse_strictly(body)


@pytest.mark.parametrize(
    "body", [b"{", b'{"version": ', b"[" * 100_000, b'{"a": ' + b"1" * 5_000 + b"}", b'{"a": "\xff']
)
def test_broken_json_raises_one_error(body):
    with pytest.raises((BrokenFeed, NotAFeedError)):
        parse_strictly(body)


def test_values_of_wrong_types_are_ignored():
    odd = {
        "id": None,
        "url": 5,
        "title": ["x"],
        "tags": "x",
        "authors": {},
        "attachments": [None, {"url": 5}],
    }
    feed = parse_strictly(json_feed(odd, None, 5, "x", [], home_page_url=5, hubs="x", title=None))
    assert not feed.entries


def test_utf_16_and_a_byte_order_mark():
    body = json_feed({"id": "1", "title": "Zoë"})
    for data in (
        b"\xef\xbb\xbf" + body,
        json.dumps(json.loads(body), ensure_ascii=False).encode("utf-16"),
    ):
        assert only_entry(parse_strictly(data)).title.value == "Zoë"
