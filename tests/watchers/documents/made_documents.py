"""Build documents of each format for tests: the bytes that common programs write, in small."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OPEN_DOCUMENT = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")


def make_zip(parts: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word_paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def make_docx(
    paragraphs: Sequence[str],
    *,
    body: str = "",
    properties: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A Word document. ``body`` is XML after the paragraphs, ``properties`` XML of its properties."""
    content = "".join(map(word_paragraph, paragraphs)) + body
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in (("Title", "Title"), ("Heading1", "heading 1"))
    )
    return make_zip(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{RELATION}"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATION}"><Relationship Id="r1" '
            f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{content}</w:body></w:document>',
            "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/'
            'metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            f'xmlns:dcterms="http://purl.org/dc/terms/">{properties}</cp:coreProperties>',
            **(parts or {}),
        }
    )


def make_odt(
    paragraphs: Sequence[str],
    *,
    body: str = "",
    meta: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """An OpenDocument text. ``body`` is XML after the paragraphs, ``meta`` XML of its metadata."""
    content = "".join(f"<text:p>{escape(text)}</text:p>" for text in paragraphs) + body
    return make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {OPEN_DOCUMENT}><office:body><office:text>{content}"
            "</office:text></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {OPEN_DOCUMENT}><office:meta>{meta}</office:meta>"
            "</office:document-meta>",
            **(parts or {}),
        }
    )


def make_rtf(paragraphs: Sequence[str], *, info: str = "") -> bytes:
    """A rich text document. Letters outside ASCII are written as \\u, as programs do."""
    lines = "\\par\n".join("".join(map(_rtf_letter, text)) for text in paragraphs)
    return ("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}" + info + lines + "\\par}").encode()


def _rtf_letter(letter: str) -> str:
    if letter in "{}\\":
        return f"\\{letter}"
    if letter.isascii():
        return letter
    units = letter.encode("utf-16-le")
    codes = [
        int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)
    ]
    return "".join(f"\\u{code}?" for code in codes)


def make_eml(
    paragraphs: Sequence[str],
    *,
    subject: str = "",
    sender: str = "Ann Lee <ann@example.org>",
    date: str = "Mon, 02 Feb 2026 10:00:00 +0000",
    rich: str = "",
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """A saved mail. ``rich`` is an HTML alternative; ``attachments`` maps names to bytes."""
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = subject, sender, date
    message.set_content("\n\n".join(paragraphs))
    if rich:
        message.add_alternative(rich, subtype="html")
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def make_epub(
    chapters: Sequence[str],
    *,
    metadata: str = "<dc:title>The book</dc:title>",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A book. Each chapter is the HTML of a body."""
    numbers = range(len(chapters))
    items = "".join(
        f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in numbers
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata>'
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{
                f"OPS/text/c {n}.xhtml": f"<html><head><title>x</title></head><body>{text}</body></html>"
                for n, text in enumerate(chapters)
            },
            **(parts or {}),
        }
    )
