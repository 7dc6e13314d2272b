"""Readers of office, mail and book formats: .docx .odt .rtf .eml .epub.

Not here: text, Markdown, HTML and PDF (`watchers.text`), and the choice of the reader (`watchers.sources`).
Every reader may be slow or use much memory on hostile input: call it in a process that can be killed.
"""
