"""Stories: which items tell of one event, and what a later one adds to what was told.

    item ──read──► Signature ──► same address, words or title? ──► that story
                                 └─ no ─► stories with its rare words ─► alike enough? ──► that story
                                                                         └─ no ─► a story of its own

`news_in` is the other half: a later item of a story is a repeat only if it brings nothing new.
"""

from watchers.stories.index import StoryIndex
from watchers.stories.news import News, is_same_article, news_in
from watchers.stories.signature import Signature

__all__ = ["News", "Signature", "StoryIndex", "is_same_article", "news_in"]
