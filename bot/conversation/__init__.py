"""Conversation: handle messages and button presses, and answer with cards.

Not here: platforms, markup and SQL.
"""
