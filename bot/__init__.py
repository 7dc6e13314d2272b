"""The bot: chats, delivery, ingest, storage, summaries and the processes around them.

Not here: reading sources, parsing topics, detecting stories (see `watchers`).
"""
