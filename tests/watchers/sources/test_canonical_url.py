import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.sources.canonical_url import canonical_url, site_of

STORY = "https://example.org/2024/pact-signed"


@pytest.mark.parametrize(
    "written",
    [
        STORY,
        f"  {STORY}\n",
        "HTTPS://Example.ORG/2024/pact-signed",
        "http://example.org/2024/pact-signed",
        "https://example.org:443/2024/pact-signed",
        "http://example.org:80/2024/pact-signed",
        "https://example.org./2024/pact-signed",
        "https://jane:secret@example.org/2024/pact-signed",
        "https://www.example.org/2024/pact-signed",
        "https://m.example.org/2024/pact-signed",
        "https://mobile.example.org/2024/pact-signed",
        "https://amp.example.org/2024/pact-signed",
        f"{STORY}/",
        f"{STORY}/index.html",
        f"{STORY}/index.php",
        f"{STORY}/default.aspx",
        f"{STORY}#comments",
        f"{STORY}#:~:text=pact",
        f"{STORY}?",
        f"{STORY}?&",
        f"{STORY}?utm_source=rss&utm_medium=feed&UTM_Campaign=x",
        f"{STORY}?fbclid=1&gclid=2&igshid=3&mc_cid=4&at_medium=RSS&at_campaign=KARANGA",
        f"{STORY}?CMP=share_btn_tw",
        f"{STORY}?traffic_source=rss",
        f"{STORY}?maca=en-rss-en-all-1573-rdf",
        f"{STORY}?ref=rss",
        f"{STORY}?partner=rss&emc=rss",
        f"{STORY}?mod=rss_world",
        f"{STORY}/amp",
        f"{STORY}/amp/",
        f"{STORY}.amp",
        f"{STORY}?amp",
        f"{STORY}?amp=1",
        f"{STORY}?outputType=amp",
        "https://example.org/amp/2024/pact-signed",
        f"{STORY}/print/",
        f"{STORY}?print=1",
        f"{STORY};jsessionid=0A1B?PHPSESSID=7",
        "https://example.org/2024/./x/../pact-signed",
        "https://example.org/2024/pact%2Dsigned",
        "https://example.org/20\n24/pact-\tsigned",
        "https://www.google.com/amp/s/www.example.org/2024/pact-signed/amp/",
        "https://example-org.cdn.ampproject.org/c/s/example.org/2024/pact-signed?amp=1",
        "https://www.google.com/url?rct=j&sa=t&url=https://example.org/2024/pact-signed&ct=ga",
        "https://www.google.co.uk/url?q=https%3A%2F%2Fexample.org%2F2024%2Fpact-signed",
        "https://www.bing.com/news/apiclick.aspx?ref=x&url=https%3a%2f%2fexample.org%2f2024%2fpact-signed",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F2024%2Fpact-signed%3Ffbclid%3D1&h=x",
    ],
)
def test_spellings_of_one_address_have_one_canonical_form(written):
    assert canonical_url(written) == STORY


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org/index.html", "https://example.org/"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?x=2&x=1", "https://example.org/a?x=2&x=1"),
        ("https://example.org/index.php?id=4", "https://example.org/?id=4"),
        ("https://example.org/#!/story/4", "https://example.org/#!/story/4"),
        ("https://example.org/app#/story/4", "https://example.org/app#/story/4"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/é%c3%a9 x", "https://example.org/%C3%A9%C3%A9%20x"),
        ("https://Bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://xn--bcher-kva.example/a", "https://xn--bcher-kva.example/a"),
        ("https://en.m.wikipedia.org/wiki/Pact", "https://en.wikipedia.org/wiki/Pact"),
        ("https://www.youtube.com/watch?si=a&v=b&feature=share", "https://youtube.com/watch?v=b"),
        ("https://post.blogspot.com/2024/a.html?m=1", "https://post.blogspot.com/2024/a.html"),
        ("https://example.org/story-1.amp.html", "https://example.org/story-1.html"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("https://example.org/100%", "https://example.org/100%"),
    ],
)
def test_significant_parts_are_kept(written, canonical):
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/show?sid=1", "https://example.org/show?sid=2"),
        ("https://example.org/a?page=1", "https://example.org/a?page=2"),
        ("https://example.org/a?ref=1189", "https://example.org/a?ref=1190"),
        ("https://example.org/a?source=ofac", "https://example.org/a?source=eu"),
        ("https://example.org/a?m=1", "https://example.org/a?m=2"),
        ("https://example.org/a?123", "https://example.org/a?124"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/gear/amp", "https://example.org/gear"),
        ("https://example.org/tag/print", "https://example.org/tag"),
        ("https://example.org/amp/about", "https://example.org/about"),
        ("https://example.org/index.html/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org/a"),
        ("https://news.example.org/a", "https://example.org/a"),
        ("https://www.gov.uk/a", "https://gov.uk/a"),
        ("https://m.co.uk/a", "https://mobile.co.uk/a"),
        ("https://www.com/a", "https://com/a"),
        ("https://example.org/#!/1", "https://example.org/#!/2"),
        (
            "https://www.google.com/url?url=javascript:1",
            "https://www.google.com/url?url=javascript:2",
        ),
        ("https://google.evil.example/amp/s/a.org/x-1", "https://a.org/x-1"),
        ("https://google.ev.il/amp/s/a.org/x-1", "https://a.org/x-1"),
        ("https://google.evil.example/url?url=https://a.org/x-1", "https://a.org/x-1"),
        ("https://example.org/url?url=https://a.org", "https://example.org/url?url=https://b.org"),
    ],
)
def test_different_articles_have_different_forms(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "written",
    ["", "words", "mailto:a@b.c", "javascript:alert(1)", "https://", "https://a:b:c/", "https://[1/",
     "file:///etc/passwd", "urn:x", f"https://example.org/{'a' * 9000}"],
)  # fmt: skip
def test_text_that_is_not_a_web_address_is_only_stripped(written):
    assert canonical_url(f" {written} ") == written


def test_the_site_is_the_host_without_its_prefix():
    assert site_of("https://www.example.org:8080/x") == "example.org"
    assert site_of("https://m.example.co.uk/") == "example.co.uk"
    assert site_of("words") == ""


HOSTS = "example.org www.Example.org m.example.co.uk bücher.example [::1] a..b m.www.m.example.org".split()
ADDRESSES = st.builds(
    lambda host, path, query, fragment: f"https://{host}/{path}?{query}#{fragment}",
    st.sampled_from(HOSTS),
    st.text("ab/.%2Fé +amp-1", max_size=20)
    | st.lists(st.sampled_from("1 amp print index.html .. a-b".split())).map("/".join),
    st.text("ab=&%2é;?utm_1", max_size=20),
    st.text("!/ab%é", max_size=6),
)  # fmt: skip


@given(ADDRESSES | st.text(max_size=60))
def test_the_canonical_form_is_idempotent(written):
    once = canonical_url(written)
    assert canonical_url(once) == once
