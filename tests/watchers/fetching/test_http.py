import asyncio
import ssl
import subprocess
from datetime import UTC, datetime

import pytest

from tests.watchers.fetching.hostile_server import LOOPBACK, by_path, client, ok, redirect, serving
from watchers.errors import BadAnswer, FetchError, Refused, Unreachable
from watchers.fetching.fetched import NO_VALIDATORS, Validators
from watchers.fetching.http import HttpClient
from watchers.fetching.http_options import HttpOptions
from watchers.fetching.politeness import Pace
from watchers.fetching.proxies import Proxies

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def refused(answer: bytes, path="/feed", **arguments) -> Refused:
    async with serving(answer) as server, client(clock=lambda: NOW, **arguments) as fetch:
        with pytest.raises(Refused) as caught:
            await fetch(server.url(path))
    return caught.value


async def test_an_answer_is_told_whole():
    answer = ok(
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
    async with serving(answer) as server, client(clock=lambda: NOW) as fetch:
        got = await fetch(server.url("/feed#part"))
    assert got.url == server.url("/feed")
    assert got.moved_to is None
    assert not got.not_modified
    assert got.body == b"<rss/>"
    assert got.content_type == "application/rss+xml; charset=utf-8"
    assert got.validators == Validators(etag='W/"5"', last_modified="Mon, 01 Jun 2026 10:00:00 GMT")
    assert got.max_age == 540
    assert got.links == {"hub": ("https://hub.example/",), "self": (server.url("/feed"),)}
    assert got.headers["x-two"] == "2"
    assert "set-cookie" not in got.headers


async def test_the_client_says_who_it_is_and_keeps_no_cookie():
    answer = ok(b"", "Set-Cookie: id=1")
    async with serving(answer) as server, client() as fetch:
        await fetch(server.url())
        await fetch(server.url())
    for request in server.requests:
        assert request.headers["user-agent"].startswith("Tocsin")
        assert request.headers["user-agent"].endswith("(+https://bot.example)")
        assert "cookie" not in request.headers


def test_a_contact_cannot_smuggle_a_header():
    agent = HttpOptions(contact="me@x.example\r\nX-Evil: 1\u2028").user_agent
    assert agent.isprintable()
    assert agent.isascii()


async def test_validators_are_sent_and_nothing_new_is_told_as_such():
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nCache-Control: max-age=60\r\n\r\n'
    async with serving(answer) as server, client() as fetch:
        known = Validators(etag='"1"', last_modified="yesterday")
        got = await fetch(server.url(), validators=known)
    assert server.requests[0].headers["if-none-match"] == '"1"'
    assert server.requests[0].headers["if-modified-since"] == "yesterday"
    assert got.not_modified
    assert got.body == b""
    assert got.validators == Validators(etag='"2"', last_modified="yesterday")
    assert got.max_age == 60


async def test_nothing_new_is_no_answer_to_a_first_request():
    async with serving(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server, client() as fetch:
        with pytest.raises(BadAnswer, match="304"):
            await fetch(server.url())


async def test_an_etag_that_cannot_be_sent_back_is_no_etag():
    for etag in ("x" * 5000, "\xff\xfe"):
        async with serving(ok(b"", f"ETag: {etag}")) as server, client() as fetch:
            assert (await fetch(server.url())).validators == NO_VALIDATORS


async def test_strange_bytes_in_headers_are_clean_unicode():
    async with serving(ok(b"", "X-Odd: caf\xe9 \xff")) as server, client() as fetch:
        got = await fetch(server.url())
    assert got.headers["x-odd"].encode("utf-8").startswith(b"caf")


# ── redirects ────────────────────────────────────────────────────────────────────────────────────


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
async def test_a_feed_has_moved_where_every_step_was_for_good(statuses, moved):
    answers = {f"s{n}": redirect(f"/s{n + 1}", status) for n, status in enumerate(statuses)}
    answers[f"s{len(statuses)}"] = ok()
    async with serving(by_path(**answers)) as server, client() as fetch:
        got = await fetch(server.url("/s0"))
    assert got.url == server.url(f"/s{len(statuses)}")
    assert got.moved_to == (got.url if moved else None)


async def test_redirects_are_relative_to_where_they_stand():
    answers = by_path(a=redirect("b/c?x=1#frag"), b=ok())
    async with serving(answers) as server, client() as fetch:
        assert (await fetch(server.url("/a"))).url == server.url("/b/c?x=1")


async def test_a_redirect_in_strange_bytes_is_followed_as_those_bytes():
    async with serving(by_path(a=redirect("/caf\xe9 au lait%20ok"))) as server, client() as fetch:
        with pytest.raises(Refused):
            await fetch(server.url("/a"))
    assert server.requests[1].path == "/caf%E9%20au%20lait%20ok"


async def test_name_and_password_are_sent_to_their_host_and_shown_nowhere():
    async with serving(ok(), "127.0.3.1") as server, client() as fetch:
        got = await fetch(server.url("/feed", host="me:s3cret@127.0.3.1"))
    assert server.requests[0].headers["authorization"] == "Basic bWU6czNjcmV0"
    assert "s3cret" not in repr(got)


async def test_name_and_password_and_validators_stay_on_their_host():
    async with serving(ok(), "127.0.3.2") as other:
        answers = by_path(a=redirect("/b"), b=redirect(other.url("/c")))
        async with serving(answers, "127.0.3.1") as server, client() as fetch:
            address = server.url("/a", host="me:s3cret@127.0.3.1")
            got = await fetch(address, validators=Validators(etag='"1"', last_modified="monday"))
    for request in server.requests:
        assert request.headers["authorization"] == "Basic bWU6czNjcmV0"
        assert request.headers["if-none-match"] == '"1"'
    assert (
        not {"authorization", "if-none-match", "if-modified-since"}
        & other.requests[0].headers.keys()
    )
    assert got.url == other.url("/c")


async def test_a_redirect_cannot_bring_a_password_of_its_own():
    async with serving(ok(), "127.0.3.2") as other:
        answers = by_path(a=redirect(other.url("/c", host="evil:pw@127.0.3.2")))
        async with serving(answers, "127.0.3.1") as server, client() as fetch:
            got = await fetch(server.url("/a"))
    assert "authorization" not in other.requests[0].headers
    assert got.url == other.url("/c")


async def test_another_port_is_another_place_for_a_password():
    async with (
        serving(ok()) as other,
        serving(by_path(a=redirect(other.url("/c")))) as server,
        client() as fetch,
    ):
        await fetch(server.url("/a", host="me:pw@127.0.0.1"))
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in other.requests[0].headers


async def test_an_address_that_moved_keeps_its_password_on_its_own_host():
    answers = by_path(a=redirect("/b", "301 Moved Permanently"), b=ok())
    async with serving(answers) as server, client() as fetch:
        got = await fetch(server.url("/a", host="me:p%40w@127.0.0.1"))
    assert got.moved_to == server.url("/b", host="me:p%40w@127.0.0.1")
    assert got.url == server.url("/b")


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
async def test_no_error_shows_a_password(url):
    async with client(allow=()) as fetch:
        with pytest.raises(FetchError) as caught:
            await fetch(url)
    error = caught.value
    assert "s3" not in f"{error} {error!r} {error.address} {error.reason}"


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "words", "challenge"),
    [
        ("404 Nope", "404 Not Found: there is nothing at this address", False),
        ("410 Gone", "410 Gone: it is gone for good", False),
        ("401 Unauthorized", "401 Unauthorized: it asks for a name and a password", True),
        ("403 Forbidden", "403 Forbidden: the server does not let us in", True),
        ("500 Oops", "500 Internal Server Error: the server broke down over it", False),
        ("204 No Content", "204 No Content: there is no document in the answer", False),
        ("300 Choose", "300 Multiple Choices: it leads elsewhere", False),
        ("418 Tea", "418 I'm a Teapot: the server refused the request", False),
        ("599 Odd", "599: the server failed", False),
        ("999 Denied", "999: an answer without a meaning", False),
    ],
)
async def test_a_refusal_says_why_in_words(status, words, challenge):
    error = await refused(ok(b"", status=status))
    assert error.status == int(status[:3])
    assert error.reason.startswith(words)
    assert error.challenge is challenge
    assert error.is_final is (status == "410 Gone")


JUST_A_MOMENT = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"


@pytest.mark.parametrize(
    "answer",
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
async def test_a_test_for_browsers_is_named_as_such(answer):
    error = await refused(answer)
    assert error.challenge
    assert "lets only browsers in" in error.reason


async def test_an_article_is_no_test_for_browsers():
    page = ok(b"<title>It took just a moment</title>", "Content-Type: text/html")
    async with serving(page) as server, client() as fetch:
        assert (await fetch(server.url())).body


async def test_a_redirect_to_a_login_page_is_named_as_such():
    answers = by_path(
        feed=redirect("/account/login.php?next=/feed"),
        account=ok(b"<form></form>", "Content-Type: text/html"),
    )
    async with serving(answers) as server, client() as fetch:
        with pytest.raises(Refused, match="a page to log in") as caught:
            await fetch(server.url("/feed"))
    assert caught.value.challenge
    assert caught.value.status == 302


async def test_a_login_page_that_was_asked_for_is_a_page():
    answers = by_path(login=redirect("/sso/login"), sso=ok(b"<p>", "Content-Type: text/html"))
    async with serving(answers) as server, client() as fetch:
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
async def test_what_a_server_asks_to_wait_is_told(status, header, seconds):
    assert (await refused(ok(b"", header, status=status))).retry_after == seconds


async def test_a_host_that_wants_rest_is_not_asked_again_before():
    async with serving(ok(b"", "Retry-After: 600", status="429 Slow")) as server:
        now = [1000.0]
        async with client(monotonic=lambda: now[0]) as fetch:
            with pytest.raises(Refused):
                await fetch(server.url("/a"))
            now[0] += 100
            with pytest.raises(Refused, match="wants to be left alone for 500 s more") as caught:
                await fetch(server.url("/b"))
            assert caught.value.retry_after == 500
            assert caught.value.status == 429
            assert len(server.requests) == 1
            now[0] += 501
            with pytest.raises(Refused):
                await fetch(server.url("/c"))
    assert len(server.requests) == 2


async def test_a_slow_explanation_does_not_hide_the_refusal(monkeypatch):
    monkeypatch.setattr("watchers.fetching.body._START_SECONDS", 0.05)

    async def drip(request, writer):
        writer.write(b"HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<")
        await asyncio.Event().wait()

    async with serving(drip) as server, client() as fetch:
        with pytest.raises(Refused, match="404"):
            await fetch(server.url())


# ── forms ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_form_is_posted_as_hubs_want_it():
    async with serving(ok(b"", status="202 Accepted")) as server, client() as fetch:
        status = await fetch.post_form(server.url("/hub"), {"hub.mode": "subscribe", "x": "ü &"})
    assert status == 202
    request = server.requests[0]
    assert request.line == "POST /hub HTTP/1.1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body == b"hub.mode=subscribe&x=%C3%BC+%26"


async def test_a_form_follows_no_redirect():
    answers = by_path(a=redirect("/b", "307 Temporary Redirect"), b=ok())
    async with serving(answers) as server, client() as fetch:
        with pytest.raises(Refused) as caught:
            await fetch.post_form(server.url("/a"), {"x": "1"})
    assert caught.value.status == 307
    assert len(server.requests) == 1


async def test_a_hub_may_say_why_it_refuses():
    answer = ok(b"topic\r\n is not\x07 known", "Content-Type: text/plain", status="400 Bad Request")
    async with serving(answer) as server, client() as fetch:
        with pytest.raises(Refused, match=r'\("topic is not\? known"\)'):
            await fetch.post_form(server.url(), {})


# ── the connection ───────────────────────────────────────────────────────────────────────────────


async def test_a_port_where_nobody_listens_is_unreachable():
    async with serving(ok()) as server:
        pass
    async with client() as fetch:
        with pytest.raises(Unreachable, match="no connection: connection refused"):
            await fetch(server.url())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody signed but itself."""
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:news.example",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl is not here to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, ssl.create_default_context(cafile=folder / "cert.pem")


@pytest.fixture
def believed(certificate, monkeypatch):
    """The server's side of TLS, where clients believe that certificate."""
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", certificate[1])
    return certificate[0]


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(certificate):
    async with serving(ok(), ssl=certificate[0]) as server, client() as fetch:
        with pytest.raises(Unreachable, match="TLS certificate is not valid: self"):
            await fetch(server.url().replace("http:", "https:"))
    assert not server.requests


async def test_a_certificate_for_another_host_is_not_believed(believed):
    async with serving(ok(), "127.0.0.2", ssl=believed) as server, client() as fetch:
        with pytest.raises(Unreachable, match="TLS certificate is not valid: IP address mismatch"):
            await fetch(server.url().replace("http:", "https:"))
    assert not server.requests


async def test_a_site_that_moved_to_tls_is_followed_there(believed):
    async with serving(by_path(c=ok()), ssl=believed) as secure:
        to = secure.url("/c").replace("http:", "https:")
        async with serving(redirect(to, "301 Moved")) as plain, client() as fetch:
            got = await fetch(plain.url("/a"))
    assert got.moved_to == to
    assert got.body == b"hello"


async def test_a_tls_host_is_read_through_a_tunnel(believed):
    async def tunnel(request, writer):
        _, onward = await asyncio.open_connection("127.0.0.1", secure.port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        writer.transport.set_protocol(Pipe(onward.transport))
        onward.transport.set_protocol(Pipe(writer.transport))
        await asyncio.Event().wait()

    async with serving(ok(b"tunnelled"), ssl=believed) as secure, serving(tunnel) as proxy:
        proxies = Proxies({"HTTPS_PROXY": proxy.url(host="me:pw@127.0.0.1")})
        async with client(allow=(), proxies=proxies) as fetch:
            got = await fetch("https://you:secret@news.example/feed")
    assert got.body == b"tunnelled"
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert "authorization" not in proxy.requests[0].headers
    assert secure.requests[0].headers["authorization"] == "Basic eW91OnNlY3JldA=="
    assert "proxy-authorization" not in secure.requests[0].headers


class Pipe(asyncio.Protocol):
    """Hands on to another transport what comes."""

    def __init__(self, other):
        self.other = other

    def data_received(self, data):
        self.other.write(data)

    def connection_lost(self, error):
        self.other.abort()


async def test_a_server_without_tls_is_named():
    def answer(_, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, client() as fetch:
        with pytest.raises(Unreachable, match="secure connection"):
            await fetch(f"https://127.0.0.1:{port}/")


async def test_feeds_of_one_host_share_a_connection():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"

    async def keep(request, writer):
        writer.write(answer)

    async with serving(keep) as server, client() as fetch:
        for n in range(3):
            await fetch(server.url(f"/{n}"))
    assert server.connections == 1


async def test_a_host_is_asked_in_its_pace():
    now = [1000.0]
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    arguments = {"pace": Pace(spacing=5.0), "monotonic": lambda: now[0], "sleep": sleep}
    answers = by_path(a=ok(), b=ok(), c=redirect("/b"))
    async with serving(answers) as server, client(**arguments) as fetch:
        await fetch(server.url("/a"))
        await fetch(server.url("/b"))
        assert waits == [5.0]
        await fetch(server.url("/c"))
        assert waits == [5.0, 5.0]  # a redirect on the same host is the same visit


async def test_a_mistake_in_a_stored_validator_is_an_error_like_any_other():
    async with serving(ok()) as server, client() as fetch:
        with pytest.raises(BadAnswer):
            await fetch(server.url(), validators=Validators(etag='"1"\r\nX-Evil: 1'))
    assert not server.requests


async def test_a_client_outside_its_with_is_a_mistake_of_ours():
    fetch = HttpClient(HttpOptions(allow_networks=LOOPBACK), proxies=Proxies({}))
    with pytest.raises(RuntimeError, match="async with"):
        await fetch("http://127.0.0.1/")
