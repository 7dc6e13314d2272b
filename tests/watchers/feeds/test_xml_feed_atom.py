from base64 import b64encode
from datetime import UTC, datetime

import pytest

from tests.watchers.feeds.feed_samples import (
    atom,
    only_entry,
    only_item,
    parse_leniently,
    parse_strictly,
)
from watchers.feeds import Enclosure, MarkupText
from watchers.feeds.xml_tree import NeedsFallback

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
BASIC = '<id>tag:e.org,2026:1</id><title>Pact signed</title><link href="https://e.org/1"/>'


def test_an_atom_entry():
    feed = parse_strictly(
        atom(
            BASIC
            + "<published>2026-11-23T10:00:00Z</published><updated>2026-11-23T11:00:00Z</updated>"
            "<author><name>Zoë</name><email>z@e.org</email></author><author><name>Ay</name></author>"
            '<summary>Lead.</summary><content type="html">&lt;p&gt;One.&lt;/p&gt;</content>'
            '<category term="world"/><link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="5"/>'
            '<link rel="replies" href="/1#talk"/><thr:total>3</thr:total>'
            "<source><title>Wire</title><link href='https://wire.org/'/></source>",
            '<id>urn:f</id><link href="https://e.org/"/><link rel="hub" href="https://hub.org/"/>'
            "<subtitle>All</subtitle><updated>2026-11-23T11:00:00Z</updated><logo>/l.png</logo>"
            "<author><name>Staff</name></author>",
            'xml:lang="de"',
        )
    )
    assert (feed.format, feed.link, feed.language) == ("atom 1.0", "https://e.org/", "de")
    assert (feed.author, feed.image) == ("Staff", "https://example.org/l.png")
    assert feed.updated == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert feed.hints.hubs == ("https://hub.org/",)
    entry = only_entry(feed)
    assert (entry.key, entry.link, entry.published) == ("tag:e.org,2026:1", "https://e.org/1", TEN)
    assert (entry.authors, entry.tags) == (("Zoë", "Ay"), ("world",))
    assert entry.enclosures == (Enclosure("https://example.org/a.mp3", "audio/mpeg", 5),)
    assert (entry.comments, entry.comment_count) == ("https://example.org/1#talk", 3)
    assert (entry.source, entry.source_link) == ("Wire", "https://wire.org/")
    assert (entry.summary.value, entry.content) == ("Lead.", MarkupText("<p>One.</p>", "html"))


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("<title>A &amp; B</title>", "A & B"),
        ("<title>A &amp;amp; B</title>", "A & B"),
        ('<title type="text">The &lt;b&gt; tag</title>', "The <b> tag"),
        ('<title type="text">1 &lt; 2</title>', "1 < 2"),
        ('<title type="html">The &amp;lt;b&amp;gt; tag</title>', "The <b> tag"),
        ('<title type="html">A &lt;i&gt;new&lt;/i&gt; day</title>', "A new day"),
        (
            '<title type="html"><![CDATA[A <i>new</i> day &amp; night]]></title>',
            "A new day & night",
        ),
        (
            '<title type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">A <i>b</i> &lt;c&gt;</p></title>',
            "A b <c>",
        ),
        ('<title type="xhtml"><xh:div>A <xh:i>new</xh:i> day</xh:div></title>', "A new day"),
        (f'<title mode="base64">{b64encode("Zoë".encode()).decode()}</title>', "Zoë"),
    ],
)
def test_titles_of_every_type(title, line):
    assert only_item(atom(f"<id>1</id>{title}")).title == line


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            '<content type="xhtml"><xh:div><xh:p>One.</xh:p><xh:p>Two.</xh:p></xh:div></content>',
            "One.\n\nTwo.",
        ),
        ('<content type="html">&lt;p&gt;One.&lt;p&gt;Two.</content>', "One.\n\nTwo."),
        ('<content type="text">1 &lt; 2</content>', "1 < 2"),
        (
            f'<content type="application/octet-stream">{b64encode(b"One.").decode()}</content>',
            "One.",
        ),
        ("<content><![CDATA[<p>One.</p>]]></content>", "One."),
    ],
)
def test_content_of_every_type(content, text):
    assert only_item(atom(f"{BASIC}<summary>Lead.</summary>{content}")).text == text


def test_invalid_base64_needs_the_fallback():
    body = atom('<id>1</id><title mode="base64">Zoë!</title>')
    with pytest.raises(NeedsFallback):
        parse_strictly(body)
    assert only_entry(parse_leniently(body)).key == "1"


@pytest.mark.parametrize(
    ("links", "link"),
    [
        ('<link href="/a"/>', "https://example.org/a"),
        ('<link type="application/pdf" href="/p"/><link type="text/html" href="/a"/>', "https://example.org/a"),
        ('<link rel="self" href="/s"/><link rel="ALTERNATE" href="/a"/>', "https://example.org/a"),
        ('<link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/>', "https://example.org/a"),
        ('<link rel="related" href="/r"/>', "https://example.org/r"),
        ('<content src="/c" type="image/png"/>', "https://example.org/c"),
        ("", None),
    ],
)  # fmt: skip
def test_the_link_of_an_entry(links, link):
    assert only_entry(parse_strictly(atom(f"<id>tag:1</id><title>t</title>{links}"))).link == link


def test_atom_0_3_and_its_dates():
    body = (
        b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><id>1</id>'
        b'<title type="text/html" mode="escaped">A &lt;b&gt;bold&lt;/b&gt; day</title>'
        b"<issued>2026-11-23T10:00:00Z</issued><modified>2026-11-23T11:00:00Z</modified></entry></feed>"
    )
    assert parse_strictly(body).format == "atom 0.3"
    assert only_entry(parse_strictly(body)).published == TEN
    assert only_item(body).title == "A bold day"


def test_xml_base_on_feed_and_link():
    body = atom(
        '<id>1</id><title>t</title><link xml:base="inner/" href="a"/>',
        '<link href="site"/>',
        'xml:base="https://b.org/x/"',
    )
    feed = parse_strictly(body)
    assert (feed.link, only_entry(feed).link) == ("https://b.org/x/site", "https://b.org/x/inner/a")
