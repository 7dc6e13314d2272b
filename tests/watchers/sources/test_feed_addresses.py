import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.sources.feed_addresses import feeds_by_rule, parse_address

CHANNEL = "UCabcdefghijklmnopqrstuv"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


@pytest.mark.parametrize(
    ("typed", "feed"),
    [
        ("r/worldnews", "https://www.reddit.com/r/worldnews/.rss"),
        ("/r/worldnews/", "https://www.reddit.com/r/worldnews/.rss"),
        ("https://reddit.com/r/worldnews", "https://www.reddit.com/r/worldnews/.rss"),
        ("https://old.reddit.com/r/a+b/new/", "https://www.reddit.com/r/a+b/new/.rss"),
        ("reddit.com/r/a/comments/1x/slug/", "https://www.reddit.com/r/a/comments/1x/.rss"),
        ("u/some-body", "https://www.reddit.com/user/some-body/.rss"),
        ("https://www.reddit.com/user/jane/submitted", "https://www.reddit.com/user/jane/.rss"),
        (f"https://www.youtube.com/channel/{CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}"),
        (f"m.youtube.com/channel/{CHANNEL}/videos", f"{VIDEOS}?channel_id={CHANNEL}"),
        ("https://youtube.com/playlist?list=PLab-1&si=x", f"{VIDEOS}?playlist_id=PLab-1"),
        ("https://www.youtube.com/watch?v=1&list=PLab-1", f"{VIDEOS}?playlist_id=PLab-1"),
        ("https://www.youtube.com/user/jane", f"{VIDEOS}?user=jane"),
        ("@jane@social.example", "https://social.example/@jane.rss"),
        ("https://social.example/@jane", "https://social.example/@jane.rss"),
        ("https://social.example/users/jane/", "https://social.example/@jane.rss"),
        ("https://social.example/@jane@other.example", "https://other.example/@jane.rss"),
        ("@jane.bsky.social", "https://bsky.app/profile/jane.bsky.social/rss"),
        ("https://bsky.app/profile/jane.example", "https://bsky.app/profile/jane.example/rss"),
        ("https://github.com/a/b", "https://github.com/a/b/releases.atom"),
        ("https://github.com/a/b.git", "https://github.com/a/b/releases.atom"),
        ("github.com/a/b/?tab=readme-ov-file", "https://github.com/a/b/releases.atom"),
        ("https://github.com/a/b/releases/tag/v1", "https://github.com/a/b/releases.atom"),
        ("https://github.com/a/b/tags", "https://github.com/a/b/tags.atom"),
        ("https://github.com/a/b/commits", "https://github.com/a/b/commits.atom"),
        ("https://github.com/a/b/tree/main", "https://github.com/a/b/commits/main.atom"),
        ("https://github.com/jane", "https://github.com/jane.atom"),
        ("https://gitlab.com/a/b", "https://gitlab.com/a/b/-/tags?format=atom"),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/releases.rss"),
        ("https://medium.com/@jane", "https://medium.com/feed/@jane"),
        ("https://medium.com/@jane/story-12ab", "https://medium.com/feed/@jane"),
        ("https://medium.com/the-paper", "https://medium.com/feed/the-paper"),
        ("https://medium.com/tag/energy", "https://medium.com/feed/tag/energy"),
        ("https://jane.medium.com/", "https://jane.medium.com/feed"),
        ("jane.substack.com", "https://jane.substack.com/feed"),
        ("https://jane.substack.com/p/story", "https://jane.substack.com/feed"),
        ("jane.wordpress.com", "https://jane.wordpress.com/feed/"),
        ("jane.blogspot.co.uk", "https://jane.blogspot.co.uk/feeds/posts/default"),
        ("https://jane.tumblr.com", "https://jane.tumblr.com/rss"),
        ("https://www.tumblr.com/jane", "https://jane.tumblr.com/rss"),
        ("stackoverflow.com", "https://stackoverflow.com/feeds"),
        ("stackoverflow.com/questions/tagged/c%2b%2b?tab=Newest", "https://stackoverflow.com/feeds/tag/c%2b%2b"),
        ("https://math.stackexchange.com/questions/12/why", "https://math.stackexchange.com/feeds/question/12"),
        ("https://superuser.com/users/7/jane", "https://superuser.com/feeds/user/7"),
        ("news.ycombinator.com", "https://news.ycombinator.com/rss"),
        ("https://news.google.com/search?q=levy&hl=en", "https://news.google.com/rss/search?q=levy&hl=en"),
        ("https://arxiv.org/list/cs.CL/recent", "https://rss.arxiv.org/rss/cs.CL"),
        ("https://pypi.org/project/lxml/", "https://pypi.org/rss/project/lxml/releases.xml"),
    ],
)  # fmt: skip
def test_known_sites_have_rules(typed, feed):
    assert parse_address(typed).feeds[0].url == feed


def test_a_repository_has_three_feeds():
    feeds = parse_address("https://github.com/a/b").feeds
    assert [feed.title for feed in feeds] == ["a/b: releases", "a/b: commits", "a/b: tags"]


@pytest.mark.parametrize(
    ("typed", "pages"),
    [
        ("example.org", ("https://example.org", "http://example.org")),
        ("example.org:8080/a?b", ("https://example.org:8080/a?b", "http://example.org:8080/a?b")),
        ("localhost:8000", ("https://localhost:8000", "http://localhost:8000")),
        ("https://example.org/a", ("https://example.org/a",)),
        ("http://example.org/a", ("http://example.org/a",)),
        ("feed://example.org/a", ("https://example.org/a", "http://example.org/a")),
        ("feed:https://example.org/a", ("https://example.org/a",)),
        ("feed:http://example.org/a", ("http://example.org/a",)),
        ("<https://example.org/a|example.org>", ("https://example.org/a",)),
        ("https://example.org/?tags=a|b", ("https://example.org/?tags=a|b",)),
        (' "example.org" ', ("https://example.org", "http://example.org")),
        ("“https://example.org/a”", ("https://example.org/a",)),
        ("bücher.example", ("https://bücher.example", "http://bücher.example")),
        ("https://www.youtube.com/@jane", ("https://www.youtube.com/@jane",)),
    ],
)
def test_other_addresses_are_pages(typed, pages):
    parsed = parse_address(typed)
    assert (parsed.pages, parsed.feeds, parsed.no_feed) == (pages, (), "")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "not a web address"),
        ("north korea", "not a web address"),
        ("word", "not a web address"),
        ("../etc/passwd", "not a web address"),
        ("jane@example.org", "e-mail address"),
        ("mailto:jane@example.org", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("ftp://example.org/feed", "http:// or https://"),
        ("https://", "the address is not complete"),
        ("https://t.me/durov", "Telegram"),
        ("x.com/jane", "X (Twitter)"),
        ("https://www.facebook.com/jane", "Facebook"),
        ("https://de.linkedin.com/in/jane", "LinkedIn"),
        (f"https://example.org/{'a' * 3000}", "longer than"),
    ],
)
def test_a_rejected_address_has_a_reason(typed, reason):
    parsed = parse_address(typed)
    assert reason in parsed.no_feed
    assert (parsed.pages, parsed.feeds) == ((), ())


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/r/worldnews",
        "https://github.com/topics/energy",
        "https://github.com/a/b/issues",
        "https://www.youtube.com/@jane",
        "https://notreddit.com/r/a",
        "https://medium.com/",
        "https://jane.substack.com/feed",
        "https://example.org/@jane/post/1",
        "https://social.example/@jane.rss",
        "https://github.com/jane.atom",
        "https://codeberg.org/a/b.rss",
        "https://bsky.app/profile/jane.example/rss",
        "https://www.reddit.com/r/a/.rss",
    ],
)
def test_a_rule_applies_only_to_its_site_and_path(url):
    assert feeds_by_rule(url) == ()


@given(st.text(max_size=80) | st.text("ahtps:/@.|<>r/u[]\\1{host}?#%", max_size=60))
def test_any_input_gives_pages_or_a_reason(typed):
    parsed = parse_address(typed)
    assert bool(parsed.no_feed) != bool(parsed.pages)
