"""The list of feeds that comes with the package, for a start without a search."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from watchers.sources.opml import ListedFeed, read_opml

_NAME: Final = "starter.opml"


def starter_feeds() -> tuple[ListedFeed, ...]:
    """World news, sanctions, security and technology; the first tag is the folder."""
    return read_opml(starter_opml()).feeds


def starter_opml() -> bytes:
    """The list itself, for other readers."""
    return files("watchers.sources").joinpath(_NAME).read_bytes()
