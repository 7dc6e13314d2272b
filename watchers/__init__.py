"""The watchers turn the world into matched Items. They know no chat, no database, no settings.

State comes in as arguments, new state goes out as a return value:

    poll(source, cursor) ──► Polled(items, cursor changes, problems)
    TopicIndex.match(item) ──► which topics it is about, and where it says so
"""

from watchers.errors import (
    DocumentError,
    QuerySyntaxError,
    SourceError,
    SourceGone,
    WatchersError,
)
from watchers.item import Item
from watchers.sources.changes import folder_changes
from watchers.sources.document import read_document
from watchers.sources.poll import poll
from watchers.sources.source import Cursor, Polled, Problem, Source
from watchers.topics import Match, Matches, Query, Span, TopicIndex, parse_query

__all__ = [
    "Cursor",
    "DocumentError",
    "Item",
    "Match",
    "Matches",
    "Polled",
    "Problem",
    "Query",
    "QuerySyntaxError",
    "Source",
    "SourceError",
    "SourceGone",
    "Span",
    "TopicIndex",
    "WatchersError",
    "folder_changes",
    "parse_query",
    "poll",
    "read_document",
]
