"""Bytes of unknown encoding to text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
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
_LEAST_WIDE: Final = 0.25  # the same for UTF-16: the high bytes of an alphabet are control bytes
_MOST_ODD: Final = 0.05  # share of broken characters up to which a text is damaged, not another
_DECLARED: Final = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})",
    re.IGNORECASE,
)
_HEAD: Final = 4096  # bytes in which a page declares its encoding
# Codecs that turn text into something else, or into half characters.
_NO_ENCODINGS: Final = {"utf-7", "unicode-escape", "raw-unicode-escape", "punycode", "idna"}
_MIXED: Final = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_LATIN_1: Final = {"iso8859-1", "ascii"}  # what is labelled so is cp1252 in fact, as browsers know
_WESTERN: Final = "cp1252"
# One for each script and habit: the guess is between these, since their likes only lead it astray.
_CODE_PAGES: Final = (
    *("cp1252", "cp1251", "koi8_u", "cp866", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
# The Latin ones differ in a few letters only: the one that makes the most of them is meant.
_LATIN: Final = {
    _WESTERN: "éèêëàâçùûôîïäöüßñóíáúãõåæøœìòÉÈÀÇÖÄÜÅØÑÁÍÓÚ",
    "cp1254": "çğıİöşüâîÇĞÖŞÜ",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîđäôľĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÖÜ",
    "iso8859_2": "ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîđäôľĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÖÜ",
}
_LAST_LATIN: Final = "\u024f"
_MOST_FOREIGN: Final = 0.2  # share of other letters among those beyond ASCII, in Latin text
_LONGEST_WORD: Final = 100  # bytes
_ASCII: Final = bytes(range(128))
_MARKS: Final = "«»“”„‘’‚–—…°·•€§©®™\xa0"


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text in ``data``: by byte order mark, as UTF-8, as declared, or by the likeliest encoding.

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
    for likely in _likely(data, declared):
        try:
            return data.decode(likely)
        except (UnicodeError, LookupError):  # not so, or no encoding of text
            continue
    return _damaged_utf8(data) or data.decode(_guess(data), "replace")


def _without_mark(data: bytes) -> str | None:
    """UTF-16 written without its mark: read so, it is all letters, and nothing else explains the zeros."""
    head = data[:_SAMPLE]
    if b"\0" not in head or _control_share(head) < _LEAST_WIDE:
        return None
    # The high bytes of Latin letters are zero; the order that has more of them is tried first.
    orders = {"utf-16-le": head[1::2].count(0), "utf-16-be": head[0::2].count(0)}
    for encoding in sorted(orders, key=orders.__getitem__, reverse=True):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        odd = sum(not char.isprintable() and char not in "\r\n\t\f\v\xa0" for char in text)
        letters = sum(map(str.isalpha, text))
        if odd <= _MOST_CONTROL * len(text) and 2 * letters > len(text):
            return encoding
    return None


def _looks_binary(data: bytes) -> bool:
    head = data[:_SAMPLE]
    return b"\0" in head or _control_share(head) > _MOST_CONTROL


def _control_share(head: bytes) -> float:
    return (len(head) - len(head.translate(None, _CONTROL_BYTES))) / max(len(head), 1)


def _likely(data: bytes, declared: str | None) -> Iterator[str]:
    if b"\x1b$" in data[:_SAMPLE]:
        yield "iso2022_jp"
    yield "utf-8"
    found = _DECLARED.search(data[:_HEAD])
    for name in (declared, found and found[1].decode("ascii", "replace")):
        try:
            encoding = codecs.lookup(name) if name else None
        except (LookupError, ValueError):
            continue
        if encoding is None or encoding.name in _NO_ENCODINGS:
            continue
        yield _WESTERN if encoding.name in _LATIN_1 else encoding.name


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 of which a few bytes were lost."""
    text = data.decode("utf-8", "replace")
    return text if text.count("\ufffd") <= _MOST_ODD * _beyond_ascii(text) else None


def _guess(data: bytes) -> str:
    # From the first word that could tell: what comes earlier reads the same in any case.
    first = len(data) - len(data.lstrip(_ASCII))
    before = max(0, first - _LONGEST_WORD)
    start = max(before, *(data.rfind(space, before, first) + 1 for space in (b" ", b"\n")))
    sample = data[start : start + _SAMPLE]
    if len(data) > start + _SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample  # never through a character
    best = from_bytes(sample, cp_isolation=list(_CODE_PAGES)).best()
    encoding = best.encoding if best is not None else _WESTERN
    text = sample.decode(encoding, "replace")
    foreign = sum(char.isalpha() and char > _LAST_LATIN for char in text)
    # Between Latin letters an accented pair looks like one Chinese character.
    if foreign > max(_MOST_FOREIGN * _beyond_ascii(text), 2 * len(_MIXED.findall(text))):
        return encoding
    return max(_LATIN, key=lambda page: _fit(sample.decode(page, "replace"), _LATIN[page]))


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _fit(text: str, letters: str) -> int:
    """How well these letters explain what is beyond ASCII in ``text``."""
    explained = sum(map(text.count, letters))
    return 2 * explained + sum(map(text.count, _MARKS)) - _beyond_ascii(text)
