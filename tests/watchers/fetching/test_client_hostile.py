import asyncio
import gzip
import resource
import zlib
from typing import Any

import pytest

from tests.watchers.fetching.scripted_server import by_path, client, ok, redirect, serving
from watchers.errors import (
    FetchTimeout,
    ForbiddenAddressError,
    HttpStatusError,
    InvalidResponse,
    ResponseTooLarge,
    Unreachable,
)

MEGABYTE = 1 << 20


def gzip_of_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MEGABYTE)
    parts = [packer.compress(block) for _ in range(megabytes)]
    return b"".join(parts) + packer.flush()


async def fetch_error(response, error_type, *, seconds=10.0, max_bytes=MEGABYTE) -> Any:
    """Return the error of a request to a server with this response."""
    async with serving(response) as server, client(seconds) as fetch:
        with pytest.raises(error_type) as caught:
            await fetch(server.url("/feed"), max_bytes=max_bytes)
        assert type(caught.value) is error_type
        assert caught.value.address == server.url("/feed")
        return caught.value


def endless(head: bytes, piece: bytes, pause: float = 0.0):
    async def response(request, writer):
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return response


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.slow
async def test_a_decompression_bomb_needs_no_more_memory_than_the_limit():
    bomb = gzip_of_zeros(1024)
    assert len(bomb) < 2 * MEGABYTE
    async with serving(ok(bomb, "Content-Encoding: gzip")) as server, client() as fetch:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ResponseTooLarge) as caught:
            await fetch(server.url(), max_bytes=2 * MEGABYTE)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert caught.value.limit == 2 * MEGABYTE
    assert after - before < 30 * 1024  # kilobytes


async def test_few_large_bodies_are_in_memory_at_the_same_time():
    from watchers.fetching.response_parts import LARGE_BODY_BYTES, LargeBodySlots

    active = 0
    max_active = 0

    class CountingSlots(LargeBodySlots):
        async def acquire(self, stack, deadline):
            nonlocal active, max_active
            await super().acquire(stack, deadline)
            active += 1
            max_active = max(max_active, active)
            stack.callback(release)

    def release():
        nonlocal active
        active -= 1

    body = ok(bytes(3 * LARGE_BODY_BYTES))
    async with serving(body, "0.0.0.0") as server, client(30.0) as fetch:
        fetch._large_bodies = CountingSlots(3)
        results = await asyncio.gather(
            *(fetch(server.url(host=f"127.0.7.{n}")) for n in range(1, 21))
        )
    assert {len(result.body) for result in results} == {3 * LARGE_BODY_BYTES}
    assert max_active == 3


async def test_waiting_for_a_slot_does_not_count_towards_the_timeout():
    from contextlib import AsyncExitStack

    from watchers.fetching.response_parts import LargeBodySlots

    slots = LargeBodySlots(1)
    async with AsyncExitStack() as first:
        async with asyncio.timeout(60) as limit:
            await slots.acquire(first, limit)

            async def acquire_second():
                async with asyncio.timeout(5) as own, AsyncExitStack() as stack:
                    before = own.when()
                    await slots.acquire(stack, own)
                    return own.when() - before

            waiting = asyncio.create_task(acquire_second())
            for _ in range(5):
                await asyncio.sleep(0)
            assert not waiting.done()
            await first.aclose()
            assert await waiting >= 0


@pytest.mark.parametrize("name", ["compress", "br, gzip, gzip, gzip", "x-bomb"])
async def test_unsupported_encodings_are_refused(name):
    bomb = ok(zlib.compress(bytes(MEGABYTE)), f"Content-Encoding: {name}")
    error = await fetch_error(bomb, InvalidResponse)
    assert name in error.reason


@pytest.mark.parametrize("name", ["identity", "UTF-8", "none", ""])
async def test_identity_encodings_are_accepted(name):
    async with serving(ok(b"plain", f"Content-Encoding: {name}")) as server, client() as fetch:
        assert (await fetch(server.url())).body == b"plain"


async def test_gzip_with_several_members_and_padding():
    text = b"news " * 100_000
    packed = gzip.compress(text[:1000]) + gzip.compress(text[1000:]) + bytes(512)
    async with serving(ok(packed, "Content-Encoding: gzip")) as server, client() as fetch:
        assert (await fetch(server.url())).body == text
    assert server.requests[0].headers["accept-encoding"] == "gzip"


async def test_gzip_that_arrives_byte_by_byte():
    packed = gzip.compress(b"one") + gzip.compress(b"two")

    async def response(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        for byte in packed:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.close()

    async with serving(response) as server, client() as fetch:
        assert (await fetch(server.url())).body == b"onetwo"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"cut off" * 1000)[:-12],
        gzip.compress(b"cut off")[:5],
        gzip.compress(b"sum")[:-8] + b"\0" * 8,
        gzip.compress(b"") * 5000,
    ],
    ids=["cut", "cut in the head", "wrong sum", "thousands of members"],
)
async def test_broken_gzip_is_an_invalid_response(body):
    error = await fetch_error(ok(body, "Content-Encoding: gzip"), InvalidResponse)
    assert "gzip" in error.reason


async def test_endless_padding_after_gzip_ends_at_the_limit():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")
    await fetch_error(endless(head, bytes(100_000)), ResponseTooLarge)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (UNTIL_CLOSED, b"x" * 100_000),
        (CHUNKED, b"186A0\r\n" + b"x" * 100_000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 100_000),
    ],
    ids=["until closed", "chunked", "promised"],
)
async def test_an_endless_body_ends_at_the_limit(head, piece):
    error = await fetch_error(endless(head, piece), ResponseTooLarge)
    assert error.limit == MEGABYTE


async def test_a_body_with_a_too_large_content_length_is_not_read():
    async with (
        serving(
            endless(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n", b"x" * 1000)
        ) as server,
        client() as fetch,
    ):
        with pytest.raises(ResponseTooLarge):
            await fetch(server.url(), max_bytes=MEGABYTE)
        await asyncio.wait_for(server.disconnected.wait(), 60)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (UNTIL_CLOSED, b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 ", b"O"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Drip: 1\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 99\r\n\r\n", b""),
    ],
    ids=["body", "chunks", "status line", "headers", "continues", "nothing"],
)
async def test_a_dripping_server_ends_at_the_timeout(head, piece):
    async def response(request, writer):
        writer.write(head if request.path == "/feed" else b"")
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)

    error = await fetch_error(response, FetchTimeout, seconds=0.3)
    assert error.seconds == 0.3


async def test_a_flood_of_interim_responses_ends_at_the_timeout():
    await fetch_error(
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), FetchTimeout, seconds=0.5
    )


async def test_an_endless_chunk_extension_ends_at_the_timeout():
    await fetch_error(endless(CHUNKED + b"5;", b"x" * 10_000), FetchTimeout, seconds=0.5)


async def test_a_silent_server_ends_at_the_timeout():
    async def response(request, writer):
        await asyncio.Event().wait()

    await fetch_error(response, FetchTimeout, seconds=0.2)


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000 + b": 1\r\n\r\n",
    ],
    ids=["many", "long", "long status", "long name"],
)
async def test_header_floods_are_invalid_responses(response):
    error = await fetch_error(response, InvalidResponse)
    assert len(str(error)) < 500
    assert str(error).isprintable()


async def test_an_endless_header_flood_is_an_invalid_response():
    await fetch_error(endless(b"HTTP/1.1 200 OK\r\n", b"X-Flood: 1\r\n" * 1000), InvalidResponse)


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ncut in the middle",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"FFFFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhelloEXTRA\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"<rss>HTTP/0.9 has no headers</rss>\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 5000,
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 -1 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=lambda response: repr(response[-24:]),
)
async def test_malformed_responses_raise_a_short_error(response):
    async with serving(response) as server, client(5.0) as fetch:
        with pytest.raises((InvalidResponse, Unreachable, HttpStatusError)) as caught:
            await fetch(server.url("/feed"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


async def test_a_body_ends_at_its_content_length():
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nsmuggled"
    async with serving(response) as server, client() as fetch:
        assert (await fetch(server.url("/a"))).body == b"hello"
        assert (await fetch(server.url("/b"))).body == b"hello"
    assert server.connections == 2


@pytest.mark.parametrize("response", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["mute", "cut"])
async def test_a_closed_connection_is_an_error(response):
    async def hang_up(request, writer):
        writer.write(response)
        writer.close()

    async with serving(hang_up) as server, client() as fetch:
        with pytest.raises((Unreachable, InvalidResponse)):
            await fetch(server.url())


async def test_a_redirect_loop_is_detected():
    async with (
        serving(by_path(a=redirect("/b"), b=redirect("/c"), c=redirect("/a"))) as server,
        client() as fetch,
    ):
        with pytest.raises(InvalidResponse, match="loop"):
            await fetch(server.url("/a"))
    assert len(server.requests) == 3


async def test_a_redirect_to_itself_is_a_loop():
    async with serving(by_path(a=redirect("/a#part"))) as server, client() as fetch:
        with pytest.raises(InvalidResponse, match="loop"):
            await fetch(server.url("/a"))
    assert len(server.requests) == 1


async def test_an_endless_redirect_chain_ends_after_ten():
    async def redirect_further(request, writer):
        writer.write(redirect(f"/{int(request.path[1:]) + 1}"))
        writer.close()

    async with serving(redirect_further) as server, client() as fetch:
        with pytest.raises(InvalidResponse, match="more than 10"):
            await fetch(server.url("/0"))
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "javascript:alert(1)",
     "data:text/xml,<rss/>", "http://a b/", "//[::1", "http://h:99999/", "//user@/",
     "http://127.0.0.1:25/", "http://" + "a" * 300 + "/", "http://host/" + "x" * 5000],
)  # fmt: skip
async def test_a_redirect_to_an_invalid_target_is_refused(location):
    async with serving(by_path(a=redirect(location))) as server, client() as fetch:
        with pytest.raises(
            (ForbiddenAddressError, InvalidResponse), match="redirects to"
        ) as caught:
            await fetch(server.url("/a"))
    assert caught.value.address == server.url("/a")
    assert len(server.requests) == 1


async def test_a_redirect_without_a_location_is_an_error():
    error = await fetch_error(ok(b"", status="302 Found"), HttpStatusError)
    assert error.status == 302


async def test_a_slow_host_does_not_delay_another():
    async def drip(request, writer):
        await asyncio.Event().wait()

    async with (
        serving(drip, "127.0.2.1") as slow,
        serving(ok(), "127.0.2.2") as quick,
        client(30.0) as fetch,
    ):
        waiting = [asyncio.create_task(fetch(slow.url(f"/{n}"))) for n in range(20)]
        result = await asyncio.wait_for(fetch(quick.url()), 60)
        assert result.body == b"hello"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_cancelled_request_releases_its_slot():
    requested = asyncio.Event()

    async def response(request, writer):
        if request.path == "/slow":
            requested.set()
            await asyncio.Event().wait()
        writer.write(ok())

    async with serving(response) as server, client() as fetch:
        task = asyncio.create_task(fetch(server.url("/slow")))
        await requested.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await fetch(server.url("/quick"))).body == b"hello"
        assert not fetch.throttle._active


async def test_the_event_loop_runs_during_decompression():
    bomb = gzip_of_zeros(14)
    turns = 0

    async def count_turns():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with serving(ok(bomb, "Content-Encoding: gzip")) as server, client() as fetch:
        await fetch(server.url("/warm"))
        task = asyncio.create_task(count_turns())
        await asyncio.sleep(0)
        turns = 0
        result = await fetch(server.url("/bomb"))
        task.cancel()
    assert len(result.body) == 14 * MEGABYTE
    assert turns >= 14


async def test_a_body_of_many_small_chunks_is_read_within_the_timeout():
    tiny_chunks = CHUNKED + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n"
    async with serving(tiny_chunks) as server, client(60.0) as fetch:
        assert len((await fetch(server.url())).body) == 200_000
