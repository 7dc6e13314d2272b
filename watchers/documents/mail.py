"""Read a saved e-mail (.eml) with its attachments as a draft.

RFC 5322 and MIME (RFC 2045 to 2049), with the parser of the standard library. The subject is the title,
the sender the author. An attachment is read by the reader of its own format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import PurePath
from typing import Final

from watchers.errors import DocumentError, EmptyDocument, UnreadableDocument
from watchers.text.clean import clean_line, clean_text, split_paragraphs
from watchers.text.dates import parse_date
from watchers.text.decode import decode
from watchers.text.front_matter import DocumentDraft
from watchers.text.html import fragment_paragraphs

AttachmentReader = Callable[[bytes, str], DocumentDraft]
"""Reads the bytes of an attachment by the suffix of its name. Raises DocumentError."""

MAX_ATTACHMENTS: Final = 20
"""Attachments that are read from one mail. Later ones are listed by their names."""

MAX_PARTS: Final = 500
"""MIME parts of one mail."""

_MAX_NAME_CHARS: Final = 120
# Parsing a list of addresses takes quadratic time.
_MAX_HEADER_CHARS: Final = 2_000
_HEADER_NAMES: Final = (b"from:", b"to:", b"subject:", b"date:", b"received:", b"message-id:")
_HEADER_BYTES: Final = 100_000


def read_eml(data: bytes, *, now: datetime, read_attachment: AttachmentReader) -> DocumentDraft:
    """Return the text of a mail, followed by the text of its attachments.

    An attachment that cannot be read is named in the text with the reason.

    Raises:
        DocumentError: the bytes are not a mail, or the mail has too many parts.
    """
    head = data[:_HEADER_BYTES].lower()
    if not any(head.startswith(name) or b"\n" + name in head for name in _HEADER_NAMES):
        raise UnreadableDocument("it is not a saved e-mail: it has no header such as From or Date")
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        parts = _leaf_parts(message)
        paragraphs = [*_body_paragraphs(parts), *_attachment_paragraphs(parts, read_attachment)]
        subject, sender = _header(message, "subject"), _sender(message)
        date = _header(message, "date")
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableDocument("it is damaged: its text cannot be read") from error
    if not paragraphs and not subject:
        raise EmptyDocument("the mail has no text")
    return DocumentDraft(
        paragraphs=tuple(paragraphs),
        title=subject,
        author=sender,
        published=parse_date(date, now=now) if date else None,
    )


def _leaf_parts(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts that contain bytes, in order. A forwarded mail contributes its own parts."""
    leaves: list[EmailMessage] = []
    waiting = [message]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > MAX_PARTS:
            raise UnreadableDocument(f"the mail has more than {MAX_PARTS} parts")
        if part.is_multipart():
            # message/rfc822 contains one message, which is read like a part.
            waiting.extend(reversed(_payload(part)))
        else:
            leaves.append(part)
    return leaves


def _payload(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return (
        [inner for inner in payload if isinstance(inner, EmailMessage)]
        if isinstance(payload, list)
        else []
    )


def _is_attachment(part: EmailMessage) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return part.get_content_disposition() == "attachment" or (
        not is_text and part.get_filename() is not None
    )


def _body_paragraphs(parts: list[EmailMessage]) -> list[str]:
    """Return the paragraphs of the plain text; of the HTML only if there is no plain text."""
    plain: list[str] = []
    rich: list[str] = []
    for part in parts:
        if _is_attachment(part):
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            plain += split_paragraphs(clean_text(_text(part)))
        elif kind == "text/html":
            rich += fragment_paragraphs(_text(part))
    return plain or rich


def _attachment_paragraphs(
    parts: list[EmailMessage], read_attachment: AttachmentReader
) -> Iterator[str]:
    attachments = [part for part in parts if _is_attachment(part)]
    for number, part in enumerate(attachments):
        name = clean_line(part.get_filename() or "without a name")[:_MAX_NAME_CHARS]
        if number >= MAX_ATTACHMENTS:
            yield f"Attachment: {name} (not read: the mail has more than {MAX_ATTACHMENTS})"
            continue
        if part.get_content_maintype() in ("image", "audio", "video"):
            continue
        try:
            draft = read_attachment(_data(part), PurePath(name).name)
        except DocumentError as error:
            yield f"Attachment: {name} ({error.reason})"
            continue
        yield f"Attachment: {name}"
        if draft.title:
            yield clean_line(draft.title)
        yield from draft.paragraphs


def _data(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: EmailMessage) -> str:
    data = _data(part)
    return decode(data, declared=part.get_content_charset()) if data.strip() else ""


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name) if _is_short_header(message, name) else None
    return clean_line(str(value)) or None if value is not None else None


def _is_short_header(message: EmailMessage, name: str) -> bool:
    """Return True if the parser of the standard library reads the header in a short time."""
    values = (str(value) for key, value in message.raw_items() if key.lower() == name)
    return len(next(values, "")) <= _MAX_HEADER_CHARS


def _sender(message: EmailMessage) -> str | None:
    sender = message.get("from") if _is_short_header(message, "from") else None
    if sender is None:
        return None
    addresses = getattr(sender, "addresses", ())
    names = [clean_line(address.display_name or address.addr_spec) for address in addresses]
    return ", ".join(filter(None, names)) or None
