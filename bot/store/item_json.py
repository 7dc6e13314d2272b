"""A whole Item as one JSON value: where it waits for something, and nobody asks for a part of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchers import Item


def item_to_json(item: Item) -> dict[str, object]:
    """All that an Item says; other names of its source are its source's."""
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
    """The Item again."""
    published = row["published"]
    return Item(
        **row
        | {
            "published": datetime.fromisoformat(published) if published else None,
            "tags": tuple(row["tags"]),
        }
    )
