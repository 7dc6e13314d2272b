"""Verify that the documentation references existing files, limits and generated pages."""

from pathlib import Path

import pytest
import regex

from tools.generate_reference import generated_files
from watchers.topics import QuerySyntaxError, parse_query

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "llms.txt", *ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PACKAGES = sorted(
    path for root in ("bot", "watchers") for path in (ROOT / root).rglob("__init__.py")
)


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def headings(path: Path) -> set[str]:
    """Return the anchors that GitHub and the site generate for the headings of a page."""
    titles = regex.findall(r"^#{1,4} (.+)$", path.read_text(), regex.MULTILINE)
    return {regex.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_relative_link_leads_to_a_file_and_a_heading(path):
    for target, anchor in regex.findall(
        r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text()
    ):
        linked = path.parent / target if target else path
        assert linked.exists(), target
        if anchor:
            assert anchor in headings(linked), (target, anchor)


@pytest.mark.parametrize("path", sorted(generated_files()), ids=page_id)
def test_generated_pages_are_current(path):
    assert path.read_text() == generated_files()[path], "run `make reference`"


def test_every_page_is_linked_from_the_index():
    linked = set(regex.findall(r"\]\(([^)#]+)\)", (DOCS / "index.md").read_text()))
    in_contents = set(regex.findall(r"^[\w/-]+$", (DOCS / "index.md").read_text(), regex.MULTILINE))
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"index.md"}
    assert linked == pages
    assert {f"{name}.md" for name in in_contents} == pages


def test_llms_txt_lists_every_page():
    listed = set(regex.findall(r"\]\(([^)]+)\)", (ROOT / "llms.txt").read_text()))
    root_pages = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
    root_pages.add("CODE_OF_CONDUCT.md")
    assert root_pages < listed
    pages = {str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md")} - {"docs/index.md"}
    # The pages of the site that show a root file are listed as that file.
    shown = {"overview", "changelog", "development/contributing", "development/security-policy"}
    shown.add("development/code-of-conduct")
    assert listed == root_pages | (pages - {f"docs/{page}.md" for page in shown})


def test_every_module_that_a_page_names_exists():
    for path in PAGES:
        if path.name == "CHANGELOG.md":
            continue
        for name in regex.findall(
            r"`((?:bot|watchers|tools|tests|docs)/[\w/.-]+)`", path.read_text()
        ):
            assert (ROOT / name).exists() or "NAME" in name, (page_id(path), name)


def test_the_security_page_names_code_that_exists():
    for row in (DOCS / "explanation" / "security.md").read_text().splitlines():
        column = row.rpartition("|")[0].rpartition("|")[2] if row.count("|") == 4 else ""
        folder = ""
        for name in regex.findall(r"`([\w/.*]+)`", column):
            # A name without a folder is in the folder of the name before it.
            folder = name.rpartition("/")[0] or folder
            pattern = name if "/" in name else f"{folder}/{name}"
            assert list(ROOT.glob(pattern.rstrip("/"))), pattern


def test_the_architecture_page_lists_every_package_folder():
    page = (DOCS / "architecture.md").read_text()
    for path in PACKAGES:
        folder = path.parent.relative_to(ROOT)
        if len(folder.parts) == 2:
            assert f"`{folder.name}/`" in page, folder


@pytest.mark.parametrize("path", PACKAGES, ids=page_id)
def test_every_package_states_what_belongs_there_and_what_does_not(path):
    lines = path.read_text().splitlines()
    assert regex.match(r'"""\S.+\.$', lines[0]), lines[0]
    assert lines[2].startswith("Not here: "), lines[2]


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ("a" * 2_000, "a" * 2_001),
        (" OR ".join(f"w{n}" for n in range(64)), " OR ".join(f"w{n}" for n in range(65))),
        ("abc*", "ab*"),
        (
            " NEAR ".join(f"word{n}" for n in range(8)),
            " NEAR ".join(f"word{n}" for n in range(9)),
        ),
        (f"{'(' * 32}oil{')' * 32}", f"{'(' * 33}oil{')' * 33}"),
    ],
    ids=["characters", "words", "prefix", "near", "parentheses"],
)
def test_the_documented_limits_of_topics_are_those_of_the_parser(accepted, refused):
    parse_query(accepted)
    with pytest.raises(QuerySyntaxError):
        parse_query(refused)


def test_images_are_small():
    for image in (DOCS / "images").iterdir():
        assert image.stat().st_size < 150_000, image.name
