"""The public interface of the watchers: sources in, items and topic matches out.

Not here: chats, the database and the settings (`bot`).

State comes in as an argument, new state goes out as a return value:

    poll(source, cursor) ──► PollResult(items, cursor changes, problems)
    TopicIndex.match(item) ──► the topics that the item satisfies, with their spans
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchers.errors import (
        DocumentError,
        QuerySyntaxError,
        SourceError,
        SourceMissingError,
        WatchersError,
    )
    from watchers.item import Item
    from watchers.sources.document import read_document
    from watchers.sources.folder import poll
    from watchers.sources.folder_events import folder_changes
    from watchers.sources.source import Cursor, PollResult, Problem, Source
    from watchers.topics import Match, Matches, Query, Span, TopicIndex, parse_query
else:
    # Names are imported on first use: a worker process that needs only `watchers.errors` starts
    # without the parsers of every document format.
    _MODULE_BY_NAME = {
        "Cursor": "watchers.sources.source",
        "DocumentError": "watchers.errors",
        "Item": "watchers.item",
        "Match": "watchers.topics",
        "Matches": "watchers.topics",
        "PollResult": "watchers.sources.source",
        "Problem": "watchers.sources.source",
        "Query": "watchers.topics",
        "QuerySyntaxError": "watchers.errors",
        "Source": "watchers.sources.source",
        "SourceError": "watchers.errors",
        "SourceMissingError": "watchers.errors",
        "Span": "watchers.topics",
        "TopicIndex": "watchers.topics",
        "WatchersError": "watchers.errors",
        "folder_changes": "watchers.sources.folder_events",
        "parse_query": "watchers.topics",
        "poll": "watchers.sources.folder",
        "read_document": "watchers.sources.document",
    }

    def __getattr__(name: str) -> object:
        module = _MODULE_BY_NAME.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(module), name)


__all__ = [
    "Cursor",
    "DocumentError",
    "Item",
    "Match",
    "Matches",
    "PollResult",
    "Problem",
    "Query",
    "QuerySyntaxError",
    "Source",
    "SourceError",
    "SourceMissingError",
    "Span",
    "TopicIndex",
    "WatchersError",
    "folder_changes",
    "parse_query",
    "poll",
    "read_document",
]
