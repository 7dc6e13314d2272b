"""Text processing: from bytes to clean text, sentences, words, languages and stems.

Not here: I/O, topics and feeds.
"""
