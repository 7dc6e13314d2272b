"""Summaries: an article's own sentences, offline."""

from bot.summaries.extract import Summary, summarize

__all__ = ["Summary", "summarize"]
