"""Read response bodies with a limit on the bytes after decompression.

Only gzip is requested and accepted. The data is decompressed in small pieces while it arrives, so a
decompression bomb needs no more memory than the limit, and the event loop runs in between. Only a few
large bodies are read concurrently, so many bombs need no more memory than those few.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import ClientResponse

from watchers.errors import InvalidResponse, ResponseTooLarge
from watchers.fetching.addresses import to_printable

LARGE_BODY_BYTES: Final = 1 << 20
"""Bytes from which a body counts as large."""

# Decompressing one piece takes well below a millisecond.
_PIECE_BYTES: Final = 1 << 18
# After this many bytes, other tasks of the event loop get a chance to run.
_YIELD_BYTES: Final = 1 << 20
# RFC 9110 section 8.4.1.3.
_GZIP: Final = ("gzip", "x-gzip")
# No compression. The last values are mistakes that servers make; their bodies are not encoded.
_IDENTITY: Final = ("", "identity", "none", "binary", "8bit", "utf-8", "utf8")
# The start of an error page only adds detail to an error, so it must not delay the error.
_START_TIMEOUT_SECONDS: Final = 2.0

# RFC 1952 section 2.3.1: each member of a gzip stream starts with these bytes.
_GZIP_MAGIC: Final = b"\x1f\x8b"
_MAX_GZIP_MEMBERS: Final = 100


class LargeBodySlots:
    """A limit on the large bodies that are read at the same time.

    The time that a request waits for a slot does not count towards its timeout.
    """

    def __init__(self, limit: int = 8) -> None:
        self._slots = asyncio.Semaphore(limit)

    async def acquire(self, stack: AsyncExitStack, deadline: asyncio.Timeout) -> None:
        """Acquire a slot until ``stack`` is closed; suspend ``deadline`` meanwhile."""
        loop = asyncio.get_running_loop()
        started, expires_at = loop.time(), deadline.when()
        deadline.reschedule(None)
        await stack.enter_async_context(self._slots)
        if expires_at is not None:
            deadline.reschedule(expires_at + loop.time() - started)


async def read_body(
    response: ClientResponse,
    max_bytes: int,
    *,
    address: str,
    large_bodies: LargeBodySlots,
    deadline: asyncio.Timeout,
) -> bytes:
    """Return the whole body, decompressed.

    Args:
        response: The response, with a body that aiohttp does not decompress.
        max_bytes: The maximum size, before and after decompression.
        address: The URL for errors.
        large_bodies: The slots for large bodies.
        deadline: The timeout of the request.

    Raises:
        ResponseTooLarge: The body has more than ``max_bytes`` bytes.
        InvalidResponse: The encoding is not gzip, or the gzip data is broken.
        Exception: The connection broke (an exception of aiohttp).
    """
    encoding = _content_encoding(response)
    if encoding not in _GZIP + _IDENTITY:
        reason = f"the response has an unsupported encoding ({to_printable(encoding, 30)})"
        raise InvalidResponse(reason, address=address)
    if (response.content_length or 0) > max_bytes:
        raise ResponseTooLarge(max_bytes, address=address)
    decompressor = _GzipDecompressor(address) if encoding in _GZIP else None
    pieces: list[bytes] = []
    bytes_received = size = size_at_last_yield = 0
    async with AsyncExitStack() as stack:
        async for chunk in response.content.iter_any():
            bytes_received += len(chunk)
            if bytes_received > max_bytes:
                raise ResponseTooLarge(max_bytes, address=address)
            for piece in decompressor.feed(chunk) if decompressor else (chunk,):
                if size <= LARGE_BODY_BYTES < size + len(piece):
                    await large_bodies.acquire(stack, deadline)
                size += len(piece)
                if size > max_bytes:
                    raise ResponseTooLarge(max_bytes, address=address)
                pieces.append(piece)
                if size - size_at_last_yield > _YIELD_BYTES:
                    size_at_last_yield = size
                    await asyncio.sleep(0)
        if decompressor is not None and bytes_received:
            decompressor.finish()
        # Inside the block: the copy needs as much memory as the pieces.
        return b"".join(pieces)


async def read_body_start(response: ClientResponse, max_bytes: int, *, address: str) -> bytes:
    """Return the first ``max_bytes`` bytes of a body, or fewer if the body ends before.

    Raises:
        InvalidResponse: The gzip data is broken.
        TimeoutError: The bytes did not arrive within two seconds.
        Exception: The connection broke (an exception of aiohttp).
    """
    encoding = _content_encoding(response)
    if encoding not in _GZIP + _IDENTITY:
        return b""
    decompressor = _GzipDecompressor(address) if encoding in _GZIP else None
    start = b""
    async with asyncio.timeout(_START_TIMEOUT_SECONDS):
        async for chunk in response.content.iter_any():
            for piece in decompressor.feed(chunk) if decompressor else (chunk,):
                start += piece[:max_bytes]
                if len(start) >= max_bytes:
                    return start[:max_bytes]
    return start


def _content_encoding(response: ClientResponse) -> str:
    return response.headers.get("Content-Encoding", "").strip().lower()


class _GzipDecompressor:
    """An incremental decompressor for a gzip stream of one or more members.

    Data after the last member is padding and is ignored, as the gzip command does.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._members = 1
        # Fewer bytes than the magic number: the next chunk shows whether another member starts.
        self._pending = b""
        self._in_padding = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed ``data`` in pieces."""
        while data and not self._in_padding:
            if self._member.eof:
                data = self._pending + data
                self._pending = b""
                if len(data) < len(_GZIP_MAGIC):
                    self._pending = data
                    return
                if not data.startswith(_GZIP_MAGIC):
                    self._in_padding = True
                    return
                self._start_next_member()
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                reason = "the gzip data of the response is broken"
                raise InvalidResponse(reason, address=self._address) from error
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """Check at the end of the stream that the last member is complete."""
        if not self._member.eof:
            reason = "the gzip data of the response is incomplete"
            raise InvalidResponse(reason, address=self._address)

    def _start_next_member(self) -> None:
        # Each member costs a decompressor, and an empty member has only 20 bytes.
        self._members += 1
        if self._members > _MAX_GZIP_MEMBERS:
            reason = f"the gzip data of the response has more than {_MAX_GZIP_MEMBERS} members"
            raise InvalidResponse(reason, address=self._address)
        self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
