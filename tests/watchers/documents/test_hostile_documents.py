"""Hostile and damaged documents: a clear error or bounded text, never a crash."""

import io
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from tests.watchers.documents.made_documents import (
    OLE_SIGNATURE,
    OPEN_DOCUMENT,
    WORD,
    make_docx,
    make_eml,
    make_epub,
    make_odt,
    make_rtf,
    make_zip,
)
from watchers.documents.archive import MAX_ENTRIES
from watchers.documents.mail import MAX_ATTACHMENTS
from watchers.errors import DocumentError, UnreadableDocument
from watchers.sources.document import read_draft
from watchers.sources.document_process import read_in_subprocess

pytestmark = pytest.mark.process


NOW = datetime(2026, 6, 1, tzinfo=UTC)
MAX_TEXT_CHARS = 20_000_000
CONTENT_PARTS = {
    ".docx": "word/document.xml",
    ".odt": "content.xml",
    ".epub": "OPS/book.opf",
}
BUILDERS = {
    ".docx": lambda parts: make_docx(["Text."], parts=parts),
    ".odt": lambda parts: make_odt(["Text."], parts=parts),
    ".epub": lambda parts: make_epub(["<p>Text.</p>"], parts=parts),
}
ARCHIVES = list(BUILDERS)


def refuse(data, suffix, match):
    with pytest.raises(UnreadableDocument, match=match) as caught:
        read_draft(data, f"a{suffix}", now=NOW)
    assert len(caught.value.reason) < 200
    assert "\n" not in caught.value.reason


def set_flag(data, flag):
    """Set a flag in every header of a ZIP archive."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(signature)
        while start >= 0:
            (flags,) = struct.unpack_from("<H", changed, start + offset)
            struct.pack_into("<H", changed, start + offset, flags | flag)
            start = data.find(signature, start + 4)
    return bytes(changed)


def set_sizes(data, size):
    """Set the unpacked size of every part in the headers of a ZIP archive."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.find(signature)
        while start >= 0:
            struct.pack_into("<I", changed, start + offset, size)
            start = data.find(signature, start + 4)
    return bytes(changed)


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_a_file_of_another_kind(suffix):
    refuse(b"not an archive at all", suffix, "is not a|it is not an?")
    refuse(b"PK\x03\x04" + b"\0" * 500, suffix, "damaged")


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_a_locked_or_old_file(suffix):
    refuse(OLE_SIGNATURE + b"\0" * 600, suffix, "locked with a password or in an older format")
    refuse(set_flag(BUILDERS[suffix]({}), 0x1), suffix, "locked with a password")


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_a_part_that_unpacks_to_gigabytes(suffix):
    bomb = BUILDERS[suffix]({CONTENT_PARTS[suffix]: b" " * 60_000_000})
    assert len(bomb) < 100_000
    refuse(bomb, suffix, "far more text")


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_sizes_that_are_false(suffix):
    data = BUILDERS[suffix]({})
    refuse(set_sizes(data, 3), suffix, "damaged|not valid XML")
    too_large = set_sizes(data, 0xFFFFFFF0)
    # The bytes that are really there are read.
    assert read_draft(too_large, f"a{suffix}", now=NOW).paragraphs == ("Text.",)


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_too_many_parts(suffix):
    parts = {f"extra/{number}": b"" for number in range(MAX_ENTRIES)}
    refuse(BUILDERS[suffix](parts), suffix, "more than 5,000 files")


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_an_archive_without_its_content(suffix):
    refuse(make_zip({"readme.txt": "x"}), suffix, "not a complete")


@pytest.mark.parametrize("suffix", ARCHIVES)
@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\0" * 100,
        b"<a>" * 5_000,
        b"<a><b></a>",
        b"\xff\xfe<a/>",
    ],
    ids=["empty", "zeros", "nested", "unclosed", "wrong encoding"],
)
def test_broken_xml(suffix, xml):
    refuse(BUILDERS[suffix]({CONTENT_PARTS[suffix]: xml}), suffix, "not valid XML|is damaged")


@pytest.mark.parametrize("suffix", [".docx", ".odt"])
def test_entities_are_not_expanded(suffix):
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "word " * 10}">' for n in range(9)
    )
    doctype = f'<!DOCTYPE x [{entities}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    paragraph = {
        ".docx": f'{doctype}<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>Text. &e8; &file;'
        "</w:t></w:r></w:p></w:body></w:document>",
        ".odt": f"{doctype}<office:document-content {OPEN_DOCUMENT}><office:body><office:text><text:p>"
        "Text. &e8; &file;</text:p></office:text></office:body></office:document-content>",
    }[suffix]
    data = BUILDERS[suffix]({CONTENT_PARTS[suffix]: paragraph})
    try:
        draft = read_draft(data, f"a{suffix}", now=NOW)
    except DocumentError:
        return
    text = " ".join(draft.paragraphs)
    assert len(text) < 1_000
    assert "root:" not in text


@pytest.mark.parametrize("suffix", ARCHIVES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive(suffix, share):
    data = BUILDERS[suffix]({})
    refuse(data[: int(len(data) * share)], suffix, "it is not a|damaged")


def test_names_that_lead_out_of_the_archive_are_only_names():
    chapter = '<item id="z" href="../../../etc/passwd" media-type="application/xhtml+xml"/>'
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        f'{chapter}</manifest><spine><itemref idref="z"/></spine></package>'
    )
    draft = read_draft(make_epub([], parts={"OPS/book.opf": package}), "a.epub", now=NOW)
    assert draft.paragraphs == ()


def test_a_copy_protected_book():
    encryption = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>'
    )
    refuse(
        make_epub(["<p>x</p>"], parts={"META-INF/encryption.xml": encryption}),
        ".epub",
        "copy-protected",
    )
    fonts = encryption.replace(
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc", "http://www.idpf.org/2008/embedding"
    )
    book = make_epub(["<p>x</p>"], parts={"META-INF/encryption.xml": fonts})
    assert read_draft(book, "a.epub", now=NOW).paragraphs == ("x",)


def test_a_chapter_that_is_listed_a_thousand_times_is_read_once():
    item = '<item id="c0" href="text/c%200.xhtml" media-type="application/xhtml+xml"/>'
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{item}</manifest>'
        "<spine>" + '<itemref idref="c0"/>' * 1_000 + "</spine></package>"
    )
    book = make_epub(["<p>Text.</p>"], parts={"OPS/book.opf": package})
    assert read_draft(book, "a.epub", now=NOW).paragraphs == ("Text.",)


def test_an_encrypted_open_document():
    manifest = (
        f"<manifest:manifest {OPEN_DOCUMENT}><manifest:file-entry><manifest:encryption-data/>"
        "</manifest:file-entry></manifest:manifest>"
    )
    refuse(make_odt(["x"], parts={"META-INF/manifest.xml": manifest}), ".odt", "locked")


def test_two_parts_with_one_name():
    buffer = io.BytesIO(make_odt(["First."]))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("content.xml", "<broken")
    refuse(buffer.getvalue(), ".odt", "not valid XML")


@pytest.mark.parametrize(
    "data",
    [
        b"{\\rtf1 " + b"{" * 50_000,
        b"{\\rtf1 " + b"}" * 50_000,
        b"{\\rtf1\\ansi\\bin99999999999 x}",
        b"{\\rtf1\\u99999999999999?x}",
        b"{\\rtf1\\u-1?\\u55357?x}",
        b"{\\rtf1\\ansicpg99999 \\'e9}",
        b"{\\rtf1\\'zz\\'}",
        b"{\\rtf1 " + b"\\" * 20_000,
        b"{\\rtf1{\\object\\objdata " + b"d0cf11e0" * 20_000 + b"}Text.}",
        b"{\\rtf1{\\field{\\*\\fldinst INCLUDETEXT file:///etc/passwd}{\\fldrslt x}}Text.}",
        make_rtf(["x" * 100_000])[:-50_000],
    ],
)
def test_hostile_rich_text(data):
    try:
        draft = read_draft(data, "a.rtf", now=NOW)
    except DocumentError as error:
        assert len(error.reason) < 200
        return
    text = " ".join(draft.paragraphs)
    assert len(text) < len(data) + 100
    assert "root:" not in text
    assert "d0cf11e0" not in text


def test_text_that_is_not_rich_text():
    refuse(b"plain words", ".rtf", "not an .rtf file")


def nested_mail(depth):
    data = make_eml(["The innermost text."], subject="level 0")
    for level in range(1, depth):
        data = make_eml([f"Text {level}."], subject=f"level {level}", attachments={"m.eml": data})
    return data


def test_mails_inside_each_other_are_read_to_a_limit():
    draft = read_draft(nested_mail(8), "a.eml", now=NOW)
    assert draft.paragraphs[-1].endswith("(not read: more than 3 mails inside each other)")
    assert "The innermost text." not in draft.paragraphs


def test_a_mail_with_many_attachments():
    attachments = {f"{number}.txt": b"words" for number in range(MAX_ATTACHMENTS + 5)}
    draft = read_draft(make_eml(["x"], attachments=attachments), "a.eml", now=NOW)
    assert draft.paragraphs.count("words") == MAX_ATTACHMENTS
    assert sum("not read" in text for text in draft.paragraphs) == 5


def test_a_bomb_attached_to_a_mail_is_named_and_the_mail_is_read():
    bomb = make_odt([], parts={"content.xml": b" " * 60_000_000})
    draft = read_draft(make_eml(["Mail text."], attachments={"b.odt": bomb}), "a.eml", now=NOW)
    assert draft.paragraphs == (
        "Mail text.",
        "Attachment: b.odt (it unpacks to far more text than a document contains)",
    )


def multipart(depth):
    head = b"From: a@example.org\nMIME-Version: 1.0\n"
    for level in range(depth):
        head += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    return head + b"\nText.\n"


@pytest.mark.parametrize(
    "data",
    [
        multipart(90),
        multipart(2_000),
        b"From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\n\nx\n" * 5_000,
        b"From: a@example.org\nContent-Type: text/plain; charset=nonsense\n\nText.",
        b"From: a@example.org\nContent-Transfer-Encoding: base64\n\n!!!not base64!!!",
        b"From: =?utf-8?b?////?=\nSubject: =?x?q?=\n\nText.",
        b"From: " + b"a," * 50_000 + b"\n\nText.",
        b"Subject: x\nDate: Thu, 99 Foo 99999 99:99:99 +9999\n\nText.",
        b"From: a@example.org\nContent-Disposition: attachment; filename*=utf-8''%ff%00../x\n\nText.",
        b"From: a@example.org\nContent-Type: ;;;\n\nText.",
    ],
)
def test_hostile_mails(data):
    try:
        draft = read_in_subprocess(data, "a.eml", now=NOW)
    except DocumentError as error:
        assert len(error.reason) < 200
        return
    assert sum(map(len, draft.paragraphs)) < len(data) + 1_000


def test_text_that_is_not_a_mail():
    refuse(b"words without any header", ".eml", "not a saved e-mail")
