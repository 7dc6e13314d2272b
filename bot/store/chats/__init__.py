"""Statements for chats: subscriptions, topics, aliases, schedules and item numbers.

Not here: alerts of chats (`bot.store.outbox`).
"""
