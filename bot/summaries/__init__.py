"""Summaries: select sentences of an article, offline, and combine several articles.

Not here: calls of a model (`llm`), checks of its output (`verification`), cards and commands.
"""

from bot.summaries.extract import Summary, summarize
from bot.summaries.terms import Background

__all__ = ["Background", "Summary", "summarize"]
