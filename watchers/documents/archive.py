"""Read the parts of a ZIP document (.docx, .odt, .epub) within limits.

A ZIP file of a few kilobytes can unpack to gigabytes. The limits apply to the unpacked bytes that are
really read, not to the sizes that the file states.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, LargeZipFile, ZipFile

from lxml import etree

from watchers.errors import UnreadableDocument

MAX_ENTRIES: Final = 5_000
"""Files in one archive."""

MAX_UNPACKED_BYTES: Final = 40_000_000
"""Unpacked bytes that are read from one archive, in all parts together."""

MAX_RATIO: Final = 250
"""Unpacked bytes per packed byte of one part. Text compresses to a twentieth, rarely to a hundredth."""

_MIN_RATIO_CHECK_BYTES: Final = 1_000_000
_CHUNK_BYTES: Final = 256_000
_ENCRYPTED_FLAG: Final = 0x1
# The first bytes of an OLE file: an old .doc, or a .docx that is encrypted with a password.
_OLE_SIGNATURE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_READ_ERRORS: Final = (
    BadZipFile,
    LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class DocumentArchive:
    """The parts of one ZIP document.

    Raises:
        UnreadableDocument: the bytes are not a ZIP archive, or it has too many parts.
    """

    def __init__(self, data: bytes, kind: str) -> None:
        self.kind = kind
        self._remaining_bytes = MAX_UNPACKED_BYTES
        if data.startswith(_OLE_SIGNATURE):
            raise UnreadableDocument(
                f"it is locked with a password or in an older format; save it as an unlocked {kind}"
            )
        try:
            self._zip = ZipFile(BytesIO(data))
        except _READ_ERRORS as error:
            raise UnreadableDocument(f"it is not a {kind} file, or it is damaged") from error
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise UnreadableDocument(f"it contains more than {MAX_ENTRIES:,} files")

    def xml_names(self) -> list[str]:
        """Return the names of the XML parts."""
        return [name for name in self._entries if name.endswith((".xml", ".rels"))]

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Return the unpacked bytes of a part.

        Raises:
            UnreadableDocument: the part is missing, damaged, locked, or larger than the limits allow.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise UnreadableDocument(f"it is not a complete {self.kind} file: {name} is missing")
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise UnreadableDocument("it is locked with a password; save an unlocked copy")
        chunks: list[bytes] = []
        size = 0
        try:
            with self._zip.open(entry) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    chunks.append(chunk)
                    size += len(chunk)
                    self._check_size(size, entry.compress_size)
        except _READ_ERRORS as error:
            raise UnreadableDocument(f"the {part_label(name)} in it is damaged") from error
        self._remaining_bytes -= size
        return b"".join(chunks)

    def read_xml(self, name: str) -> etree._Element:
        """Return the root element of an XML part. Raises as `read`, also for broken XML."""
        return parse_xml(self.read(name), part_label(name))

    def _check_size(self, size: int, packed_size: int) -> None:
        is_bomb = size > _MIN_RATIO_CHECK_BYTES and size > MAX_RATIO * max(packed_size, 1)
        if is_bomb or size > self._remaining_bytes:
            raise UnreadableDocument("it unpacks to far more text than a document contains")


def part_label(name: str) -> str:
    """Return the last part of the name of an archive member, for messages."""
    return f"part “{name.rsplit('/', 1)[-1][:60]}”"


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root element of XML without DTD, entities and network access.

    Raises:
        UnreadableDocument: the XML is broken or nested too deeply.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(f"the {name} in it is not valid XML") from error
    return root


def element_text(root: etree._Element | None, *names: str) -> str | None:
    """Return the text of the first element with one of the local ``names`` that has text."""
    if root is None:
        return None
    for name in names:
        for element in root.iter(f"{{*}}{name}"):
            text = " ".join("".join(map(str, element.itertext())).split())
            if text:
                return text
    return None
