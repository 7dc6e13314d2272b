"""Delivery: from the outbox to the chats."""
