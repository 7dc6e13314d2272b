import asyncio
import gzip
import resource
import time
import zlib

import pytest

from tests.watchers.fetching.hostile_server import by_path, client, ok, redirect, serving
from watchers.errors import (
    AddressRefused,
    BadAnswer,
    FetchError,
    Refused,
    TooLarge,
    TooSlow,
    Unreachable,
)

MEGABYTE = 1 << 20


def gzip_of_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MEGABYTE)
    parts = [packer.compress(block) for _ in range(megabytes)]
    return b"".join(parts) + packer.flush()


async def fails(answer, kind, *, total=10.0, most=MEGABYTE) -> FetchError:
    """What fetching from such a server ends in; nothing may be left behind."""
    async with serving(answer) as server, client(total) as fetch:
        with pytest.raises(kind) as caught:
            await fetch(server.url("/feed"), most=most)
        assert type(caught.value) is kind
        assert caught.value.address == server.url("/feed")
        return caught.value


def endless(head: bytes, piece: bytes, pause: float = 0.0):
    async def answer(request, writer):
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


async def test_a_bomb_of_one_gigabyte_costs_no_more_memory_than_the_limit():
    bomb = gzip_of_zeros(1024)
    assert len(bomb) < 2 * MEGABYTE
    async with serving(ok(bomb, "Content-Encoding: gzip")) as server, client() as fetch:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(TooLarge) as caught:
            await fetch(server.url(), most=2 * MEGABYTE)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert caught.value.limit == 2 * MEGABYTE
    assert after - before < 30 * 1024  # kilobytes


async def test_a_hundred_large_bodies_at_once_are_not_all_in_memory_at_once():
    from watchers.fetching.body import LARGE, Room

    arrived = 0
    most_at_once = 0

    class Watched(Room):
        async def enter(self, stack, limit):
            nonlocal arrived, most_at_once
            await super().enter(stack, limit)
            arrived += 1
            most_at_once = max(most_at_once, arrived)
            stack.callback(leave)

    def leave():
        nonlocal arrived
        arrived -= 1

    body = ok(bytes(3 * LARGE))
    async with serving(body, "0.0.0.0") as server, client(30.0) as fetch:
        fetch._room = Watched(3)
        got = await asyncio.gather(*(fetch(server.url(host=f"127.0.7.{n}")) for n in range(1, 21)))
    assert {len(one.body) for one in got} == {3 * LARGE}
    assert most_at_once == 3


async def test_waiting_for_room_costs_a_request_no_time():
    from contextlib import AsyncExitStack

    from watchers.fetching.body import Room

    room = Room(1)
    async with AsyncExitStack() as first:
        async with asyncio.timeout(60) as limit:
            await room.enter(first, limit)

            async def second():
                async with asyncio.timeout(5) as own, AsyncExitStack() as stack:
                    before = own.when()
                    await room.enter(stack, own)
                    return own.when() - before

            waiting = asyncio.create_task(second())
            for _ in range(5):
                await asyncio.sleep(0)
            assert not waiting.done()
            await first.aclose()
            assert await waiting >= 0


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "compress", "gzip, gzip", "x-bomb"])
async def test_other_encodings_than_gzip_are_refused_unread(name):
    bomb = ok(zlib.compress(bytes(MEGABYTE)), f"Content-Encoding: {name}")
    error = await fails(bomb, BadAnswer)
    assert name in error.reason


@pytest.mark.parametrize("name", ["identity", "UTF-8", "none", ""])
async def test_an_encoding_that_is_none_is_none(name):
    async with serving(ok(b"plain", f"Content-Encoding: {name}")) as server, client() as fetch:
        assert (await fetch(server.url())).body == b"plain"


async def test_gzip_is_asked_for_and_unpacked_in_parts_and_with_padding():
    text = b"news " * 100_000
    packed = gzip.compress(text[:1000]) + gzip.compress(text[1000:]) + bytes(512)
    async with serving(ok(packed, "Content-Encoding: gzip")) as server, client() as fetch:
        assert (await fetch(server.url())).body == text
    assert server.requests[0].headers["accept-encoding"] == "gzip"


async def test_gzip_that_comes_byte_by_byte_is_whole():
    packed = gzip.compress(b"one") + gzip.compress(b"two")

    async def answer(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        for byte in packed:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.close()

    async with serving(answer) as server, client() as fetch:
        assert (await fetch(server.url())).body == b"onetwo"


@pytest.mark.parametrize(
    "body",
    [
        b"this is no gzip",
        gzip.compress(b"cut off" * 1000)[:-12],
        gzip.compress(b"cut off")[:5],
        gzip.compress(b"sum")[:-8] + b"\0" * 8,
        gzip.compress(b"") * 5000,
    ],
    ids=["not gzip", "cut", "cut in the head", "wrong sum", "thousands of parts"],
)
async def test_broken_gzip_is_a_bad_answer(body):
    error = await fails(ok(body, "Content-Encoding: gzip"), BadAnswer)
    assert "gzip" in error.reason


async def test_endless_padding_after_gzip_has_an_end():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")
    await fails(endless(head, bytes(100_000)), TooLarge)


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
    error = await fails(endless(head, piece), TooLarge)
    assert error.limit == MEGABYTE


async def test_a_body_that_is_announced_too_large_is_not_read():
    async with (
        serving(
            endless(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n", b"x" * 1000)
        ) as server,
        client() as fetch,
    ):
        with pytest.raises(TooLarge):
            await fetch(server.url(), most=MEGABYTE)
        await asyncio.wait_for(server.gone.wait(), 10)


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
async def test_a_dripping_server_is_cut_off_at_the_total_time(head, piece):
    async def answer(request, writer):
        writer.write(head if request.path == "/feed" else b"")
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)

    error = await fails(answer, TooSlow, total=0.3)
    assert error.seconds == 0.3


async def test_a_flood_of_interim_answers_is_cut_off_too():
    await fails(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), TooSlow, total=0.5)


async def test_an_endless_chunk_extension_is_cut_off_too():
    await fails(endless(CHUNKED + b"5;", b"x" * 10_000), TooSlow, total=0.5)


async def test_a_server_that_says_nothing_is_too_slow():
    async def answer(request, writer):
        await asyncio.Event().wait()

    await fails(answer, TooSlow, total=0.2)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 5000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000 + b": 1\r\n\r\n",
    ],
    ids=["many", "long", "long status", "long name"],
)
async def test_header_floods_are_bad_answers(answer):
    error = await fails(answer, BadAnswer)
    assert len(str(error)) < 500
    assert str(error).isprintable()


async def test_an_endless_header_flood_has_an_end():
    await fails(endless(b"HTTP/1.1 200 OK\r\n", b"X-Flood: 1\r\n" * 1000), BadAnswer)


@pytest.mark.parametrize(
    "answer",
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
        b"HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad\x00Name: 1\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=lambda answer: repr(answer[-24:]),
)
async def test_what_is_not_http_or_is_cut_is_one_clear_error(answer):
    async with serving(answer) as server, client(5.0) as fetch:
        with pytest.raises((BadAnswer, Unreachable, Refused)) as caught:
            await fetch(server.url("/feed"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


async def test_a_body_longer_than_announced_is_cut_at_what_was_announced():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nsmuggled"
    async with serving(answer) as server, client() as fetch:
        assert (await fetch(server.url("/a"))).body == b"hello"
        assert (await fetch(server.url("/b"))).body == b"hello"
    assert server.connections == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["mute", "cut"])
async def test_a_server_that_hangs_up_is_unreachable_or_bad(answer):
    async def hang_up(request, writer):
        writer.write(answer)
        writer.close()

    async with serving(hang_up) as server, client() as fetch:
        with pytest.raises((Unreachable, BadAnswer)):
            await fetch(server.url())


async def test_redirects_in_a_circle_are_found_at_once():
    async with (
        serving(by_path(a=redirect("/b"), b=redirect("/c"), c=redirect("/a"))) as server,
        client() as fetch,
    ):
        with pytest.raises(BadAnswer, match="circle"):
            await fetch(server.url("/a"))
    assert len(server.requests) == 3


async def test_a_redirect_to_itself_is_a_circle():
    async with serving(by_path(a=redirect("/a#part"))) as server, client() as fetch:
        with pytest.raises(BadAnswer, match="circle"):
            await fetch(server.url("/a"))
    assert len(server.requests) == 1


async def test_an_endless_way_of_redirects_ends_after_ten():
    async def further(request, writer):
        writer.write(redirect(f"/{int(request.path[1:]) + 1}"))
        writer.close()

    async with serving(further) as server, client() as fetch:
        with pytest.raises(BadAnswer, match="more than 10"):
            await fetch(server.url("/0"))
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "javascript:alert(1)",
     "data:text/xml,<rss/>", "http://a b/", "//[::1", "http://h:99999/", "//user@/",
     "http://127.0.0.1:25/", "http://" + "a" * 300 + "/", "http://host/" + "x" * 5000],
)  # fmt: skip
async def test_a_redirect_to_no_web_address_is_refused_in_words(location):
    async with serving(by_path(a=redirect(location))) as server, client() as fetch:
        with pytest.raises((AddressRefused, BadAnswer), match="redirects to") as caught:
            await fetch(server.url("/a"))
    assert caught.value.address == server.url("/a")
    assert len(server.requests) == 1


async def test_a_redirect_without_a_place_is_a_refusal():
    error = await fails(ok(b"", status="302 Found"), Refused)
    assert error.status == 302


async def test_one_host_that_drips_does_not_delay_another():
    async def drip(request, writer):
        await asyncio.Event().wait()

    async with (
        serving(drip, "127.0.2.1") as slow,
        serving(ok(), "127.0.2.2") as quick,
        client(30.0) as fetch,
    ):
        waiting = [asyncio.create_task(fetch(slow.url(f"/{n}"))) for n in range(20)]
        got = await asyncio.wait_for(fetch(quick.url()), 10)
        assert got.body == b"hello"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_request_that_is_cancelled_leaves_its_place_to_others():
    asked = asyncio.Event()

    async def answer(request, writer):
        if request.path == "/slow":
            asked.set()
            await asyncio.Event().wait()
        writer.write(ok())

    async with serving(answer) as server, client() as fetch:
        task = asyncio.create_task(fetch(server.url("/slow")))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await fetch(server.url("/quick"))).body == b"hello"
        assert not fetch.politeness._busy


async def test_the_loop_breathes_while_a_bomb_is_unpacked():
    bomb = gzip_of_zeros(14)
    breaths = 0

    async def breathe():
        nonlocal breaths
        while True:
            await asyncio.sleep(0)
            breaths += 1

    async with serving(ok(bomb, "Content-Encoding: gzip")) as server, client() as fetch:
        await fetch(server.url("/warm"))
        task = asyncio.create_task(breathe())
        await asyncio.sleep(0)
        breaths = 0
        got = await fetch(server.url("/bomb"))
        task.cancel()
    assert len(got.body) == 14 * MEGABYTE
    assert breaths >= 14


async def test_time_is_bounded_for_a_body_of_many_small_chunks():
    tiny = CHUNKED + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n"
    started = time.monotonic()
    async with serving(tiny) as server, client(60.0) as fetch:
        assert len((await fetch(server.url())).body) == 200_000
    assert time.monotonic() - started < 60
