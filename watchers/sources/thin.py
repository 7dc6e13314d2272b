"""Items that say too little to be matched, and what the page of their article adds. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from watchers.item import Item
from watchers.sources.page import Page

_FILES: Final = (
    "mp3 m4a aac ogg oga opus flac wav mp4 m4v webm mkv mov avi"
    " jpg jpeg png gif webp avif svg zip gz torrent"
)
_NO_PAGES: Final = frozenset(f".{kind}" for kind in _FILES.split())


def is_thin(item: Item, below: int) -> bool:
    """Whether an item says less than ``below`` characters beside its title, and has a page to read."""
    if len(item.lead) + len(item.text) >= below or not item.url:
        return False
    try:
        address = urlsplit(item.url)
    except ValueError:  # mistyped by its publisher
        return False
    suffix = PurePosixPath(address.path).suffix.lower()
    return (
        address.scheme in {"http", "https"} and bool(address.hostname) and suffix not in _NO_PAGES
    )


def enriched(item: Item, page: Page) -> Item:
    """The item with the text of its page, where that says more; its own words stay.

    A wall that hides the whole article adds nothing; the beginning before a paywall does.
    """
    said = page.item
    if page.wall is not None and page.wall.hides_all:
        return item
    if len(said.text) + len(said.lead) <= len(item.text) + len(item.lead):
        return item
    return replace(
        item,
        text=said.text or item.text,
        lead=item.lead or said.lead,
        language=item.language or said.language,
        author=item.author or said.author,
    )
