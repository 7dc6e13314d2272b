import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchers.errors import BinaryDocument, DocumentError, EmptyDocument, UnreadableDocument
from watchers.sources.document import read_draft
from watchers.sources.isolated import LARGEST_IN_PLACE, read_guarded, read_isolated

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAGE = (
    '<html lang="en"><meta name="date" content="2024-06-20T10:00:00+02:00">'
    '<meta name="author" content="Zoë">'
    "<h1>The pact</h1><p>It was signed – at last.</p><p>Договор.</p></html>"
)

NESTED = b"<div>" * 400_000
MANY_ATTRIBUTES = b"<a " + b" ".join(b"a%d=1" % number for number in range(100_000)) + b">x"
HUGE_TAG = b"<p title='" + b"x" * 1_000_000 + b"'>words"


def test_a_helper_reads_what_we_would_have_read():
    for name, text in (
        ("a.html", PAGE),
        ("a.md", "# The pact\n\nTags: a, b\n\nSigned."),
        ("a.txt", "Signed."),
    ):
        assert read_isolated(text.encode(), name, now=NOW) == read_draft(
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
def test_a_helper_refuses_as_we_would_have_refused(data, name, error):
    with pytest.raises(error) as in_place:
        read_draft(data, name, now=NOW)
    with pytest.raises(error) as isolated:
        read_isolated(data, name, now=NOW)
    assert isolated.value.reason == in_place.value.reason


@pytest.mark.parametrize("data", [NESTED, MANY_ATTRIBUTES], ids=["nested", "attributes"])
def test_hostile_markup_is_killed_when_its_time_is_up(data):
    with pytest.raises(UnreadableDocument, match="took more than 1 seconds"):
        read_isolated(data, "a.html", now=NOW, seconds=1)


def test_a_huge_tag_does_not_hurt():
    assert read_guarded(HUGE_TAG, "a.html", now=NOW).paragraphs == ("words",)


def test_a_pdf_that_keeps_its_parser_busy_is_killed():
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
        read_isolated(data, "a.pdf", now=NOW, seconds=1)


def test_what_is_small_or_plain_is_read_in_place():
    # A helper would find no interpreter under a name that the system refuses.
    refused = "a" * 200_000
    assert read_guarded(b"words", f"{refused}.html", now=NOW).paragraphs == ("words",)
    assert read_guarded(b"words " * 100_000, f"{refused}.txt", now=NOW).paragraphs
    with pytest.raises((OSError, DocumentError)):
        read_guarded(b"words " * LARGEST_IN_PLACE, f"{refused}.html", now=NOW)


def test_a_name_is_never_taken_for_an_option():
    for name in ("--help.txt", "'; договор.txt"):
        assert read_isolated(b"words", name, now=NOW).paragraphs == ("words",)


def test_a_helper_ignores_modules_that_lie_about(tmp_path, monkeypatch):
    (tmp_path / "watchers").mkdir()
    (tmp_path / "watchers" / "__init__.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "json.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)
    assert read_isolated(b"words", "a.txt", now=NOW).paragraphs == ("words",)


def test_a_helper_lives_within_a_limit_that_is_lower_than_its_own():
    resource = pytest.importorskip("resource")
    low = 700_000_000

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (low, low))

    done = subprocess.run(
        [sys.executable, "-m", "watchers.sources.isolated", "a.txt", NOW.isoformat()],
        input=b"words",
        capture_output=True,
        check=False,
        preexec_fn=limit,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["paragraphs"] == ["words"]
