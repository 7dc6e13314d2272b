"""Markdown to a Draft, by way of HTML: one set of rules for what a paragraph is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from markdown_it import MarkdownIt

from watchers.text.clean import clean_text
from watchers.text.draft import Draft
from watchers.text.head import read_head, split_front_matter
from watchers.text.html import read_html


def read_markdown(text: str, *, now: datetime) -> Draft:
    """What a Markdown document says, with front matter and labelled first lines understood."""
    front_matter, body = split_front_matter(clean_text(text))
    rendered = MarkdownIt("commonmark").render(body)
    draft = replace(read_html(rendered, now=now), language=None)
    return read_head(draft, front_matter, now=now)
