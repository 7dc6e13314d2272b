"""Statements for items: matches, stories, pending full texts, pages and trends.

Not here: alerts about items (`bot.store.outbox`).
"""
