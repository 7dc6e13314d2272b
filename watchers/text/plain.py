"""Plain text to a Draft."""

from __future__ import annotations

from datetime import datetime

from watchers.text.clean import clean_text
from watchers.text.draft import Draft
from watchers.text.head import read_head, split_front_matter
from watchers.text.paragraphs import paragraphs


def read_plain(text: str, *, now: datetime) -> Draft:
    """What a plain text says, with its labelled first lines ("Date: …") understood."""
    front_matter, body = split_front_matter(clean_text(text))
    return read_head(Draft(paragraphs=tuple(paragraphs(body))), front_matter, now=now)
