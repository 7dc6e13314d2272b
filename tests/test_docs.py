"""What the documents point at is there."""

from pathlib import Path

import pytest
import regex

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(path):
    for target in regex.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_the_security_page_points_at_code_that_is_there():
    for row in (ROOT / "docs" / "security.md").read_text().splitlines():
        where = row.rpartition("|")[0].rpartition("|")[2] if row.count("|") == 4 else ""
        folder = ""
        for name in regex.findall(r"`([\w/.*]+)`", where):
            folder = name.rpartition("/")[0] or folder  # `a/b.py`, `c.py`: c is beside b
            pattern = name if "/" in name else f"{folder}/{name}"
            assert list(ROOT.glob(pattern.rstrip("/"))), pattern


def test_every_chart_of_the_readme_is_modest():
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 150_000, picture.name
