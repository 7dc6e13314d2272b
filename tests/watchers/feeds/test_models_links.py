import pytest

from watchers.feeds.models import resolve_url

BASE = "https://example.org/blog/feed.xml"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://example.com/a", "https://example.com/a"),
        (" \n https://example.com/a\t", "https://example.com/a"),
        ("https://example.com/a\n/b", "https://example.com/a/b"),
        ("/a", "https://example.org/a"),
        ("a", "https://example.org/blog/a"),
        ("../a?b=c#d", "https://example.org/a?b=c#d"),
        ("//example.com/a", "https://example.com/a"),
        ("www.example.com/a", "http://www.example.com/a"),
        ("HTTP://Example.com/a", "http://Example.com/a"),
        ("https://example.com/a b|c", "https://example.com/a%20b%7Cc"),
        ("https://example.com/é", "https://example.com/é"),
        ("https://example.com/%20", "https://example.com/%20"),
    ],
)
def test_a_link_becomes_an_absolute_url(link, url):
    assert resolve_url(link, BASE) == url


@pytest.mark.parametrize(
    "link",
    [
        *(
            None,
            "",
            " ",
            "mailto:a@b.org",
            "tag:example.org,2026:1",
            "javascript:alert(1)",
            "urn:x:y",
        ),
        *("http://[bad", "http://", "https:///a", "http://example.com:port/", "data:text/html,x"),
        *("http://a b.org/", "x" * 5_000, "ftp://example.org/a", "file:///etc/passwd"),
    ],
)
def test_other_links_are_none(link):
    assert resolve_url(link, BASE) is None
