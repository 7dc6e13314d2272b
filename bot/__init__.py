"""Everything people touch: subscriptions, conversation, delivery, summaries, storage, the process."""
