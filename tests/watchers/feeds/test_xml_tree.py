import pytest

from tests.watchers.feeds.feed_samples import only_entry, parse_leniently, parse_strictly, rss
from watchers.errors import BrokenFeed, FeedError
from watchers.feeds import feedparser_fallback
from watchers.feeds.xml_tree import TRUNCATED, NeedsFallback

ITEM = "<title>%s</title><guid>1</guid>"


def declared(text, encoding, name=None):
    declaration = f'<?xml version="1.0" encoding="{name or encoding}"?>'
    return (declaration + rss(ITEM % text).decode().partition("?>")[2]).encode(encoding)


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        (declared("Zoë", "utf-8"), "", "Zoë"),
        (declared("Zoë", "utf-8"), "text/xml; charset=iso-8859-1", "Zoë"),  # the header is wrong
        (declared("Zoë", "utf-8", "iso-8859-1"), "", "Zoë"),  # the declaration is wrong
        (declared("Zoë", "iso-8859-1"), "", "Zoë"),
        (declared("“Zoë”", "cp1252", "iso-8859-1"), "", "“Zoë”"),
        (declared("Договор", "cp1251"), "", "Договор"),
        (declared("Договор", "cp1251", "utf-8"), "text/xml; charset=windows-1251", "Договор"),
        (declared("Договор", "koi8-r"), "", "Договор"),
        (declared("日本", "shift_jis"), "", "日本"),
        (declared("日本", "euc-jp"), "", "日本"),
        (declared("日本", "iso-2022-jp"), "", "日本"),
        (declared("中国", "gbk", "gb2312"), "", "中国"),
        (declared("Zoë", "utf-16"), "", "Zoë"),
        (declared("Zoë", "utf-16-le", "utf-16"), "text/html", "Zoë"),
        (declared("Zoë", "utf-16-be"), "", "Zoë"),
        (b"\xef\xbb\xbf" + declared("Zoë", "utf-8", "iso-8859-1"), "", "Zoë"),
        (declared("Zoe", "utf-8", "no-such-code"), "", "Zoe"),
        (declared("Zoe", "cp037"), "", "Zoe"),
    ],
)
def test_every_encoding(body, content_type, title):
    assert only_entry(parse_strictly(body, content_type)).title.value == title


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/plain", "application/octet-stream", "x", ";;="]
)
def test_the_content_type_is_ignored(content_type):
    assert only_entry(parse_strictly(rss(ITEM % "Zoë"), content_type)).title.value == "Zoë"


def test_an_unknown_encoding_is_guessed_by_the_fallback():
    text = "Договор о границе подписан в столице после долгих переговоров"
    body = declared(text, "cp1251", "utf-8")
    with pytest.raises(NeedsFallback, match="guessed"):
        parse_strictly(body)
    assert only_entry(parse_leniently(body)).title.value == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("a\x00b\x08c\x1fd", "abcd"),
        ("a&#0;b&#x1F;c&#xFFFF;d&#x110000;e", "abcde"),
        ("caf&eacute;&nbsp;&hellip;", "café\xa0…"),
        ("&eacute; &amp; &lt;", "é & <"),
        ("<![CDATA[a & b]]>", "a & b"),
        ("a & b d&e=f", "a & b d&e=f"),
        ("a & <![CDATA[b & &nbsp;]]> & c", "a & b & &nbsp; & c"),
        ("a<![CDATA[b]]>c", "abc"),
        ("a<!-- x -->b<?php ?>c", "abc"),
        ("&#8217;&#x1F600;", "’😀"),
    ],
)
def test_safe_repairs(text, title):
    assert only_entry(parse_strictly(rss(ITEM % text))).title.value == title


@pytest.mark.parametrize(
    "body",
    [
        b"\n \n" + rss(ITEM % "t"),
        b"<br />\n<b>Warning</b>: x.php on line 3<br />" + rss(ITEM % "t"),
        rss(ITEM % "t") + b"<script>count()</script><!-- served in 3 s -->",
        rss(ITEM % "t").replace(b'"1.0"?>', b'"1.1"?>'),
        rss(ITEM % "t").replace(
            b"<rss",
            b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/x.dtd"><rss',
        ),
        rss(ITEM % "t").partition(b"?>")[2],
    ],
)
def test_text_around_a_feed_is_ignored(body):
    assert only_entry(parse_strictly(body)).title.value == "t"


@pytest.mark.parametrize(
    "text", ["a < b", "a <b>b", "<x:y>a</x:y>", "&undefined;", "a\x0bb <", "&#99999999;"]
)
def test_broken_xml_needs_the_fallback(text):
    body = rss(ITEM % text)
    with pytest.raises(NeedsFallback):
        parse_strictly(body)
    feed = parse_leniently(body)
    assert feed.was_damaged
    assert only_entry(feed).key == "1"


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><title>t</title><item/></channel></rss>",
        rss("<title>no mark</title>"),
        rss("<link>https://e.org/1</link>"),
        b"<feed><title>t</title><entry><id>1</id><title>x</title></entry></feed>",
        b"<rss xmlns='urn:own'><channel><item><title>x</title><guid>1</guid></item></channel></rss>",
    ],
)
def test_unclear_feeds_need_the_fallback(body):
    if body.startswith(b"<rss><channel><title>t"):
        assert not parse_strictly(body).entries
        return
    with pytest.raises(NeedsFallback):
        parse_strictly(body)
    parse_leniently(body)


COMPLETE = rss().replace(
    b"</channel>",
    "".join(
        f"<item><title>Zoë {n}</title><guid>n{n}</guid><description>words</description></item>\n"
        for n in range(4)
    ).encode()
    + b"</channel>",
)
KEYS = [f"n{n}" for n in range(4)]


@pytest.mark.parametrize("end", range(0, len(COMPLETE), 7))
def test_a_truncated_feed_keeps_its_complete_entries(end):
    cut = COMPLETE[:end]
    try:
        try:
            feed = parse_strictly(cut)
        except NeedsFallback:
            feed = parse_leniently(cut)
    except FeedError:
        assert b"</item>" not in cut
        return
    keys = [entry.key for entry in feed.entries]
    assert keys == KEYS[: cut.count(b"</item>")]
    assert all(entry.summary.value == "words" for entry in feed.entries)
    last = cut.rpartition(b"</item>")[2]
    if b"<item>" in last and keys:
        assert TRUNCATED in feed.problems


@pytest.mark.parametrize("start", range(0, len(COMPLETE) - 40, 31))
def test_missing_bytes_damage_at_most_one_entry(start):
    damaged = COMPLETE[:start] + COMPLETE[start + 23 :]
    try:
        try:
            feed = parse_strictly(damaged)
        except NeedsFallback:
            feed = parse_leniently(damaged)
    except FeedError:
        return
    assert len(feed.entries) >= 3


def test_repaired_entries_come_last():
    feed = parse_leniently(COMPLETE.replace("Zoë 1".encode(), b"Zoe <b>1"))
    assert [entry.key for entry in feed.entries] == ["n0", "n2", "n3", "n1"]
    assert (feed.problems, feed.was_damaged) == ((), True)


def test_a_large_broken_feed_keeps_its_well_formed_entries(monkeypatch):
    monkeypatch.setattr(feedparser_fallback, "MAX_FEEDPARSER_BYTES", 100)
    feed = parse_leniently(COMPLETE.replace("Zoë 1".encode(), b"Zoe <b>1"))
    assert [entry.key for entry in feed.entries] == ["n0", "n2", "n3"]
    (problem,) = feed.problems
    assert "broken" in problem
    assert "1" in problem
    with pytest.raises(BrokenFeed, match="too large"):
        parse_leniently(COMPLETE.replace(b"<channel>", b"<channel><"))
