"""Process infrastructure: workers, tasks, leases, backoff, notifications, logs, metrics, tracing.

Not here: anything that knows items, topics or chats.
"""
