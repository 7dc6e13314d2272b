from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from watchers.errors import DocumentError, UnreadableDocument
from watchers.text.pdf import read_pdf

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def pdf(*pages, **metadata):
    """Return a PDF with one page per text."""
    contents = [
        "BT /F1 12 Tf 14 TL 72 720 Td "
        + " ".join(f"({line}) Tj T*" for line in text.split("\n"))
        + " ET"
        for text in pages
    ]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append(
        "<< " + " ".join(f"/{name} ({value})" for name, value in metadata.items()) + " >>"
    )
    out = BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode())
    out.write(
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    )
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def test_the_text_of_every_page_is_read():
    draft = read_pdf(pdf("A pact in Geneva", "It was signed on Wednesday."), now=NOW)
    assert draft.paragraphs == ("A pact in Geneva", "It was signed on Wednesday.")


def test_labels_in_the_text_are_read():
    draft = read_pdf(
        pdf("A pact\nSource: The Post\nTags: arms, oil\nIt was signed.", CreationDate="D:20250101"),
        now=NOW,
    )
    assert (draft.source, draft.tags) == ("The Post", ("arms", "oil"))


@pytest.mark.parametrize(
    ("created", "published"),
    [
        ("D:20240620103000Z", datetime(2024, 6, 20, 10, 30, tzinfo=UTC)),
        ("D:20240620103000+02'00'", datetime(2024, 6, 20, 8, 30, tzinfo=UTC)),
        ("D:21240620103000Z", None),
        ("long ago", None),
        ("D:99999999999999Z", None),
        ("", None),
    ],
)
def test_a_plausible_creation_date_is_the_publication_date(created, published):
    assert read_pdf(pdf("A pact", CreationDate=created), now=NOW).published == published


def test_a_date_in_the_text_comes_before_the_creation_date():
    draft = read_pdf(
        pdf("A pact\nDate: 2024-06-20\nSigned.", CreationDate="D:20250101000000Z"), now=NOW
    )
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)


def locked(password):
    writer = PdfWriter(clone_from=BytesIO(pdf("A secret pact")))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_locked_document_is_refused_with_a_remedy():
    with pytest.raises(UnreadableDocument, match="locked.*unlocked copy"):
        read_pdf(locked("secret"), now=NOW)


def test_a_document_that_only_forbids_printing_is_read():
    assert read_pdf(locked(""), now=NOW).paragraphs == ("A secret pact",)


def test_an_unsupported_cipher_counts_as_locked():
    handler = (
        f"<< /Filter /Standard /V 5 /R 6 /Length 256 /P -44 /O <{'00' * 48}> /U <{'00' * 48}>"
        f" /OE <{'00' * 32}> /UE <{'00' * 32}> /Perms <{'00' * 16}> /StmF /StdCF /StrF /StdCF"
        " /CF << /StdCF << /CFM /AESV3 /Length 32 /AuthEvent /DocOpen >> >> >>"
    )
    data = pdf("A pact").replace(
        b"trailer << ", f"trailer << /ID [<00> <00>] /Encrypt {handler} ".encode()
    )
    with pytest.raises(UnreadableDocument, match="locked"):
        read_pdf(data, now=NOW)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n",
        b"no pdf at all, just words",
        pdf("A pact")[:200],
        pdf("A pact").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
    ],
)
def test_a_broken_document_is_refused(data):
    with pytest.raises(UnreadableDocument, match="broken"):
        read_pdf(data, now=NOW)


def test_repeated_huge_pages_are_cut():
    page = "\n".join(["A line of the pact that contains nothing new."] * 500)
    draft = read_pdf(pdf(*[page] * 3), now=NOW)
    assert sum(map(len, draft.paragraphs)) < 5_000_001


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_document_raises_only_document_errors(data):
    whole = pdf("A pact in Geneva", CreationDate="D:20240620103000Z")
    position = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:position] + data.draw(st.binary(min_size=1, max_size=8)) + whole[position + 1 :]
    try:
        read_pdf(broken, now=NOW)
    except DocumentError:
        return
