"""The data structures that match one item against all topics: vocabulary, postings, leaves of an item.

Not here: the language of topics, and the index that the bot uses (`watchers.topics.index`).
"""
