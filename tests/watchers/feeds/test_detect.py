import pickle

import pytest

from watchers.errors import BrokenFeed, FeedError, NotAFeedError
from watchers.feeds.detect import detect_format

PAGE = b"<!DOCTYPE html><html><head><title> Just a\n moment... </title></head><body>x</body></html>"


@pytest.mark.parametrize(
    ("body", "feed_format"),
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
def test_the_format_of_a_body(body, feed_format):
    assert detect_format(body, "text/html") == feed_format


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PAGE, "an HTML page titled “Just a moment...”"),
        (b"<html>x", "an HTML page"),
        (b"<p>Not found</p>", "an HTML page"),
        (b"<html><body>how to write &lt;rss> or <rss></body></html>", "an HTML page"),
        (b"<?xml version='1.0'?><urlset/>", "a sitemap"),
        (b"<opml version='2.0'/>", "a list of feeds (OPML)"),
        (b"<?xml version='1.0'?><s:Envelope/>", "a response of a SOAP service"),
        (b"<?xml version='1.0'?><cake/>", "XML that starts with <cake>"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"Hello copy", "plain text"),
        (b"\x01\x02\x03\x00", "binary data"),
    ],
)
def test_other_kinds_are_named(body, kind):
    with pytest.raises(NotAFeedError) as caught:
        detect_format(body)
    assert caught.value.kind == kind


def test_the_error_for_a_page_advises_to_add_the_site():
    with pytest.raises(NotAFeedError, match="site"):
        detect_format(PAGE)


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_a_broken_feed(body):
    with pytest.raises(BrokenFeed, match="empty"):
        detect_format(body)


@pytest.mark.parametrize(
    "error", [NotAFeedError("a page", "add it"), BrokenFeed("the response is empty")]
)
def test_errors_can_be_pickled_with_their_address(error):
    copy = pickle.loads(pickle.dumps(error.with_address("https://e.org/")))
    assert isinstance(copy, type(error))
    assert isinstance(copy, FeedError)
    assert copy.address == "https://e.org/"
    assert str(copy).startswith("https://e.org/: ")
    assert str(copy).count("this is") <= 1
    assert str(copy) == str(error.with_address("https://e.org/"))
