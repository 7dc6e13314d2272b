import re
from datetime import UTC, datetime

import pytest

from tests.watchers.feeds.feed_samples import (
    URL,
    only_entry,
    only_item,
    parse_leniently,
    parse_strictly,
    rss,
)
from watchers.feeds import Enclosure, MarkupText, entry_to_item
from watchers.feeds.xml_tree import NeedsFallback

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
BASIC = "<title>Pact signed</title><link>https://example.org/1</link><guid>https://example.org/?p=1</guid>"


def test_an_rss_item():
    feed = parse_strictly(
        rss(
            BASIC + "<description>A short &lt;b&gt;lead&lt;/b&gt;.</description>"
            "<content:encoded><![CDATA[<p>One &amp; only.</p><p>Two.</p>]]></content:encoded>"
            "<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate><dc:creator>Zoë Ay</dc:creator>"
            "<category>World</category><category><![CDATA[A & B]]></category>"
            "<comments>https://example.org/1#talk</comments><slash:comments>7</slash:comments>"
            "<wfw:commentRss>https://example.org/1/feed</wfw:commentRss>",
            "<language>en-us</language><description>All of it</description>",
        )
    )
    assert (feed.format, feed.title.value, feed.link) == (
        *("rss 2.0", "The Example", "https://example.org/"),
    )
    assert feed.description.value == "All of it"
    entry = only_entry(feed)
    assert entry.key == "https://example.org/?p=1"
    assert entry.link == "https://example.org/1"
    assert entry.content == MarkupText("<p>One &amp; only.</p><p>Two.</p>", "html")
    assert (entry.published, entry.is_date_plausible) == (TEN, True)
    assert entry.comments == "https://example.org/1#talk"
    assert (entry.comments_feed, entry.comment_count) == ("https://example.org/1/feed", 7)
    item = only_item(
        rss(
            BASIC + "<description>A short &lt;b&gt;lead&lt;/b&gt;.</description>",
            "<language>en-us</language>",
        )
    )
    assert (item.title, item.lead, item.text) == ("Pact signed", "A short lead.", "")
    assert (item.source, item.language, item.url) == (
        "The Example",
        "en-US",
        "https://example.org/1",
    )


@pytest.mark.parametrize(
    ("marks", "key", "link"),
    [
        ("<guid>https://e.org/1</guid>", "https://e.org/1", "https://e.org/1"),
        ('<guid isPermaLink="false">https://e.org/1</guid>', "https://e.org/1", "https://e.org/1"),
        ('<guid isPermaLink="false">n-1</guid><link>/a</link>', "n-1", "https://example.org/a"),
        ('<guid isPermaLink="true">/p/1</guid>', "/p/1", "https://example.org/p/1"),
        ("<guid> n\n 1 </guid><link>https://e.org/1</link>", "n 1", "https://e.org/1"),
        ("<link>https://e.org/1</link>", "https://e.org/1", "https://e.org/1"),
        ("<guid/><link>https://e.org/1</link>", "https://e.org/1", "https://e.org/1"),
        (
            "<dc:identifier>doi:1</dc:identifier><link>https://e.org/1</link>",
            "https://e.org/1",
            "https://e.org/1",
        ),
        (
            "<atom:id>tag:e.org,2026:1</atom:id><link>https://e.org/1</link>",
            "tag:e.org,2026:1",
            "https://e.org/1",
        ),
        ('<guid>1</guid><atom:link href="https://e.org/1"/>', "1", "https://e.org/1"),
        (
            '<guid>1</guid><atom:link rel="self" href="/self"/><link>https://e.org/1</link>',
            "1",
            "https://e.org/1",
        ),
        ('<guid>1</guid><link href="https://e.org/1"/>', "1", "https://e.org/1"),
        (
            "<guid>1</guid><link>/x</link><feedburner:origLink>https://e.org/1</feedburner:origLink>",
            *("1", "https://e.org/1"),
        ),
    ],
)
def test_the_key_and_link_of_an_entry(marks, key, link):
    entry = only_entry(parse_strictly(rss(f"<title>t</title>{marks}")))
    assert (entry.key, entry.link) == (key, link)


def test_the_key_of_an_entry_without_identifier_is_title_and_date():
    first, edited, other_day = (
        only_entry(
            parse_leniently(
                rss(
                    f"<title>{title}</title><pubDate>{date}</pubDate><description>{words}</description>"
                )
            )
        ).key
        for title, date, words in (
            ("a", "1 Nov 2026", "x"),
            ("a", "1 Nov 2026", "edited"),
            ("a", "2 Nov 2026", "x"),
        )
    )
    assert first == edited != other_day


@pytest.mark.parametrize(
    ("marks", "published", "updated"),
    [
        ("<pubDate>2026-11-23T10:00:00Z</pubDate>", TEN, None),
        ("<dc:date>2026-11-23T10:00:00Z</dc:date>", TEN, TEN),
        ("<dcterms:issued>2026-11-23T10:00:00Z</dcterms:issued>", TEN, None),
        ("<atom:updated>2026-11-23T10:00:00Z</atom:updated>", TEN, TEN),
        ("<pubDate>soon</pubDate><dc:date>2026-11-23T10:00:00Z</dc:date>", TEN, TEN),
        ("<pubDate>soon</pubDate>", None, None),
    ],
)
def test_dates_in_every_vocabulary(marks, published, updated):
    entry = only_entry(parse_strictly(rss(BASIC + marks)))
    assert (entry.published, entry.updated) == (published, updated)


def test_an_implausible_date_is_kept_but_not_used():
    body = rss(BASIC + "<pubDate>Fri, 01 Jan 2038 00:00:00 GMT</pubDate>")
    entry = only_entry(parse_strictly(body))
    assert entry.published == datetime(2038, 1, 1, tzinfo=UTC)
    assert not entry.is_date_plausible
    assert only_item(body).published is None


@pytest.mark.parametrize(
    ("marks", "names"),
    [
        ("<author>zoe@example.org (Zoë Ay)</author>", ("Zoë Ay",)),
        ("<author>Zoë Ay &lt;zoe@example.org&gt;</author>", ("Zoë Ay",)),
        ("<author>zoe@example.org</author>", ("zoe@example.org",)),
        ("<dc:creator>A</dc:creator><dc:creator>B</dc:creator><author>x</author>", ("A", "B")),
        ("<atom:author><atom:name>A</atom:name></atom:author>", ("A",)),
        ("<itunes:author>A</itunes:author>", ("A",)),
        ("<author><name>A</name></author>", ("A",)),
    ],
)
def test_authors(marks, names):
    assert only_entry(parse_strictly(rss(BASIC + marks))).authors == names


@pytest.mark.parametrize(
    ("marks", "tags"),
    [
        ("<category>A</category><category>A</category><category>B</category>", ("A", "B")),
        ("<dc:subject>A</dc:subject>", ("A",)),
        ("<media:keywords>A, B,, </media:keywords>", ("A", "B")),
        ('<itunes:category text="A"/>', ("A",)),
        ('<atom:category term="a" label="A"/>', ("A",)),
        ("<category/>", ()),
        (f"<category>{'x' * 500}</category>", ()),
    ],
)
def test_tags(marks, tags):
    assert only_entry(parse_strictly(rss(BASIC + marks))).tags == tags


@pytest.mark.parametrize(
    ("marks", "files", "image"),
    [
        (
            '<enclosure url="/a.mp3" type="audio/mpeg" length="12"/>',
            (Enclosure("https://example.org/a.mp3", "audio/mpeg", 12),),
            None,
        ),
        (
            '<enclosure url="/a.jpg" type="image/jpeg" length="?"/>',
            (Enclosure("https://example.org/a.jpg", "image/jpeg"),),
            "https://example.org/a.jpg",
        ),
        ('<media:thumbnail url="/t.jpg"/>', (), "https://example.org/t.jpg"),
        (
            '<media:group><media:content url="/c.jpg" medium="image"/></media:group>',
            (Enclosure("https://example.org/c.jpg", "image"),),
            "https://example.org/c.jpg",
        ),
        ('<itunes:image href="/i.jpg"/>', (), "https://example.org/i.jpg"),
        ("<image><url>/i.jpg</url></image>", (), "https://example.org/i.jpg"),
    ],
)
def test_enclosures_and_pictures(marks, files, image):
    entry = only_entry(parse_strictly(rss(BASIC + marks)))
    assert (entry.enclosures, entry.image) == (files, image)


@pytest.mark.parametrize(
    "marks",
    [
        "<georss:point>52.5 13.4</georss:point>",
        "<georss:where><gml:Point><gml:pos>52.5 13.4</gml:pos></gml:Point></georss:where>",
        "<geo:lat>52.5</geo:lat><geo:long>13.4</geo:long>",
        "<geo:Point><geo:lat>52.5</geo:lat><geo:long>13.4</geo:long></geo:Point>",
    ],
)
def test_locations(marks):
    assert only_entry(parse_strictly(rss(BASIC + marks))).location == (52.5, 13.4)


@pytest.mark.parametrize("point", ["", "52.5", "x y", "152 13", "nan nan", "1e999 0"])
def test_invalid_locations(point):
    assert (
        only_entry(parse_strictly(rss(f"{BASIC}<georss:point>{point}</georss:point>"))).location
        is None
    )


def test_hints_about_polling():
    hints = parse_strictly(
        rss(
            BASIC,
            "<ttl>30</ttl><sy:updatePeriod> hourly </sy:updatePeriod>"
            "<sy:updateFrequency>4</sy:updateFrequency>"
            "<skipHours><hour>0</hour><hour>24</hour><hour>x</hour><hour>7</hour></skipHours>"
            "<skipDays><day>Saturday</day><day>sunday</day><day>Feastday</day></skipDays>"
            '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="/real.xml"/>'
            '<atom:link rel="next" href="?page=2"/><fh:complete/>'
            "<itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url>",
        )
    ).hints
    assert (hints.ttl_seconds, hints.update_period_seconds) == (1800, 900)
    assert (set(hints.skip_hours), set(hints.skip_days)) == ({0, 7}, {5, 6})
    assert hints.hubs == ("https://hub.example/",)
    assert hints.self_url == "https://example.org/real.xml"
    assert hints.next_page == "https://example.org/blog/feed.xml?page=2"
    assert hints.moved_to == "https://new.example/feed"
    assert hints.is_complete


def test_invalid_hints_are_ignored():
    hints = parse_strictly(
        rss(
            BASIC,
            "<ttl>-5</ttl><sy:updatePeriod>sometimes</sy:updatePeriod><skipHours>"
            + "".join(f"<hour>{hour}</hour>" for hour in range(24))
            + "</skipHours>",
        )
    ).hints
    assert (hints.ttl_seconds, hints.update_period_seconds, hints.skip_hours) == (
        None,
        None,
        frozenset(),
    )


def test_the_source_names_publisher_and_aggregator():
    body = rss(BASIC + '<source url="https://www.reuters.com">Reuters</source>')
    assert only_item(body).source == "Reuters via The Example"
    assert only_entry(parse_strictly(body)).source_link == "https://www.reuters.com"


def test_the_source_of_an_untitled_feed_is_its_site():
    body = rss(BASIC).replace(b"<title>The Example</title>", b"", 1)
    assert only_item(body).source == "example.org"


@pytest.mark.parametrize(
    ("marks", "title", "lead"),
    [
        (
            "<description>It rains. It pours.</description>",
            "It rains. It pours.",
            "It rains. It pours.",
        ),
        (
            "<description>" + "It rains today in town. " * 9 + "</description>",
            "It rains today in town.",
            None,
        ),
        ("", "https://example.org/1", ""),
    ],
)
def test_the_title_of_an_untitled_item_is_its_first_sentence(marks, title, lead):
    body = rss(f"<link>https://example.org/1</link>{marks}")
    feed = parse_leniently(body)
    item = entry_to_item(only_entry(feed), feed, url=URL)
    assert item is not None
    assert item.title == title
    assert lead is None or item.lead == lead


def test_a_long_description_is_the_text():
    item = only_item(rss(BASIC + f"<description>{'word ' * 400}</description>"))
    assert (item.lead, len(item.text)) == ("", 1999)


def test_a_podcast_without_a_link_has_the_url_of_its_file():
    body = rss(
        '<title>Ep. 1</title><guid>ep1</guid><enclosure url="https://e.org/1.mp3" type="audio/mpeg"/>'
    )
    assert only_item(body).url == "https://e.org/1.mp3"


def test_the_declared_language_must_match_the_text():
    body = rss(
        "<title>Договор подписан в Москве сегодня утром</title><guid>1</guid>",
        "<language>en-US</language>",
    )
    assert only_item(body).language == "ru"


def test_old_and_unusual_kinds_of_rss():
    rdf = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="%b">
      <channel><title>T</title><link>https://e.org</link></channel>
      <item rdf:about="urn:1"><title>A</title><link>https://e.org/1</link></item></rdf:RDF>"""
    for space, kind in (
        (b"http://purl.org/rss/1.0/", "rdf 1.0"),
        (b"http://my.netscape.com/rdf/simple/0.9/", "rdf 0.90"),
    ):
        feed = parse_strictly(rdf % space)
        assert (feed.format, only_entry(feed).key) == (kind, "urn:1")
    for version in ("0.91", "0.92"):
        body = rss(BASIC).replace(b'"2.0"', f'"{version}"'.encode())
        assert parse_strictly(body).format == f"rss {version}"
    default = rss(BASIC).replace(b'"2.0"', b'"2.0" xmlns="http://backend.userland.com/rss2"')
    assert only_entry(parse_strictly(default)).title.value == "Pact signed"


def test_a_cdf_channel_needs_the_fallback():
    body = (
        b'<CHANNEL HREF="https://e.org/"><TITLE>T</TITLE><ITEM HREF="https://e.org/1">'
        b"<TITLE>A</TITLE></ITEM></CHANNEL>"
    )
    with pytest.raises(NeedsFallback):
        parse_strictly(body)
    assert only_entry(parse_leniently(body)).link == "https://e.org/1"


def test_both_parsers_find_the_same_keys():
    items = "".join(
        f'<item><title>t{n}</title><link>/a/{n}</link><guid isPermaLink="false">n {n}</guid></item>'
        f"<item><title>u{n}</title><link>https://example.org/b/{n}?x=1&amp;y=2</link></item>"
        f"<item><title>w{n}</title><guid>https://example.org/c/{n}?x=1&amp;y=2</guid></item>"
        for n in range(3)
    )
    body = rss().replace(b"</channel>", items.encode() + b"</channel>")
    broken = body.replace(b"<title>t0</title>", b"<title>t0 <b>more</title>")
    with pytest.raises(NeedsFallback):
        parse_strictly(broken)
    everywhere = body.replace(b"</title>", b"<b></title>")
    for damaged in (broken, everywhere):
        feed = parse_leniently(damaged)
        assert feed.was_damaged
        assert {(e.key, e.link) for e in feed.entries} == {
            (e.key, e.link) for e in parse_strictly(body).entries
        }


@pytest.mark.parametrize(
    ("marks", "link"),
    [
        (
            '<item xml:base="https://b.org/x/"><title>t</title><link>a</link></item>',
            "https://b.org/x/a",
        ),
        (
            '<item xml:base="/x/"><title>t</title><link xml:base="y/">a</link></item>',
            "https://example.org/x/y/a",
        ),
        (
            '<item xml:base="http://[bad"><title>t</title><link>a</link></item>',
            # An invalid base counts as none: the link refers to the site.
            "https://example.org/a",
        ),
    ],
)
def test_xml_base(marks, link):
    body = rss().replace(b"</channel>", marks.encode() + b"</channel>")
    assert only_entry(parse_strictly(body)).link == link


def test_items_beside_the_channel_and_an_empty_channel():
    beside = rss().replace(b"</channel>", f"</channel><item>{BASIC}</item>".encode())
    assert only_entry(parse_strictly(beside)).key == "https://example.org/?p=1"
    assert not parse_strictly(rss()).entries


def test_of_too_many_entries_the_newest_are_kept():
    items = "".join(
        f"<item><guid>{n}</guid><title>t</title><pubDate>{1_700_000_000 + n}</pubDate></item>"
        for n in range(3_000)
    )
    feed = parse_strictly(rss().replace(b"</channel>", items.encode() + b"</channel>"))
    assert (len(feed.entries), feed.entries[0].key) == (2_000, "2999")
    assert "3,000 entries" in feed.problems[0]


def test_a_guid_that_most_entries_share_is_not_a_key():
    items = "".join(
        f'<item><guid isPermaLink="false">site</guid><title>t</title><link>/a/{n}</link></item>'
        for n in range(5)
    )
    feed = parse_strictly(rss().replace(b"</channel>", items.encode() + b"</channel>"))
    assert len({entry.key for entry in feed.entries}) == 5
    assert {entry.stated_key for entry in feed.entries} == {"site"}


def test_titles_in_other_vocabularies_and_youtube():
    assert (
        only_entry(parse_strictly(rss("<dc:title>T</dc:title><guid>1</guid>"))).title.value == "T"
    )
    video = rss(
        "<guid>yt:video:1</guid><media:group><media:title>T</media:title>"
        '<media:description>D</media:description><media:thumbnail url="https://i.org/1.jpg"/></media:group>'
    )
    entry = only_entry(parse_strictly(video))
    assert (entry.title.value, entry.summary.value, entry.image) == (
        "T",
        "D",
        "https://i.org/1.jpg",
    )


def test_inline_xhtml_and_unescaped_markup():
    inline = only_entry(
        parse_strictly(
            rss(BASIC + "<xh:body><xh:p>One</xh:p><xh:p>T<xh:em>w</xh:em>o</xh:p></xh:body>")
        )
    )
    assert inline.content.kind == "html"
    assert (
        re.sub(r' xmlns(:\w+)?="[^"]*"', "", inline.content.value)
        == "<p>One</p><p>T<em>w</em>o</p>"
    )
    raw = only_item(rss("<title>A <b>bold</b> title</title><guid>1</guid>"))
    assert raw.title == "A bold title"
