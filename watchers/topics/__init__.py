"""Topics: the language people write them in, and the search that matches all of them at once.

text ──grammar──► Query ──TopicIndex.add──► TopicIndex ──match(item)──► [Match(topic_id, spans)]
"""

from __future__ import annotations

from watchers.errors import QuerySyntaxError
from watchers.topics.index import TopicIndex
from watchers.topics.match import Match, Matches, Span
from watchers.topics.query import Query, parse_query
from watchers.topics.why import LeafReport, Why

__all__ = [
    "LeafReport",
    "Match",
    "Matches",
    "Query",
    "QuerySyntaxError",
    "Span",
    "TopicIndex",
    "Why",
    "parse_query",
]
