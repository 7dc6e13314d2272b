import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.sources.feed_links import read_feed_links
from watchers.sources.feed_ranking import MAX_DISCOVERED_FEEDS, DiscoveredFeed, rank_feeds

URL = "https://example.org/"
RSS, ATOM = "application/rss+xml", "application/atom+xml"


def link(href, title="", kind=RSS, rel="alternate"):
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def declared(markup, url=URL):
    return [feed.url for feed in read_feed_links(f"<title>The Post</title>{markup}", url).declared]


def likely(markup, url=URL):
    return [feed.url for feed in read_feed_links(f"<title>The Post</title>{markup}", url).likely]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/feed", "https://example.org/feed"),
        ("feed.xml", "https://example.org/feed.xml"),
        ("//cdn.example/feed", "https://cdn.example/feed"),
        ("https://example.org/feed#top", "https://example.org/feed"),
        ("feed://example.org/x", "https://example.org/x"),
        ("feed:http://example.org/x", "http://example.org/x"),
        (" /feed\n", "https://example.org/feed"),
        ("?feed=rss2", "https://example.org/?feed=rss2"),
    ],
)
def test_a_declared_feed_has_an_absolute_address(href, url):
    assert declared(link(href)) == [url]


@pytest.mark.parametrize(
    "href",
    ["", "javascript:alert(1)", "data:text/xml,<rss/>", "file:///etc/passwd", "http://", "https://[1",
     "mailto:a@b.c", "https://example.org:99999/", f"/{'a' * 3000}"],
)  # fmt: skip
def test_other_schemes_are_not_feeds(href):
    assert declared(link(href)) == []
    assert likely(f"<a href='{href}'>RSS feed</a>") == []


@pytest.mark.parametrize(
    ("markup", "count"),
    [
        (link("/feed", kind=ATOM), 1),
        (link("/feed", kind="application/rdf+xml"), 1),
        (link("/feed", kind="application/feed+json"), 1),
        (link("/feed", kind="application/x.atom+xml"), 1),
        (link("/feed", kind="Application/RSS+XML; charset=utf-8"), 1),
        (link("/feed", kind="text/xml", title="RSS"), 1),
        (link("/feed.json", kind="application/json"), 1),
        (link("/feed", kind="", rel="feed"), 1),
        (link("/feed", rel="ALTERNATE home"), 1),
        (link("/wp-json/wp/v2/posts", kind="application/json", title="JSON feed"), 0),
        (link("/oembed", kind="application/json+oembed"), 0),
        (link("/de/", kind="text/html"), 0),
        (link("/other", kind="text/xml"), 0),
        (link("/style.css", rel="alternate stylesheet"), 0),
        (link("/feed", rel="stylesheet"), 0),
        ("<link rel=alternate type=application/rss+xml>", 0),
    ],
)
def test_only_links_to_feeds_are_declared_feeds(markup, count):
    assert len(declared(markup)) == count


def test_a_base_element_is_applied():
    assert declared(f"<base href='https://cdn.example/a/'>{link('feed')}") == [
        "https://cdn.example/a/feed"
    ]
    assert declared(f"<base href='javascript:1'>{link('feed')}") == ["https://example.org/feed"]


def test_a_generic_title_is_replaced_by_the_page_title():
    page = f"<title>The  Post</title>{link('/a', 'RSS 2.0')}{link('/b', 'World &amp; Asia')}"
    links = read_feed_links(page, URL)
    assert [feed.title for feed in links.declared] == ["The Post", "World & Asia"]
    assert links.title == "The Post"


def test_news_feeds_come_first_and_comments_last():
    markup = (
        link("/comments/feed", "The Post » Comments Feed")
        + link("/tag/energy/feed", "Energy")
        + link("/feed", "The Post")
        + link("/kommentare", "Kommentare")
    )
    feeds = read_feed_links(markup, URL).declared
    assert [feed.url for feed in feeds] == [
        f"{URL}feed",
        f"{URL}tag/energy/feed",
        f"{URL}comments/feed",
        f"{URL}kommentare",
    ]
    assert [feed.kind for feed in feeds] == ["news", "section", "comments", "comments"]


def test_the_feed_of_the_section_comes_before_that_of_the_site():
    markup = link("/feed", "The Post") + link("/sport/feed", "Sport")
    assert declared(markup, f"{URL}sport/")[0] == f"{URL}sport/feed"
    assert declared(markup, URL)[0] == f"{URL}feed"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("/feed", "A"), ("https://www.example.org/feed/", "B")),
        (("/feed?utm_source=x", "A"), ("/feed", "A")),
        (("/rss.xml", "A (RSS)"), ("/atom.xml", "A (Atom)")),
        (("/feeds/posts/default", "A - Atom"), ("/feeds/posts/default?alt=rss", "A - RSS")),
        (("/world/rss.xml", "RSS"), ("/world/feed.json", "JSON Feed")),
    ],
)
def test_two_formats_of_one_feed_are_one_result(first, second):
    assert len(declared(link(*first) + link(*second))) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("/world/rss", "RSS"), ("/sport/rss", "RSS")),
        (("/feed", "The Post"), ("/comments/feed", "The Post")),
        (("/rss.xml", "World"), ("/atom.xml", "Sport")),
        (("/?feed=rss2&cat=1", ""), ("/?feed=rss2&cat=2", "")),
    ],
)
def test_different_feeds_are_two_results(first, second):
    assert len(declared(link(*first) + link(*second))) == 2


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href=/rss>Subscribe</a>",
        "<a href=/rss/world>World</a>",
        "<a href=/feed/>x</a>",
        "<a href=/news.rss>x</a>",
        "<a href=/world/rss.xml>x</a>",
        "<a href=/export/news-world.xml>x</a>",
        "<a href=/?format=rss>x</a>",
        "<a href=/subscribe>RSS</a>",
        "<a href=/subscribe title='RSS feed'><img src=a></a>",
        "<a href=https://feeds.example.org/world>x</a>",
        "<a href=https://feeds.feedburner.com/thepost>x</a>",
        "<a href=https://www.example.org/rss>x</a>",
        "<a href=https://news.example.org/rss>x</a>",
    ],
)
def test_a_link_may_look_like_a_feed(anchor):
    assert len(likely(anchor)) == 1


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href=/world>World</a>",
        "<a href=/feedback>Feedback</a>",
        "<a href=/rss.png>RSS</a>",
        "<a href=/feed.css>x</a>",
        "<a href=https://feedly.com/i/subscription/feed/x>Follow by RSS</a>",
        "<a href=https://elsewhere.example/rss>RSS</a>",
        "<a>RSS</a>",
        f"<a href=/story>Ministers {'talked of the ' * 6} RSS</a>",
    ],
)
def test_other_links_do_not_look_like_a_feed(anchor):
    assert likely(anchor) == []


def test_feed_addresses_come_before_feed_labels():
    assert likely("<a href=/follow>RSS</a><a href=/rss>x</a>") == [f"{URL}rss", f"{URL}follow"]


CHANNEL = "UCabcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    "markup",
    [
        f"<link rel=canonical href=https://www.youtube.com/channel/{CHANNEL}>",
        f"<meta itemprop=channelId content={CHANNEL}>",
        f"<meta itemprop=identifier content={CHANNEL}>",
        f'<script>var data = {{"externalId":"{CHANNEL}"}}</script>',
    ],
)
def test_a_channel_page_gives_the_channel_feed(markup):
    feed = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"
    links = read_feed_links(
        f"{markup}<meta property=og:title content=Jane>", "https://www.youtube.com/@jane"
    )
    assert links.declared[0] == DiscoveredFeed(feed, "Jane")
    assert declared(markup, "https://example.org/@jane") == []


def test_a_page_with_a_thousand_feeds_gives_a_bounded_list():
    page = "".join(link(f"/feed/{number}", f"Feed {number}") for number in range(1000))
    feeds = read_feed_links(page, URL).declared
    assert len(feeds) == MAX_DISCOVERED_FEEDS
    assert feeds[0].url == f"{URL}feed/0"


def test_a_hundred_thousand_links_are_bounded():
    links = read_feed_links(
        "<link rel=alternate href=/x>" * 100_000 + "<a href=/x>y</a>" * 100_000, URL
    )
    assert (links.declared, links.likely) == ((), ())


def test_a_title_is_short_and_clean():
    links = read_feed_links(f"<title>{'long ' * 1000}\u202e</title>{link('/feed')}", URL)
    assert len(links.title) <= 120
    assert links.declared[0].title == links.title


@given(st.text("<>link rel=alternate href'\"/feed: a&#\0é", max_size=300))
def test_any_markup_is_accepted(markup):
    links = read_feed_links(markup, URL)
    assert rank_feeds(links.declared, page_url=URL) == links.declared
