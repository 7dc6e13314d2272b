from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.errors import FetchError, ForbiddenAddressError
from watchers.fetching.addresses import (
    check_url,
    display_url,
    has_secrets,
    is_allowed,
    is_private_name,
    public_url,
)
from watchers.fetching.redirects import first_step
from watchers.fetching.result import NO_VALIDATORS


@pytest.mark.parametrize(
    "text",
    [
        "http://news.example/feed",
        "HTTPS://News.Example:8443/feed?x=1",
        "http://münchen.example/straße",
        "http://news.example./",
        "http://_odd_name.example/",
        "http://93.184.215.14/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "http://a-1.b--c.example:81/",
        "  http://news.example/  ",
    ],
)
def test_web_addresses_are_accepted(text):
    assert check_url(text).host


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("::ffff:8.8.8.8", True),
        ("2a00:1450:4001:82b::200e", True),
        ("2001:4860:4860::8888", True),
        ("192.0.0.9", False),
        ("::8.8.8.8", False),
        ("64:ff9b::808:808", False),
        ("2002:808:808::1", False),
        ("4000::1", False),
        ("100::1", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("239.1.2.3", False),
    ],
)
def test_only_public_addresses_are_allowed(address, allowed):
    assert is_allowed(ip_address(address)) is allowed


@pytest.mark.parametrize(
    ("network", "address", "allowed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("10.0.0.0/8", "192.168.1.1", False),
        ("fd00::/8", "fd00::1", True),
        ("::/0", "10.1.2.3", False),
        ("0.0.0.0/0", "127.0.0.1", True),
        ("0.0.0.0/0", "::1", False),
        ("64:ff9b::/96", "64:ff9b::808:808", True),
    ],
)
def test_addresses_in_an_allowed_network_are_allowed(network, address, allowed):
    assert is_allowed(ip_address(address), (ip_network(network),)) is allowed


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("localhost", True),
        ("localhost.", True),
        ("a.localhost", True),
        ("printer", True),
        ("printer.local", True),
        ("box.home.arpa", True),
        ("metadata.google.internal", True),
        ("news.example", False),
        ("mylocal.example", False),
        ("notlocalhost.example", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
    ],
)
def test_private_names_are_recognised(name, private):
    assert is_private_name(name) is private


@pytest.mark.parametrize(
    ("text", "displayed"),
    [
        ("http://a.example/x?y=1", "http://a.example/x?y=1"),
        ("http://me:pw@a.example/", "http://a.example/"),
        ("http://me:p@w@a.example/", "http://a.example/"),
        ("http://a.example/x@y", "http://a.example/x@y"),
        ("http://a.example/?token=abc&x=1", "http://a.example/?token=…&x=1"),
        ("http://a.example/?x=1&access_token=abc", "http://a.example/?x=1&access_token=…"),
        ("http://a.example/?API_KEY=abc#frag", "http://a.example/?API_KEY=…#frag"),
        ("http://a.example/?monkey=1&author=2", "http://a.example/?monkey=…&author=2"),
        ("http://a\n.example/\x1b[31m", "http://a?.example/?[31m"),
        ("http://me:pw@[::1/", "http://[::1/"),
        ("http://a.example/" + "x" * 500, "http://a.example/" + "x" * 182 + "…"),
    ],
)
def test_displayed_urls_contain_no_secrets(text, displayed):
    assert display_url(text) == displayed


FRAGMENTS = st.sampled_from(
    "http:// https:// // / : @ [ ] % %25 %00 ? # & = . .. 127.0.0.1 ::1 ::ffff: 0x7f 1 65536 a xn-- "
    "\\ \t \n \x00 \x7f ü ⑯ 。 \ud800 \u2028 user:pw@ example.com".split(" ")
)


@pytest.mark.slow
@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=12).map("".join)))
def test_any_text_is_a_url_or_raises_a_printable_error(text):
    for url in (text, f"http://{text}", f"http://a.example/{text}"):
        try:
            step = first_step(url, NO_VALIDATORS)
        except ForbiddenAddressError as error:
            assert str(error).isprintable()
            assert len(str(error)) < 400
        else:
            step.headers()
            assert step.requested_url.isprintable()
            assert step.url.user is None


@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=12).map("".join)))
def test_any_redirect_is_a_step_or_raises_a_printable_error(location):
    start = first_step("http://news.example/feed", NO_VALIDATORS)
    try:
        step = start.follow(location, 302)
    except FetchError as error:
        assert str(error).isprintable()
    else:
        assert step.url.scheme in ("http", "https")
        assert step.url.user is None
        assert step.url.raw_host


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://example.org/feed.xml?topic=a", "https://example.org/feed.xml?topic=a"),
        ("https://alice:pw@example.org/x", "https://example.org/x"),
        ("https://example.org/x?a=1&token=t&b=2", "https://example.org/x?a=1&b=2"),
        ("https://example.org/x?api_key=k", "https://example.org/x"),
        ("https://example.org/x?u=0a1b2c3d4e5f60718293a4b5c6d7e8f9#top", "https://example.org/x#top"),
        ("https://example.org/x?q=a-long-value-without-digits", "https://example.org/x?q=a-long-value-without-digits"),
    ],
)  # fmt: skip
def test_a_public_url_has_no_secrets(url, public):
    assert public_url(url) == public
    assert has_secrets(url) == (url != public)
