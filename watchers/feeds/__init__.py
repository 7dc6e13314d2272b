"""Feed parsers: from bytes to a `Feed` with entries, and to items.

Not here: requests (`watchers.fetching`) and comparison with earlier polls (`watchers.sources`).
"""

from watchers.feeds.models import Enclosure, Entry, Feed, Hints, MarkupText
from watchers.feeds.reader import entries_to_items, entry_to_item, read_feed

__all__ = [
    "Enclosure",
    "Entry",
    "Feed",
    "Hints",
    "MarkupText",
    "entries_to_items",
    "entry_to_item",
    "read_feed",
]
