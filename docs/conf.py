"""Configure the documentation site: `make docs` builds it into build/docs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

project = "Tocsin"
author = "The Tocsin founders"
extensions = ["myst_parser"]
exclude_patterns = ["images", "monitoring"]
html_theme = "furo"
html_title = "Tocsin"
html_copy_source = False
myst_heading_anchors = 4

# Pages of the site whose text is a file in the root of the repository.
ROOT_PAGES = {
    "overview": "README.md",
    "changelog": "CHANGELOG.md",
    "development/contributing": "CONTRIBUTING.md",
    "development/security-policy": "SECURITY.md",
    "development/code-of-conduct": "CODE_OF_CONDUCT.md",
}
_LINK = re.compile(r"(\]\()(?!https?:|#|mailto:)([^)#\s]+)")


def insert_root_page(_app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the text of a page by its root file, with the links relative to the page."""
    name = ROOT_PAGES.get(page)
    if name is None:
        return
    pages = {file: DOCS / f"{target}.md" for target, file in ROOT_PAGES.items()}

    def relative_link(match: re.Match[str]) -> str:
        target = pages.get(match[2], ROOT / match[2])
        return match[1] + os.path.relpath(target, (DOCS / page).parent)

    source[0] = _LINK.sub(relative_link, (ROOT / name).read_text())


def write_llms_index(app: Sphinx, error: Exception | None) -> None:
    """Write `llms.txt` with links to the pages of the site."""
    from tools.llms_index import llms_index

    if error is None:
        text = llms_index(lambda page: page.removesuffix(".md") + ".html")
        (app.outdir / "llms.txt").write_text(text)


def setup(app: Sphinx) -> None:
    """Register the hooks that insert the root files and write `llms.txt`."""
    app.connect("source-read", insert_root_page)
    app.connect("build-finished", write_llms_index)
