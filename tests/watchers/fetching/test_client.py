import asyncio
import ssl
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.watchers.fetching.scripted_server import LOOPBACK, by_path, client, ok, redirect, serving
from watchers.errors import FetchError, HttpStatusError, InvalidResponse, Unreachable
from watchers.fetching.client import HttpClient
from watchers.fetching.host_throttle import ThrottleOptions
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.proxies import Proxies
from watchers.fetching.result import NO_VALIDATORS, Validators

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def fetch_status_error(response: bytes, path="/feed", **arguments) -> HttpStatusError:
    async with serving(response) as server, client(clock=lambda: NOW, **arguments) as fetch:
        with pytest.raises(HttpStatusError) as caught:
            await fetch(server.url(path))
    return caught.value


async def test_a_response_becomes_a_complete_result():
    response = ok(
        b"<rss/>",
        "Content-Type: application/rss+xml; charset=utf-8",
        'ETag: W/"5"',
        "Last-Modified: Mon, 01 Jun 2026 10:00:00 GMT",
        "Cache-Control: public, max-age=600",
        "Age: 60",
        'Link: <https://hub.example/>; rel="hub", </feed>; rel=self',
        "Set-Cookie: id=secret",
        "X-Two: 1",
        "X-Two: 2",
    )
    async with serving(response) as server, client(clock=lambda: NOW) as fetch:
        result = await fetch(server.url("/feed#part"))
    assert result.url == server.url("/feed")
    assert result.moved_to is None
    assert not result.not_modified
    assert result.body == b"<rss/>"
    assert result.content_type == "application/rss+xml; charset=utf-8"
    assert result.validators == Validators(
        etag='W/"5"', last_modified="Mon, 01 Jun 2026 10:00:00 GMT"
    )
    assert result.max_age == 540
    assert result.links == {"hub": ("https://hub.example/",), "self": (server.url("/feed"),)}
    assert result.headers["x-two"] == "2"
    assert "set-cookie" not in result.headers


async def test_the_client_sends_its_user_agent_and_no_cookies():
    response = ok(b"", "Set-Cookie: id=1")
    async with serving(response) as server, client() as fetch:
        await fetch(server.url())
        await fetch(server.url())
    for request in server.requests:
        assert request.headers["user-agent"].startswith("Tocsin")
        assert request.headers["user-agent"].endswith("(+https://bot.example)")
        assert "cookie" not in request.headers


def test_the_contact_cannot_inject_a_header():
    agent = HttpOptions(contact="me@x.example\r\nX-Evil: 1\u2028").user_agent
    assert agent.isprintable()
    assert agent.isascii()


async def test_validators_are_sent_and_304_is_not_modified():
    response = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nCache-Control: max-age=60\r\n\r\n'
    async with serving(response) as server, client() as fetch:
        validators = Validators(etag='"1"', last_modified="yesterday")
        result = await fetch(server.url(), validators=validators)
    assert server.requests[0].headers["if-none-match"] == '"1"'
    assert server.requests[0].headers["if-modified-since"] == "yesterday"
    assert result.not_modified
    assert result.body == b""
    assert result.validators == Validators(etag='"2"', last_modified="yesterday")
    assert result.max_age == 60


async def test_304_for_an_unconditional_request_is_an_error():
    async with serving(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server, client() as fetch:
        with pytest.raises(InvalidResponse, match="304"):
            await fetch(server.url())


async def test_an_invalid_etag_is_ignored():
    for etag in ("x" * 5000, "\xff\xfe"):
        async with serving(ok(b"", f"ETag: {etag}")) as server, client() as fetch:
            assert (await fetch(server.url())).validators == NO_VALIDATORS


async def test_invalid_bytes_in_headers_become_valid_unicode():
    async with serving(ok(b"", "X-Odd: caf\xe9 \xff")) as server, client() as fetch:
        result = await fetch(server.url())
    assert result.headers["x-odd"].encode("utf-8").startswith(b"caf")


# redirects


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        (["301 Moved Permanently"], True),
        (["308 Permanent Redirect"], True),
        (["301 Moved Permanently", "308 Permanent Redirect"], True),
        (["302 Found"], False),
        (["303 See Other"], False),
        (["307 Temporary Redirect"], False),
        (["301 Moved Permanently", "302 Found"], False),
        (["302 Found", "301 Moved Permanently"], False),
    ],
)
async def test_a_feed_has_moved_if_every_redirect_is_permanent(statuses, moved):
    responses = {f"s{n}": redirect(f"/s{n + 1}", status) for n, status in enumerate(statuses)}
    responses[f"s{len(statuses)}"] = ok()
    async with serving(by_path(**responses)) as server, client() as fetch:
        result = await fetch(server.url("/s0"))
    assert result.url == server.url(f"/s{len(statuses)}")
    assert result.moved_to == (result.url if moved else None)


async def test_redirects_are_relative_to_the_current_url():
    responses = by_path(a=redirect("b/c?x=1#frag"), b=ok())
    async with serving(responses) as server, client() as fetch:
        assert (await fetch(server.url("/a"))).url == server.url("/b/c?x=1")


async def test_a_redirect_keeps_bytes_that_are_not_utf_8():
    async with serving(by_path(a=redirect("/caf\xe9 au lait%20ok"))) as server, client() as fetch:
        with pytest.raises(HttpStatusError):
            await fetch(server.url("/a"))
    assert server.requests[1].path == "/caf%E9%20au%20lait%20ok"


async def test_credentials_are_sent_to_their_host_and_not_displayed():
    async with serving(ok(), "127.0.3.1") as server, client() as fetch:
        result = await fetch(server.url("/feed", host="me:s3cret@127.0.3.1"))
    assert server.requests[0].headers["authorization"] == "Basic bWU6czNjcmV0"
    assert "s3cret" not in repr(result)


async def test_credentials_and_validators_are_not_sent_to_another_host():
    async with serving(ok(), "127.0.3.2") as other:
        responses = by_path(a=redirect("/b"), b=redirect(other.url("/c")))
        async with serving(responses, "127.0.3.1") as server, client() as fetch:
            address = server.url("/a", host="me:s3cret@127.0.3.1")
            result = await fetch(address, validators=Validators(etag='"1"', last_modified="monday"))
    for request in server.requests:
        assert request.headers["authorization"] == "Basic bWU6czNjcmV0"
        assert request.headers["if-none-match"] == '"1"'
    assert (
        not {"authorization", "if-none-match", "if-modified-since"}
        & other.requests[0].headers.keys()
    )
    assert result.url == other.url("/c")


async def test_credentials_in_a_redirect_are_ignored():
    async with serving(ok(), "127.0.3.2") as other:
        responses = by_path(a=redirect(other.url("/c", host="evil:pw@127.0.3.2")))
        async with serving(responses, "127.0.3.1") as server, client() as fetch:
            result = await fetch(server.url("/a"))
    assert "authorization" not in other.requests[0].headers
    assert result.url == other.url("/c")


async def test_credentials_are_not_sent_to_another_port():
    async with (
        serving(ok()) as other,
        serving(by_path(a=redirect(other.url("/c")))) as server,
        client() as fetch,
    ):
        await fetch(server.url("/a", host="me:pw@127.0.0.1"))
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in other.requests[0].headers


async def test_a_moved_url_keeps_its_credentials_on_the_same_host():
    responses = by_path(a=redirect("/b", "301 Moved Permanently"), b=ok())
    async with serving(responses) as server, client() as fetch:
        result = await fetch(server.url("/a", host="me:p%40w@127.0.0.1"))
    assert result.moved_to == server.url("/b", host="me:p%40w@127.0.0.1")
    assert result.url == server.url("/b")


@pytest.mark.parametrize(
    "url",
    [
        "http://me:s3cret@10.0.0.1/feed",
        "http://me:s3cret@[::1/feed",
        "http://me:s3/cret@host.example:x/",
        "ftp://me:s3cret@host.example/",
        "http:/me:s3cret@host/",
        "http://127.0.0.1:9/feed?token=s3cret&x=1",
        "http://127.0.0.1:9999/feed?x=1&api_key=s3cret",
    ],
)
async def test_errors_contain_no_credentials(url):
    async with client(allow=()) as fetch:
        with pytest.raises(FetchError) as caught:
            await fetch(url)
    error = caught.value
    assert "s3" not in f"{error} {error!r} {error.address} {error.reason}"


# error statuses


@pytest.mark.parametrize(
    ("status", "prefix", "keyword", "challenge"),
    [
        ("404 Nope", "404 Not Found: ", "nothing", False),
        ("410 Gone", "410 Gone: ", "permanently", False),
        ("401 Unauthorized", "401 Unauthorized: ", "password", True),
        ("403 Forbidden", "403 Forbidden: ", "browser", True),
        ("500 Oops", "500 Internal Server Error: ", "internal", False),
        ("204 No Content", "204 No Content: ", "no document", False),
        ("300 Choose", "300 Multiple Choices: ", "redirect", False),
        ("418 Tea", "418 I'm a Teapot: ", "refused", False),
        ("599 Odd", "599: ", "failed", False),
        ("999 Denied", "999: ", "unknown", False),
    ],
)
async def test_an_error_status_has_an_explanation(status, prefix, keyword, challenge):
    error = await fetch_status_error(ok(b"", status=status))
    assert error.status == int(status[:3])
    assert error.reason.startswith(prefix)
    assert keyword in error.reason
    assert error.is_browser_challenge is challenge
    assert error.is_gone is (status == "410 Gone")


JUST_A_MOMENT = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"


@pytest.mark.parametrize(
    "response",
    [
        ok(b"", "cf-mitigated: challenge", status="403 Forbidden"),
        ok(b"", "CF-Mitigated: challenge", status="503 Service Unavailable"),
        ok(JUST_A_MOMENT, "Content-Type: text/html", status="403 Forbidden"),
        ok(JUST_A_MOMENT, "Content-Type: text/html; charset=UTF-8", status="503 X"),
        ok(JUST_A_MOMENT, "Content-Type: text/html"),
        ok(b"", "x-amzn-waf-action: challenge", status="202 Accepted"),
        ok(b"<title>Making sure you&#39;re not a bot!</title>", "Content-Type: text/html"),
    ],
)
async def test_a_browser_check_is_recognised(response):
    error = await fetch_status_error(response)
    assert error.is_browser_challenge
    assert "browser" in error.reason


async def test_an_article_is_not_a_browser_check():
    page = ok(b"<title>It took just a moment</title>", "Content-Type: text/html")
    async with serving(page) as server, client() as fetch:
        assert (await fetch(server.url())).body


async def test_a_redirect_to_a_login_page_is_recognised():
    responses = by_path(
        feed=redirect("/account/login.php?next=/feed"),
        account=ok(b"<form></form>", "Content-Type: text/html"),
    )
    async with serving(responses) as server, client() as fetch:
        with pytest.raises(HttpStatusError, match="login page") as caught:
            await fetch(server.url("/feed"))
    assert caught.value.is_browser_challenge
    assert caught.value.status == 302


async def test_a_requested_login_page_is_a_normal_page():
    responses = by_path(login=redirect("/sso/login"), sso=ok(b"<p>", "Content-Type: text/html"))
    async with serving(responses) as server, client() as fetch:
        assert (await fetch(server.url("/login"))).body == b"<p>"


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        ("429 Slow", "Retry-After: 120", 120),
        ("503 Down", "Retry-After: Mon, 01 Jun 2026 12:05:00 GMT", 300),
        ("500 Oops", "Retry-After: 60", 60),
        ("429 Slow", "Retry-After: Mon, 01 Jun 2020 12:05:00 GMT", 0),
        ("429 Slow", "Retry-After: 99999999999", 31 * 86_400),
        ("429 Slow", "Retry-After: soon", None),
        ("429 Slow", "X-RateLimit-Reset: 243.0", 243),
        ("429 Slow", f"X-RateLimit-Reset: {int(NOW.timestamp()) + 90}", 90),
        ("404 Gone?", "X-RateLimit-Reset: 243", None),
    ],
)
async def test_the_requested_delay_is_in_the_error(status, header, seconds):
    assert (await fetch_status_error(ok(b"", header, status=status))).retry_after == seconds


async def test_a_blocked_host_gets_no_request_before_the_block_ends():
    async with serving(ok(b"", "Retry-After: 600", status="429 Slow")) as server:
        now = [1000.0]
        async with client(monotonic=lambda: now[0]) as fetch:
            with pytest.raises(HttpStatusError):
                await fetch(server.url("/a"))
            now[0] += 100
            with pytest.raises(HttpStatusError, match="500 s") as caught:
                await fetch(server.url("/b"))
            assert caught.value.retry_after == 500
            assert caught.value.status == 429
            assert len(server.requests) == 1
            now[0] += 501
            with pytest.raises(HttpStatusError):
                await fetch(server.url("/c"))
    assert len(server.requests) == 2


async def test_a_slow_error_page_does_not_hide_the_status(monkeypatch):
    monkeypatch.setattr("watchers.fetching.response_parts._START_TIMEOUT_SECONDS", 0.05)

    async def drip(request, writer):
        writer.write(b"HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<")
        await asyncio.Event().wait()

    async with serving(drip) as server, client() as fetch:
        with pytest.raises(HttpStatusError, match="404"):
            await fetch(server.url())


# forms


async def test_a_form_is_posted_url_encoded():
    async with serving(ok(b"", status="202 Accepted")) as server, client() as fetch:
        status = await fetch.post_form(server.url("/hub"), {"hub.mode": "subscribe", "x": "ü &"})
    assert status == 202
    request = server.requests[0]
    assert request.line == "POST /hub HTTP/1.1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body == b"hub.mode=subscribe&x=%C3%BC+%26"


async def test_a_post_does_not_follow_redirects():
    responses = by_path(a=redirect("/b", "307 Temporary Redirect"), b=ok())
    async with serving(responses) as server, client() as fetch:
        with pytest.raises(HttpStatusError) as caught:
            await fetch.post_form(server.url("/a"), {"x": "1"})
    assert caught.value.status == 307
    assert len(server.requests) == 1


async def test_the_error_quotes_the_explanation_of_a_hub():
    response = ok(
        b"topic\r\n is not\x07 known", "Content-Type: text/plain", status="400 Bad Request"
    )
    async with serving(response) as server, client() as fetch:
        with pytest.raises(HttpStatusError, match=r'\("topic is not\? known"\)'):
            await fetch.post_form(server.url(), {})


# the connection


async def test_a_closed_port_is_unreachable():
    async with serving(ok()) as server:
        pass
    async with client() as fetch:
        with pytest.raises(Unreachable, match="no connection: connection refused"):
            await fetch(server.url())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate: the context of the server, and a client context that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    completed = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:news.example",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        capture_output=True, check=False,
    )  # fmt: skip
    if completed.returncode:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, ssl.create_default_context(cafile=folder / "cert.pem")


@pytest.fixture
def trusted_certificate(certificate, monkeypatch):
    """The TLS context of a server whose certificate the clients trust."""
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", certificate[1])
    return certificate[0]


@pytest.mark.process
async def test_a_self_signed_certificate_is_rejected(certificate):
    async with serving(ok(), ssl=certificate[0]) as server, client() as fetch:
        with pytest.raises(Unreachable, match="TLS certificate is not valid: self"):
            await fetch(server.url().replace("http:", "https:"))
    assert not server.requests


async def test_a_certificate_for_another_host_is_rejected(trusted_certificate):
    async with serving(ok(), "127.0.0.2", ssl=trusted_certificate) as server, client() as fetch:
        with pytest.raises(Unreachable, match="TLS certificate is not valid: IP address mismatch"):
            await fetch(server.url().replace("http:", "https:"))
    assert not server.requests


async def test_a_redirect_to_tls_is_followed(trusted_certificate):
    async with serving(by_path(c=ok()), ssl=trusted_certificate) as secure:
        location = secure.url("/c").replace("http:", "https:")
        async with serving(redirect(location, "301 Moved")) as plain, client() as fetch:
            result = await fetch(plain.url("/a"))
    assert result.moved_to == location
    assert result.body == b"hello"


async def test_a_tls_host_is_requested_through_a_proxy_tunnel(trusted_certificate):
    async def tunnel(request, writer):
        _, upstream = await asyncio.open_connection("127.0.0.1", secure.port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        writer.transport.set_protocol(Pipe(upstream.transport))
        upstream.transport.set_protocol(Pipe(writer.transport))
        await asyncio.Event().wait()

    async with (
        serving(ok(b"tunnelled"), ssl=trusted_certificate) as secure,
        serving(tunnel) as proxy,
    ):
        proxies = Proxies({"HTTPS_PROXY": proxy.url(host="me:pw@127.0.0.1")})
        async with client(allow=(), proxies=proxies) as fetch:
            result = await fetch("https://you:secret@news.example/feed")
    assert result.body == b"tunnelled"
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert "authorization" not in proxy.requests[0].headers
    assert secure.requests[0].headers["authorization"] == "Basic eW91OnNlY3JldA=="
    assert "proxy-authorization" not in secure.requests[0].headers


class Pipe(asyncio.Protocol):
    """A protocol that forwards all data to another transport."""

    def __init__(self, other):
        self.other = other

    def data_received(self, data):
        self.other.write(data)

    def connection_lost(self, error):
        self.other.abort()


async def test_a_server_without_tls_is_unreachable():
    def response(_, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(response, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, client() as fetch:
        with pytest.raises(Unreachable, match="secure connection"):
            await fetch(f"https://127.0.0.1:{port}/")


async def test_feeds_of_one_host_share_a_connection():
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"

    async def keep(request, writer):
        writer.write(response)

    async with serving(keep) as server, client() as fetch:
        for n in range(3):
            await fetch(server.url(f"/{n}"))
    assert server.connections == 1


async def test_requests_to_one_host_are_spaced():
    now = [1000.0]
    delays = []

    async def sleep(seconds):
        delays.append(seconds)
        now[0] += seconds

    arguments: dict[str, Any] = {
        "pace": ThrottleOptions(spacing_seconds=5.0),
        "monotonic": lambda: now[0],
        "sleep": sleep,
    }
    responses = by_path(a=ok(), b=ok(), c=redirect("/b"))
    async with serving(responses) as server, client(**arguments) as fetch:
        await fetch(server.url("/a"))
        await fetch(server.url("/b"))
        assert delays == [5.0]
        await fetch(server.url("/c"))
        # A redirect on the same host is not delayed.
        assert delays == [5.0, 5.0]


async def test_an_invalid_stored_validator_is_an_error():
    async with serving(ok()) as server, client() as fetch:
        with pytest.raises(InvalidResponse):
            await fetch(server.url(), validators=Validators(etag='"1"\r\nX-Evil: 1'))
    assert not server.requests


async def test_a_client_outside_its_context_raises_an_error():
    fetch = HttpClient(HttpOptions(allow_networks=LOOPBACK), proxies=Proxies({}))
    with pytest.raises(RuntimeError, match="async with"):
        await fetch("http://127.0.0.1/")
