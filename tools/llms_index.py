"""Create `llms.txt` (llmstxt.org): the pages of the documentation with their sections, for language models.

`make reference` writes it with links to Markdown files, `make docs` with links to the pages of the site.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"

_SUMMARY: Final = re.compile(r"^\*\*(.+?)\*\*", re.MULTILINE)
_GROUP: Final = re.compile(r"^- \*\*(.+?):\*\* (.+?)(?=^- |^```|\Z)", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)#]+)\)")
_ROOT_PAGE: Final = re.compile(r"\((?:\.\./)+([A-Z_]+\.md)\)")
_HEADING: Final = re.compile(r"^(#{1,2}) (.+)$", re.MULTILINE)
_CODE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def llms_index(link: Callable[[str], str]) -> str:
    """Return the text of `llms.txt`; ``link`` returns the link to a page such as ``tutorial.md``."""
    summary = _SUMMARY.search((ROOT / "README.md").read_text())
    lines = ["# Tocsin", ""]
    if summary is not None:
        lines += [f"> {summary[1]}", ""]
    for name, pages in _GROUP.findall((DOCS / "index.md").read_text()):
        lines += [f"## {name}", ""]
        lines += [_entry(page, link(page)) for page in _LINK.findall(pages)]
        lines.append("")
    return "\n".join(lines)


def source_path(page: str) -> str:
    """Return the path from the root of the repository to the file with the text of a page."""
    root_page = _ROOT_PAGE.search((DOCS / page).read_text())
    # A page of the site whose text is a file in the root links to nothing else.
    return root_page[1] if root_page and len(_pages(page)) == 1 else f"docs/{page}"


def _entry(page: str, target: str) -> str:
    text = _CODE.sub("", (ROOT / source_path(page)).read_text())
    headings = _HEADING.findall(text)
    title = next(heading for level, heading in headings if level == "#")
    sections = [heading for level, heading in headings if level == "##"]
    entry = f"- [{title}]({target})"
    return f"{entry}: {', '.join(sections)}" if sections else entry


def _pages(page: str) -> list[str]:
    return _LINK.findall((DOCS / page).read_text())
