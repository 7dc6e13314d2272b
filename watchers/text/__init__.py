"""Text: from bytes to clean words, sentences and titles. Pure functions, no I/O but a PDF's helper."""
