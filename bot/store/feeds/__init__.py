"""Statements for sources: the feed list, the poll queue, poll results, cursors and WebSub.

Not here: items of sources (`bot.store.items`).
"""
