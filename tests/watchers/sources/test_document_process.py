import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchers.errors import BinaryDocument, DocumentError, EmptyDocument, UnreadableDocument
from watchers.sources.document import read_draft
from watchers.sources.document_process import (
    MAX_IN_PROCESS_BYTES,
    read_document_safely,
    read_in_subprocess,
)

pytestmark = pytest.mark.process

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAGE = (
    '<html lang="en"><meta name="date" content="2024-06-20T10:00:00+02:00">'
    '<meta name="author" content="Zoë">'
    "<h1>The pact</h1><p>It was signed – at last.</p><p>Договор.</p></html>"
)

HOSTILE = {
    "nested": lambda: b"<div>" * 400_000,
    "attributes": lambda: b"<a " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x",
}


def test_a_subprocess_returns_the_same_draft():
    for name, text in (
        ("a.html", PAGE),
        ("a.md", "# The pact\n\nTags: a, b\n\nSigned."),
        ("a.txt", "Signed."),
    ):
        assert read_in_subprocess(text.encode(), name, now=NOW) == read_draft(
            text.encode(), name, now=NOW
        )


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b" ", "a.txt", EmptyDocument),
        (b"\0\1\2" * 50, "a.txt", BinaryDocument),
        (b"words", "a.doc", UnreadableDocument),
        (b"%PDF-1.4", "a.pdf", UnreadableDocument),
    ],
)
def test_a_subprocess_raises_the_same_error(data, name, error):
    with pytest.raises(error) as in_place:
        read_draft(data, name, now=NOW)
    with pytest.raises(error) as in_subprocess:
        read_in_subprocess(data, name, now=NOW)
    assert in_subprocess.value.reason == in_place.value.reason


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_is_killed_at_the_timeout(name):
    with pytest.raises(UnreadableDocument, match="took more than 1 seconds"):
        read_in_subprocess(HOSTILE[name](), "a.html", now=NOW, seconds=1)


def test_a_huge_tag_is_read():
    huge_tag = b"<p title='" + b"x" * 1_000_000 + b"'>words"
    assert read_document_safely(huge_tag, "a.html", now=NOW).paragraphs == ("words",)


def test_a_pdf_that_blocks_its_parser_is_killed():
    content = b"BT /F 9 Tf 9 TL " + b"(x) Tj T* " * 400_000 + b"ET"
    font = b"<< /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Resources << /Font %b >> /Contents 4 0 R >>" % font,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
    ]
    body = b"".join(
        b"%d 0 obj\n%b\nendobj\n" % numbered for numbered in enumerate(objects, start=1)
    )
    data = b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF"
    with pytest.raises(UnreadableDocument, match="took more than 1 seconds"):
        read_in_subprocess(data, "a.pdf", now=NOW, seconds=1)


def test_small_and_plain_documents_are_read_in_process():
    # A name of this length is an invalid argument, so a subprocess could not start.
    too_long = "a" * 200_000
    assert read_document_safely(b"words", f"{too_long}.html", now=NOW).paragraphs == ("words",)
    assert read_document_safely(b"words " * 100_000, f"{too_long}.txt", now=NOW).paragraphs
    with pytest.raises((OSError, DocumentError)):
        read_document_safely(b"words " * MAX_IN_PROCESS_BYTES, f"{too_long}.html", now=NOW)


def test_a_name_is_never_parsed_as_an_option():
    for name in ("--help.txt", "'; договор.txt"):
        assert read_in_subprocess(b"words", name, now=NOW).paragraphs == ("words",)


def test_a_subprocess_ignores_modules_in_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "watchers").mkdir()
    (tmp_path / "watchers" / "__init__.py").write_text("raise SystemExit('wrong module')")
    (tmp_path / "json.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    assert read_in_subprocess(b"words", "a.txt", now=NOW).paragraphs == ("words",)


def test_a_subprocess_accepts_a_lower_memory_limit():
    resource = pytest.importorskip("resource")
    limit_bytes = 700_000_000

    def limit_memory():
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))

    completed = subprocess.run(
        [sys.executable, "-m", "watchers.sources.document_process", "a.txt", NOW.isoformat()],
        input=b"words",
        capture_output=True,
        check=False,
        preexec_fn=limit_memory,
        cwd=Path(__file__).parents[3],
    )
    assert completed.returncode == 0, completed.stderr
    assert json.loads(completed.stdout)["paragraphs"] == ["words"]
