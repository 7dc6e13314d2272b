"""Convert an `Item` to one JSON value and back, for rows whose parts are never queried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchers import Item


def item_to_json(item: Item) -> dict[str, object]:
    """Return all fields of an item except ``source_names``, which belong to its source."""
    return {
        "key": item.key,
        "title": item.title,
        "url": item.url,
        "source": item.source,
        "published": item.published.isoformat() if item.published else None,
        "lead": item.lead,
        "text": item.text,
        "language": item.language,
        "author": item.author,
        "tags": list(item.tags),
    }


def item_from_json(row: dict[str, Any]) -> Item:
    """Return the item of a value that `item_to_json` made."""
    published = row["published"]
    return Item(
        **row
        | {
            "published": datetime.fromisoformat(published) if published else None,
            "tags": tuple(row["tags"]),
        }
    )
