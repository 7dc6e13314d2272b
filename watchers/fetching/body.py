"""The body of an answer, with an end: so many bytes after decompression and no more.

Only gzip is asked for and understood. It is unpacked in small pieces as it comes, so that a bomb costs
no more than the limit, and the loop is let go in between. Of large bodies only a few are read at once:
a hundred bombs together cost no more than those few.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import ClientResponse

from watchers.errors import BadAnswer, TooLarge
from watchers.fetching.addresses import printable

_PIECE: Final = 1 << 18  # bytes that are unpacked at once: well below a millisecond
_BREATH: Final = 1 << 20  # bytes between two chances for everybody else
_GZIP: Final = ("gzip", "x-gzip")  # RFC 9110 section 8.4.1.3
_PLAIN: Final = ("", "identity", "none", "binary", "8bit", "utf-8", "utf8")
"""No compression at all; the last ones say something else by mistake, and mean no harm."""

_START_SECONDS: Final = 2.0  # for the start of a page that only explains a refusal

_MEMBER: Final = b"\x1f\x8b"  # how each part of a gzip stream starts (RFC 1952 section 2.3.1)
_MOST_MEMBERS: Final = 100


LARGE: Final = 1 << 20
"""Bytes from which on a body is a large one."""


class Room:
    """Where large bodies are read, ``most`` at the same time; waiting for it costs a request no time."""

    def __init__(self, most: int = 8) -> None:
        self._places = asyncio.Semaphore(most)

    async def enter(self, stack: AsyncExitStack, limit: asyncio.Timeout) -> None:
        """Take a place until ``stack`` is left; ``limit`` stands still meanwhile."""
        loop = asyncio.get_running_loop()
        started, end = loop.time(), limit.when()
        limit.reschedule(None)
        await stack.enter_async_context(self._places)
        if end is not None:
            limit.reschedule(end + loop.time() - started)


async def read_body(
    response: ClientResponse, most: int, *, address: str, room: Room, limit: asyncio.Timeout
) -> bytes:
    """The whole body, decompressed.

    Args:
        response: the answer, whose body is still to come and not decompressed by aiohttp.
        most: bytes.
        address: what errors name.
        room: where a large one is read.
        limit: the request's end.

    Raises:
        TooLarge: it is longer than ``most`` bytes.
        BadAnswer: it comes in another encoding than gzip, or its gzip is broken.
        Exception: what aiohttp raises when the connection breaks.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _GZIP + _PLAIN:
        reason = f"it comes in an encoding that was not asked for ({printable(encoding, 30)})"
        raise BadAnswer(reason, address=address)
    if (response.content_length or 0) > most:
        raise TooLarge(most, address=address)
    gunzip = _Gunzip(address) if encoding in _GZIP else None
    pieces: list[bytes] = []
    received = size = breath = 0  # bytes: as sent, unpacked, and at the last breath
    async with AsyncExitStack() as stack:
        async for chunk in response.content.iter_any():
            received += len(chunk)
            if received > most:
                raise TooLarge(most, address=address)
            for piece in gunzip.feed(chunk) if gunzip else (chunk,):
                if size <= LARGE < size + len(piece):
                    await room.enter(stack, limit)
                size += len(piece)
                if size > most:
                    raise TooLarge(most, address=address)
                pieces.append(piece)
                if size - breath > _BREATH:
                    breath = size
                    await asyncio.sleep(0)
        if gunzip is not None and received:
            gunzip.finish()
        return b"".join(pieces)


async def read_start(response: ClientResponse, most: int, *, address: str) -> bytes:
    """The first ``most`` bytes or so of a body, or what comes of them within two seconds.

    Raises:
        BadAnswer: its gzip is broken.
        TimeoutError, Exception: the connection is slow, or breaks.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _GZIP + _PLAIN:
        return b""
    gunzip = _Gunzip(address) if encoding in _GZIP else None
    start = b""
    async with asyncio.timeout(_START_SECONDS):
        async for chunk in response.content.iter_any():
            for piece in gunzip.feed(chunk) if gunzip else (chunk,):
                start += piece[:most]
                if len(start) >= most:
                    return start[:most]
    return start


class _Gunzip:
    """A gzip stream as it comes; several parts in a row are one, what follows them is padding."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._part = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._parts = 1
        self._held = b""  # the first byte of what may be another part
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` unpacks to, in pieces."""
        while data and not self._over:
            if self._part.eof:
                data = self._held + data
                self._held = b""
                if len(data) < len(_MEMBER):
                    self._held = data
                    return
                if not data.startswith(_MEMBER):
                    self._over = True
                    return
                self._next_part()
            try:
                piece = self._part.decompress(data, _PIECE)
            except zlib.error as error:
                raise BadAnswer(
                    "its compression (gzip) is broken", address=self._address
                ) from error
            data = self._part.unused_data if self._part.eof else self._part.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """The stream has ended; it has to be whole."""
        if not self._part.eof:
            raise BadAnswer("its compressed text (gzip) is cut off", address=self._address)

    def _next_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_MEMBERS:
            raise BadAnswer("its compression (gzip) has too many parts", address=self._address)
        self._part = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
