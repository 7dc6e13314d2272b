"""Summaries: an article's own sentences, offline; a language model's where one is configured."""

from bot.summaries.extract import Summary, summarize
from bot.summaries.terms import Background

__all__ = ["Background", "Summary", "summarize"]
