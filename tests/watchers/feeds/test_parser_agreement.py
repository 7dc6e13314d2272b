"""The strict parser and feedparser give one entry the same key, digest, title, link and date."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from xml.sax.saxutils import escape

import pytest

from watchers.feeds.feedparser_fallback import _repair_and_parse, parse_with_feedparser
from watchers.feeds.reader import entry_to_item
from watchers.feeds.xml_feed import read_xml

URL = "https://feeds.example.org/news/feed.xml"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WORDS = (
    "harbour strike talks minister storm flood café naïve Zürich Ελλάδα договор 条約 & <b>bold</b> "
    "“quoted” 5 < 6 AT&T x&amp;y café’s"
).split()
XMLNS = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def text(random, low, high):
    return " ".join(random.choices(WORDS, k=random.randint(low, high)))


def markup(random):
    """The content of an element: escaped, or as CDATA."""
    value = f"<p>{escape(text(random, 5, 30))}</p>"
    return f"<![CDATA[{value}]]>" if random.random() < 0.4 else escape(value)


def some(random, probability, value):
    return value if random.random() < probability else ""


def rss_item(random, number):
    address = f"https://example.org/{number}?a=1&amp;b={number}"
    date = format_datetime(NOW - timedelta(hours=number))
    guid = random.choice(
        [
            f"<guid>{number}</guid>",
            f'<guid isPermaLink="false">tag:{number}</guid>',
            f"<guid>{address}</guid>",
            "",
        ]
    )
    parts = [
        f"<title>{escape(text(random, 2, 8))}</title>",
        f"<link>{address}</link>",
        guid,
        some(random, 0.8, f"<pubDate>{date}</pubDate>"),
        some(random, 0.8, f"<description>{markup(random)}</description>"),
        some(random, 0.4, f"<content:encoded>{markup(random)}</content:encoded>"),
        some(random, 0.3, f"<dc:creator>{escape(text(random, 1, 2))}</dc:creator>"),
        some(random, 0.3, f"<media:description>{escape(text(random, 2, 5))}</media:description>"),
        some(random, 0.3, f"<media:title>{escape(text(random, 2, 5))}</media:title>"),
        some(random, 0.3, f"<itunes:summary>{escape(text(random, 2, 5))}</itunes:summary>"),
        some(random, 0.3, f"<itunes:subtitle>{escape(text(random, 2, 5))}</itunes:subtitle>"),
        some(random, 0.2, "<image><url>https://e.org/i.png</url><title>Picture</title></image>"),
        some(random, 0.2, "<author><name>Ann</name><title>Editor in chief</title></author>"),
    ]
    random.shuffle(parts)
    return f"<item>{''.join(parts)}</item>"


def make_rss(random, items):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {XMLNS}><channel>'
        "<title>The Example</title><link>https://example.org/</link><description>d</description>"
        "<image><url>https://e.org/i.png</url><title>Logo</title><link>https://e.org/</link></image>"
        f"{''.join(items)}</channel></rss>"
    )


def atom_entry(random, number):
    moment = (NOW - timedelta(hours=number)).isoformat()
    parts = [
        f"<title type='text'>{escape(text(random, 2, 8))}</title>",
        random.choice(
            [
                f'<link rel="alternate" href="https://example.org/{number}"/>',
                f'<link href="https://example.org/{number}"/>',
                f'<link rel="alternate" href=""/><link rel="related" href="/r/{number}"/>',
            ]
        ),
        f"<id>tag:example.org,2026:{number}</id>",
        f"<updated>{moment}</updated>",
        some(random, 0.6, f"<published>{moment}</published>"),
        some(random, 0.7, f'<summary type="html">{markup(random)}</summary>'),
        some(random, 0.5, f'<content type="html">{markup(random)}</content>'),
        some(random, 0.3, "<author><name>Ann</name></author>"),
    ]
    random.shuffle(parts)
    return f"<entry>{''.join(parts)}</entry>"


def make_atom(random, entries):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        '<title>The Example</title><link href="https://example.org/"/><id>urn:x</id>'
        f"<author><name>Desk</name></author>{''.join(entries)}</feed>"
    )


FORMATS = {"rss": (make_rss, rss_item), "atom": (make_atom, atom_entry)}


def readings(feed):
    """What identifies each entry to the bot."""
    found = {}
    for entry in feed.entries:
        item = entry_to_item(entry, feed, url=URL)
        found[entry.key] = (item.digest, item.title, entry.link, entry.published)
    return found


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("seed", range(60))
def test_both_parsers_read_an_entry_alike(kind, seed):
    random = Random(seed)
    make_feed, make_entry = FORMATS[kind]
    body = make_feed(random, [make_entry(random, number) for number in range(8)]).encode()
    strict = readings(read_xml(body, content_type="", url=URL, now=NOW))
    lenient = readings(_repair_and_parse(body, "application/xml; charset=utf-8", URL, NOW))
    assert len(strict) == 8
    assert lenient == strict


DAMAGES = {
    "a raw ampersand": lambda entry: entry.replace("</title>", " R&D &nosuch; </title>", 1),
    "an open tag": lambda entry: entry.replace("</title>", "<b></title>", 1),
    "a control character": lambda entry: entry.replace("</title>", " \x01</title>", 1),
    "a missing end": lambda entry: entry.replace("</title>", "", 1),
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seed", range(5))
def test_damage_in_one_entry_changes_no_other_entry(kind, damage, seed):
    random = Random(seed)
    make_feed, make_entry = FORMATS[kind]
    entries = [make_entry(random, number) for number in range(6)]
    whole = readings(
        read_xml(make_feed(random, entries).encode(), content_type="", url=URL, now=NOW)
    )
    position = random.randrange(1, 5)
    damaged_key = list(whole)[position]
    entries[position] = DAMAGES[damage](entries[position])
    damaged = readings(
        parse_with_feedparser(make_feed(random, entries).encode(), "application/xml", URL, NOW)
    )
    for key, reading in whole.items():
        if key != damaged_key:
            assert damaged[key] == reading
