"""Bytes of unknown encoding to text."""

from __future__ import annotations

import codecs
from typing import Final

from charset_normalizer import from_bytes

from watchers.errors import BinaryDocument

_BYTE_ORDER_MARKS: Final = (
    # UTF-32's mark begins with UTF-16's: the longer comes first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = (
    64_000  # bytes that a guess may look at: enough to be sure, little enough to be quick
)
_CONTROL_BYTES: Final = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_MOST_CONTROL: Final = 0.02  # share of control bytes above which no text encoding is plausible
_WESTERN: Final = "cp1252"


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text in ``data``: by byte order mark, as declared, as UTF-8, or by the likeliest encoding.

    Raises:
        BinaryDocument: no text encoding explains these bytes.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    wide = _without_mark(data)
    if wide is not None:
        return data.decode(wide, "replace")
    if _looks_binary(data):
        raise BinaryDocument("it holds binary data, no text; save it as plain text")
    for likely in ("utf-8", declared):
        if likely:
            try:
                return data.decode(likely)
            except (UnicodeDecodeError, LookupError):
                continue
    return _guess(data)


def _without_mark(data: bytes) -> str | None:
    """UTF-16 written without its mark shows as zero bytes on every other place."""
    head = data[:_SAMPLE]
    if b"\0" not in head or len(head) < 4:  # noqa: PLR2004 - two characters
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:  # noqa: PLR2004 - Latin text, high bytes zero
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:  # noqa: PLR2004 - the same, the other way round
        return "utf-16-be"
    return None


def _looks_binary(data: bytes) -> bool:
    head = data[:_SAMPLE]
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return b"\0" in head or controls > _MOST_CONTROL * max(len(head), 1)


def _guess(data: bytes) -> str:
    best = from_bytes(data[:_SAMPLE]).best()
    encoding = best.encoding if best is not None else _WESTERN
    return data.decode(encoding, "replace")
