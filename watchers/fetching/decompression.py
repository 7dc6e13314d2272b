"""Decompress the body of a response while it arrives, in pieces of bounded size.

    chunk ──► decoder of the last coding ──► … ──► decoder of the first coding ──► pieces

Codings of RFC 9110 section 8.4.1, brotli (RFC 7932) and zstd (RFC 8878). Only gzip is requested, but
servers send the others as well. A decoder never produces more than one piece before the caller has
checked the size, so that a decompression bomb needs no more memory than the limit.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

from watchers.errors import InvalidResponse
from watchers.fetching.addresses import to_printable

MAX_CODINGS: Final = 3
"""Codings that one response may apply one after the other."""

MAX_INTERMEDIATE_BYTES: Final = 50_000_000
"""Bytes that may pass from one coding to the next: they do not count as the size of the body."""

# Decompressing one piece takes well below a millisecond.
_PIECE_BYTES: Final = 1 << 18
# RFC 1952 section 2.3.1: each member of a gzip stream starts with these bytes.
_GZIP_MAGIC: Final = b"\x1f\x8b"
_MAX_GZIP_MEMBERS: Final = 100
_MAX_ZSTD_FRAMES: Final = 100
# RFC 8878 section 3.1.1.1.2 recommends to accept windows up to 8 MB.
_MAX_ZSTD_WINDOW_LOG: Final = 23
# No compression. The last values are mistakes that servers make; their bodies are not encoded.
_IDENTITY: Final = ("", "identity", "none", "binary", "8bit", "utf-8", "utf8")


class Decoder(Protocol):
    """Decompresses one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed ``data`` in pieces. Raise ValueError for broken data."""
        ...

    def is_complete(self) -> bool:
        """Return True if the data may end here."""
        ...


class BodyDecoder:
    """The decoders of one response.

    ``codings`` is the Content-Encoding header. Data that starts like gzip is decompressed even without
    that header; data that does not is passed on even with it.

    Raises:
        InvalidResponse: a coding is not supported, or there are more than ``MAX_CODINGS``.
    """

    def __init__(self, codings: str, *, address: str) -> None:
        self._address = address
        names = [part.strip().lower() for part in codings.split(",")]
        self._codings = [name for name in names if name not in _IDENTITY]
        unsupported = [name for name in self._codings if name not in _DECODERS]
        if unsupported or len(self._codings) > MAX_CODINGS:
            encoding = to_printable(unsupported[0] if unsupported else codings, 30)
            reason = f"the response has an unsupported encoding ({encoding})"
            raise InvalidResponse(reason, address=address)
        self._decoders: list[Decoder] = []
        self._is_started = False
        self._start = b""
        self._intermediate_bytes = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed ``data`` in pieces.

        Raises:
            InvalidResponse: the data is broken.
        """
        if not self._is_started:
            self._start += data
            if len(self._start) < len(_GZIP_MAGIC):
                return
            data = self._choose_decoders()
        yield from self._run(data, self._decoders)

    def finish(self) -> Iterator[bytes]:
        """Yield the rest at the end of the body.

        Raises:
            InvalidResponse: the data is incomplete.
        """
        if not self._is_started and self._start:
            yield from self._run(self._choose_decoders(), self._decoders)
        if not all(decoder.is_complete() for decoder in self._decoders):
            raise self._error("incomplete")

    def _choose_decoders(self) -> bytes:
        """Create the decoders for the data that has arrived, and return that data."""
        data, self._start, self._is_started = self._start, b"", True
        codings = list(self._codings)
        is_gzip = data.startswith(_GZIP_MAGIC)
        if not codings and is_gzip:
            codings = ["gzip"]
        elif codings[-1:] in (["gzip"], ["x-gzip"]) and not is_gzip:
            # The header is wrong: the server or a proxy has removed the compression.
            codings = []
        # The codings are listed in the order in which the server applied them.
        self._decoders = [_DECODERS[name]() for name in reversed(codings)]
        return data

    def _run(self, data: bytes, decoders: list[Decoder]) -> Iterator[bytes]:
        if not decoders:
            if data:
                yield data
            return
        first, *others = decoders
        try:
            for piece in first.feed(data):
                self._count_intermediate(len(piece) if others else 0)
                yield from self._run(piece, others)
        except (ValueError, zlib.error) as error:
            raise self._error("broken") from error

    def _count_intermediate(self, size: int) -> None:
        self._intermediate_bytes += size
        if self._intermediate_bytes > MAX_INTERMEDIATE_BYTES:
            raise ValueError("too much data between two codings")

    def _error(self, problem: str) -> InvalidResponse:
        name = self._codings[-1] if self._codings else "gzip"
        reason = f"the {name} data of the response is {problem}"
        return InvalidResponse(reason, address=self._address)


class GzipDecoder:
    """gzip, with one or more members. Data after the last member is padding, as for the gzip command."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._members = 1
        # Fewer bytes than the magic number: the next chunk shows whether another member starts.
        self._pending = b""
        self._in_padding = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.feed`."""
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
            piece = self._member.decompress(data, _PIECE_BYTES)
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def is_complete(self) -> bool:
        """See `Decoder.is_complete`."""
        return self._member.eof

    def _start_next_member(self) -> None:
        # Each member costs a decompressor, and an empty member has only 20 bytes.
        self._members += 1
        if self._members > _MAX_GZIP_MEMBERS:
            raise ValueError(f"more than {_MAX_GZIP_MEMBERS} members")
        self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


class DeflateDecoder:
    """deflate: zlib data (RFC 1950), or the raw data (RFC 1951) that some servers send instead."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._is_first = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.feed`."""
        if self._is_first and data:
            self._is_first = False
            # RFC 1950 section 2.2: method 8, and a header that is a multiple of 31.
            is_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0  # noqa: PLR2004
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        while data and not self._stream.eof:
            piece = self._stream.decompress(data, _PIECE_BYTES)
            data = self._stream.unconsumed_tail
            if piece:
                yield piece

    def is_complete(self) -> bool:
        """See `Decoder.is_complete`."""
        return self._stream.eof


class BrotliDecoder:
    """brotli."""

    def __init__(self) -> None:
        import brotli

        self._error: type[Exception] = brotli.error
        self._stream: Any = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.feed`."""
        try:
            piece = self._stream.process(data, output_buffer_limit=_PIECE_BYTES)
            # Output may remain although the stream accepts more input.
            while piece or not self._stream.can_accept_more_data():
                if piece:
                    yield piece
                piece = self._stream.process(b"", output_buffer_limit=_PIECE_BYTES)
        except self._error as error:
            raise ValueError(str(error)) from error

    def is_complete(self) -> bool:
        """See `Decoder.is_complete`."""
        return bool(self._stream.is_finished())


class ZstdDecoder:
    """zstd, with one or more frames."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        self._zstd: Any = zstd
        self._options = {zstd.DecompressionParameter.window_log_max: _MAX_ZSTD_WINDOW_LOG}
        self._frames = 0
        self._frame: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.feed`."""
        try:
            while data:
                if self._frame is None or self._frame.eof:
                    self._start_next_frame()
                piece = self._frame.decompress(data, _PIECE_BYTES)
                while piece or not self._frame.needs_input:
                    if piece:
                        yield piece
                    if self._frame.eof or self._frame.needs_input:
                        break
                    piece = self._frame.decompress(b"", _PIECE_BYTES)
                data = self._frame.unused_data if self._frame.eof else b""
        except self._zstd.ZstdError as error:
            raise ValueError(str(error)) from error

    def is_complete(self) -> bool:
        """See `Decoder.is_complete`."""
        return self._frame is not None and self._frame.eof

    def _start_next_frame(self) -> None:
        self._frames += 1
        if self._frames > _MAX_ZSTD_FRAMES:
            raise ValueError(f"more than {_MAX_ZSTD_FRAMES} frames")
        self._frame = self._zstd.ZstdDecompressor(options=self._options)


_DECODERS: Final[dict[str, type[Decoder]]] = {
    "gzip": GzipDecoder,
    "x-gzip": GzipDecoder,
    "deflate": DeflateDecoder,
    "br": BrotliDecoder,
    "zstd": ZstdDecoder,
}
