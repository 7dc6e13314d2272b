"""Topics: parse the topic language, evaluate one query, match an item against all topics.

Not here: storage of topics and formatting of answers.

    text ──► parser ──► Query ──TopicIndex.add──► TopicIndex ──match(item)──► matches with spans
"""

from __future__ import annotations

from watchers.errors import QuerySyntaxError
from watchers.topics.explain import LeafReport, MatchExplanation
from watchers.topics.index import TopicIndex
from watchers.topics.match import Match, Matches, Span
from watchers.topics.parser import parse_query
from watchers.topics.query import Query

__all__ = [
    "LeafReport",
    "Match",
    "MatchExplanation",
    "Matches",
    "Query",
    "QuerySyntaxError",
    "Span",
    "TopicIndex",
    "parse_query",
]
