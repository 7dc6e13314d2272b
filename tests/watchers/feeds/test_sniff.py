import pickle

import pytest

from watchers.errors import BrokenFeed, FeedError, NotAFeed
from watchers.feeds.sniff import form_of

PAGE = b"<!DOCTYPE html><html><head><title> Just a\n moment... </title></head><body>x</body></html>"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"<rss/>", "xml"),
        (b"\xef\xbb\xbf\r\n <?xml version='1.0'?><!-- hi --><feed>", "xml"),
        (b"<?xml version='1.0'?><rdf:RDF>", "xml"),
        (b"<atom:feed xmlns:atom='x'>", "xml"),
        (b"<CHANNEL>", "xml"),
        (b"Warning: mysql_connect() in x.php<br />\n<?xml version='1.0'?><rss>", "xml"),
        (b"<!DOCTYPE html PUBLIC 'x' 'y'><rss>", "xml"),
        ("<rss>".encode("utf-16"), "xml"),
        (" <feed>".encode("utf-16-be"), "xml"),
        (b' {"version": 1}', "json"),
    ],
)
def test_the_form_of_a_body(body, form):
    assert form_of(body, "text/html") == form


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (PAGE, "an HTML page titled “Just a moment...”"),
        (b"<html>x", "an HTML page"),
        (b"<p>Not found</p>", "an HTML page"),
        (b"<html><body>how to write &lt;rss> or <rss></body></html>", "an HTML page"),
        (b"<?xml version='1.0'?><urlset/>", "a sitemap"),
        (b"<opml version='2.0'/>", "a list of feeds (OPML)"),
        (b"<?xml version='1.0'?><s:Envelope/>", "an answer of a SOAP service"),
        (b"<?xml version='1.0'?><cake/>", "XML that begins with <cake>"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"Hello there", "plain text"),
        (b"\x01\x02\x03\x00", "no text"),
    ],
)
def test_what_is_no_feed_is_named(body, found):
    with pytest.raises(NotAFeed) as caught:
        form_of(body)
    assert caught.value.found == found


def test_a_page_says_what_to_do():
    with pytest.raises(NotAFeed, match="add its site and its feed will be looked for"):
        form_of(PAGE)


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_answer_is_said_to_be_empty(body):
    with pytest.raises(BrokenFeed, match="empty"):
        form_of(body)


@pytest.mark.parametrize("error", [NotAFeed("a page", "add it"), BrokenFeed("it is empty")])
def test_errors_travel_between_processes_and_name_their_feed(error):
    there = pickle.loads(pickle.dumps(error.at("https://e.org/")))
    assert isinstance(there, type(error))
    assert isinstance(there, FeedError)
    assert there.address == "https://e.org/"
    assert str(there).startswith("https://e.org/: ")
    assert str(there).count("this is") <= 1
    assert str(there) == str(error.at("https://e.org/"))
