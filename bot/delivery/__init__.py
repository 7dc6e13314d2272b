"""Delivery: read the outbox, order messages, respect rate limits, send and record results.

Not here: decisions when to alert (`bot.scheduling`) and calls of platform APIs (`bot.chats`).
"""
