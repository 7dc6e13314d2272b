"""Accept the response headers that real servers send and that aiohttp's parser refuses.

    socket ──► LenientResponseHandler ── normalised head, unchanged body ──► aiohttp

Browsers and curl read these responses: Content-Length beside Transfer-Encoding, equal Content-Lengths,
`Transfer-Encoding: identity`, names with invalid characters, lines without a colon, very long values. The
order of the rules follows RFC 9112 section 6.3; a connection whose framing was ambiguous is closed after
the response, so that nothing can be read as the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler

MAX_HEAD_BYTES: Final = 131_072
"""Bytes of the status line and the headers together. A longer head is refused by the parser."""

MAX_VALUE_BYTES: Final = 16_000
"""Bytes of one header value. The rest is dropped: no header that is used is as long."""

MAX_HEADERS: Final = 400
"""Headers of one response. Later ones are dropped."""

_MAX_STATUS_LINE_BYTES: Final = 500
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_MAX_END_BYTES: Final = 4
# RFC 9110 section 5.6.2.
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL_CHARACTERS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH: Final = re.compile(rb"\+?([0-9]{1,18})")
_INTERIM_STATUS: Final = re.compile(rb"HTTP/\d\.\d 1(?!01)\d\d")
_FRAMING: Final = (b"content-length", b"transfer-encoding")


def normalise_head(head: bytes) -> bytes:
    """Return the status line and the headers in a form that every HTTP parser accepts.

    ``head`` and the result include the empty line at the end.
    """
    status_line, *lines = head.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    if status_line.startswith(b"ICY "):
        # The status line of SHOUTcast servers.
        status_line = b"HTTP/1.0" + status_line[3:]
    headers = _read_headers(lines)
    kept, is_ambiguous = _normalise_framing(headers)
    if is_ambiguous:
        kept = [(name, value) for name, value in kept if name.lower() != b"connection"]
        kept.append((b"Connection", b"close"))
    content = [
        status_line[:_MAX_STATUS_LINE_BYTES],
        *(name + b": " + value for name, value in kept),
    ]
    return b"\r\n".join(content) + b"\r\n\r\n"


def _read_headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the names and values, without lines that are not headers."""
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            # RFC 9112 section 5.2: a folded line continues the value before it.
            name, value = headers[-1]
            headers[-1] = (name, (value + b" " + line.strip())[:MAX_VALUE_BYTES])
            continue
        name, colon, value = line.partition(b":")
        name = name.strip()
        if colon and _TOKEN.fullmatch(name) and len(headers) < MAX_HEADERS:
            headers.append((name, _CONTROL_CHARACTERS.sub(b" ", value.strip())[:MAX_VALUE_BYTES]))
    return headers


def _normalise_framing(
    headers: list[tuple[bytes, bytes]],
) -> tuple[list[tuple[bytes, bytes]], bool]:
    """Return the headers with one statement of the body's length, and True if there were several."""
    framing = [(name, value) for name, value in headers if name.lower() in _FRAMING]
    others = [(name, value) for name, value in headers if name.lower() not in _FRAMING]
    codings = [
        coding
        for name, value in framing
        if name.lower() == b"transfer-encoding"
        for part in value.split(b",")
        if (coding := part.strip().lower()) not in (b"", b"identity")
    ]
    if codings:
        # RFC 9112 section 6.3: Transfer-Encoding overrides Content-Length.
        return [*others, (b"Transfer-Encoding", b", ".join(codings))], len(framing) > 1
    lengths = {
        match[1].lstrip(b"0") or b"0" if (match := _LENGTH.fullmatch(part.strip())) else part
        for name, value in framing
        if name.lower() == b"content-length"
        for part in value.split(b",")
    }
    if len(lengths) > 1:
        # Different lengths: the parser refuses the response.
        return headers, True
    return [*others, *((b"Content-Length", length) for length in lengths)], len(framing) > 1


class LenientResponseHandler(ResponseHandler):
    """The protocol of one connection: normalises each head before aiohttp parses it."""

    def __init__(self, loop: Any) -> None:
        super().__init__(loop)
        self._head = b""
        self._is_in_head = True

    def set_response_params(self, **options: Any) -> None:
        """Begin a response."""
        self._head, self._is_in_head = b"", True
        super().set_response_params(**options)

    def data_received(self, data: bytes) -> None:
        """Pass data to the parser, the head only when it is complete."""
        if not self._is_in_head or self._parser is None:
            super().data_received(data)
            return
        # The data before has no end, except for the start of one.
        position = max(0, len(self._head) - _MAX_END_BYTES)
        self._head += data
        while match := _HEAD_END.search(self._head, position):
            if match.end() > MAX_HEAD_BYTES:
                break
            head = normalise_head(self._head[: match.end()])
            rest = self._head[match.end() :]
            self._head, position = rest, 0
            self._is_in_head = bool(_INTERIM_STATUS.match(head))
            if not self._is_in_head:
                self._head = b""
                super().data_received(head + rest)
                return
        if len(self._head) > MAX_HEAD_BYTES:
            overlong, self._head, self._is_in_head = self._head, b"", False
            super().data_received(overlong)

    def eof_received(self) -> None:
        """Pass an incomplete head to the parser, which reports it."""
        if self._is_in_head and self._head:
            incomplete, self._head, self._is_in_head = self._head, b"", False
            super().data_received(incomplete)
        super().eof_received()


def use_lenient_heads(connector: TCPConnector) -> TCPConnector:
    """Make ``connector`` normalise the heads of all responses, and return it."""
    factory: Callable[[], ResponseHandler] = partial(
        LenientResponseHandler,
        connector._loop,  # noqa: SLF001 - aiohttp has no public hook before its parser
    )
    connector._factory = factory  # type: ignore[assignment] # noqa: SLF001 - as above
    return connector
