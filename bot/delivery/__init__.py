"""Delivery: read the outbox, order messages, respect rate limits, send and record results.

Not here: decisions when to alert (`bot.scheduling`) calls of platform APIs (`bot.chats`), and the lease
that makes one process the only sender of an account (`bot/runtime/lease.py`).
"""
