"""Defects and habits of publishers: the values that a reader of the feed expects."""

from __future__ import annotations

import json

import pytest

from tests.watchers.feeds.feed_samples import (
    NAMESPACES,
    atom,
    only_entry,
    only_item,
    parse_leniently,
    parse_strictly,
    rss,
)


@pytest.mark.parametrize("parse", [parse_strictly, parse_leniently])
def test_relative_links_refer_to_the_site_and_not_to_the_feed(parse):
    body = rss("<title>T</title><link>news/1</link>")
    assert (
        only_entry(parse(body, url="https://feeds.example.net/x/y")).link
        == "https://example.org/news/1"
    )


def test_relative_links_in_json_refer_to_the_site():
    body = json_feed({"id": "1", "title": "T", "url": "news/1"})
    feed = parse_strictly(body, url="https://feeds.example.net/x/y")
    assert only_entry(feed).link == "https://example.org/news/1"


def test_relative_links_in_atom_refer_to_the_feed():
    body = atom(
        "<id>1</id><title>T</title><link href='news/1'/>", "<link href='https://site.example/'/>"
    )
    feed = parse_strictly(body, url="https://feeds.example.net/x/y")
    assert only_entry(feed).link == "https://feeds.example.net/x/news/1"


@pytest.mark.parametrize("parse", [parse_strictly, parse_leniently])
def test_atom_entries_inherit_the_author_of_the_feed(parse):
    author = "<author><name>Ann Example</name></author>"
    assert only_entry(parse(atom("<id>1</id><title>T</title>", author))).authors == ("Ann Example",)
    own = "<id>1</id><title>T</title><author><name>Bob</name></author>"
    assert only_entry(parse(atom(own, author))).authors == ("Bob",)


def json_feed(item: dict[str, object], **fields: object) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Example",
        "home_page_url": "https://example.org/",
        "items": [item],
    }
    return json.dumps(document | fields).encode()


@pytest.mark.parametrize(
    ("fields", "authors"),
    [
        ({"authors": {"name": "Ann"}}, ("Ann",)),
        ({"author": "Ann"}, ("Ann",)),
        ({"authors": ["Ann", {"name": "Bob"}]}, ("Ann", "Bob")),
        ({}, ("The Desk",)),
    ],
)
def test_authors_of_json_items(fields, authors):
    body = json_feed({"id": "1", "title": "T", **fields}, authors=[{"name": "The Desk"}])
    assert only_entry(parse_strictly(body)).authors == authors


def test_tags_of_json_items_as_one_string():
    assert only_entry(
        parse_strictly(json_feed({"id": "1", "title": "T", "tags": "oil, gas"}))
    ).tags == (
        "oil",
        "gas",
    )


def test_a_line_break_in_a_json_string():
    body = json_feed({"id": "1", "title": "T", "content_text": "one@two"}).replace(b"@", b"\n")
    assert only_entry(parse_strictly(body)).content.value == "one\ntwo"


@pytest.mark.parametrize("name", ["encoded", "content"])
def test_a_body_without_its_namespace(name):
    body = rss(f"<title>T</title><guid>1</guid><{name}>&lt;p&gt;The whole text&lt;/p&gt;</{name}>")
    assert "The whole text" in only_entry(parse_strictly(body)).content.value


@pytest.mark.parametrize("element", ["figcaption", "aside", "form"])
def test_text_in_all_elements_of_an_entry_is_kept(element):
    markup = f"<p>First.</p><{element}>An envoy arrived in Geneva.</{element}><p>Last.</p>"
    item = only_item(
        rss(f"<title>T</title><guid>1</guid><description><![CDATA[{markup}]]></description>")
    )
    assert "An envoy arrived in Geneva." in item.lead


def with_doctype(declarations: str, title: str) -> bytes:
    return (
        f"<?xml version='1.0'?><!DOCTYPE rss [{declarations}]><rss version='2.0' {NAMESPACES}><channel>"
        f"<title>t</title><item><guid>1</guid><title>{title}</title></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize("parse", [parse_strictly, parse_leniently])
def test_plain_entities_of_the_doctype_are_replaced(parse):
    body = with_doctype("<!ENTITY city 'Zürich &#38; Bern'>", "News from &city;")
    assert "News from Zürich &" in only_entry(parse(body)).title.value


def test_entities_that_refer_to_entities_are_not_expanded():
    declarations = "<!ENTITY a 'ha'>" + "<!ENTITY b '&a;&a;&a;&a;'>"
    assert (
        only_entry(parse_leniently(with_doctype(declarations, "T &b; end"))).title.value.count("ha")
        == 0
    )


def test_an_address_with_the_name_of_an_entity():
    for link in (
        "/?a=1&copy=2",
        "/?a=1&amp;copy=2",
        "/?a=1&amp;amp;copy=2",
        "<![CDATA[/?a=1&copy=2]]>",
    ):
        body = rss(f"<title>T</title><link>{link}</link>")
        for parse in (parse_strictly, parse_leniently):
            assert only_entry(parse(body)).link == "https://example.org/?a=1&copy=2"


def test_one_entry_without_text_does_not_change_how_the_others_are_read():
    items = "<item><title>One</title><guid>1</guid></item><item><link>/2</link></item>"
    feed = parse_strictly(rss().replace(b"</channel>", f"{items}</channel>".encode()))
    assert not feed.was_damaged
    assert [entry.link for entry in feed.entries] == [None, "https://example.org/2"]


@pytest.mark.parametrize("parse", [parse_strictly, parse_leniently])
def test_a_guid_that_is_no_address_is_not_a_link(parse):
    assert only_entry(parse(rss("<title>T</title><guid>12345</guid>"))).link is None


@pytest.mark.parametrize("parse", [parse_strictly, parse_leniently])
def test_the_title_of_a_picture_is_not_the_title_of_the_entry(parse):
    picture = "<image><url>/p.png</url><title>A picture</title><link>/</link></image>"
    body = rss(f"<title>The news</title><guid>1</guid>{picture}")
    assert only_entry(parse(body)).title.value == "The news"


def test_one_damaged_character_keeps_the_encoding():
    text = "The minister’s talks – “over”".encode()
    body = rss("<title>TITLE</title><guid>1</guid>").replace(b"TITLE", text + b"\xe2\x80")
    title = only_entry(parse_strictly(body, "application/rss+xml; charset=utf-8")).title.value
    assert title.startswith("The minister’s talks – “over”")
