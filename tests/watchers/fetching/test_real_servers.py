"""Responses as real servers send them, byte by byte: what browsers and curl read is read."""

import asyncio
import zlib
from collections.abc import Callable
from ipaddress import ip_network

import brotli
import pytest

from tests.watchers.fetching.compressed import compress_gzip, compress_zstd
from watchers.errors import FetchError, HttpStatusError, InvalidResponse, ResponseTooLarge
from watchers.fetching.client import HttpClient
from watchers.fetching.decompression import MAX_INTERMEDIATE_BYTES
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.response_head import MAX_HEAD_BYTES, normalise_head

BODY = b"<rss>hello</rss>"
CHUNKED = b"10\r\n" + BODY + b"\r\n0\r\n\r\n"
LENGTH = b"Content-Length: 16"
CLOSE = b"Connection: close"


def make_response(*headers, status=b"HTTP/1.1 200 OK", body=BODY):
    return b"\r\n".join([status, *headers]) + b"\r\n\r\n" + body


def raw_deflate(data):
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


class RawServer:
    """A server that sends prepared bytes: the next response of its list for each request."""

    def __init__(self):
        self.responses = []
        self.requests = []
        self.origin = ""

    async def serve(self, reader, writer):
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.responses.pop(0) if self.responses else b"")
                await writer.drain()
                if b"keep-alive" not in self.requests[-1]:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def raw_server():
    raw = RawServer()
    listener = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.origin = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield raw
    listener.close()


@pytest.fixture
async def client():
    async with HttpClient(HttpOptions(allow_networks=(ip_network("127.0.0.0/8"),))) as http:
        yield http


async def fetch(client, raw_server, *responses, **options):
    raw_server.responses = list(responses)
    return await client(f"{raw_server.origin}/feed", **options)


@pytest.mark.parametrize(
    "response",
    [
        make_response(b"Content-Length: 99", b"Transfer-Encoding: chunked", body=CHUNKED),
        make_response(b"Transfer-Encoding: chunked", LENGTH, body=CHUNKED),
        make_response(b"Transfer-Encoding: identity", LENGTH),
        make_response(b"Transfer-Encoding: identity", CLOSE),
        make_response(LENGTH, LENGTH),
        make_response(b"Content-Length: 16, 16"),
        make_response(b"Content-Length: +16"),
        make_response(b"Content-Length: 016", LENGTH),
        make_response(LENGTH, b"X Foo: bar"),
        make_response(b"Content-Length : 16", b"X-A: b"),
        make_response(LENGTH, b"X(Foo): bar", b"X@b: c", "X-é: c".encode()),
        make_response(LENGTH, b": no name"),
        make_response(LENGTH, b"no colon"),
        make_response(LENGTH, b"X-A: b", b"  folded"),
        make_response(LENGTH, b"X-A: b\x01\x00c"),
        make_response(LENGTH, *(b"X-%d: a" % number for number in range(128))),
        make_response(*(b"X-%d: a" % number for number in range(300)), LENGTH),
        make_response(LENGTH, b"X-Long: " + b"a" * 20_000),
        make_response(LENGTH, status=b"HTTP/1.1 200"),
        make_response(LENGTH, status=b"HTTP/1.1 200 " + b"x" * 9_000),
        make_response(status=b"HTTP/1.0 200 OK"),
        make_response(status=b"ICY 200 OK"),
        b"HTTP/1.1 200 OK\nContent-Length: 16\n\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + make_response(LENGTH),
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + make_response(LENGTH),
        make_response(LENGTH, status=b"HTTP/1.1 202 Accepted"),
        make_response(LENGTH, status=b"HTTP/1.1 206 Partial Content"),
        make_response(LENGTH, status=b"HTTP/1.1 226 IM Used"),
    ],
)
async def test_heads_that_curl_reads(client, raw_server, response):
    assert (await fetch(client, raw_server, response)).body == BODY


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", compress_gzip(BODY)),
        ("x-gzip", compress_gzip(BODY)),
        ("gzip", compress_gzip(BODY[:5]) + compress_gzip(BODY[5:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("br", brotli.compress(BODY)),
        ("zstd", compress_zstd(BODY)),
        ("zstd", compress_zstd(BODY[:5]) + compress_zstd(BODY[5:])),
        ("gzip, gzip", compress_gzip(compress_gzip(BODY))),
        ("deflate, br", brotli.compress(zlib.compress(BODY))),
        ("", compress_gzip(BODY)),
        ("gzip", BODY),
        ("identity", BODY),
        ("utf-8", BODY),
        ("GZIP", compress_gzip(BODY)),
    ],
)
async def test_codings_that_servers_send(client, raw_server, encoding, body):
    response = make_response(f"Content-Encoding: {encoding}".encode(), CLOSE, body=body)
    assert (await fetch(client, raw_server, response)).body == BODY


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": compress_gzip,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=2),
    "zstd": compress_zstd,
}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_large_body_of_every_coding_is_complete(client, raw_server, encoding):
    text = b"".join(b"line %d of the feed\n" % number for number in range(100_000))
    body = COMPRESS[encoding](text)
    response = make_response(f"Content-Encoding: {encoding}".encode(), CLOSE, body=body)
    assert (await fetch(client, raw_server, response)).body == text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "br, gzip"])
async def test_a_bomb_of_every_coding_is_refused(client, raw_server, encoding):
    data = b"\0" * 30_000_000
    for coding in encoding.split(", "):
        data = COMPRESS[coding](data)
    response = make_response(f"Content-Encoding: {encoding}".encode(), CLOSE, body=data)
    with pytest.raises(ResponseTooLarge):
        await fetch(client, raw_server, response, max_bytes=1_000_000)


async def test_data_between_two_codings_is_bounded(client, raw_server):
    # The inner stream is a short gzip member, followed by padding that yields no body.
    inner = compress_gzip(BODY) + b"\0" * (MAX_INTERMEDIATE_BYTES + 1_000_000)
    response = make_response(b"Content-Encoding: gzip, gzip", CLOSE, body=compress_gzip(inner))
    with pytest.raises(InvalidResponse, match="gzip data of the response is broken"):
        await fetch(client, raw_server, response)


@pytest.mark.parametrize(
    ("encoding", "body", "match"),
    [
        ("gzip", compress_gzip(BODY)[:-9], "incomplete"),
        ("br", brotli.compress(BODY)[:-2], "incomplete|broken"),
        ("zstd", compress_zstd(BODY)[:-2], "incomplete"),
        ("br", b"\xff" * 50, "broken"),
        ("zstd", b"\xff" * 50, "broken"),
        ("deflate", b"\xff" * 50, "broken"),
        ("compress", BODY, "unsupported encoding"),
        ("gzip, gzip, gzip, gzip", BODY, "unsupported encoding"),
    ],
)
async def test_broken_codings_are_refused(client, raw_server, encoding, body, match):
    response = make_response(f"Content-Encoding: {encoding}".encode(), CLOSE, body=body)
    with pytest.raises(InvalidResponse, match=match):
        await fetch(client, raw_server, response)


@pytest.mark.parametrize(
    "response",
    [
        make_response(b"Content-Length: 16", b"Content-Length: 17"),
        make_response(b"X: " + b"a" * (MAX_HEAD_BYTES + 10_000)),
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 16",
        make_response(LENGTH, body=BODY[:5]),
        b"",
    ],
)
async def test_responses_without_a_clear_meaning_are_errors(client, raw_server, response):
    with pytest.raises(FetchError):
        await fetch(client, raw_server, response)


async def test_a_head_in_single_bytes_is_read(client, raw_server):
    response = make_response(LENGTH, b"X Foo: bar")

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for index in range(len(response)):
            writer.write(response[index : index + 1])
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        assert (await client(f"http://127.0.0.1:{port}/")).body == BODY


async def test_connections_with_clear_framing_are_kept(client, raw_server):
    for _ in range(3):
        await fetch(client, raw_server, make_response(LENGTH))
    assert len(raw_server.requests) == 3


def test_an_ambiguous_framing_closes_the_connection():
    head = normalise_head(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    assert head == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


def redirect(cookie, location=b"/feed"):
    return make_response(
        b"Location: " + location,
        *([b"Set-Cookie: " + cookie] if cookie else []),
        b"Content-Length: 0",
        CLOSE,
        status=b"HTTP/1.1 302 Found",
        body=b"",
    )


async def test_a_redirect_that_sets_a_cookie_is_followed_with_it(client, raw_server):
    result = await fetch(
        client, raw_server, redirect(b"seen=yes; Path=/"), make_response(LENGTH, CLOSE)
    )
    assert result.body == BODY
    assert b"cookie" not in raw_server.requests[0].lower()
    assert b"Cookie: seen=yes" in raw_server.requests[1]


async def test_cookies_end_with_the_redirect_chain(client, raw_server):
    await fetch(client, raw_server, redirect(b"seen=yes; Path=/"), make_response(LENGTH, CLOSE))
    await fetch(client, raw_server, make_response(LENGTH, CLOSE))
    assert b"cookie" not in raw_server.requests[-1].lower()


async def test_a_loop_with_the_same_cookie_is_an_error(client, raw_server):
    with pytest.raises(InvalidResponse, match="loop"):
        await fetch(client, raw_server, *[redirect(b"seen=yes; Path=/")] * 5)


async def test_a_loop_with_new_cookies_ends(client, raw_server):
    steps = [redirect(b"n=%d; Path=/" % number) for number in range(30)]
    with pytest.raises(InvalidResponse, match="more than 10 redirects"):
        await fetch(client, raw_server, *steps)


async def test_a_cookie_is_not_sent_to_another_host(client, raw_server):
    other = raw_server.origin.replace("127.0.0.1", "127.0.0.2")
    listener = await asyncio.start_server(
        raw_server.serve, "127.0.0.2", int(other.rpartition(":")[2])
    )
    async with listener:
        result = await fetch(
            client,
            raw_server,
            redirect(b"secret=1; Path=/", f"{other}/feed".encode()),
            make_response(LENGTH, CLOSE),
        )
    assert result.body == BODY
    assert b"cookie" not in raw_server.requests[1].lower()


async def test_huge_cookies_are_dropped(client, raw_server):
    await fetch(
        client, raw_server, redirect(b"big=" + b"x" * 9_000, b"/2"), make_response(LENGTH, CLOSE)
    )
    assert b"cookie" not in raw_server.requests[1].lower()


async def test_other_statuses_remain_errors(client, raw_server):
    with pytest.raises(HttpStatusError):
        await fetch(client, raw_server, make_response(LENGTH, status=b"HTTP/1.1 205 Reset"))
