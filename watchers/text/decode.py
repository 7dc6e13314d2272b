"""Decode text of unknown encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from watchers.errors import BinaryDocument

_BYTE_ORDER_MARKS: Final = (
    # The mark of UTF-32 begins with that of UTF-16, so the longer one comes first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Enough bytes for a reliable guess, and few enough for a fast one.
_SAMPLE_BYTES: Final = 64_000
_CONTROL_BYTES: Final = bytes(set(range(32)) - {9, 10, 12, 13, 27})
# Data with a higher share of control bytes is not text.
_MAX_CONTROL_SHARE: Final = 0.02
# A faulty template leaves a zero byte or two; binary formats have many.
_MAX_ZERO_SHARE: Final = 0.0001
# In UTF-16, the high bytes of an alphabet are control bytes.
_MIN_UTF16_CONTROL_SHARE: Final = 0.25
# UTF-8 with a higher share of invalid characters is text in another encoding.
_MAX_INVALID_SHARE: Final = 0.05
_DECLARATION: Final = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})",
    re.IGNORECASE,
)
# A page declares its encoding within these bytes.
_HEAD_BYTES: Final = 4096
# Python codecs that are not encodings of documents, or that decode to lone surrogates.
_UNSUPPORTED_CODECS: Final = {"utf-7", "unicode-escape", "raw-unicode-escape", "punycode", "idna"}
# An accented letter next to an ASCII letter, which is typical for Latin text.
_LATIN_PAIR: Final = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
# Text with these labels is usually cp1252, and browsers decode it so (WHATWG Encoding, section 4.2).
_LATIN_1_LABELS: Final = {"iso8859-1", "ascii"}
_WESTERN: Final = "cp1252"
_UTF_8: Final = "utf-8"
# The candidates of a guess, one for each script and region: similar code pages cause wrong guesses.
_CODE_PAGES: Final = (
    *("cp1252", "cp1251", "koi8_u", "cp866", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
# The Latin code pages differ in a few letters. The one that explains most of them is chosen.
_LATIN_LETTERS: Final = {
    _WESTERN: "éèêëàâçùûôîïäöüßñóíáúãõåæøœìòÉÈÀÇÖÄÜÅØÑÁÍÓÚ",
    "cp1254": "çğıİöşüâîÇĞÖŞÜ",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîđäôľĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÖÜ",
    "iso8859_2": "ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîđäôľĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÖÜ",
}
_LAST_LATIN_LETTER: Final = "\u024f"
# Latin text has at most this share of other letters among the non-ASCII ones.
_MAX_FOREIGN_SHARE: Final = 0.2
_MAX_WORD_BYTES: Final = 100
_ASCII_BYTES: Final = bytes(range(128))
_PUNCTUATION: Final = "«»“”„‘’‚–—…°·•€§©®™\xa0"


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Return the text of ``data``.

    The encoding is that of the byte order mark, else UTF-8, else the declared one, else the most likely
    one.

    Raises:
        BinaryDocument: the bytes are not text in any supported encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    utf16 = _utf16_without_mark(data)
    if utf16 is not None:
        return data.decode(utf16, "replace")
    if _is_binary(data):
        raise BinaryDocument("it contains binary data, not text; save it as plain text")
    for encoding in _likely_encodings(data, declared):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            # The declaration is wrong, or the codec does not decode to text.
            continue
    is_declared = _UTF_8 in _declared_encodings(data, declared)
    damaged = decode_damaged_utf8(data, is_declared=is_declared)
    return damaged or data.decode(_guess_encoding(data), "replace")


def decode_damaged_utf8(data: bytes, *, is_declared: bool) -> str | None:
    """Return UTF-8 text with a few invalid bytes, or None for data in another encoding.

    Text in another encoding contains almost no valid UTF-8 sequences. So if UTF-8 ``is_declared``, twice
    as many valid characters as invalid ones prove it.
    """
    text = data.decode(_UTF_8, "replace")
    invalid_count = text.count("\ufffd")
    non_ascii_count = _non_ascii_count(text)
    if is_declared and 2 * invalid_count <= non_ascii_count - invalid_count:
        return text
    return text if invalid_count <= _MAX_INVALID_SHARE * non_ascii_count else None


def _utf16_without_mark(data: bytes) -> str | None:
    """Return the byte order of UTF-16 without a byte order mark, or None for other data.

    UTF-16 text consists of letters when it is decoded, and no other encoding explains the zero bytes.
    """
    head = data[:_SAMPLE_BYTES]
    if b"\0" not in head or _control_share(head) < _MIN_UTF16_CONTROL_SHARE:
        return None
    # The high bytes of Latin letters are zero; the order with more zeros there is tried first.
    zeros_by_order = {"utf-16-le": head[1::2].count(0), "utf-16-be": head[0::2].count(0)}
    for encoding in sorted(zeros_by_order, key=zeros_by_order.__getitem__, reverse=True):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        control_count = sum(
            not char.isprintable() and char not in "\r\n\t\f\v\xa0" for char in text
        )
        letter_count = sum(map(str.isalpha, text))
        if control_count <= _MAX_CONTROL_SHARE * len(text) and 2 * letter_count > len(text):
            return encoding
    return None


def _is_binary(data: bytes) -> bool:
    head = data[:_SAMPLE_BYTES]
    has_many_zeros = head.count(0) > 1 + _MAX_ZERO_SHARE * len(head)
    return has_many_zeros or _control_share(head) > _MAX_CONTROL_SHARE


def _control_share(head: bytes) -> float:
    return (len(head) - len(head.translate(None, _CONTROL_BYTES))) / max(len(head), 1)


def _likely_encodings(data: bytes, declared: str | None) -> Iterator[str]:
    # The escape sequence of ISO-2022-JP, which is also valid UTF-8.
    if b"\x1b$" in data[:_SAMPLE_BYTES]:
        yield "iso2022_jp"
    yield _UTF_8
    yield from _declared_encodings(data, declared)


def _declared_encodings(data: bytes, declared: str | None) -> Iterator[str]:
    declaration = _DECLARATION.search(data[:_HEAD_BYTES])
    for name in (declared, declaration and declaration[1].decode("ascii", "replace")):
        try:
            encoding = codecs.lookup(name) if name else None
        except (LookupError, ValueError):
            continue
        if encoding is None or encoding.name in _UNSUPPORTED_CODECS:
            continue
        yield _WESTERN if encoding.name in _LATIN_1_LABELS else encoding.name


def _guess_encoding(data: bytes) -> str:
    # The sample begins with the first non-ASCII word: ASCII text is the same in all candidates.
    first = len(data) - len(data.lstrip(_ASCII_BYTES))
    earliest = max(0, first - _MAX_WORD_BYTES)
    start = max(earliest, *(data.rfind(space, earliest, first) + 1 for space in (b" ", b"\n")))
    sample = data[start : start + _SAMPLE_BYTES]
    if len(data) > start + _SAMPLE_BYTES:
        # A cut after a newline does not split a multi-byte character.
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    # Most text declares its encoding or is UTF-8, so few processes need this package.
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_CODE_PAGES)).best()
    encoding = best.encoding if best is not None else _WESTERN
    text = sample.decode(encoding, "replace")
    foreign_count = sum(char.isalpha() and char > _LAST_LATIN_LETTER for char in text)
    # Between Latin letters, two accented letters look like one Chinese character.
    if foreign_count > max(
        _MAX_FOREIGN_SHARE * _non_ascii_count(text), 2 * len(_LATIN_PAIR.findall(text))
    ):
        return encoding
    return max(
        _LATIN_LETTERS,
        key=lambda page: _fit_score(sample.decode(page, "replace"), _LATIN_LETTERS[page]),
    )


def _non_ascii_count(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _fit_score(text: str, letters: str) -> int:
    """Return a score for how well ``letters`` explain the non-ASCII characters of ``text``."""
    explained_count = sum(map(text.count, letters))
    return 2 * explained_count + sum(map(text.count, _PUNCTUATION)) - _non_ascii_count(text)
