"""Stories: decide which items report the same event, and what is new in a later item.

Not here: alerts about stories and their storage.

    item ──► Signature ──► same URL, text or title? ──► that story
                           └─ no ─► stories with its rare words ─► similar enough? ──► that story
                                                                   └─ no ─► a new story

`novel_content` returns what a later item adds to its story.
"""

from watchers.stories.index import StoryIndex
from watchers.stories.novelty import (
    NovelContent,
    describe_novel_content,
    is_same_article,
    novel_content,
)
from watchers.stories.signature import Signature
from watchers.stories.translations import Encoder, load_encoder

__all__ = [
    "Encoder",
    "NovelContent",
    "Signature",
    "StoryIndex",
    "describe_novel_content",
    "is_same_article",
    "load_encoder",
    "novel_content",
]
